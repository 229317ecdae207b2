"""The pages at the door: what each person finds, and what is refused."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.models import Person
from dialogue import views
from dialogue.calendar import escape, fold
from dialogue.joining import answer_help, invite
from dialogue.models import Dialogue, HelpCall, Participation
from shared import clock
from tests.factories import (
    make_dialogue,
    make_guest,
    make_item,
    make_participation,
    make_person,
    make_staff,
)

pytestmark = pytest.mark.django_db
Access = Dialogue.Access
GOOD = {"name": "Kim", "rules_accepted": "on", "privacy_accepted": "on"}
JSON = {"Accept": "application/json"}


@pytest.fixture(autouse=True)
def _empty_cache():
    cache.clear()


def address(dialogue, page="join"):
    return reverse(f"dialogue:{page}", args=[dialogue.code])


def room(dialogue):
    return reverse("live:room", args=[dialogue.code])


def text_of(answer):
    return answer.content.decode()


def offers_form(answer):
    return 'name="rules_accepted"' in text_of(answer)


# --- access and state -------------------------------------------------------
@pytest.mark.parametrize(
    ("access", "state", "status", "open_"),
    [
        (Access.OPEN, "announced", 200, True),
        (Access.OPEN, "lobby", 200, True),
        (Access.OPEN, "live", 200, True),
        (Access.OPEN, "paused", 200, True),
        (Access.OPEN, "closed", 200, False),
        (Access.CODE, "announced", 200, True),
        (Access.CODE, "lobby", 200, True),
        (Access.CODE, "live", 200, True),
        (Access.CODE, "paused", 200, True),
        (Access.CODE, "closed", 200, False),
        (Access.INVITATION, "announced", 403, False),
        (Access.INVITATION, "lobby", 403, False),
        (Access.INVITATION, "live", 403, False),
        (Access.INVITATION, "paused", 403, False),
        (Access.INVITATION, "closed", 200, False),
    ],
)
def test_door_for_a_stranger(client, access, state, status, open_):
    dialogue = make_dialogue(access=access, state=state)

    shown = client.get(address(dialogue))
    sent = client.post(address(dialogue), GOOD)

    assert (shown.status_code, offers_form(shown)) == (status, open_)
    assert sent.status_code == (302 if open_ else 403)
    assert Participation.objects.count() == Person.objects.count() == int(open_)


@pytest.mark.parametrize("access", Access.values)
@pytest.mark.parametrize("page", ["join", "help", "check", "rules", "calendar"])
def test_a_draft_is_as_if_it_did_not_exist(client, access, page):
    dialogue = make_dialogue(access=access, state="draft")

    draft = client.get(address(dialogue, page), headers=JSON)
    missing = client.get(reverse(f"dialogue:{page}", args=["ZZZZZZZZ"]), headers=JSON)

    assert draft.status_code == missing.status_code == 404
    assert draft.json() == missing.json()
    assert draft.json()["refused"]["code"] == "code.unknown"


def test_a_draft_is_shown_to_those_who_plan_it_and_joined_by_nobody(client):
    dialogue = make_dialogue(state="draft")
    client.force_login(make_staff(is_administrator=True))

    shown = client.get(address(dialogue))

    assert (shown.status_code, offers_form(shown)) == (403, False)
    assert client.post(address(dialogue), GOOD).status_code == 403


def test_an_announced_dialogue_says_when_it_begins(client):
    starts_at = datetime(2027, 3, 4, 17, 30, tzinfo=UTC)
    dialogue = make_dialogue(state="announced", starts_at=starts_at)
    client.cookies["language"] = "en"

    text = text_of(client.get(address(dialogue)))

    assert "It begins on 4 March 2027 at 18:30." in text
    assert address(dialogue, "calendar") in text


def test_a_closed_dialogue_leads_to_its_project(client):
    dialogue = make_dialogue(state="closed")

    assert dialogue.project.get_absolute_url() in text_of(client.get(address(dialogue)))


def test_who_takes_part_is_led_into_the_room(client):
    participation = make_participation(make_dialogue())
    client.force_login(participation.person)

    for answer in (
        client.get(address(participation.dialogue)),
        client.post(address(participation.dialogue), GOOD),
    ):
        assert answer["Location"] == room(participation.dialogue)


def test_who_is_excluded_stays_outside(client):
    participation = make_participation(make_dialogue(), state="excluded")
    client.force_login(participation.person)

    shown = client.get(address(participation.dialogue))
    sent = client.post(address(participation.dialogue), GOOD)

    assert (shown.status_code, offers_form(shown)) == (403, False)
    assert sent.status_code == 403
    assert Participation.objects.get().state == "excluded"


# --- joining ----------------------------------------------------------------
def test_looking_makes_no_guest(client):
    dialogue = make_dialogue()

    client.get(address(dialogue))

    assert Person.objects.count() == 0


def test_joining_makes_a_guest_who_is_signed_in(client):
    dialogue = make_dialogue()

    answer = client.post(address(dialogue), GOOD)

    participation = Participation.objects.get()
    assert answer["Location"] == room(dialogue)
    assert client.session["_auth_user_id"] == str(participation.person_id)
    assert participation.person.is_guest
    assert participation.display_name == "Kim"


def test_an_account_joins_as_itself(client):
    dialogue, person = make_dialogue(), make_person()
    client.force_login(person)

    client.post(address(dialogue), GOOD)

    assert Participation.objects.get().person == person
    assert Person.objects.count() == 1


def test_a_guest_joins_a_second_dialogue_as_the_same_guest(client):
    client.post(address(make_dialogue()), GOOD)
    client.post(address(make_dialogue()), GOOD)

    assert Participation.objects.count() == 2
    assert Person.objects.count() == 1


def test_codes_may_be_typed_in_small_letters(client):
    dialogue = make_dialogue()

    answer = client.get(reverse("dialogue:join", args=[dialogue.code.lower()]))

    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"rules_accepted": ""}, 400, "rules_accepted"),
        ({"privacy_accepted": ""}, 400, "privacy_accepted"),
        ({"name": ""}, 400, "name"),
        ({"name": "   "}, 400, "name"),
        ({"name": "\u200b"}, 400, "name"),
        ({"name": "Mоderation"}, 400, "name"),
        ({"name": "Taken"}, 409, "name"),
        ({"name": "k" * 41}, 400, "name"),
        ({"name": "k" * 161}, 400, "name"),
        ({"suggestion": "Moderation"}, 400, "name"),
        ({"suggestion": "Taken"}, 409, "name"),
    ],
)
def test_a_refusal_stands_at_its_field_and_input_is_kept(client, change, status, field):
    dialogue = make_dialogue()
    make_participation(dialogue, display_name="Taken", name_key="taken")
    facts = {key: value for key, value in {**GOOD, **change}.items() if value}

    answer = client.post(address(dialogue), facts)

    form = answer.context["door"].join_form
    assert (answer.status_code, list(form.errors)) == (status, [field])
    assert form["name"].value() == facts.get("name")
    assert f'id="id_{field}"' in text_of(answer)
    assert 'aria-invalid="true"' in text_of(answer)
    assert Person.objects.count() == Participation.objects.count() == 1


def test_a_refused_name_brings_three_free_ones_that_can_be_taken(client):
    dialogue = make_dialogue()
    make_participation(dialogue, display_name="Kim", name_key="kim")

    refused = client.post(address(dialogue), GOOD)
    names = refused.context["door"].suggestions
    answer = client.post(address(dialogue), {**GOOD, "suggestion": names[1]})

    assert [name.startswith("Kim ") for name in names] == [True] * 3
    assert all(f'value="{name}"' in text_of(refused) for name in names)
    assert answer["Location"] == room(dialogue)
    assert Participation.objects.latest("pk").display_name == names[1]


def test_a_missing_consent_brings_no_other_names(client):
    dialogue = make_dialogue()

    answer = client.post(address(dialogue), {"name": "Kim", "rules_accepted": "on"})

    assert answer.context["door"].suggestions == []


def test_texts_are_shown_in_full_and_cleaned(client):
    dialogue = make_dialogue(
        ground_rules="Wir **hören** zu.<script>alert(1)</script>",
        privacy_notice="Wir speichern\n\nwenig.",
    )

    for page in ("join", "rules"):
        text = text_of(client.get(address(dialogue, page)))
        assert "<strong>hören</strong>" in text
        assert "<p>Wir speichern</p>" in text
        assert "<script>alert" not in text


@pytest.mark.parametrize(("language", "title"), [("de", "Der Weg"), ("en", "The way")])
def test_title_is_in_the_readers_language_and_easy_language_is_offered(
    client, language, title
):
    dialogue = make_dialogue(
        title="Der Weg", title_en="The way", summary_easy="Kurz gesagt."
    )
    client.cookies["language"] = language

    text = text_of(client.get(address(dialogue)))

    assert f">{title}</h1>" in text
    assert "Kurz gesagt." in text


# --- invitations ------------------------------------------------------------
def test_an_invitation_opens_the_door_once(client):
    dialogue = make_dialogue(access=Access.INVITATION)
    __, token = invite(dialogue=dialogue, label="Kim")
    way = f"{address(dialogue)}?invitation={token}"

    shown = client.get(way)
    sent = client.post(address(dialogue), {**GOOD, "invitation": token})
    again = client.get(way)
    other = Client().get(way)
    forced = Client().post(
        address(dialogue), {**GOOD, "name": "Tim", "invitation": token}
    )

    assert (shown.status_code, offers_form(shown)) == (200, True)
    assert sent["Location"] == again["Location"] == room(dialogue)
    assert (other.status_code, offers_form(other)) == (403, False)
    assert forced.status_code == 403
    assert Participation.objects.count() == 1


def test_an_expired_invitation_is_refused_with_a_way_to_help(client):
    dialogue = make_dialogue(access=Access.INVITATION)
    invitation, token = invite(dialogue=dialogue, label="Kim")
    invitation.expires_at = clock.now() - timedelta(days=1)
    invitation.save()

    answer = client.get(f"{address(dialogue)}?invitation={token}")

    assert (answer.status_code, offers_form(answer)) == (403, False)
    assert answer.context["door"].refusal.code == "invitation.unusable"
    assert address(dialogue, "help") in text_of(answer)


def test_a_wrong_token_closes_no_open_door(client):
    answer = client.get(f"{address(make_dialogue())}?invitation=wrong")

    assert (answer.status_code, offers_form(answer)) == (200, True)
    assert answer.context["door"].refusal.code == "invitation.unusable"


def test_an_invitation_gives_its_role_in_an_open_dialogue(client):
    dialogue = make_dialogue()
    __, token = invite(dialogue=dialogue, label="Kim", role="table_moderator")

    client.post(address(dialogue), {**GOOD, "invitation": token})

    assert Participation.objects.get().role == "table_moderator"


# --- guessing ---------------------------------------------------------------
def test_four_hundred_wrong_guesses_from_one_address_are_held_off():
    dialogue = make_dialogue(access=Access.INVITATION)

    def guess(number):
        way = reverse("dialogue:join", args=["ZZZZZZZZ"])
        if number % 10 == 0:  # codes and tokens are counted together
            way = f"{address(dialogue)}?invitation=wrong-{number}"
        return Client().get(way, headers=JSON).status_code

    answers = [guess(number) for number in range(400)]

    assert answers[:300] == ([403] + [404] * 9) * 30
    assert answers[300:] == [429] * 100


def test_wrong_codes_from_one_session_are_held_off(client):
    client.force_login(make_guest())
    wrong = reverse("dialogue:join", args=["ZZZZZZZZ"])

    answers = [client.get(wrong, headers=JSON).status_code for __ in range(12)]

    assert answers == [404] * 10 + [429] * 2


def test_a_guest_reloading_an_old_invitation_is_no_guesser(client):
    dialogue = make_dialogue(access=Access.INVITATION)
    invitation, token = invite(dialogue=dialogue, label="Kim")
    invitation.expires_at = clock.now() - timedelta(days=1)
    invitation.save()
    client.force_login(make_guest())

    answers = [
        client.get(f"{address(dialogue)}?invitation={token}").status_code
        for __ in range(12)
    ]

    assert answers == [403] * 12


def test_a_hall_behind_one_address_joins_at_once_even_beside_an_attacker():
    dialogue = make_dialogue(access=Access.CODE)
    for __ in range(310):
        Client().get(reverse("dialogue:join", args=["ZZZZZZZZ"]), headers=JSON)

    def join(number):
        facts = {**GOOD, "name": f"Person {chr(65 + number % 26)}{number}"}
        return Client().post(address(dialogue), facts).status_code

    looking = Client().get(address(dialogue)).status_code
    answers = [join(number) for number in range(75)]

    assert looking == 200
    assert answers == [302] * 75
    assert Participation.objects.count() == 75


def test_flood_of_guests_is_refused_and_keeps_what_was_typed(settings):
    settings.JOINS_PER_MINUTE = 3
    dialogue = make_dialogue()
    for number in range(3):
        Client().post(address(dialogue), {**GOOD, "name": f"Person {'ABC'[number]}"})

    refused = Client().post(address(dialogue), {**GOOD, "name": "Zu viel"})
    elsewhere = Client(REMOTE_ADDR="192.0.2.77").post(
        address(dialogue), {**GOOD, "name": "Woanders"}
    )

    assert refused.status_code == 429
    assert 'value="Zu viel"' in refused.content.decode()
    assert elsewhere.status_code == 302
    assert Participation.objects.count() == 4


def test_one_browser_may_not_try_names_without_end(client):
    dialogue = make_dialogue()
    client.force_login(make_guest())
    Client().post(address(dialogue), {**GOOD, "name": "Kim"})

    statuses = [
        client.post(address(dialogue), {**GOOD, "name": "Kim"}).status_code
        for __ in range(21)
    ]

    assert statuses == [409] * 20 + [429]


def test_door_kept_for_newcomers_is_nobodys_own(client):
    dialogue = make_dialogue()
    pages = [Client().get(address(dialogue)) for __ in range(2)]
    tokens = [
        re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.content.decode())
        for page in pages
    ]
    english = Client().get(address(dialogue), headers={"Accept-Language": "en"})
    client.force_login(make_guest())
    client.cookies["theme"] = "dark"
    guests = client.get(address(dialogue)).content.decode()

    assert len({token[1] for token in tokens if token}) == 2
    assert all("csrf" in page.cookies for page in pages)
    assert '<html lang="en"' in english.content.decode()
    assert 'data-kern-theme="dark"' in guests
    assert views.TOKEN not in guests + english.content.decode()


# --- help -------------------------------------------------------------------
def call(client, dialogue, **facts):
    return client.post(
        address(dialogue, "help"), {"help-text": "Der Link geht nicht", **facts}
    )


def test_help_is_called_before_joining_and_the_answer_opens_the_door(client):
    dialogue = make_dialogue(access=Access.INVITATION)
    host = make_participation(dialogue, "technical_host")

    sent = call(client, dialogue, **{"help-name": "Kim"})
    waiting = client.get(address(dialogue))
    asked = HelpCall.objects.get()
    answer_help(host=host, call_pk=asked.pk, answer="Willkommen!", let_in=True)
    answered = client.get(address(dialogue))
    joined = client.post(address(dialogue), GOOD)

    assert sent["Location"] == address(dialogue) + "#help"
    assert asked.person.is_guest
    assert client.session["_auth_user_id"] == str(asked.person_id)
    assert ("Der Link geht nicht" in text_of(waiting), offers_form(waiting)) == (
        True,
        False,
    )
    assert ("Willkommen!" in text_of(answered), offers_form(answered)) == (True, True)
    assert joined["Location"] == room(dialogue)
    assert Person.objects.filter(email=None).count() == 1


def test_calls_of_others_are_not_shown(client):
    dialogue = make_dialogue()
    call(Client(), dialogue)

    assert "Der Link geht nicht" not in text_of(client.get(address(dialogue)))


def test_help_keeps_the_invitation_in_the_address(client):
    dialogue = make_dialogue(access=Access.INVITATION)
    __, token = invite(dialogue=dialogue, label="Kim")

    good = call(client, dialogue, invitation=token)
    bad = call(client, dialogue, invitation="x&next=//evil.example")

    assert good["Location"] == f"{address(dialogue)}?invitation={token}#help"
    assert bad["Location"] == address(dialogue) + "#help"


@pytest.mark.parametrize("text", ["", "   ", "x" * 601])
def test_help_without_words_or_with_too_many_is_refused(client, text):
    dialogue = make_dialogue()

    answer = call(client, dialogue, **{"help-text": text})

    assert (answer.status_code, list(answer.context["door"].help_form.errors)) == (
        400,
        ["text"],
    )
    assert HelpCall.objects.count() == Person.objects.count() == 0


def test_a_fourth_waiting_call_is_refused_on_the_page(client):
    dialogue = make_dialogue()

    answers = [call(client, dialogue).status_code for __ in range(4)]

    assert answers == [302, 302, 302, 429]
    assert HelpCall.objects.count() == 3


def test_calls_from_one_address_are_limited_widely(monkeypatch):
    assert views.HELP_PER_ADDRESS == {"most": 200, "seconds": 600}
    monkeypatch.setitem(views.HELP_PER_ADDRESS, "most", 4)
    dialogue = make_dialogue()

    answers = [
        Client()
        .post(address(dialogue, "help"), {"help-text": "Hilfe"}, headers=JSON)
        .status_code
        for __ in range(6)
    ]

    assert answers == [302] * 4 + [429] * 2


def test_nobody_is_called_to_a_closed_dialogue(client):
    assert call(client, make_dialogue(state="closed")).status_code == 400
    assert HelpCall.objects.count() == 0


# --- check, ping, calendar --------------------------------------------------
def test_check_knows_about_cookies_without_a_script(client):
    dialogue = make_dialogue()
    client.cookies["language"] = "en"

    kept = text_of(client.get(address(dialogue, "check")))
    unknown = text_of(
        Client().get(address(dialogue, "check"), headers={"Accept-Language": "en"})
    )
    lost = text_of(
        Client().get(
            address(dialogue, "check") + "?again=1", headers={"Accept-Language": "en"}
        )
    )

    assert "your browser keeps them" in kept
    assert "look again to find out" in unknown
    assert "does not keep them" in lost


def test_ping_is_empty_quick_and_tells_the_time(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = client.get(reverse("dialogue:ping", args=["ABCD2345"]))

    assert (answer.status_code, answer.content) == (204, b"")
    assert abs(int(answer["X-Now"]) - clock.now().timestamp() * 1000) < 5000


def test_calendar_file(client):
    dialogue = make_dialogue(
        title="Weg; Ziel, Rast \\ Ende",
        summary="Zeile 1\nZeile 2",
        starts_at=datetime(2027, 3, 4, 17, 30, tzinfo=UTC),
        state="announced",
    )
    make_item(dialogue, minutes=70)

    answer = client.get(address(dialogue, "calendar"))

    lines = text_of(answer).split("\r\n")
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert lines[0] == "BEGIN:VCALENDAR"
    assert lines[-2:] == ["END:VCALENDAR", ""]
    assert "DTSTART:20270304T173000Z" in lines
    assert "DTEND:20270304T190000Z" in lines
    assert "SUMMARY:Weg\\; Ziel\\, Rast \\\\ Ende" in lines
    assert "DESCRIPTION:Zeile 1\\nZeile 2" in lines
    assert f"URL:http://testserver{room(dialogue)}" in lines


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("a,b;c", "a\\,b\\;c"),
        ("\\n", "\\\\n"),
        ("a\r\nEND:VEVENT", "a\\nEND:VEVENT"),
        ("a\rb", "a\\nb"),
    ],
)
def test_escaped_text_cannot_break_its_line(text, escaped):
    assert escape(text) == escaped


def test_folded_lines_hold_75_octets_and_whole_characters():
    line = "SUMMARY:" + "ä" * 100

    folded = fold(line)

    assert max(len(piece.encode()) for piece in folded.split("\r\n")) <= 75
    assert folded.replace("\r\n ", "") == line


# --- costs ------------------------------------------------------------------
def test_queries_of_the_door(client, django_assert_num_queries):
    dialogue = make_dialogue()

    with django_assert_num_queries(3):
        client.get(address(dialogue))


@pytest.mark.parametrize("calls", [1, 3])
def test_queries_of_the_door_for_a_guest_with_calls(
    client, django_assert_num_queries, calls
):
    dialogue = make_dialogue()
    for __ in range(calls):
        call(client, dialogue)

    with django_assert_num_queries(7):
        client.get(address(dialogue))
