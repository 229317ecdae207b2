"""A planned dialogue and its staff, for the tests of planning."""

import pytest
from django.test import Client

from accounts.models import Person
from dialogue.models import Dialogue
from projects.actions import assign_staff
from tests.dialogue.planning_support import EVENING, signed_in
from tests.factories import make_dialogue, make_staff


@pytest.fixture
def staff() -> Person:
    return make_staff()


@pytest.fixture
def dialogue(staff: Person) -> Dialogue:
    """A draft of `staff` with one agenda item, at 18:00."""
    dialogue = make_dialogue(state="draft", starts_at=EVENING)
    assign_staff(project=dialogue.project, person=staff)
    return dialogue


@pytest.fixture
def page(staff: Person, dialogue: Dialogue) -> Client:
    del dialogue
    return signed_in(staff)
