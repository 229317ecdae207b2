"""A running dialogue with one of everything, for tests of the room."""

from dataclasses import dataclass
from typing import Any

from dialogue.joining import call_help
from dialogue.models import Dialogue, HelpCall, Participation
from moderation.models import Appeal
from proposals import actions, ballots, drafting, responding
from proposals.models import (
    Ballot,
    Comment,
    HoldingRule,
    ParkedTopic,
    Proposal,
    Question,
)
from proposals.queries import wording_digest
from tests.factories import make_dialogue, make_item, make_participation
from tests.live.opinion_acts import OPINION_ACTS
from tests.live.speaking_acts import SPEAKING_ACTS
from tests.live.table_acts import TABLE_ACTS

EVERYTHING = "propose comment ask stance vote"


@dataclass
class Scene:
    """Two citizens, a lead moderator, and what they have said so far."""

    dialogue: Dialogue
    citizen: Participation
    neighbour: Participation
    lead: Participation
    host: Participation
    proposal: Proposal
    other: Proposal
    comment: Comment
    question: Question
    topic: ParkedTopic
    draft_ballot: Ballot
    open_ballot: Ballot
    call: HelpCall
    other_lead: Participation

    def last_decision(self) -> int:
        return self.dialogue.decisions.latest("pk").pk

    def last_appeal(self) -> int:
        return Appeal.objects.get(decision__dialogue=self.dialogue).pk

    def unpublished(self) -> Ballot:
        """The open ballot, counted and not yet shown."""
        return ballots.close_ballot(
            moderator=self.lead, ballot_pk=self.open_ballot.pk, publishes=False
        )

    def option(self, position: int = 0) -> int:
        return self.open_ballot.options.get(position=position).pk


def make_scene(**facts: Any) -> Scene:
    """Everything allowed, everything there once."""
    dialogue = make_dialogue(allows=EVERYTHING, **facts)
    make_item(dialogue, allows=EVERYTHING, title="Danach")
    citizen = make_participation(dialogue, display_name="Citizen")
    neighbour = make_participation(dialogue, display_name="Neighbour")
    lead = make_participation(dialogue, "lead_moderator", display_name="Lead")
    host = make_participation(dialogue, "technical_host", display_name="Host")
    proposal = actions.submit_proposal(author=citizen, title="Erster Vorschlag")
    other = actions.submit_proposal(
        author=neighbour, title="Zweiter Vorschlag", text="**Text**", reason="Grund"
    )
    comment = actions.add_comment(
        author=neighbour, proposal_pk=proposal.pk, text="Ein Kommentar"
    )
    question = actions.ask_question(author=citizen, text="Eine Frage?")
    topic = responding.park_topic(author=citizen, text="Für später")
    ready = drafting.draft_ballot(moderator=lead, title="Vorbereitet")
    running = drafting.draft_ballot(
        moderator=lead,
        title="Offen",
        method=Ballot.Method.SINGLE,
        secrecy=Ballot.Secrecy.OPEN,
        hides_count=False,
        options=("Rot", "Grün"),
        proposals=(other.pk,),
    )
    ballots.open_ballot(moderator=lead, ballot_pk=running.pk)
    running.refresh_from_db()
    call = call_help(
        person=citizen.person, dialogue=dialogue, name="Citizen", text="Kein Ton"
    )
    return Scene(
        dialogue=dialogue,
        citizen=citizen,
        neighbour=neighbour,
        lead=lead,
        host=host,
        proposal=proposal,
        other=other,
        comment=comment,
        question=question,
        topic=topic,
        draft_ballot=ready,
        open_ballot=running,
        call=call,
        other_lead=make_participation(
            dialogue, "lead_moderator", display_name="Second lead"
        ),
    )


def held_question(scene: Scene) -> Question:
    """A question of the citizen's that waits for the moderation."""
    rule = HoldingRule.objects.create(dialogue=scene.dialogue, holds_everything=True)
    question = actions.ask_question(author=scene.citizen, text="Wie lange noch?")
    rule.delete()
    return question


# One valid use of every command: who does it, with what, on which screen.
ACTS: dict[str, tuple[str, Any, str]] = {
    "mine": ("citizen", lambda s: {}, "room"),
    "save_draft": ("citizen", lambda s: {"title": "Entwurf"}, "room"),
    "submit_proposal": ("citizen", lambda s: {"title": "Dritter"}, "room"),
    "revise_proposal": (
        "citizen",
        lambda s: {"proposal": s.proposal.pk, "title": "Neu gefasst"},
        "room",
    ),
    "withdraw": (
        "citizen",
        lambda s: {"kind": "proposal", "pk": s.proposal.pk},
        "room",
    ),
    "add_comment": (
        "citizen",
        lambda s: {"proposal": s.other.pk, "text": "Dafür", "alignment": "pro"},
        "room",
    ),
    "revise_held": (
        "citizen",
        lambda s: {"kind": "question", "pk": held_question(s).pk, "text": "Seit wann?"},
        "room",
    ),
    "ask_question": ("neighbour", lambda s: {"text": "Wann?"}, "room"),
    "support": ("citizen", lambda s: {"kind": "proposal", "pk": s.other.pk}, "room"),
    "react": ("citizen", lambda s: {"kind": "slower"}, "room"),
    "park_topic": ("citizen", lambda s: {"text": "Radwege"}, "room"),
    "call_help": ("citizen", lambda s: {"text": "Kein Bild"}, "room"),
    "take_stance": (
        "citizen",
        lambda s: {"proposal": s.other.pk, "value": "agree"},
        "room",
    ),
    "cast_vote": (
        "citizen",
        lambda s: {"ballot": s.open_ballot.pk, "options": [s.option()]},
        "room",
    ),
    **SPEAKING_ACTS,
    "go_on": ("lead", lambda s: {}, "desk"),
    "go_to": (
        "lead",
        lambda s: {"item": s.dialogue.agenda.last().pk},
        "desk",
    ),
    "state_conflict": ("lead", lambda s: {"kind": "none"}, "desk"),
    "extend": ("lead", lambda s: {"minutes": 5}, "desk"),
    "pause": ("lead", lambda s: {}, "desk"),
    "show_on_projector": (
        "lead",
        lambda s: {"shown": f"proposal-{s.proposal.pk}"},
        "desk",
    ),
    "answer_help": ("host", lambda s: {"call": s.call.pk, "answer": "Gleich"}, "desk"),
    "change_participation": (
        "lead",
        lambda s: {"participation": s.neighbour.pk, "role": "observer"},
        "desk",
    ),
    "close_dialogue": ("lead", lambda s: {"confirm": "close"}, "desk"),
    "hide": (
        "lead",
        lambda s: {
            "kind": "proposal",
            "pk": s.proposal.pk,
            "rule": "off_topic",
            "reason": "Gehört nicht hierher",
        },
        "desk",
    ),
    "ask_revision": (
        "lead",
        lambda s: {
            "kind": "proposal",
            "pk": s.proposal.pk,
            "rule": "insult",
            "reason": "Bitte ohne das Schimpfwort",
        },
        "desk",
    ),
    "silence": (
        "lead",
        lambda s: {
            "participation": s.neighbour.pk,
            "minutes": 5,
            "rule": "insult",
            "reason": "Bitte zuhören",
        },
        "desk",
    ),
    "exclude": (
        "lead",
        lambda s: {
            "participation": s.neighbour.pk,
            "rule": "insult",
            "reason": "Droht anderen",
        },
        "desk",
    ),
    "answer_question": ("lead", lambda s: {"question": s.question.pk}, "desk"),
    "sort_question": (
        "lead",
        lambda s: {"question": s.question.pk, "topic": "Verkehr", "sets_topic": True},
        "desk",
    ),
    "stage_question": ("lead", lambda s: {"question": s.question.pk}, "desk"),
    "merge": (
        "lead",
        lambda s: {
            "kind": "proposal",
            "picked": [f"{s.proposal.pk}-{wording_digest(s.proposal)}"],
            "into": s.other.pk,
            "reason": "Sagt dasselbe",
        },
        "desk",
    ),
    "remove_topic": ("lead", lambda s: {"topic": s.topic.pk}, "desk"),
    "take_chair": ("lead", lambda s: {}, "desk"),
    "claim": (
        "host",
        lambda s: {"kind": "queuehelp", "subject": s.call.pk},
        "desk",
    ),
    "announce": ("host", lambda s: {"text": "Pause bis halb <acht>"}, "desk"),
    "write_to_team": (
        "host",
        lambda s: {"text": "Ich brauche Hilfe", "is_call": True},
        "desk",
    ),
    "set_pace": ("lead", lambda s: {"seconds": 30}, "desk"),
    "draft_ballot": ("lead", lambda s: {"title": "Noch eine?"}, "desk"),
    "open_ballot": ("lead", lambda s: {"ballot": s.draft_ballot.pk}, "desk"),
    "discard_draft": ("lead", lambda s: {"ballot": s.draft_ballot.pk}, "desk"),
    "pause_ballot": ("lead", lambda s: {"ballot": s.open_ballot.pk}, "desk"),
    "close_ballot": ("lead", lambda s: {"ballot": s.open_ballot.pk}, "desk"),
    "annul_ballot": (
        "lead",
        lambda s: {"ballot": s.open_ballot.pk, "reason": "Falsche Frage"},
        "desk",
    ),
}
ACTS |= TABLE_ACTS | OPINION_ACTS
# Commands that need another state of the dialogue first.
LATER_ACTS: dict[str, tuple[str, Any, str, tuple[str, ...]]] = {
    "go_back": ("lead", lambda s: {}, "desk", ("go_on",)),
    "hand_chair": ("lead", lambda s: {}, "desk", ("take_chair",)),
    "release": (
        "host",
        lambda s: {"kind": "queuehelp", "subject": s.call.pk},
        "desk",
        ("claim",),
    ),
    "withdraw_announcement": (
        "host",
        lambda s: {"announcement": s.dialogue.announcements.get().pk},
        "desk",
        ("announce",),
    ),
    "take_team_call": (
        "lead",
        lambda s: {"message": s.dialogue.team_messages.get().pk},
        "desk",
        ("write_to_team",),
    ),
    "take_back_call": (
        "host",
        lambda s: {"message": s.dialogue.team_messages.get().pk},
        "desk",
        ("write_to_team",),
    ),
    "continue_dialogue": ("lead", lambda s: {}, "desk", ("pause",)),
    "resume_ballot": (
        "lead",
        lambda s: {"ballot": s.open_ballot.pk},
        "desk",
        ("pause_ballot",),
    ),
    "publish_ballot": (
        "lead",
        lambda s: {"ballot": s.unpublished().pk},
        "desk",
        (),
    ),
    "draft_next_round": (
        "lead",
        lambda s: {"ballot": s.open_ballot.pk},
        "desk",
        ("close_ballot",),
    ),
    "approve": (
        "lead",
        lambda s: {"kind": "proposal", "pk": s.proposal.pk, "reason": "In Ordnung"},
        "desk",
        ("ask_revision", "reword"),
    ),
    "reword": (
        "citizen",
        lambda s: {"kind": "proposal", "pk": s.proposal.pk, "title": "Sachlich"},
        "room",
        ("ask_revision",),
    ),
    "appeal": (
        "citizen",
        lambda s: {"decision": s.last_decision()},
        "room",
        ("hide",),
    ),
    "rule_on_appeal": (
        "other_lead",
        lambda s: {
            "appeal": s.last_appeal(),
            "outcome": "reversed",
            "reason": "Kein Verstoß",
        },
        "desk",
        ("hide", "appeal"),
    ),
    "end_silence": (
        "lead",
        lambda s: {"participation": s.neighbour.pk, "reason": "Beruhigt"},
        "desk",
        ("silence",),
    ),
    "readmit": (
        "lead",
        lambda s: {"participation": s.neighbour.pk, "reason": "Entschuldigt"},
        "desk",
        ("exclude",),
    ),
    "restore": (
        "lead",
        lambda s: {"kind": "proposal", "pk": s.proposal.pk, "reason": "Doch gut"},
        "desk",
        ("hide",),
    ),
    "unmerge": (
        "lead",
        lambda s: {"kind": "proposal", "pk": s.proposal.pk, "reason": "Doch anders"},
        "desk",
        ("merge",),
    ),
}
EARLIER_ACTS = {"open_lobby"}
