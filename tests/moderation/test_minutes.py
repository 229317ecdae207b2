"""Minutes: written by the ledger, corrected for a time, then frozen."""

import hashlib
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pikepdf
import pytest
import time_machine
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils.translation import gettext, override
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import Message
from dialogue.actions import extend, go_on
from dialogue.models import (
    CorrectionRequest,
    Dialogue,
    FrozenMinutes,
    MinutesText,
    Participation,
    Remark,
    Table,
)
from ledger.models import Entry
from moderation.actions import hide_contribution
from moderation.closing import close_dialogue
from moderation.minutes import (
    MOST_REQUESTS,
    add_remark,
    answer_correction,
    ask_correction,
    ends_at,
    remove_remark,
)
from moderation.minutes_blocks import Block
from moderation.minutes_freezing import follow_clock, freeze_due, freeze_minutes
from moderation.minutes_pdf import minutes_pdf
from moderation.minutes_reading import read_draft, read_frozen, text_file
from moderation.minutes_verifying import verify_minutes
from moderation.minutes_words import document
from portal.erasure import erase_person
from portal.export import export_person
from portal.management.commands.tick import tick
from projects.actions import assign_staff
from proposals import actions, ballots, drafting, responding
from proposals.models import Ballot, Question
from proposals.voting import VoteRequest, cast_votes
from proposals.wall import answer_question
from shared.errors import Refusal
from tests.factories import (
    make_comment,
    make_dialogue,
    make_item,
    make_participation,
    make_proposal,
    make_staff,
)
from tests.live.test_verify_action import verify_action

pytestmark = pytest.mark.django_db

SEVEN = datetime(2026, 6, 1, 17, tzinfo=UTC)
ALL = "propose comment ask stance vote"
HOSTILE = '#set page(fill: red) *x* $a$ <b>b</b> [c] \\ #import "/etc/passwd"'


class Evening:
    """A closed dialogue with some of everything that minutes tell."""

    travel: Any

    def __init__(self) -> None:
        with time_machine.travel(SEVEN, tick=False) as travel:
            self.dialogue = make_dialogue(allows=ALL, title="Schulweg")
            make_item(self.dialogue, allows=ALL, title="Danach", minutes=15)
            make_item(self.dialogue, title="Nie erreicht")
            self.lead = self._somebody("lead_moderator", "Lena Lead")
            self.second = self._somebody("table_moderator", "Tim Tisch")
            self.citizen = self._somebody("participant", "Cem Bürger")
            self.neighbour = self._somebody("participant", "Nora Nachbarin")
            self.observer = self._somebody("observer", "Olga")
            self._hold(travel)

    def _somebody(self, role: str, name: str) -> Participation:
        return make_participation(self.dialogue, role, display_name=name)

    def _hold(self, travel: Any) -> None:
        self.proposal = actions.submit_proposal(
            author=self.citizen, title="Tempo 30 für alle", text="**Sofort.**"
        )
        for alignment in ("contra", "contra", "pro"):
            make_comment(self.neighbour, self.proposal, alignment=alignment)
        self.question = actions.ask_question(author=self.citizen, text="Wann denn?")
        answer_question(moderator=self.lead, question_pk=self.question.pk)
        hidden = actions.ask_question(author=self.neighbour, text="Geheimnis-Kanarie")
        hide_contribution(
            moderator=self.lead,
            kind="question",
            pk=hidden.pk,
            rule="insult",
            reason="Grund-Kanarie",
        )
        responding.park_topic(author=self.citizen, text="Radwege")
        ballot = drafting.draft_ballot(moderator=self.lead, title="Tempo 30?")
        ballots.open_ballot(moderator=self.lead, ballot_pk=ballot.pk)
        extend(moderator=self.lead, minutes=5)
        travel.shift(timedelta(minutes=27))
        go_on(moderator=self.lead)
        travel.shift(timedelta(minutes=10))
        self.record = close_dialogue(moderator=self.lead)
        self.dialogue = Dialogue.objects.select_related("project").get(
            pk=self.dialogue.pk
        )

    def words(self) -> str:
        facts = read_draft(self.dialogue)
        assert facts is not None
        return as_words(document(facts))

    def ask(self, text: str = "Es war anders.", **facts: Any) -> CorrectionRequest:
        return ask_correction(**{"participation": self.citizen, "text": text, **facts})

    def answer(self, request: CorrectionRequest, state: str, **facts: Any) -> Any:
        return answer_correction(
            **{
                "moderator": self.lead,
                "request_pk": request.pk,
                "state": state,
                "reason": "Im Mitschnitt gehört.",
                **facts,
            }
        )

    def page(self, who: Participation) -> Client:
        client = Client(headers={"Accept-Language": "en"})
        client.force_login(who.person)
        return client


def as_words(blocks: list[Block]) -> str:
    return "\n".join(
        [block.text for block in blocks]
        + [str(cell) for block in blocks for row in [block.head, *block.rows]
           for cell in row]
    )  # fmt: skip


def refused(code: str, verb: Any, **facts: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        verb(**facts)
    assert caught.value.code == code
    return caught.value


@pytest.fixture
def evening() -> Any:
    held = Evening()
    with time_machine.travel(SEVEN + timedelta(hours=2), tick=False) as travel:
        held.travel = travel
        yield held


# --- what stands in them ------------------------------------------------------
def test_agenda_planned_extended_and_real(evening: Evening):
    facts = read_draft(evening.dialogue)

    assert facts is not None
    got = [
        (row["planned_minutes"], row["extended_minutes"], row["real_minutes"])
        for row in facts["agenda"]
    ]
    assert got == [(20, 5, 27), (15, 0, 10), (20, 0, None)]


def test_people_are_counted_and_leaders_named(evening: Evening):
    facts = read_draft(evening.dialogue)

    assert facts is not None
    assert facts["came"] == {
        "participants": 2, "with_account": 0, "guests": 2, "invited": 0,
        "observers": 1,
    }  # fmt: skip
    assert [row["name"] for row in facts["led"]] == ["Lena Lead", "Tim Tisch"]


def test_dissent_is_counted_beside_its_proposal(evening: Evening):
    facts = read_draft(evening.dialogue)

    assert facts is not None
    (table,) = [block for block in document(facts) if len(block.head) == 6]
    assert table.rows == [["1. Tempo 30 für alle", 0, 0, 0, 0, 2]]


def test_dissent_is_left_out_when_numbers_no_longer_match(evening: Evening):
    evening.dialogue.proposals.update(state="hidden")

    facts = read_draft(evening.dialogue)

    assert facts is not None
    assert [row["contra"] for row in facts["proposals"]] == [None]


def test_what_was_hidden_is_in_no_word(evening: Evening):
    words = evening.words()

    assert "Wann denn?" in words
    assert "Radwege" in words
    assert "Kanarie" not in words


def test_chair_is_read_from_the_ledger(evening: Evening):
    stream = evening.dialogue.stream
    for seq, (kind, payload) in enumerate(
        [
            ("chair.taken", {"by": evening.lead.pk}),
            ("chair.handed", {"by": evening.lead.pk, "to": evening.second.pk}),
            ("chair.left", {"by": evening.second.pk}),
        ],
        10_000,
    ):
        Entry.objects.create(
            stream=stream, seq=seq, kind=kind, audience="moderators",
            payload=payload, recorded_at=SEVEN + timedelta(minutes=seq), digest="0",
        )  # fmt: skip

    facts = read_draft(evening.dialogue)

    assert facts is not None
    names = [row["name"] for row in facts["chair"]]
    assert names[-3:] == ["Lena Lead", "Tim Tisch", ""]


def test_written_answer_stands_below_its_question(evening: Evening):
    Question.objects.filter(pk=evening.question.pk).update(answer="Im Mai.")

    assert "Im Mai." in evening.words()


def test_findings_stand_by_table_also_when_merged(evening: Evening):
    table = Table.objects.create(dialogue=evening.dialogue, number=1, name="Tisch Nord")
    for title, state in (
        ("Mehr Licht", "published"), ("Licht", "merged"), ("Kanarie", "hidden"),
    ):  # fmt: skip
        make_proposal(
            evening.citizen, title=title, state=state, table=table, kind="finding"
        )

    words = evening.words()

    for shown in ("Tisch Nord", "Mehr Licht", "Licht"):
        assert shown in words
    assert "Kanarie" not in words


# --- remarks --------------------------------------------------------------------
def test_remark_stands_at_its_item_and_can_go(evening: Evening):
    item = evening.dialogue.agenda.get(title="Danach")

    remark = add_remark(
        moderator=evening.second, text="Das Mikrofon fiel aus.", item_pk=item.pk
    )
    stands = "Das Mikrofon fiel aus." in evening.words()
    remove_remark(moderator=evening.lead, remark_pk=remark.pk)

    assert stands
    assert "Mikrofon" not in evening.words()


@pytest.mark.parametrize("text", ["", "  \u200b ", "x" * 2001])
def test_bad_remark_is_refused(evening: Evening, text: str):
    refusal = refused("input.invalid", add_remark, moderator=evening.lead, text=text)

    assert refusal.field == "text"


def test_remark_rights(evening: Evening):
    refused("dialogue.closed", add_remark, moderator=evening.citizen, text="x")
    other = make_item(make_dialogue())
    refused(
        "right.missing", add_remark, moderator=evening.lead, text="x", item_pk=other.pk
    )
    remark = add_remark(moderator=evening.lead, text="x")
    refused(
        "right.missing", remove_remark, moderator=evening.second, remark_pk=remark.pk
    )


def test_remark_before_the_beginning_is_refused():
    dialogue = make_dialogue(state="lobby")
    lead = make_participation(dialogue, "lead_moderator")

    refused("dialogue.not_live", add_remark, moderator=lead, text="x")


# --- corrections ------------------------------------------------------------------
def test_request_reaches_the_lead_and_its_answer_the_citizen(evening: Evening):
    request = evening.ask("Es waren 40 Leute.")
    told = Message.objects.get(person=evening.lead.person)
    answered = evening.answer(request, "accepted")

    mine = Message.objects.get(person=evening.citizen.person)
    words = evening.words()
    assert "Es waren 40 Leute." in told.body
    assert answered.state == "accepted"
    assert "Im Mitschnitt gehört." in mine.body
    assert mine.link == f"/d/{evening.dialogue.code}/minutes/"
    assert "Es waren 40 Leute." in words
    assert "Im Mitschnitt gehört." in words
    kinds = Entry.objects.filter(kind__startswith="minutes.").order_by("seq")
    assert list(kinds.values_list("kind", flat=True)) == [
        "minutes.correction_asked",
        "minutes.correction_answered",
    ]


def test_declined_request_is_a_number_only(evening: Evening):
    evening.answer(evening.ask("Kanarie"), "declined")

    facts = read_draft(evening.dialogue)

    assert facts is not None
    assert facts["declined"] == 1
    assert "Kanarie" not in evening.words()


def test_accepted_request_names_nobody(evening: Evening):
    request = evening.ask(participation=evening.neighbour)
    evening.answer(request, "accepted")

    minutes = freeze_minutes(moderator=evening.lead)

    keys = {row.key: row.text for row in minutes.texts.all()}
    assert keys["correction-1"] == "Es war anders."
    assert "Nora Nachbarin" not in keys.values()
    assert evening.neighbour.pseudonym not in minutes.canonical


def test_request_after_the_time_is_refused(evening: Evening):
    evening.travel.shift(timedelta(hours=70))
    evening.ask()
    evening.travel.shift(timedelta(hours=3))

    refused("minutes.too_late", evening.ask)


def test_time_for_corrections_is_a_setting(evening: Evening, settings: Any):
    settings.CORRECTION_HOURS = 1

    end = ends_at(evening.dialogue)

    assert evening.dialogue.closed_at is not None
    assert end == evening.dialogue.closed_at + timedelta(hours=1)
    refused("minutes.too_late", evening.ask)


def test_eleventh_request_is_refused(evening: Evening):
    for __ in range(MOST_REQUESTS):
        evening.ask()

    refused("minutes.too_many", evening.ask)
    assert evening.ask(participation=evening.neighbour).state == "open"


def test_who_may_ask_and_answer(evening: Evening):
    request = evening.ask(participation=evening.second)

    refused("dialogue.closed", evening.ask, participation=evening.observer)
    refused(
        "dialogue.closed", evening.answer, request=request, state="accepted",
        moderator=evening.citizen,
    )  # fmt: skip
    refused(
        "minutes.own_request", evening.answer, request=request, state="accepted",
        moderator=evening.second,
    )  # fmt: skip
    refused("minutes.answer", evening.answer, request=request, state="open")
    reasonless = refused(
        "input.invalid", evening.answer, request=request, state="declined", reason=" "
    )
    assert reasonless.field == "reason"


def test_request_is_answered_once(evening: Evening):
    request = evening.ask()
    evening.answer(request, "declined")

    refused("minutes.answered", evening.answer, request=request, state="accepted")


def test_request_of_another_dialogue_is_not_there(evening: Evening):
    request = evening.ask()
    other = Evening()

    refused("right.missing", other.answer, request=request, state="accepted")


def test_no_request_while_it_runs():
    dialogue = make_dialogue()

    refused(
        "agenda.not_now", ask_correction,
        participation=make_participation(dialogue), text="x",
    )  # fmt: skip


# --- freezing ---------------------------------------------------------------------
def test_frozen_minutes_are_canonical_and_noted(evening: Evening):
    minutes = freeze_minutes(moderator=evening.lead)

    digest = hashlib.sha256(minutes.canonical.encode()).hexdigest()
    noted = Entry.objects.get(kind="minutes.frozen")
    assert minutes.digest == digest == noted.payload["digest"]
    assert minutes.result == evening.record
    assert json.loads(minutes.canonical)["result"] == evening.record.digest
    for word in ("Wann denn?", "Lena", "Cem"):
        assert word not in minutes.canonical


def test_frozen_reads_like_the_draft(evening: Evening):
    add_remark(moderator=evening.lead, text="Anmerkung")
    before = evening.words()

    minutes = freeze_minutes(moderator=evening.lead)

    assert as_words(document(read_frozen(minutes))) == before


def test_nothing_changes_after_freezing(evening: Evening):
    request = evening.ask()
    remark = add_remark(moderator=evening.lead, text="x")
    evening.answer(request, "accepted")
    freeze_minutes(moderator=evening.lead)

    refused("minutes.frozen", evening.ask)
    refused("minutes.frozen", add_remark, moderator=evening.lead, text="x")
    refused(
        "minutes.frozen", remove_remark, moderator=evening.lead, remark_pk=remark.pk
    )
    refused("minutes.frozen", evening.answer, request=request, state="declined")
    refused("minutes.frozen", freeze_minutes, moderator=evening.lead)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE dialogue_frozenminutes SET digest = 'x'",
        "DELETE FROM dialogue_frozenminutes",
    ],
)
def test_database_refuses_change_of_frozen_minutes(evening: Evening, statement: str):
    freeze_minutes(moderator=evening.lead)

    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_lead_freezes_early_only_without_open_requests(evening: Evening):
    request = evening.ask()

    refused("minutes.open_requests", freeze_minutes, moderator=evening.lead)
    refused("dialogue.closed", freeze_minutes, moderator=evening.second)
    evening.answer(request, "declined")
    freeze_minutes(moderator=evening.lead)


def test_rehearsal_leaves_no_minutes(evening: Evening):
    Dialogue.objects.filter(pk=evening.dialogue.pk).update(rehearsal_of=make_dialogue())

    refused("minutes.rehearsal", freeze_minutes, moderator=evening.lead)
    evening.travel.shift(timedelta(days=30))
    freeze_due()
    assert not FrozenMinutes.objects.exists()


def test_clock_freezes_when_the_time_is_over(evening: Evening):
    evening.travel.shift(timedelta(hours=70))
    tick()
    early = FrozenMinutes.objects.exists()
    evening.travel.shift(timedelta(hours=2))
    tick()
    tick()

    assert not early
    assert FrozenMinutes.objects.get().dialogue == evening.dialogue


def test_open_request_gets_as_long_again(evening: Evening):
    evening.ask("Kanarie")
    evening.travel.shift(timedelta(hours=100))
    first = follow_clock(dialogue_pk=evening.dialogue.pk)
    evening.travel.shift(timedelta(hours=50))
    second = follow_clock(dialogue_pk=evening.dialogue.pk)

    assert first is None
    assert second is not None
    assert json.loads(second.canonical)["unanswered"] == 1
    assert "Kanarie" not in as_words(document(read_frozen(second)))


def test_clock_leaves_running_dialogues_alone(evening: Evening):
    other = make_dialogue()
    evening.travel.shift(timedelta(days=30))

    assert follow_clock(dialogue_pk=other.pk) is None


# --- checking and erasing -----------------------------------------------------------
def files(minutes: FrozenMinutes) -> tuple[bytes, bytes]:
    return minutes.canonical.encode(), json.dumps(text_file(minutes)).encode()


def test_checked_file_holds_also_after_erasure(evening: Evening):
    evening.answer(evening.ask(), "accepted")
    add_remark(moderator=evening.lead, text="Anmerkung")
    minutes = freeze_minutes(moderator=evening.lead)

    before = verify_minutes(*files(minutes))
    erase_person(evening.citizen.person, texts=True)
    after = verify_minutes(*files(minutes))

    words = as_words(document(read_frozen(minutes)))
    assert before.holds
    assert after.holds
    for gone in ("Cem Bürger", "Wann denn?", "Es war anders."):
        assert gone not in words
        assert not MinutesText.objects.filter(text__contains=gone).exists()
    assert "Anmerkung" in words
    assert not CorrectionRequest.objects.exclude(text="").exists()


def test_erasing_without_texts_takes_the_name_alone(evening: Evening):
    minutes = freeze_minutes(moderator=evening.lead)

    erase_person(evening.citizen.person)

    words = as_words(document(read_frozen(minutes)))
    assert "Cem Bürger" not in words
    assert "Wann denn?" in words


def test_erasing_a_moderator_before_freezing(evening: Evening):
    add_remark(moderator=evening.lead, text="Kanarie")

    erase_person(evening.lead.person, texts=True)

    words = evening.words()
    assert "Kanarie" not in words
    assert "Lena" not in words
    assert Remark.objects.get().text == ""


@pytest.mark.parametrize("what", ["figures", "text", "ledger", "form"])
def test_forged_minutes_do_not_hold(evening: Evening, what: str):
    minutes = freeze_minutes(moderator=evening.lead)
    raw, texts = files(minutes)
    if what == "figures":
        raw = raw.replace(b'"declined":0', b'"declined":1')
    elif what == "text":
        texts = texts.replace(b"Wann denn?", b"Nie denn?!")
    elif what == "ledger":
        Entry.objects.create(
            stream=evening.dialogue.stream, seq=9999, kind="minutes.frozen",
            audience="everybody", payload={"digest": "x"}, recorded_at=SEVEN,
            digest="0",
        )  # fmt: skip
    else:
        raw = raw + b"\n"

    assert not verify_minutes(raw, texts).holds


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b"{}", b'{"version":1}', b"[" * 100_000, b'{"version":2}']
)
def test_other_files_do_not_hold(raw: bytes):
    assert not verify_minutes(raw).holds


def test_command_checks_a_file(evening: Evening, tmp_path: Any):
    raw, texts = files(freeze_minutes(moderator=evening.lead))
    (tmp_path / "m.json").write_bytes(raw)
    (tmp_path / "t.json").write_bytes(texts)
    said = io.StringIO()

    call_command(
        "verify_minutes", tmp_path / "m.json", texts=tmp_path / "t.json", stdout=said
    )

    assert "These minutes hold." in said.getvalue()
    (tmp_path / "m.json").write_bytes(raw + b" ")
    with pytest.raises(CommandError, match="do not hold"):
        call_command("verify_minutes", tmp_path / "m.json", stdout=said)


def test_own_requests_are_in_the_export(evening: Evening):
    evening.ask("Mein Text")

    facts = export_person(evening.citizen.person)

    assert [row["text"] for row in facts["corrections_of_minutes"]] == ["Mein Text"]


# --- PDF ----------------------------------------------------------------------------
def tags(pdf: pikepdf.Pdf) -> set[str]:
    """The structure types in the file."""
    found: set[str] = set()

    def walk(node: Any) -> None:
        if isinstance(node, pikepdf.Array):
            for kid in node:
                walk(kid)
        elif isinstance(node, pikepdf.Dictionary):
            if "/S" in node:
                found.add(str(node["/S"]))
            if "/K" in node:
                walk(node["/K"])

    walk(pdf.Root.StructTreeRoot.K)
    return found


def test_pdf_is_tagged_and_says_so(evening: Evening):
    client = evening.page(evening.citizen)

    answer = client.get(reverse("minutes:file", args=[evening.dialogue.code]))

    assert answer["Content-Type"] == "application/pdf"
    pdf = pikepdf.open(io.BytesIO(answer.content))
    assert pdf.Root.MarkInfo.Marked == True  # noqa: E712 -- an object of the file
    assert str(pdf.Root.Lang) == "en"
    assert pdf.Root.ViewerPreferences.DisplayDocTitle == True  # noqa: E712
    assert str(pdf.docinfo["/Title"]) == "Minutes: Schulweg"
    with pdf.open_metadata() as metadata:
        assert metadata["pdfuaid:part"] == "1"
    assert {"/H1", "/H2", "/P", "/Table", "/TH", "/TD", "/L", "/LI"} <= tags(pdf)
    fonts = [
        font
        for page in pdf.pages
        for font in page.Resources.Font.values()
    ]  # fmt: skip
    assert fonts
    for font in fonts:
        assert "/FontFile3" in font.DescendantFonts[0].FontDescriptor


@pytest.mark.parametrize(
    "text", [HOSTILE, "😀 ﷽ 漢字 " * 20, "\n\n\n", "x" * 3000, "- a\n- b", "\ud800"]
)
def test_pdf_takes_any_text_as_it_is(text: str):
    text = text.encode(errors="replace").decode()
    blocks = [
        Block("heading", text), Block("paragraph", text), Block("said", text),
        Block("list", rows=[[text]]), Block("table", text, head=[text], rows=[[text]]),
    ]  # fmt: skip

    made = minutes_pdf(title=text, lead=[text], blocks=blocks, language="de")

    pdf = pikepdf.open(io.BytesIO(made))
    assert {"/Table", "/L"} <= tags(pdf)


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=200))
def test_pdf_is_made_of_every_text(text: str):
    text = text.encode(errors="replace").decode()

    made = minutes_pdf(title="T", lead=[], blocks=[Block("said", text)], language="de")

    assert made.startswith(b"%PDF")


# --- pages --------------------------------------------------------------------------
def test_draft_is_for_those_who_took_part(evening: Evening):
    address = reverse("minutes:minutes", args=[evening.dialogue.code])
    staff = make_staff()
    assign_staff(project=evening.dialogue.project, person=staff)
    worker = Client()
    worker.force_login(staff)
    excluded = make_participation(evening.dialogue, state="excluded")

    assert evening.page(evening.citizen).get(address).status_code == 200
    assert evening.page(evening.observer).get(address).status_code == 200
    assert worker.get(address).status_code == 200
    assert evening.page(excluded).get(address).status_code == 403
    assert Client().get(address).status_code == 403
    public = reverse(
        "minutes:public", args=[evening.dialogue.project.slug, evening.record.digest]
    )
    assert Client().get(public).status_code == 403


def test_requests_of_others_are_for_moderators(evening: Evening):
    evening.ask("Kanarie")
    address = reverse("minutes:minutes", args=[evening.dialogue.code])

    assert "Kanarie" in evening.page(evening.lead).get(address).content.decode()
    seen = evening.page(evening.neighbour).get(address).content.decode()
    assert "Kanarie" not in seen


def test_without_second_factor_nothing_of_moderators_is_shown(
    evening: Evening, settings: Any
):
    evening.ask("Kanarie")
    settings.DEMO = False
    code = evening.dialogue.code
    client = evening.page(evening.lead)

    page = client.get(reverse("minutes:minutes", args=[code])).content.decode()
    done = client.post(reverse("minutes:freeze", args=[code]))

    assert "Kanarie" not in page
    assert done.status_code == 302
    assert not FrozenMinutes.objects.exists()


def test_everything_works_by_plain_forms(evening: Evening):
    code = evening.dialogue.code
    item = evening.dialogue.agenda.get(title="Danach")
    citizen, lead = evening.page(evening.citizen), evening.page(evening.lead)

    citizen.post(
        reverse("minutes:correction_ask", args=[code]),
        {"text": "Falsch", "item": item.pk},
    )
    request = CorrectionRequest.objects.get()
    lead.post(
        reverse("minutes:correction_answer", args=[code, request.pk]),
        {"state": "accepted", "reason": "Stimmt"},
    )
    lead.post(reverse("minutes:remark_add", args=[code]), {"text": "Eins"})
    lead.post(reverse("minutes:remark_add", args=[code]), {"text": "Zwei"})
    lead.post(
        reverse(
            "minutes:remark_remove", args=[code, Remark.objects.get(text="Eins").pk]
        )
    )
    lead.post(reverse("minutes:freeze", args=[code]))

    minutes = FrozenMinutes.objects.get()
    words = as_words(document(read_frozen(minutes)))
    assert request.item == item
    assert "Falsch" in words
    assert "Zwei" in words
    assert "Eins" not in words


def test_only_who_may_ask_sees_the_form(evening: Evening):
    form = reverse("minutes:correction_ask", args=[evening.dialogue.code])
    pages = [
        f"/d/{evening.dialogue.code}/",
        reverse("minutes:minutes", args=[evening.dialogue.code]),
    ]

    for page in pages:
        assert form in evening.page(evening.citizen).get(page).content.decode()
        shown = evening.page(evening.observer).get(page)
        assert shown.status_code == 200
        assert form not in shown.content.decode()
    freeze_minutes(moderator=evening.lead)
    for page in pages:
        assert form not in evening.page(evening.citizen).get(page).content.decode()


def test_refused_text_is_kept_to_send_again(evening: Evening):
    answer = evening.page(evening.citizen).post(
        reverse("minutes:correction_ask", args=[evening.dialogue.code]),
        {"text": "Mein Text " + "x" * 1000},
    )

    assert answer.status_code == 400
    assert "Mein Text" in answer.content.decode()
    assert not CorrectionRequest.objects.exists()


@pytest.mark.parametrize("item", ["x", "-1", "9" * 40, "²"])
def test_strange_item_is_refused(evening: Evening, item: str):
    answer = evening.page(evening.citizen).post(
        reverse("minutes:correction_ask", args=[evening.dialogue.code]),
        {"text": "Text", "item": item},
    )

    assert answer.status_code == 403


def test_frozen_minutes_are_public_with_the_result(evening: Evening):
    evening.answer(evening.ask("<script>alert(1)</script>"), "accepted")
    minutes = freeze_minutes(moderator=evening.lead)
    names = [evening.dialogue.project.slug, evening.record.digest]
    client = Client(headers={"Accept-Language": "en"})

    page = client.get(reverse("minutes:public", args=names)).content.decode()
    figures = client.get(reverse("minutes:public_json", args=names)).content
    texts = client.get(reverse("minutes:public_texts", args=names)).content
    pdf = client.get(reverse("minutes:public_file", args=names)).content
    result = client.get(evening.record.get_absolute_url()).content.decode()

    assert "Tempo 30 für alle" in page
    assert minutes.digest in page
    assert "<script>alert" not in page
    assert hashlib.sha256(figures).hexdigest() == minutes.digest
    assert verify_minutes(figures, texts).holds
    assert pdf.startswith(b"%PDF")
    assert reverse("minutes:public", args=names) in result


def test_freezing_reaches_every_screen(evening: Evening):
    with verify_action(evening.dialogue):
        freeze_minutes(moderator=evening.lead)


def test_closed_room_leads_to_the_minutes(evening: Evening):
    client = evening.page(evening.citizen)
    room = reverse("live:room", args=[evening.dialogue.code])
    address = reverse("minutes:correction_ask", args=[evening.dialogue.code])

    before = client.get(room).content.decode()
    freeze_minutes(moderator=evening.lead)
    after = client.get(room).content.decode()

    assert f'action="{address}"' in before
    assert f'action="{address}"' not in after
    assert reverse("minutes:minutes", args=[evening.dialogue.code]) in after


def test_running_dialogue_has_remarks_only():
    dialogue = make_dialogue()
    lead = make_participation(dialogue, "lead_moderator")
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(lead.person)
    address = reverse("minutes:minutes", args=[dialogue.code])

    page = client.get(address)

    assert "The minutes are written when the dialogue closes" in page.content.decode()
    assert client.get(address + "minutes.pdf").status_code == 403


@pytest.mark.parametrize("language", ["de", "en"])
def test_minutes_tell_a_ballot_as_its_method_counts(language: str):
    """Resistance is no votes, and no percentage of those who voted."""
    lead = make_participation(make_dialogue(allows=ALL), "lead_moderator")
    voter = make_participation(lead.dialogue)
    ballot = drafting.draft_ballot(
        moderator=lead, title="Was?", method="consensing", options=("Linde", "Ahorn")
    )
    ballots.open_ballot(moderator=lead, ballot_pk=ballot.pk)
    linde, ahorn, *__ = ballot.options.order_by("position")
    cast_votes([VoteRequest(voter.pk, ballot.pk, {linde.pk: 2, ahorn.pk: 7}, "k" * 16)])
    ballots.close_ballot(moderator=lead, ballot_pk=ballot.pk)
    close_dialogue(moderator=lead)

    with override(language):
        facts = read_draft(Dialogue.objects.get(pk=lead.dialogue_id))
        assert facts is not None
        blocks = document(facts)
        (told,) = facts["ballots"]
        words = told["result"].explanation

        assert words.result in as_words(blocks)
        assert words.change in as_words(blocks)
        (table,) = [b for b in blocks if ["Linde", 2] in b.rows]
        assert table.head == [gettext("Option"), gettext("Number")]
        # Its name in words, not the one of the code.
        assert told["method"] == Ballot.Method.CONSENSING.label
        assert "consensing" not in [block.text for block in blocks]
