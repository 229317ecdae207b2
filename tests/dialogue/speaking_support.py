"""A dialogue with an open speakers' list, for the tests of speaking."""

from dataclasses import dataclass, field
from typing import Any

from accounts.names import skeleton
from dialogue.models import Dialogue, Hand, Participation, SpeakersList, Turn
from dialogue.speakers_list import set_speakers
from dialogue.speaking import raise_hand
from dialogue.speaking_queries import places
from dialogue.speaking_turns import give_floor
from tests.factories import make_dialogue, make_participation


@dataclass
class Evening:
    """Two moderators, and citizens by their names."""

    dialogue: Dialogue
    lead: Participation
    other_lead: Participation
    people: dict[str, Participation] = field(default_factory=dict)

    def citizen(self, name: str, **facts: Any) -> Participation:
        if name not in self.people:
            self.people[name] = make_participation(
                self.dialogue,
                display_name=name,
                **{"name_key": skeleton(name), **facts},
            )
        return self.people[name]

    def raises(self, name: str, **facts: Any) -> Hand:
        return raise_hand(participation=self.citizen(name), **facts)

    def next(self, **facts: Any) -> Turn:
        return give_floor(moderator=self.lead, **facts)

    @property
    def speakers(self) -> SpeakersList:
        return SpeakersList.objects.get(dialogue=self.dialogue, circle="plenary")

    @property
    def order(self) -> list[str]:
        return [hand.shown_name for __, hand in places(self.speakers)]

    def kinds(self) -> list[str]:
        return [
            entry.kind
            for entry in self.dialogue.stream.entries.order_by("seq")
            if entry.kind.partition(".")[0] in ("speakers", "hand", "turn")
        ]


def make_evening(*, rule: str = "first_come", seconds: int = 60) -> Evening:
    dialogue = make_dialogue()
    evening = Evening(
        dialogue,
        make_participation(dialogue, "lead_moderator", display_name="Lead"),
        make_participation(dialogue, "lead_moderator", display_name="Kim"),
    )
    set_speakers(moderator=evening.lead, is_open=True, rule=rule, seconds=seconds)
    return evening
