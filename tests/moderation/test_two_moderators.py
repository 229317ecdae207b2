"""Two moderators press at once; `make faults` plays a thousand evenings."""

import pytest
from hypothesis.extra.django import TestCase

from tests.moderation.interleavings import MACHINES, DueProcess, TwoModerators, play


class TestTwoModerators(TestCase):
    """Each evening is undone: hypothesis plays many in one test."""

    def test_any_order_of_acts(self) -> None:
        for machine in MACHINES:
            with self.subTest(machine.__name__):
                play(machine, 15)

    def test_a_forgotten_record_is_found(self) -> None:
        """The machines can fail: a decision that nobody is told of is noticed."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("moderation.deciding.tell_decision", lambda decision: None)
            with pytest.raises(AssertionError):
                play(DueProcess, 5)


def test_all_machines_are_played() -> None:
    assert set(MACHINES) == set(TwoModerators.__subclasses__())
