"""Verbs of the door: who comes in, under which name, by which invitation."""

from datetime import timedelta

import pytest
from django.db import IntegrityError

from accounts.actions import give_consents
from accounts.models import Consent
from accounts.names import check_display_name, skeleton
from dialogue import joining
from dialogue.joining import (
    answer_help,
    assign_role,
    call_help,
    change_participation,
    invite,
    usable_invitation,
)
from dialogue.models import Dialogue, Invitation, Participation
from dialogue.suggestions import free_names
from ledger.models import Entry
from ledger.queries import entries_since
from shared import clock
from shared.errors import Refusal
from tests.factories import make_dialogue, make_guest, make_participation

pytestmark = pytest.mark.django_db
Access, State, Role = Dialogue.Access, Dialogue.State, Participation.Role


def join(dialogue, person=None, **facts):
    return joining.join(
        **{
            "person": person or make_guest(),
            "dialogue": dialogue,
            "name": "Kim",
            "rules_accepted": True,
            "privacy_accepted": True,
            **facts,
        }
    )


def refusal_of(verb, *args, **facts):
    with pytest.raises(Refusal) as caught:
        verb(*args, **facts)
    return caught.value.code


def kinds(dialogue):
    return list(
        Entry.objects.filter(stream=dialogue.stream_id).values_list("kind", flat=True)
    )


@pytest.mark.parametrize("access", [Access.OPEN, Access.CODE])
@pytest.mark.parametrize("state", ["announced", "lobby", "live", "paused"])
def test_join_opens_to_everybody_with_the_address(access, state):
    dialogue = make_dialogue(access=access, state=state)

    participation = join(dialogue)

    assert participation.role == Role.PARTICIPANT
    assert participation.display_name == "Kim"
    assert kinds(dialogue) == ["participation.joined"]


@pytest.mark.parametrize("access", Access.values)
@pytest.mark.parametrize("state", ["draft", "closed"])
def test_join_is_refused_before_and_after(access, state):
    dialogue = make_dialogue(access=access, state=state)

    assert refusal_of(join, dialogue) == "dialogue.not_open"
    assert Participation.objects.count() == 0


def test_join_by_invitation_needs_one():
    dialogue = make_dialogue(access=Access.INVITATION)

    assert refusal_of(join, dialogue) == "invitation.needed"


def test_join_with_an_invitation_gives_its_role_and_uses_it_up():
    dialogue = make_dialogue(access=Access.INVITATION)
    invitation, __ = invite(dialogue=dialogue, label="Kim", role=Role.OBSERVER)

    participation = join(dialogue, invitation=invitation)

    assert participation.role == Role.OBSERVER
    assert Invitation.objects.get().used_by == participation


def test_join_with_a_used_invitation_is_refused_and_leaves_nothing():
    dialogue = make_dialogue(access=Access.INVITATION)
    invitation, __ = invite(dialogue=dialogue, label="Kim")
    join(dialogue, invitation=invitation)

    second = refusal_of(join, dialogue, name="Tim", invitation=invitation)

    assert second == "invitation.unusable"
    assert Participation.objects.count() == 1
    assert Consent.objects.count() == 2
    assert kinds(dialogue) == ["participation.joined"]


@pytest.mark.parametrize(
    ("missing", "field"),
    [("rules_accepted", "rules_accepted"), ("privacy_accepted", "privacy_accepted")],
)
def test_join_needs_both_consents(missing, field):
    with pytest.raises(Refusal) as caught:
        join(make_dialogue(), **{missing: False})

    assert (caught.value.code, caught.value.field) == ("consent.missing", field)


def test_join_keeps_the_proof_of_both_consents():
    dialogue = make_dialogue()
    person = make_guest()

    join(dialogue, person)

    assert sorted(person.consents.values_list("about", "context")) == [
        ("ground_rules", f"dialogue:{dialogue.pk}"),
        ("privacy", f"dialogue:{dialogue.pk}"),
    ]


def test_join_twice_gives_the_first_participation():
    dialogue = make_dialogue()
    person = make_guest()
    first = join(dialogue, person)

    assert join(dialogue, person, name="Other", rules_accepted=False) == first
    assert kinds(dialogue) == ["participation.joined"]


@pytest.mark.parametrize("name", ["Kim", "kim", "K1m", "Кіm", "K i m", "KIM"])
def test_join_refuses_a_name_that_looks_like_another(name):
    dialogue = make_dialogue()
    join(dialogue, name="Kim")

    assert refusal_of(join, dialogue, name=name) == "name.taken"


def test_who_came_in_by_another_tab_meanwhile_is_not_told_of_the_name(monkeypatch):
    dialogue, person = make_dialogue(), make_guest()
    first = join(dialogue, person, name="Kim")
    # As if the other tab committed after this one had looked.
    nobody = Participation.objects.none()
    monkeypatch.setattr(Participation.objects, "filter", lambda **__: nobody)

    assert join(dialogue, person, name="Robin") == first
    assert kinds(dialogue) == ["participation.joined"]


def test_only_the_names_constraint_reads_as_taken(monkeypatch):
    def fail(**__):
        raise IntegrityError("CHECK constraint failed: something_else")

    monkeypatch.setattr(Participation.objects, "create", fail)

    with pytest.raises(IntegrityError):
        assign_role(
            person=make_guest(),
            dialogue=make_dialogue(),
            role=Role.PARTICIPANT,
            name="Kim",
        )


def test_consents_given_again_keep_the_first(django_assert_num_queries):
    person = make_guest()
    texts = {Consent.About.PRIVACY: "Text", Consent.About.GROUND_RULES: "Regeln"}
    give_consents(person=person, context="dialogue:1", texts=texts)
    before = list(person.consents.values_list("pk", "given_at"))

    with django_assert_num_queries(3):
        give_consents(person=person, context="dialogue:1", texts=texts)

    assert list(person.consents.values_list("pk", "given_at")) == before
    assert len(before) == 2


def test_the_same_name_is_free_in_another_dialogue():
    join(make_dialogue(), name="Kim")

    assert join(make_dialogue(), name="Kim").display_name == "Kim"


@pytest.mark.parametrize(
    ("name", "code"),
    [("Moderation", "name.official"), ("", "name.empty"), ("k" * 41, "name.too_long")],
)
def test_join_refuses_names_that_do_not_do(name, code):
    assert refusal_of(join, make_dialogue(), name=name) == code


def test_an_invited_moderator_may_be_called_moderation():
    dialogue = make_dialogue()
    invitation, __ = invite(dialogue=dialogue, label="Kim", role=Role.TABLE_MODERATOR)

    joined = join(dialogue, name="Moderation", invitation=invitation)

    assert joined.display_name == "Moderation"


# --- invitations ------------------------------------------------------------
def test_an_invitation_is_usable_by_its_token_in_its_dialogue():
    dialogue = make_dialogue()
    invitation, token = invite(dialogue=dialogue, label="Kim")

    assert usable_invitation(dialogue, token, None) == invitation
    assert invitation.token_digest != token


def test_an_invitation_is_not_usable_in_another_dialogue():
    __, token = invite(dialogue=make_dialogue(), label="Kim")

    code = refusal_of(usable_invitation, make_dialogue(), token, None)

    assert code == "invitation.unusable"


@pytest.mark.parametrize("token", ["", "x", "a" * 24])
def test_an_unknown_token_is_refused(token):
    dialogue = make_dialogue()
    invite(dialogue=dialogue, label="Kim")

    assert refusal_of(usable_invitation, dialogue, token, None) == (
        "invitation.unusable"
    )


@pytest.mark.parametrize(("seconds", "usable"), [(5, True), (-5, False)])
def test_an_invitation_ends(seconds, usable):
    dialogue = make_dialogue()
    invitation, token = invite(dialogue=dialogue, label="Kim")
    invitation.expires_at = clock.now() + timedelta(seconds=seconds)
    invitation.save()

    if usable:
        assert usable_invitation(dialogue, token, None) == invitation
    else:
        code = refusal_of(usable_invitation, dialogue, token, None)
        assert code == "invitation.unusable"


def test_a_used_invitation_is_usable_by_the_same_person_only():
    dialogue = make_dialogue()
    invitation, token = invite(dialogue=dialogue, label="Kim")
    person = make_guest()
    join(dialogue, person, invitation=invitation)

    assert usable_invitation(dialogue, token, person) == invitation
    for other in (make_guest(), None):
        code = refusal_of(usable_invitation, dialogue, token, other)
        assert code == "invitation.unusable"


# --- help -------------------------------------------------------------------
def test_a_caller_who_is_let_in_may_join_by_name():
    dialogue = make_dialogue(access=Access.INVITATION)
    host = make_participation(dialogue, Role.TECHNICAL_HOST)
    person, other = make_guest(), make_guest()
    call = call_help(person=person, dialogue=dialogue, name="Kim", text="Brief weg")
    call_help(person=other, dialogue=dialogue, name="Tim", text="Auch")

    answer_help(host=host, call_pk=call.pk, answer="Kommen Sie.", let_in=True)

    assert join(dialogue, person).person == person
    assert refusal_of(join, dialogue, other, name="Tim") == "invitation.needed"


def test_being_let_in_counts_in_that_dialogue_only():
    dialogue, elsewhere = (make_dialogue(access=Access.INVITATION) for __ in range(2))
    host = make_participation(dialogue, Role.TECHNICAL_HOST)
    person = make_guest()
    call = call_help(person=person, dialogue=dialogue, name="Kim", text="Hilfe")
    answer_help(host=host, call_pk=call.pk, let_in=True)

    assert refusal_of(join, elsewhere, person) == "invitation.needed"


def test_what_one_host_has_answered_the_other_does_not_replace():
    dialogue = make_dialogue(access=Access.INVITATION)
    ada = make_participation(dialogue, Role.TECHNICAL_HOST, display_name="Ada")
    ben = make_participation(dialogue, Role.TECHNICAL_HOST)
    person = make_guest()
    call = call_help(person=person, dialogue=dialogue, name="Kim", text="Hilfe")
    answer_help(host=ada, call_pk=call.pk, answer="Bitte neu laden.")

    for facts in ({"answer": "Ton an?"}, {}):
        with pytest.raises(Refusal, match=r"help\.changed_meanwhile") as refused:
            answer_help(host=ben, call_pk=call.pk, **facts)
        assert "Ada" in str(refused.value.message)
    # To be let in is more than an answer, and takes nothing away.
    answer_help(host=ben, call_pk=call.pk, let_in=True)
    answer_help(host=ben, call_pk=call.pk, answer="Jetzt ist offen.")

    call.refresh_from_db()
    assert (call.answer, call.let_in) == ("Jetzt ist offen.", True)


def test_changed_role_is_told_and_on_record():
    dialogue = make_dialogue(title="Abend")
    host = make_participation(dialogue, Role.TECHNICAL_HOST, display_name="Ada")
    other = make_participation(dialogue)
    facts = {"participation_pk": other.pk, "role": "observer"}

    for __ in range(2):
        change_participation(host=host, **facts)

    (entry,) = entries_since(dialogue.stream_id, 0)
    told = (entry.payload["role"], entry.payload["before"], entry.payload["by"])
    assert told == ("observer", "participant", host.pk)
    message = other.person.messages.get()
    assert "Abend" in message.body
    assert "Geändert von: Ada" in message.body


def test_a_citizen_and_the_host_of_another_dialogue_answer_no_calls():
    dialogue = make_dialogue()
    call = call_help(person=make_guest(), dialogue=dialogue, name="Kim", text="Hilfe")
    citizen = make_participation(dialogue)
    stranger = make_participation(make_dialogue(), Role.TECHNICAL_HOST)

    assert refusal_of(answer_help, host=citizen, call_pk=call.pk) == "agenda.not_now"
    assert refusal_of(answer_help, host=stranger, call_pk=call.pk) == "right.missing"


def test_a_fourth_waiting_call_is_refused():
    dialogue, person = make_dialogue(), make_guest()
    for __ in range(3):
        call_help(person=person, dialogue=dialogue, name="Kim", text="Hilfe")

    code = refusal_of(
        call_help, person=person, dialogue=dialogue, name="Kim", text="Hilfe"
    )

    assert code == "help.waiting"


# --- roles ------------------------------------------------------------------
def test_assign_role_makes_or_changes_the_one_participation():
    dialogue, person = make_dialogue(state="draft"), make_guest()

    first = assign_role(
        person=person, dialogue=dialogue, role=Role.LEAD_MODERATOR, name="Moderation"
    )
    second = assign_role(
        person=person, dialogue=dialogue, role=Role.TECHNICAL_HOST, name="ignored"
    )

    assert first == second
    assert second.role == Role.TECHNICAL_HOST
    assert second.display_name == "Moderation"


# --- suggestions ------------------------------------------------------------
@pytest.mark.parametrize("wish", ["Kim", "Moderation", "", "k" * 40, "Anna-Lena"])
def test_free_names_are_three_free_and_allowed_names(wish):
    dialogue = make_dialogue()
    for number in range(20):
        join(dialogue, name=f"Kim {'ABCDEFGHJKLMNPRSTUVW'[number]}.")

    names = free_names(dialogue, wish)

    assert len({skeleton(name) for name in names}) == 3
    for name in names:
        assert check_display_name(name) == name
        assert join(dialogue, name=name).display_name == name


def test_free_names_stay_close_to_an_allowed_wish():
    names = free_names(make_dialogue(), "Kim")

    assert [name.startswith("Kim ") for name in names] == [True, True, True]


def test_free_names_ask_the_database_once(django_assert_num_queries):
    dialogue = make_dialogue()

    with django_assert_num_queries(1):
        free_names(dialogue, "Kim")
