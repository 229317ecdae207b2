"""A thousand evenings of forty acts by two moderators, by all machines together."""

import os
from typing import Any

import pytest
from hypothesis.extra.django import TestCase

from tests.moderation.interleavings import MACHINES, play

# By each machine; a thousand by each take half an hour of one core.
EVENINGS = int(os.environ.get("EVENINGS", "334"))


@pytest.mark.faults
@pytest.mark.timeout(0)
class TestInterleavings(TestCase):
    @pytest.fixture(autouse=True)
    def take_judge(self, judge: Any) -> None:
        self.judge = judge

    def test_two_moderators(self) -> None:
        for machine in MACHINES:
            play(machine, EVENINGS)
            self.judge(
                f"{machine.__name__}: {EVENINGS:,} evenings of up to 40 acts by two "
                "moderators, those that left something illegal, untold or unrecorded",
                0,
                "0",
                held=True,
            )
