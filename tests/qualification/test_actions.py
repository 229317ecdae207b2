"""Learning, practice, supervision, and the certificate that comes of them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from accounts.models import Message
from ledger.actions import act
from ledger.models import Entry
from ledger.queries import broken_links
from qualification.actions import (
    claim_certificate,
    confirm_session,
    erase_person,
    grant_certificate,
    note_practice,
    remind_of_expiry,
    revoke_certificate,
    salted,
    try_check,
)
from qualification.lessons import all_lessons, find_lesson
from qualification.models import Certificate, LessonCheck
from qualification.queries import (
    find_certificate,
    has_reminders_due,
    months_later,
    register_stream,
    standing_of,
    valid_certificate,
)
from shared import clock
from shared.errors import Refusal
from tests.factories import make_certificate, make_guest, make_person, make_staff
from tests.qualification.learning import (
    ALL_KINDS,
    learn_all,
    make_supervisor,
    pass_all,
    practise,
    right_answers,
    supervise,
)

pytestmark = [pytest.mark.databases, pytest.mark.django_db]


def refused(verb: Any, **facts: Any) -> tuple[str, str | None]:
    with pytest.raises(Refusal) as caught:
        verb(**facts)
    assert str(caught.value.message)
    return caught.value.code, caught.value.field


def make_administrator() -> Any:
    return make_person(is_administrator=True)


def kinds_recorded() -> list[str]:
    return list(
        Entry.objects.filter(stream=register_stream()).values_list("kind", flat=True)
    )


# --- checks ---------------------------------------------------------------------
def test_check_passes_when_all_is_right():
    person, lesson = make_person(), all_lessons()[0]
    wrong = right_answers(lesson) | {0: (right_answers(lesson)[0] + 1) % 3}

    assert try_check(person=person, lesson=lesson, chosen=wrong) is False
    before = LessonCheck.objects.get()
    assert (before.attempts, before.passed_at) == (1, None)
    assert try_check(person=person, lesson=lesson, chosen=right_answers(lesson)) is True
    after = LessonCheck.objects.get()
    assert (after.attempts, after.passed_at is not None) == (2, True)


def test_failing_later_takes_nothing_away():
    person, lesson = make_person(), all_lessons()[0]
    try_check(person=person, lesson=lesson, chosen=right_answers(lesson))
    passed_at = LessonCheck.objects.get().passed_at

    try_check(person=person, lesson=lesson, chosen=dict.fromkeys(range(4), 0))

    assert LessonCheck.objects.get().passed_at == passed_at
    assert standing_of(person).passed == 1


@pytest.mark.parametrize(
    "chosen", [{}, {0: 0}, {0: 0, 1: 0, 2: 7}, {0: 0, 1: 0, 2: -1}]
)
def test_unanswered_check_is_refused(chosen: dict[int, int]):
    lesson = all_lessons()[0]

    code = refused(try_check, person=make_person(), lesson=lesson, chosen=chosen)[0]

    assert code == "check.unanswered"
    assert LessonCheck.objects.count() == 0


def test_guest_learns_nothing_that_is_kept():
    lesson = find_lesson("opening")

    code, __ = refused(try_check, person=make_guest(), lesson=lesson, chosen={})

    assert code == "account.needed"


# --- practice -------------------------------------------------------------------
@pytest.mark.parametrize(
    ("practices", "passed"),
    [
        ([], False),
        ([(60, ALL_KINDS)], True),
        ([(30, ALL_KINDS)], True),
        ([(29, ALL_KINDS)], False),
        ([(60, ALL_KINDS[:5])], False),
        ([(60, ALL_KINDS[:3]), (40, ALL_KINDS[3:])], True),
        ([(60, ALL_KINDS[:3]), (10, ALL_KINDS[3:])], False),
    ],
)
def test_what_counts_as_practice(
    practices: list[tuple[int, tuple[str, ...]]], passed: bool
):
    person = make_person()
    for minutes, kinds in practices:
        practise(person, minutes=minutes, kinds=kinds)

    standing = standing_of(person)

    assert standing.has_practised is passed
    assert len(standing.practices) == len(practices)


def test_unknown_kind_of_citizen_is_a_fault():
    with pytest.raises(ValueError, match="angry"):
        note_practice(
            person=make_person(), dialogue_title="x", minutes=5, kinds=["angry"]
        )


# --- supervision ----------------------------------------------------------------
def test_session_is_confirmed_and_told():
    person = make_person()

    session = supervise(person, note="Gut <b>gemacht</b>")

    assert standing_of(person).sessions == (session,)
    message = Message.objects.get(person=person)
    assert "Gut <b>gemacht</b>" in message.body
    assert message.link == "/learn/certificate/"
    assert kinds_recorded() == ["session.supervised"]


def test_administrator_confirms_without_certificate():
    person = make_person()

    supervise(person, supervisor=make_administrator())

    assert len(standing_of(person).sessions) == 1


def expired_supervisor() -> Any:
    person = make_person()
    past = clock.now() - timedelta(days=1)
    make_certificate(person, issued_at=past - timedelta(days=9), expires_at=past)
    return person


def revoked_supervisor() -> Any:
    person = make_person()
    make_certificate(person, revoked_at=clock.now())
    return person


@pytest.mark.parametrize(
    "make_stranger",
    [make_person, make_staff, make_guest, expired_supervisor, revoked_supervisor],
)
def test_unqualified_supervisor_is_refused(make_stranger: Any):
    person = make_person()

    with pytest.raises(Refusal, match=r"supervisor\.only"):
        supervise(person, supervisor=make_stranger())
    assert standing_of(person).sessions == ()


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"email": "nobody@example.org"}, ("account.unknown", "email")),
        ({"held_on": 1}, ("session.date", "held_on")),
        ({"held_on": -200}, ("session.date", "held_on")),
        ({"dialogue_title": " \u200b "}, ("text.missing", "dialogue_title")),
        ({"note": " "}, ("text.missing", "note")),
        ({"note": "x" * 601}, ("text.too_long", "note")),
    ],
)
def test_bad_session_is_refused(facts: dict[str, Any], refusal: tuple[str, str]):
    if "held_on" in facts:
        day = timezone.localdate() + timedelta(days=facts["held_on"])
        facts = {"held_on": day}
    good = {
        "supervisor": make_supervisor(),
        "email": make_person().email,
        "dialogue_title": "Abend",
        "held_on": timezone.localdate(),
        "note": "Gut.",
    }

    assert refused(confirm_session, **good | facts) == refusal


def test_nobody_confirms_the_own_session():
    supervisor = make_supervisor()

    with pytest.raises(Refusal, match=r"session\.own"):
        supervise(supervisor, supervisor=supervisor)


def test_session_counts_once():
    person = make_person()
    supervise(person)

    with pytest.raises(Refusal, match=r"session\.confirmed"):
        supervise(person)
    assert len(standing_of(person).sessions) == 1


# --- the certificate ------------------------------------------------------------
def test_certificate_for_whoever_has_done_all():
    person = make_person()
    learn_all(person)

    with time_machine.travel(datetime(2027, 1, 31, 12, tzinfo=UTC), tick=False):
        certificate = claim_certificate(person=person)

        assert certificate.expires_at == datetime(2029, 1, 31, 12, tzinfo=UTC)
        assert valid_certificate(person) == certificate
    stream = register_stream()
    assert stream is not None
    assert broken_links(stream) == []
    entry = Entry.objects.filter(stream=stream).last()
    assert entry is not None
    assert entry.kind == "certificate.issued"
    assert entry.payload["person"] == person.pk
    assert "by" not in entry.payload
    body = person.messages.all()[0].body
    assert certificate.number in body
    assert "31.01.2029" in body


@pytest.mark.parametrize("left_out", ["checks", "one check", "practice", "a session"])
def test_certificate_needs_everything(left_out: str):
    person = make_person()
    if left_out != "checks":
        pass_all(person)
    if left_out == "one check":
        person.lesson_checks.filter(lesson="rehearsal").delete()
    if left_out != "practice":
        practise(person)
    supervise(person)
    if left_out != "a session":
        supervise(person, days_ago=2)

    assert refused(claim_certificate, person=person)[0] == "certificate.not_yet"
    assert Certificate.objects.filter(person=person).count() == 0


def test_certificate_is_claimed_once():
    person = make_person()
    learn_all(person)
    claim_certificate(person=person)

    assert refused(claim_certificate, person=person)[0] == "certificate.not_yet"
    assert person.certificates.count() == 1


def test_old_learning_does_not_count():
    person = make_person()
    with time_machine.travel(clock.now() - timedelta(days=800)):
        learn_all(person)

    assert standing_of(person).passed == 0
    assert refused(claim_certificate, person=person)[0] == "certificate.not_yet"


def test_renewal_needs_new_work_and_adds_time():
    person = make_person()
    ends = clock.now() + timedelta(days=100)
    make_certificate(
        person, issued_at=clock.now() - timedelta(days=600), expires_at=ends
    )
    assert standing_of(person).may_claim is False

    # One supervised session is enough for those who were certified.
    learn_all(person, sessions=1)
    renewed = claim_certificate(person=person)

    assert renewed.expires_at == months_later(ends, 24)


def test_renewal_is_not_early():
    person = make_person()
    make_certificate(
        person,
        issued_at=clock.now() - timedelta(days=1),
        expires_at=clock.now() + timedelta(days=365),
    )
    learn_all(person)

    assert refused(claim_certificate, person=person)[0] == "certificate.not_yet"


def test_expired_certificate_is_renewed_from_today():
    person = make_person()
    past = clock.now() - timedelta(days=40)
    make_certificate(person, issued_at=past - timedelta(days=700), expires_at=past)
    learn_all(person, sessions=1)

    renewed = claim_certificate(person=person)

    assert renewed.expires_at == months_later(renewed.issued_at, 24)


def test_revoked_certificate_is_earned_from_the_beginning():
    person = make_person()
    learn_all(person)
    certificate = claim_certificate(person=person)
    revoke_certificate(
        administrator=make_administrator(), number=certificate.number, reason="Befangen"
    )

    standing = standing_of(person)
    assert (standing.passed, standing.sessions_needed) == (0, 2)
    assert refused(claim_certificate, person=person)[0] == "certificate.not_yet"


@pytest.mark.parametrize(
    ("moment", "months", "later"),
    [
        (datetime(2026, 1, 31, tzinfo=UTC), 1, datetime(2026, 2, 28, tzinfo=UTC)),
        (datetime(2028, 2, 29, tzinfo=UTC), 24, datetime(2030, 2, 28, tzinfo=UTC)),
        (datetime(2026, 12, 15, tzinfo=UTC), 24, datetime(2028, 12, 15, tzinfo=UTC)),
        (datetime(2026, 5, 31, tzinfo=UTC), -24, datetime(2024, 5, 31, tzinfo=UTC)),
        (datetime(2026, 3, 31, tzinfo=UTC), -1, datetime(2026, 2, 28, tzinfo=UTC)),
        (datetime(2026, 2, 28, tzinfo=UTC), 24, datetime(2028, 2, 28, tzinfo=UTC)),
    ],
)
def test_months_later(moment: datetime, months: int, later: datetime):
    assert months_later(moment, months) == later


# --- the administrator ----------------------------------------------------------
def test_administrator_issues_with_reason():
    person, administrator = make_person(), make_administrator()

    certificate = grant_certificate(
        administrator=administrator, email=str(person.email).upper(), reason="VHS 2026"
    )

    assert certificate.is_valid
    entry = Entry.objects.get(kind="certificate.issued")
    assert entry.payload["by"] == administrator.pk
    assert entry.payload["reason"] == salted(certificate.salt, "VHS 2026")
    assert "VHS" not in str(entry.payload)


def test_revoking_ends_all_at_once():
    person = make_person()
    older = make_certificate(person)
    newer = make_certificate(person)
    administrator = make_administrator()

    revoke_certificate(
        administrator=administrator, number=older.number, reason="<b>Parteiisch</b>"
    )

    assert valid_certificate(person) is None
    newer.refresh_from_db()
    assert (newer.revoked_by, newer.revoked_reason) == (
        administrator,
        "<b>Parteiisch</b>",
    )
    assert kinds_recorded() == ["certificate.revoked"] * 2
    assert "<b>Parteiisch</b>" in person.messages.get().body


@pytest.mark.parametrize("make_stranger", [make_person, make_staff, make_supervisor])
def test_only_administrators_issue_and_revoke(make_stranger: Any):
    person = make_person()
    held = make_certificate(person)
    stranger = make_stranger()

    facts = {"administrator": stranger, "reason": "Darum"}
    assert refused(grant_certificate, email=person.email, **facts)[0] == "staff.only"
    assert refused(revoke_certificate, number=held.number, **facts)[0] == "staff.only"
    assert person.certificates.not_revoked().count() == 1


def test_no_reason_no_certificate():
    person, administrator = make_person(), make_administrator()
    held = make_certificate(make_person())

    facts = {"administrator": administrator, "reason": " \u202e "}
    wanted = ("text.missing", "reason")
    assert refused(grant_certificate, email=person.email, **facts) == wanted
    assert refused(revoke_certificate, number=held.number, **facts) == wanted
    assert valid_certificate(person) is None


def test_certificate_ends_once():
    held = make_certificate(make_person())
    facts = {
        "administrator": make_administrator(),
        "number": held.number,
        "reason": "Darum",
    }
    revoke_certificate(**facts)

    assert refused(revoke_certificate, **facts)[0] == "certificate.not_valid"


def test_number_is_found_however_it_is_typed():
    held = make_certificate(make_person())

    typed = held.number.lower().replace("-", "  ")

    assert find_certificate(typed) == held
    assert find_certificate("") is None
    assert find_certificate("%") is None


# --- the clock ------------------------------------------------------------------
def test_expiry_is_told_once():
    soon = make_certificate(make_person(), expires_at=clock.now() + timedelta(days=20))
    make_certificate(make_person(), expires_at=clock.now() + timedelta(days=90))
    renewed = make_person()
    make_certificate(renewed, expires_at=clock.now() + timedelta(days=20))
    make_certificate(renewed, expires_at=clock.now() + timedelta(days=700))

    assert has_reminders_due() is True
    assert remind_of_expiry() == 1
    assert has_reminders_due() is False
    assert remind_of_expiry() == 0
    assert list(Message.objects.values_list("person", flat=True)) == [soon.person_id]


# --- erasing --------------------------------------------------------------------
def test_erased_person_has_no_certificate():
    person = make_person()
    learn_all(person)
    certificate = grant_certificate(
        administrator=make_administrator(), email=person.email, reason="VHS"
    )

    with act():
        erase_person(person)

    certificate.refresh_from_db()
    assert (certificate.is_valid, certificate.reason) == (False, "")
    assert person.lesson_checks.count() == 0
    assert person.practices.count() == 0
    assert person.supervised_sessions.count() == 0
    stream = register_stream()
    assert stream is not None
    assert broken_links(stream) == []


def test_standing_costs_four_queries(django_assert_num_queries: Any):
    person = make_person()
    learn_all(person)

    with django_assert_num_queries(4):
        standing = standing_of(person)
        assert standing.may_claim
        assert [str(row.supervisor) for row in standing.sessions]
