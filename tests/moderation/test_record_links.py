"""What leads to a result stands in its record: questions, rounds, reasons."""

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from dialogue.models import Participation
from moderation.actions import hide_contribution
from moderation.appealing import appeal, rule_on_appeal
from moderation.closed import answer_report
from moderation.closing import close_dialogue
from moderation.reporting import Reporter, report_contribution
from moderation.verifying import verify, verify_file
from portal.erasure import erase_person
from projects.actions import assign_staff
from projects.models import ResultRecord, ResultText
from projects.reading import read_result, text_file
from proposals.actions import ask_question
from proposals.ballots import annul_ballot, close_ballot, open_ballot
from proposals.drafting import draft_ballot, draft_next_round
from proposals.models import Ballot, Option, Question
from proposals.voting import VoteRequest, cast_votes
from proposals.wall import answer_question
from shared.errors import Refusal
from tests.factories import make_dialogue, make_participation, make_person

pytestmark = [pytest.mark.databases, pytest.mark.django_db]


class Evening:
    """A question put to the vote, an annulled ballot, and its open next round."""

    def __init__(self) -> None:
        self.dialogue = make_dialogue(allows="ask vote", title="Wald")
        self.lead = make_participation(self.dialogue, "lead_moderator")
        self.voters = [
            make_participation(
                self.dialogue, display_name=name, person=make_person(name=name)
            )
            for name in ("Ada", "Bo", "Cem")
        ]
        first, second, third = self.voters
        self.asked = ask_question(author=first, text="Wer pflanzt die Bäume?")
        other = ask_question(author=second, text="Wer bezahlt das?")
        answer_question(moderator=self.lead, question_pk=other.pk, minute=12)
        mistaken = self.opened(
            title="Welche Frage zuerst?",
            method="single",
            questions=(self.asked.pk, other.pk),
        )
        annul_ballot(
            moderator=self.lead, ballot_pk=mistaken.pk, reason="Zu früh geöffnet."
        )
        again = draft_next_round(moderator=self.lead, ballot_pk=mistaken.pk)
        open_ballot(moderator=self.lead, ballot_pk=again.pk)
        self.vote(again, first, 0)
        close_ballot(moderator=self.lead, ballot_pk=again.pk)
        self.consent = self.opened(
            title="So machen wir es?", method="consent", secrecy="open"
        )
        self.vote(self.consent, first, 2, "Zu teuer für uns.")
        self.vote(self.consent, second, 1, "Zu teuer für uns.")
        self.vote(self.consent, third, 2, "Es fehlt der Schatten.")
        close_ballot(moderator=self.lead, ballot_pk=self.consent.pk)
        self.record: ResultRecord = close_dialogue(moderator=self.lead)
        self.figures = json.loads(self.record.canonical)

    def opened(self, **plan: Any) -> Ballot:
        ballot = draft_ballot(moderator=self.lead, **plan)
        return open_ballot(moderator=self.lead, ballot_pk=ballot.pk)

    def vote(
        self, ballot: Ballot, voter: Participation, position: int, reason: str = ""
    ) -> None:
        marks = {ballot.options.get(position=position).pk: 1}
        key = f"{ballot.pk}-{voter.pk}"
        (answer,) = cast_votes([VoteRequest(voter.pk, ballot.pk, marks, key, reason)])
        assert not isinstance(answer, Refusal)

    def texts(self, prefix: str) -> dict[str, str]:
        rows = ResultText.objects.filter(record=self.record, key__startswith=prefix)
        return dict(rows.exclude(salt="").values_list("key", "text"))


@pytest.fixture
def evening() -> Evening:
    return Evening()


def test_questions_stand_in_the_record_with_what_became_of_them(evening: Evening):
    for question in evening.figures["asked"]:
        assert len(question.pop("wording")) == 64

    assert evening.figures["asked"] == [
        {
            "number": 1,
            "author": evening.voters[0].pseudonym,
            "supports": 0,
            "is_answered": False,
            "answered_minute": None,
        },
        {
            "number": 2,
            "author": evening.voters[1].pseudonym,
            "supports": 0,
            "is_answered": True,
            "answered_minute": 12,
        },
    ]
    assert evening.texts("question-") == {
        "question-1": "Wer pflanzt die Bäume?",
        "question-2": "Wer bezahlt das?",
    }


def test_ballots_name_their_questions_their_round_and_why_they_were_annulled(
    evening: Evening,
):
    first, again, consent = evening.figures["ballots"]

    assert [option.get("question") for option in first["options"]] == [1, 2, None]
    assert (first["state"], len(first["annulled"])) == ("annulled", 64)
    assert {"round", "previous", "reasons"}.isdisjoint(first)
    assert (again["round"], again["previous"], "annulled" in again) == (2, 1, False)
    assert {"round", "previous", "annulled"}.isdisjoint(consent)
    assert evening.texts("annulled-") == {"annulled-1": "Zu früh geöffnet."}
    # By their words: no order tells who wrote which.
    assert evening.texts("reason-") == {
        "reason-3-1": "Es fehlt der Schatten.",
        "reason-3-2": "Zu teuer für uns.",
        "reason-3-3": "Zu teuer für uns.",
    }
    assert verify(evening.record.canonical.encode()).holds


@pytest.mark.parametrize(
    ("ballot", "change", "fault"),
    [
        (
            0,
            {"state": "closed", "verdict": "none"},
            "it has a reason for being annulled, but is not.",
        ),
        (1, {"previous": 2}, "it is the next round of a ballot that was not before it"),
        (
            1,
            {"options": {"question": 3}},
            "an option names a question that is not in the result.",
        ),
    ],
)
def test_what_does_not_fit_together_is_found(
    evening: Evening, ballot: int, change: dict[str, Any], fault: str
):
    facts = evening.figures["ballots"][ballot]
    if "options" in change:
        facts["options"][0] |= change["options"]
    else:
        facts |= change

    raw = json.dumps(
        evening.figures, ensure_ascii=False, sort_keys=True, separators=(",", ":")
    ).encode()
    report, __ = verify_file(raw)

    lines = [check.line for check in report.checks if check.ok is False]
    assert any(fault in line for line in lines), lines


def test_changed_reason_is_found(evening: Evening):
    raw = evening.record.canonical.encode()
    texts = text_file(evening.record)
    texts["texts"]["reason-3-1"]["text"] = "Alles gut."

    report = verify(raw, json.dumps(texts).encode())

    assert [check.line for check in report.checks if check.ok is False] == [
        "Text reason-3-1 is not the one of the result."
    ]


def test_public_page_shows_and_links_them(evening: Evening):
    page = Client(headers={"Accept-Language": "en"}).get(
        evening.record.get_absolute_url()
    )

    body = page.content.decode()
    shown = read_result(evening.record)
    assert [row["anchor"] for row in shown["ballots"][1]["put"]] == [
        "question-1",
        "question-2",
    ]
    for part in (
        'id="question-2"',
        '<a href="#question-1">Wer pflanzt die Bäume?</a>',
        "Answered at minute 12 of the event.",
        "Reason given: Zu früh geöffnet.",
        'This was round 2. <a href="#ballot-1">',
        "Es fehlt der Schatten.",
    ):
        assert part in body


def test_erased_person_leaves_neither_question_nor_reason(evening: Evening):
    erase_person(evening.voters[0].person, texts=True)

    # Who else wrote the same words keeps them.
    assert list(evening.texts("reason-").values()) == [
        "Es fehlt der Schatten.",
        "Zu teuer für uns.",
    ]
    assert evening.texts("question-") == {"question-2": "Wer bezahlt das?"}
    titles = set(Option.objects.values_list("title", flat=True))
    assert "Wer pflanzt die Bäume?" not in titles
    assert "Wer bezahlt das?" in titles
    public = Client().get(f"{evening.record.get_absolute_url()}texts.json")
    assert "Wer pflanzt" not in public.content.decode()
    assert verify(evening.record.canonical.encode()).holds


def test_texts_of_a_question_on_an_open_ballot_are_not_erased():
    dialogue = make_dialogue(allows="ask vote")
    lead = make_participation(dialogue, "lead_moderator")
    author = make_participation(dialogue, person=make_person(name="Ada"))
    asked = ask_question(author=author, text="Wer pflanzt?")
    ballot = draft_ballot(
        moderator=lead,
        title="Welche?",
        method="single",
        questions=(asked.pk,),
        options=("Andere",),
    )
    open_ballot(moderator=lead, ballot_pk=ballot.pk)

    with pytest.raises(Refusal) as refused:
        erase_person(author.person, texts=True)

    assert refused.value.code == "erasure.ballot_open"


def test_question_can_be_reported_hidden_and_put_back_after_the_end(evening: Evening):
    staff = make_person(name="Sina", is_staff_member=True)
    assign_staff(project=evening.dialogue.project, person=staff)
    address = evening.record.get_absolute_url()
    link = Client().get(f"{address}report/question/1/")
    assert link["Location"] == reverse(
        "moderation:report",
        args=[evening.dialogue.code, "question", evening.asked.pk],
    )
    for number, kind in ((3, "question"), (1, "comment")):
        assert Client().get(f"{address}report/{kind}/{number}/").status_code == 403
    row = Question.objects.get(pk=evening.asked.pk)
    before = set(ResultText.objects.values_list("key", "salt", "text"))
    report_contribution(
        reporter=Reporter(person=make_person()),
        dialogue=evening.dialogue, kind="question", pk=row.pk,
        rule="insult", explanation="Das beleidigt.",
    )  # fmt: skip

    made = answer_report(
        person=staff, dialogue=evening.dialogue, kind="question", pk=row.pk,
        action="hide", rule="insult", reason="Grob.",
    )  # fmt: skip

    files = Client().get(f"{address}texts.json").content.decode()
    page = Client().get(address).content.decode()
    assert "Wer pflanzt" not in files + page
    assert "Wer bezahlt das?" in page
    case = appeal(person=row.author.person, decision_pk=made.pk)
    rule_on_appeal(
        person=evening.lead.person,
        appeal_pk=case.pk,
        outcome="reversed",
        reason="Erlaubt.",
    )
    assert set(ResultText.objects.values_list("key", "salt", "text")) == before


def test_question_hidden_before_the_end_is_not_in_the_record():
    dialogue = make_dialogue(allows="ask vote")
    lead = make_participation(dialogue, "lead_moderator")
    author = make_participation(dialogue)
    bad = ask_question(author=author, text="Beleidigung?")
    hide_contribution(
        moderator=lead, kind="question", pk=bad.pk, rule="insult", reason="Grob."
    )

    record = close_dialogue(moderator=lead)

    facts = json.loads(record.canonical)
    assert (facts["questions"], "asked" in facts) == (0, False)
    assert not ResultText.objects.filter(text__contains="Beleidigung").exists()
