"""Steering needs a certificate or an exception, and a word about own interests."""

from datetime import timedelta
from typing import Any

import pytest
import rules
import time_machine
from django.test import Client
from django.utils import translation

from dialogue.actions import extend, go_on, pause, resume
from dialogue.joining import erase_person as erase_participations
from dialogue.models import ConflictStatement, Participation, QualificationException
from dialogue.qualified import (
    erase_person,
    grant_exception,
    let_program_lead,
    state_conflict,
    withdraw_exception,
)
from dialogue.qualified_queries import (
    STEERING,
    public_sentence,
    qualification_in,
    qualified_leads,
)
from dialogue.table_rounds import begin_round, end_round
from ledger.models import Entry, Stream
from ledger.queries import broken_links
from moderation.closing import close_dialogue
from projects.actions import assign_staff
from proposals.ballots import close_ballot, open_ballot
from proposals.drafting import draft_ballot
from qualification.actions import revoke_certificate
from shared import clock
from shared.errors import Refusal
from tests.factories import (
    make_certificate,
    make_dialogue,
    make_item,
    make_participation,
    make_person,
    make_staff,
)
from tests.test_rights import ROOM, rows_of

pytestmark = [pytest.mark.databases, pytest.mark.django_db]
LEAD = "lead_moderator"


def refused(verb: Any, **facts: Any) -> str:
    with pytest.raises(Refusal) as caught:
        verb(**facts)
    assert str(caught.value.message)
    return caught.value.code


def make_lead(**facts: Any) -> Participation:
    """A lead with neither certificate nor statement, unless `facts` say so."""
    dialogue = facts.pop("dialogue", None) or make_dialogue(allows="vote")
    return make_participation(dialogue, LEAD, qualified=False, **facts)


def make_administrator() -> Any:
    return make_person(is_administrator=True)


# --- what is asked --------------------------------------------------------------
@pytest.mark.parametrize(
    ("has", "missing"),
    [
        ((), "qualification.missing"),
        (("statement",), "qualification.missing"),
        (("certificate",), "conflict.missing"),
        (("exception",), "conflict.missing"),
        (("certificate", "statement"), None),
        (("exception", "statement"), None),
    ],
)
def test_what_steering_needs(has: tuple[str, ...], missing: str | None):
    lead = make_lead()
    if "certificate" in has:
        make_certificate(lead.person)
    if "statement" in has:
        state_conflict(moderator=lead, kind="none")
    if "exception" in has:
        grant_exception(
            administrator=make_administrator(),
            dialogue=lead.dialogue,
            participation_pk=lead.pk,
            reason="Begleitet",
        )

    if missing is None:
        assert pause(moderator=lead).state == "paused"
    else:
        assert refused(pause, moderator=lead) == missing
        lead.dialogue.refresh_from_db()
        assert lead.dialogue.state == "live"


def test_every_way_of_steering_is_refused_without():
    lead = make_lead()
    ballot = draft_ballot(moderator=lead, title="Soll es so sein?")
    make_item(lead.dialogue)

    codes = {
        refused(go_on, moderator=lead),
        refused(extend, moderator=lead, minutes=5),
        refused(pause, moderator=lead),
        refused(close_dialogue, moderator=lead),
        refused(open_ballot, moderator=lead, ballot_pk=ballot.pk),
        refused(begin_round, moderator=lead, method="random"),
    }

    assert codes == {"qualification.missing"}


def test_explained_rights_are_those_that_ask():
    """`require` explains exactly the rights that a lead lacks without certificate."""
    lead = make_lead()
    able = make_participation(lead.dialogue, LEAD)

    lacking = {
        right
        for right in rows_of(ROOM)
        if rules.has_perm(right, able, lead.dialogue)
        and not rules.has_perm(right, lead, lead.dialogue)
    }

    assert lacking == STEERING


def test_refusal_says_where_to_go():
    lead = make_lead()

    with pytest.raises(Refusal) as caught:
        pause(moderator=lead)

    assert caught.value.status == 403
    assert "/learn/certificate/" in str(caught.value.message)


def test_paused_lead_reads_what_is_missing():
    lead = make_lead(dialogue=make_dialogue(state="paused"))

    assert refused(resume, moderator=lead) == "qualification.missing"


@pytest.mark.parametrize("role", ["table_moderator", "technical_host", "participant"])
def test_a_certificate_makes_nobody_lead(role: str):
    other = make_participation(make_dialogue(allows="vote"), role, qualified=True)

    assert refused(pause, moderator=other) == "agenda.not_now"


def test_ballot_and_round_are_ended_without_certificate():
    """What is open is brought to its end, whatever became of the certificate."""
    lead = make_participation(make_dialogue(allows="vote"), LEAD)
    ballot = draft_ballot(moderator=lead, title="Soll es so sein?")
    open_ballot(moderator=lead, ballot_pk=ballot.pk)
    begin_round(moderator=lead, method="random")
    revoke_certificate(
        administrator=make_administrator(),
        number=lead.person.certificates.get().number,
        reason="Befangen",
    )

    close_ballot(moderator=lead, ballot_pk=ballot.pk)
    end_round(moderator=lead)

    assert refused(pause, moderator=lead) == "qualification.missing"


# --- the evening itself ---------------------------------------------------------
def test_certificate_that_expires_on_the_evening_holds():
    lead = make_lead()
    ends = clock.now() + timedelta(minutes=10)
    certificate = make_certificate(lead.person, expires_at=ends)
    state_conflict(moderator=lead, kind="none")

    with time_machine.travel(ends + timedelta(hours=2)):
        assert certificate.is_valid is False
        here = qualification_in(lead, lead.dialogue)
        assert (here.is_complete, here.has_expired) == (True, True)
        assert pause(moderator=lead).state == "paused"
        assert resume(moderator=lead).state == "live"


def test_certificate_that_had_expired_before_the_doors_does_not():
    lead = make_lead()
    state_conflict(moderator=lead, kind="none")
    lead.dialogue.opened_at = clock.now()
    lead.dialogue.save()
    before = clock.now() - timedelta(minutes=1)
    make_certificate(
        lead.person, issued_at=before - timedelta(days=3), expires_at=before
    )

    assert refused(pause, moderator=lead) == "qualification.missing"


def test_before_the_doors_open_it_must_be_valid():
    dialogue = make_dialogue(state="announced")
    lead = make_lead(dialogue=dialogue)
    ends = clock.now() + timedelta(minutes=10)
    make_certificate(lead.person, expires_at=ends)
    state_conflict(moderator=lead, kind="none")

    with time_machine.travel(ends + timedelta(minutes=1)):
        assert refused(go_on, moderator=lead) == "qualification.missing"
    assert go_on(moderator=lead).state == "live"


def test_an_evening_lasts_a_day():
    """A dialogue over days does not keep an expired certificate alive for weeks."""
    lead = make_lead(dialogue=make_dialogue(mode="online"))
    ends = clock.now() + timedelta(minutes=10)
    make_certificate(lead.person, expires_at=ends)
    state_conflict(moderator=lead, kind="none")

    with time_machine.travel(ends + timedelta(hours=23)):
        pause(moderator=lead)
    with time_machine.travel(ends + timedelta(hours=25)):
        assert refused(resume, moderator=lead) == "qualification.missing"


def test_certificate_issued_during_the_evening_counts_at_once():
    lead = make_lead()
    state_conflict(moderator=lead, kind="none")
    later = clock.now() + timedelta(hours=1)

    with time_machine.travel(later):
        assert refused(pause, moderator=lead) == "qualification.missing"
        make_certificate(lead.person, issued_at=clock.now())
        assert pause(moderator=lead).state == "paused"


def test_revoked_certificate_ends_at_once():
    lead = make_participation(make_dialogue(), LEAD)
    pause(moderator=lead)
    revoke_certificate(
        administrator=make_administrator(),
        number=lead.person.certificates.get().number,
        reason="Befangen",
    )

    assert refused(resume, moderator=lead) == "qualification.missing"


def test_rehearsal_needs_nothing():
    real = make_dialogue(state="announced")
    lead = make_lead(dialogue=make_dialogue(rehearsal_of=real))

    assert pause(moderator=lead).state == "paused"


# --- what it costs --------------------------------------------------------------
def test_citizens_are_not_asked(django_assert_num_queries: Any):
    dialogue = make_dialogue(allows="vote propose")
    citizen = make_participation(dialogue)

    with django_assert_num_queries(0):
        may = [rules.has_perm(right, citizen, dialogue) for right in sorted(STEERING)]

    assert may == [False] * len(STEERING)


def test_leads_are_asked_once(django_assert_num_queries: Any):
    dialogue = make_dialogue(allows="vote")
    lead = make_participation(dialogue, LEAD)

    with django_assert_num_queries(1):
        assert rules.has_perm("dialogue.steer_agenda", lead, dialogue)


def test_qualified_leads():
    dialogue = make_dialogue()
    able = make_participation(dialogue, LEAD)
    make_participation(dialogue, LEAD, state="excluded")
    make_participation(dialogue, "table_moderator", qualified=True)
    make_lead(dialogue=dialogue)

    assert list(qualified_leads(dialogue)) == [able]


# --- exceptions -----------------------------------------------------------------
def test_exception_is_in_the_ledger_and_told():
    lead, administrator = make_lead(), make_administrator()

    exception = grant_exception(
        administrator=administrator,
        dialogue=lead.dialogue,
        participation_pk=lead.pk,
        reason="Begleitet von <b>Lea</b>",
    )

    entry = Entry.objects.get(stream=lead.dialogue.stream, kind="exception.granted")
    assert entry.audience == "moderators"
    assert entry.payload["participation"] == lead.pk
    assert entry.payload["administrator"] == administrator.pk
    assert len(entry.payload["reason"]) == 64
    assert "Lea" not in str(entry.payload)
    assert broken_links(Stream.objects.get(pk=lead.dialogue.stream_id)) == []
    assert exception.reason == "Begleitet von <b>Lea</b>"
    assert exception.reason in lead.person.messages.get().body


def test_exception_is_for_one_dialogue():
    lead = make_lead()
    elsewhere = make_lead(person=lead.person)
    for participation in (lead, elsewhere):
        state_conflict(moderator=participation, kind="none")
    grant_exception(
        administrator=make_administrator(),
        dialogue=lead.dialogue,
        participation_pk=lead.pk,
        reason="Begleitet",
    )

    assert pause(moderator=lead)
    assert refused(pause, moderator=elsewhere) == "qualification.missing"


def test_withdrawn_exception_ends_at_once():
    lead, administrator = make_lead(), make_administrator()
    state_conflict(moderator=lead, kind="none")
    facts = {
        "administrator": administrator,
        "dialogue": lead.dialogue,
        "participation_pk": lead.pk,
    }
    grant_exception(**facts, reason="Begleitet")
    assert refused(grant_exception, **facts, reason="Noch mal") == "exception.granted"

    withdraw_exception(**facts)

    assert refused(pause, moderator=lead) == "qualification.missing"
    assert refused(withdraw_exception, **facts) == "exception.none"
    kinds = Entry.objects.filter(kind__startswith="exception.")
    assert list(kinds.values_list("kind", flat=True)) == [
        "exception.granted",
        "exception.withdrawn",
    ]


@pytest.mark.parametrize("who", ["staff", "person", "lead"])
def test_only_administrators_except(who: str):
    lead = make_lead()
    staff = make_staff()
    assign_staff(project=lead.dialogue.project, person=staff)
    person = {"staff": staff, "person": make_person(), "lead": lead.person}[who]
    facts = {
        "administrator": person,
        "dialogue": lead.dialogue,
        "participation_pk": lead.pk,
    }

    assert refused(grant_exception, **facts, reason="Darum") == "right.missing"
    assert refused(withdraw_exception, **facts) == "right.missing"


def test_exception_is_for_leads_of_this_dialogue():
    administrator = make_administrator()
    lead = make_lead()
    foreign = make_lead()
    table = make_participation(lead.dialogue, "table_moderator")

    for other in (foreign, table):
        facts = {"dialogue": lead.dialogue, "participation_pk": other.pk}
        code = refused(
            grant_exception, administrator=administrator, reason="Darum", **facts
        )
        assert code == "right.missing"


@pytest.mark.parametrize(
    ("reason", "code"),
    [(" \u200b ", "exception.unreasoned"), ("x" * 601, "text.too_long")],
)
def test_exception_needs_a_reason(reason: str, code: str):
    lead = make_lead()

    got = refused(
        grant_exception,
        administrator=make_administrator(),
        dialogue=lead.dialogue,
        participation_pk=lead.pk,
        reason=reason,
    )

    assert got == code
    assert QualificationException.objects.count() == 0


def test_closed_dialogue_gets_no_exception():
    lead = make_lead(dialogue=make_dialogue(state="closed"))

    code = refused(
        grant_exception,
        administrator=make_administrator(),
        dialogue=lead.dialogue,
        participation_pk=lead.pk,
        reason="Darum",
    )

    assert code == "dialogue.closed"


def test_program_leads_by_exception_on_record():
    lead = make_lead()

    let_program_lead(participation=lead, reason="Simulierter Dialog")
    let_program_lead(participation=lead, reason="Simulierter Dialog")

    assert pause(moderator=lead)
    entry = Entry.objects.get(kind="exception.granted")
    assert "administrator" not in entry.payload


# --- conflicts of interest ------------------------------------------------------
def test_statement_is_kept_and_the_last_counts():
    lead = make_lead()

    state_conflict(moderator=lead, kind="none")
    state_conflict(moderator=lead, kind="lives_there", text="Lindenstraße <script>")

    statement = ConflictStatement.objects.get()
    assert (statement.kind, statement.text) == ("lives_there", "Lindenstraße <script>")
    first, second = Entry.objects.filter(kind="conflict.stated")
    assert (first.payload["conflict"], first.payload["text"]) == ("none", "")
    assert second.payload["conflict"] == "lives_there"
    assert "Linden" not in str(second.payload)


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"kind": "maybe"}, "conflict.unknown"),
        ({"kind": "employed"}, "conflict.undescribed"),
        ({"kind": "other", "text": " \u202e"}, "conflict.undescribed"),
        ({"kind": "other", "text": "x" * 601}, "text.too_long"),
    ],
)
def test_bad_statement_is_refused(facts: dict[str, str], code: str):
    assert refused(state_conflict, moderator=make_lead(), **facts) == code
    assert ConflictStatement.objects.count() == 0


@pytest.mark.parametrize("role", ["participant", "observer"])
def test_citizens_state_nothing(role: str):
    citizen = make_participation(make_dialogue(), role)

    with pytest.raises(Refusal):
        state_conflict(moderator=citizen, kind="none")
    assert ConflictStatement.objects.count() == 0


def test_excluded_lead_states_nothing():
    lead = make_lead(state="excluded")

    code = refused(state_conflict, moderator=lead, kind="none")

    assert code == "participation.excluded"


def test_public_reads_one_sentence_without_name_or_words():
    dialogue = make_dialogue()
    assert public_sentence(dialogue) == ""
    make_participation(dialogue, LEAD)
    with translation.override("en"):
        assert (
            public_sentence(dialogue)
            == "The moderation states that it has no conflict of interest."
        )

    lead = make_lead(dialogue=dialogue, display_name="Lea Leitung")
    state_conflict(moderator=lead, kind="lives_there", text="Geheim: Nummer 12")
    page = (
        Client()
        .get(f"/d/{dialogue.code}/join/", headers={"Accept-Language": "en"})
        .content.decode()
    )

    sentence = (
        "The moderation states a possible conflict of interest: "
        "a home in the place concerned."
    )
    assert sentence in page
    assert "Nummer 12" not in page
    assert "Lea Leitung" not in page


def test_public_sentence_forgets_who_leads_no_more():
    lead = make_lead()
    state_conflict(moderator=lead, kind="office", text="Im Rat")
    lead.role = "participant"
    lead.save()

    assert public_sentence(lead.dialogue) == ""


def test_erased_words():
    lead = make_lead()
    state_conflict(moderator=lead, kind="office", text="Im Rat")
    grant_exception(
        administrator=make_administrator(),
        dialogue=lead.dialogue,
        participation_pk=lead.pk,
        reason="Ada lernt noch",
    )

    erase_participations(lead.person)
    erase_person(lead.person)

    statement = ConflictStatement.objects.get()
    assert (statement.kind, statement.text) == ("office", "")
    assert QualificationException.objects.get().reason == "–"
    assert broken_links(Stream.objects.get(pk=lead.dialogue.stream_id)) == []


# --- the planning page ----------------------------------------------------------
@pytest.fixture
def administrator() -> Client:
    client = Client()
    client.force_login(make_person(is_administrator=True, is_staff_member=True))
    return client


def test_page_grants_and_withdraws(administrator: Client):
    lead = make_lead(display_name="Lea Leitung")
    address = f"/staff/dialogues/{lead.dialogue.code}/people/"
    assert "exception-participation" in administrator.get(address).content.decode()

    given = administrator.post(
        f"{address}exception/",
        {"exception-participation": lead.pk, "exception-reason": "Begleitet"},
    )
    assert given.status_code == 302
    assert lead.qualification_exceptions.get().reason == "Begleitet"
    page = administrator.get(address).content.decode()
    assert "exception-participation" not in page

    taken = administrator.post(f"{address}{lead.pk}/exception/withdraw/")
    assert taken.status_code == 302
    assert lead.qualification_exceptions.get().withdrawn_at is not None


def test_page_keeps_what_was_typed(administrator: Client):
    lead = make_lead()
    address = f"/staff/dialogues/{lead.dialogue.code}/people/exception/"

    answer = administrator.post(
        address,
        {"exception-participation": lead.pk, "exception-reason": "y" * 601},
    )

    assert answer.status_code == 400
    assert "y" * 601 in answer.content.decode()
    assert QualificationException.objects.count() == 0


def test_staff_reads_but_does_not_except():
    lead = make_lead()
    state_conflict(moderator=lead, kind="other", text="Wette <b>verloren</b>")
    staff = make_staff()
    assign_staff(project=lead.dialogue.project, person=staff)
    client = Client()
    client.force_login(staff)
    address = f"/staff/dialogues/{lead.dialogue.code}/people/"

    page = client.get(address).content.decode()
    posted = client.post(
        f"{address}exception/",
        {"exception-participation": lead.pk, "exception-reason": "Darum"},
    )

    assert "Wette &lt;b&gt;verloren&lt;/b&gt;" in page
    assert "exception-participation" not in page
    assert posted.status_code == 403


@pytest.mark.parametrize("number", [1, 3])
def test_page_costs_the_same_for_one_and_three(
    administrator: Client, number: int, django_assert_num_queries: Any
):
    dialogue = make_dialogue()
    for __ in range(number):
        make_participation(dialogue, LEAD)
    address = f"/staff/dialogues/{dialogue.code}/people/"

    with django_assert_num_queries(8):
        assert administrator.get(address).status_code == 200


# --- the desk -------------------------------------------------------------------
def desk_of(lead: Participation) -> str:
    client = Client()
    client.force_login(lead.person)
    answer = client.get(
        f"/d/{lead.dialogue.code}/desk/", headers={"Accept-Language": "en"}
    )
    assert answer.status_code == 200
    return answer.content.decode()


def test_desk_says_what_is_missing():
    page = desk_of(make_lead())

    assert "a valid certificate is missing" in page
    assert "do you have a conflict of interest?" in page


def test_desk_warns_before_and_on_the_evening():
    lead = make_lead()
    ends = clock.now() + timedelta(hours=1)
    make_certificate(lead.person, expires_at=ends)
    state_conflict(moderator=lead, kind="none")

    assert "An evening under way is not broken" in desk_of(lead)
    with time_machine.travel(ends + timedelta(minutes=1)):
        assert "It was valid when the doors opened" in desk_of(lead)


def test_desk_of_a_qualified_lead_warns_of_nothing():
    page = desk_of(make_participation(make_dialogue(), LEAD))

    assert "certificate" not in page
    assert "do you have a conflict" not in page
    assert "My conflict of interest: no conflict of interest" in page


def test_conflict_is_stated_by_plain_form():
    lead = make_lead()
    client = Client()
    client.force_login(lead.person)

    answer = client.post(
        f"/d/{lead.dialogue.code}/do/state_conflict/",
        {"kind": "employed", "text": "Beim Tiefbauamt"},
    )

    assert answer.status_code == 302
    assert ConflictStatement.objects.get().text == "Beim Tiefbauamt"
