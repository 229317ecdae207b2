"""Who may use which address and which command: every one has a row here."""

from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from dialogue.joining import invite
from dialogue.models import AgendaItem, Material, Table
from live.commands import COMMANDS, run_command
from live.screens import View
from moderation.actions import hide_contribution
from moderation.closing import close_dialogue
from moderation.reporting import Reporter, report_contribution
from projects.actions import assign_staff
from proposals.actions import submit_proposal
from shared import clock
from shared.errors import Refusal
from tests.factories import (
    make_dialogue,
    make_guest,
    make_participation,
    make_person,
    make_question,
    make_staff,
)
from tests.live.scene import ACTS, LATER_ACTS, Scene, make_scene

pytestmark = pytest.mark.django_db

# --- commands -------------------------------------------------------------------
ROLES = (
    "participant",
    "observer",
    "table_moderator",
    "lead_moderator",
    "technical_host",
)
EVERYBODY = "yes yes yes yes yes"
SPEAKERS = "yes no  yes yes yes"
MODERATORS = "no  no  yes yes no"
LEAD = "no  no  no  yes no"
HOSTS = "no  no  no  yes yes"
DESK = "no  no  yes yes yes"
CITIZENS = "yes no  no  no  no"
AT_TABLE = "yes no  yes yes no"
COMMAND_ROWS = {
    "mine": EVERYBODY,
    "save_draft": SPEAKERS,
    "submit_proposal": SPEAKERS,
    "add_comment": SPEAKERS,
    "ask_question": SPEAKERS,
    "support": SPEAKERS,
    "react": SPEAKERS,
    "park_topic": SPEAKERS,
    "call_help": EVERYBODY,
    "take_stance": SPEAKERS,
    # On the roll are those who take part; the scene's people joined later.
    "cast_vote": "no  no  no  no  no",
    # Only their own: the scene's proposal belongs to somebody else.
    "revise_proposal": "no  no  no  no  no",
    "withdraw": "no  no  no  no  no",
    "raise_hand": SPEAKERS,
    "lower_hand": SPEAKERS,
    # Only who speaks: the scene's citizen does, not this one.
    "yield_floor": (
        "speaking.not_speaking no speaking.not_speaking"
        " speaking.not_speaking speaking.not_speaking"
    ),
    "set_speakers": MODERATORS,
    "enter_speaker": MODERATORS,
    "remove_hand": MODERATORS,
    "give_floor": MODERATORS,
    "extend_turn": MODERATORS,
    "end_turn": MODERATORS,
    "forget_speaker": LEAD,
    "go_on": LEAD,
    "go_to": LEAD,
    "go_back": LEAD,
    "extend": LEAD,
    "pause": LEAD,
    "continue_dialogue": LEAD,
    "close_dialogue": LEAD,
    "open_lobby": HOSTS,
    "show_on_projector": HOSTS,
    "answer_help": HOSTS,
    "change_participation": HOSTS,
    "hide": MODERATORS,
    "restore": MODERATORS,
    "approve": MODERATORS,
    "ask_revision": MODERATORS,
    "silence": MODERATORS,
    "end_silence": MODERATORS,
    "exclude": HOSTS,
    "readmit": HOSTS,
    "rule_on_appeal": MODERATORS,
    # Only about oneself: the scene's decision is about somebody else.
    "appeal": "no  no  no  no  no",
    "reword": "no  no  no  no  no",
    "answer_question": MODERATORS,
    "sort_question": MODERATORS,
    "stage_question": MODERATORS,
    "merge": MODERATORS,
    "unmerge": MODERATORS,
    # Only their own, and nothing of the scene waits.
    "revise_held": "no  no  no  no  no",
    "remove_topic": MODERATORS,
    "set_opinion_map": LEAD,
    "mark_statement": MODERATORS,
    "seed_statements": LEAD,
    # Whoever is here may look where they stand.
    "find_my_place": EVERYBODY,
    "take_chair": LEAD,
    # Only who holds it: the scene's lead does, not this one.
    "hand_chair": "no  no  no  chair.not_yours no",
    "claim": DESK,
    "release": DESK,
    "announce": HOSTS,
    "withdraw_announcement": HOSTS,
    "write_to_team": DESK,
    "take_team_call": DESK,
    # Only who called: the scene's host did, not these.
    "take_back_call": "no  no  team.not_yours team.not_yours team.not_yours",
    "set_pace": MODERATORS,
    "state_conflict": DESK,
    "begin_round": LEAD,
    "time_round": LEAD,
    "end_round": LEAD,
    "move_person": LEAD,
    "group_people": LEAD,
    "change_table": LEAD,
    "bring_back": MODERATORS,
    "take_over_table": MODERATORS,
    "hide_remark": MODERATORS,
    "restore_remark": MODERATORS,
    "choose_table": CITIZENS,
    "take_seat": CITIZENS,
    "draft_finding": SPEAKERS,
    # The participant sits there; the host neither sits nor leads.
    "write_finding": AT_TABLE,
    "revise_finding": AT_TABLE,
    "strike_finding": AT_TABLE,
    "add_remark": AT_TABLE,
    "call_to_table": AT_TABLE,
    "draft_ballot": LEAD,
    "open_ballot": LEAD,
    "close_ballot": LEAD,
    "annul_ballot": LEAD,
    "discard_draft": LEAD,
    "pause_ballot": LEAD,
    "resume_ballot": LEAD,
    "publish_ballot": LEAD,
    "draft_next_round": LEAD,
}
# Refusals that say no to the person; any other is about the thing or the moment.
PERSONAL = {
    "right.missing",
    "agenda.not_now",
    "role.observer",
    "vote.not_on_roll",
    "dialogue.paused",
    "table.elsewhere",
}


def test_every_command_has_a_row() -> None:
    assert set(COMMAND_ROWS) == set(COMMANDS)


@pytest.mark.parametrize("name", sorted(COMMAND_ROWS))
def test_command_by_role(name: str) -> None:
    got = {}
    scene = _scene_before(name)
    for role in ROLES:
        # Undone each time, which is quicker than a scene for each.
        with transaction.atomic():
            actor = make_participation(scene.dialogue, role)
            facts = _facts_of(name, scene)
            try:
                run_command(name, facts, actor, View("desk", "de"))
                got[role] = "yes"
            except Refusal as refusal:
                got[role] = "no" if refusal.code in PERSONAL else refusal.code
            transaction.set_rollback(True)
        cache.clear()

    assert got == dict(zip(ROLES, COMMAND_ROWS[name].split(), strict=True))


def _scene_before(name: str) -> Scene:
    if name == "open_lobby":
        scene = make_scene()
        scene.dialogue.state = "announced"
        scene.dialogue.save()
        return scene
    scene = make_scene()
    if name in LATER_ACTS:
        for earlier in LATER_ACTS[name][3]:
            who, facts, screen = (ACTS | LATER_ACTS)[earlier][:3]
            run_command(earlier, facts(scene), getattr(scene, who), View(screen, "de"))
    return scene


def _facts_of(name: str, scene: Scene) -> dict[str, Any]:
    if name in ACTS:
        return ACTS[name][1](scene)
    return LATER_ACTS[name][1](scene) if name in LATER_ACTS else {}


# --- addresses --------------------------------------------------------------------
PEOPLE = ("nobody", "stranger", "participant", "moderator", "foreign", "staff", "admin")
# Status of a GET. 302: to the door or to signing in. 405: by POST only.
PUBLIC = "200 200 200 200 200 200 200"
POSTED = "405 405 405 405 405 405 405"
IN_ROOM = "403 403 200 200 403 403 403"
ON_DESK = "403 403 403 200 403 403 403"
PLANNING = "302 403 403 403 403 200 200"
LEARNING = "302 403 403 200 200 200 200"
ADDRESS_ROWS = {
    "portal:home": PUBLIC,
    "portal:join_by_code": "302 302 302 302 302 302 302",
    "portal:theme": POSTED,
    "portal:my_data": PUBLIC,
    "portal:export_data": "302 200 200 200 200 200 200",
    "portal:erase_me": POSTED,
    "portal:imprint": PUBLIC,
    "portal:privacy": PUBLIC,
    "portal:accessibility": PUBLIC,
    "projects:list": PUBLIC,
    "projects:detail": PUBLIC,
    "projects:result": PUBLIC,
    "projects:result_json": PUBLIC,
    "projects:result_texts": PUBLIC,
    "qualification:overview": LEARNING,
    "qualification:lesson": LEARNING,
    "qualification:certificate": LEARNING,
    # The moderator has a certificate.
    "qualification:sessions": "302 403 403 200 403 403 200",
    "qualification:verify": PUBLIC,
    "register:register": "302 403 403 403 200 200 200",
    "register:grant": POSTED,
    "register:revoke": "302 403 403 403 403 403 200",
    "staff:home": "302 403 403 403 200 200 200",
    "staff:project_new": "302 403 403 403 200 200 200",
    "staff:project_edit": "302 404 404 404 404 200 200",
    "staff:project_publish": POSTED,
    "staff:project_unpublish": POSTED,
    "staff:project_assign": POSTED,
    "staff:project_release": POSTED,
    "planning:dialogue_new": "302 403 403 403 403 200 200",
    "planning:overview": PLANNING,
    "planning:basics": PLANNING,
    "planning:announce": POSTED,
    "planning:golive": PLANNING,
    "rehearsal:overview": PLANNING,
    "rehearsal:start": POSTED,
    "rehearsal:stop": POSTED,
    "rehearsal:wipe": POSTED,
    "planning:conference": PLANNING,
    "planning:poster": PLANNING,
    "planning:people": PLANNING,
    "planning:role_assign": POSTED,
    "planning:exception_grant": POSTED,
    "planning:exception_withdraw": POSTED,
    "planning:invite": POSTED,
    "planning:invitation_withdraw": POSTED,
    # Planning staff, and the dialogue's lead moderator.
    "holding:edit": "302 403 403 200 403 200 200",
    "holding:save_rule": POSTED,
    "holding:save_words": POSTED,
    "holding:polis_export": PLANNING,
    "planning:agenda": PLANNING,
    "planning:agenda_fill": POSTED,
    "planning:item_new": PLANNING,
    "planning:item_edit": PLANNING,
    "planning:item_move": POSTED,
    "planning:item_delete": PLANNING,
    "planning:material_add": POSTED,
    "planning:material_file": "302 403 403 403 403 404 404",
    "planning:material_remove": POSTED,
    "dialogue:join": "200 200 302 302 200 200 200",
    "dialogue:help": "302 302 302 302 302 302 302",
    "dialogue:check": PUBLIC,
    "dialogue:ping": "204 204 204 204 204 204 204",
    "dialogue:rules": PUBLIC,
    # Inside it is not found: the row's dialogue has no video.
    "dialogue:conference": "403 403 404 404 403 403 403",
    "dialogue:calendar": PUBLIC,
    "moderation:report": PUBLIC,
    "moderation:receipt": PUBLIC,
    "moderation:decision": "403 403 200 200 403 403 403",
    "moderation:appeals": "403 403 403 200 403 200 200",
    # The row's dialogue runs: its reports stand in the desk's queue.
    "moderation:reports": "403 403 403 403 403 403 403",
    "moderation:log": PUBLIC,
    "transparency:log": PUBLIC,
    "transparency:rules": PUBLIC,
    "transparency:report": PUBLIC,
    "transparency:report_csv": PUBLIC,
    "transparency:report_json": PUBLIC,
    "live:room": "302 302 200 200 302 302 302",
    "live:desk": ON_DESK,
    "live:projector": IN_ROOM,
    "live:do": POSTED,
    "live:since": "403 403 400 400 403 403 403",
    "live:proposals": IN_ROOM,
    "live:questions": IN_ROOM,
    "live:synthesis": ON_DESK,
    "live:ballot_methods": ON_DESK,
    "live:ballot_draft": ON_DESK,
    # The row's dialogue has no ballot: only leads learn so, and get no further.
    "live:ballot_change": "403 403 403 403 403 403 403",
    "live:hand_count": "403 403 403 403 403 403 403",
    "live:tickets": ON_DESK,
    "live:weights": ON_DESK,
    "live:people": ON_DESK,
    "live:person": ON_DESK,
    "live:person_forms": ON_DESK,
    "live:tickets_print": ON_DESK,
    "live:ticket": IN_ROOM,
    "live:proposal": IN_ROOM,
    "live:thread": IN_ROOM,
    # Nobody sits anywhere: to the room, and from a table of others there, too.
    "live:my_table": "403 403 302 302 403 403 403",
    "live:table": "403 403 302 200 403 403 403",
    "live:table_notes": IN_ROOM,
    # The row is a link: nobody gets a file, and only those inside learn so.
    "live:material": "403 403 403 403 403 403 403",
    # The row's dialogue runs: officials see remarks, and nothing is frozen.
    "minutes:minutes": "403 403 403 200 403 200 200",
    "minutes:file": "403 403 403 403 403 403 403",
    "minutes:public": "403 403 403 403 403 403 403",
    "minutes:public_file": "403 403 403 403 403 403 403",
    "minutes:public_json": "403 403 403 403 403 403 403",
    "minutes:public_texts": "403 403 403 403 403 403 403",
    "minutes:remark_add": POSTED,
    "minutes:remark_remove": POSTED,
    "minutes:correction_ask": POSTED,
    "minutes:correction_answer": POSTED,
    "minutes:freeze": POSTED,
    # The row's result has no proposal.
    "minutes:report_filed": "403 403 403 403 403 403 403",
    "recount:page": PUBLIC,
    "recount:methods": PUBLIC,
    # No ballot was counted in the row's dialogue: nobody learns more. Who may see one
    # that was: tests/proposals/test_exporting.py.
    "recount:ballot": "403 403 403 403 403 403 403",
    "recount:ballot_file": "403 403 403 403 403 403 403",
    "recount:receipt": POSTED,
    "recount:filed": "403 403 403 403 403 403 403",
    "recount:filed_file": "403 403 403 403 403 403 403",
    "accounts:second_factor": PUBLIC,
    # Open to anybody in demo mode on this machine, absent otherwise.
    "demo:enter": "404 404 404 404 404 404 404",
}
# allauth's own addresses have their own rules and tests (tests/accounts).
LIBRARY = ("account_", "mfa_", "set_language")
ENTRANCES = {"accounts:" + name for name in ("login", "signup", "confirm_email")}
ENTRANCES |= {"accounts:authenticate", "accounts:passkey"}


def _names(resolver: Any = None, space: str = "") -> set[str]:
    names = set()
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{pattern.namespace}:" if pattern.namespace else space
            names |= _names(pattern, inner)
        elif isinstance(pattern, URLPattern) and pattern.name:
            names.add(space + pattern.name)
    return names


def test_every_address_has_a_row() -> None:
    names = {name for name in _names() if not name.startswith(LIBRARY)}

    assert names - ENTRANCES == set(ADDRESS_ROWS)


@pytest.fixture
def city() -> dict[str, Any]:
    """One of everything an address can name, and one of each kind of person."""
    dialogue = make_dialogue(allows="propose", title="Offen")
    project = dialogue.project
    closed = make_dialogue(allows="propose", project=project, title="Vorbei")
    record = close_dialogue(moderator=make_participation(closed, "lead_moderator"))
    participant = make_participation(dialogue)
    moderator = make_participation(dialogue, "lead_moderator")
    proposal = submit_proposal(author=participant, title="Ein Vorschlag")
    cache.clear()
    report = report_contribution(
        dialogue=dialogue,
        reporter=Reporter(network="192.0.2.1"),
        kind="proposal",
        pk=proposal.pk,
        rule="insult",
    )
    decision = hide_contribution(
        moderator=moderator,
        kind="question",
        pk=make_question(participant).pk,
        rule="insult",
        reason="Wortwahl",
    )
    item: AgendaItem = dialogue.agenda.get()
    material = Material.objects.create(
        item=item, kind="link", title="Link", link="https://stadt.example/"
    )
    staff = make_staff()
    assignment = assign_staff(project=project, person=staff)
    invitation, __ = invite(dialogue=dialogue, label="Wer")
    return {
        "people": {
            "nobody": None,
            "stranger": make_guest(),
            "participant": participant.person,
            "moderator": moderator.person,
            "foreign": make_staff(),
            "staff": staff,
            "admin": make_person(is_administrator=True, is_staff_member=True),
        },
        "words": {
            "code": dialogue.code,
            "slug": project.slug,
            "project_slug": project.slug,
            "digest": record.digest,
            "name": "react",
            "who": "nobody",
            "pk": proposal.pk,
            "item_pk": item.pk,
            "material_pk": material.pk,
            "table_pk": Table.objects.create(dialogue=dialogue, number=1, name="T").pk,
            "invitation_pk": invitation.pk,
            "assignment_pk": assignment.pk,
            "decision_pk": decision.pk,
            "receipt": report.receipt,
            "kind": "proposal",
            "year": clock.now().year,
            "key": "neutrality",
            "method": "yes_no",
            "participation_pk": participant.pk,
            "ballot_pk": 1,
            "ballot_number": 1,
            "what": "ballot.json",
            "number": moderator.person.certificates.get().number,
        },
    }


@pytest.mark.parametrize("name", sorted(ADDRESS_ROWS))
def test_address_by_role(name: str, city: dict[str, Any]) -> None:
    words = dict(city["words"])
    if name == "live:material":
        words["pk"] = words["material_pk"]
    if name in ("live:person", "live:person_forms"):
        words["pk"] = words["participation_pk"]
    if name == "minutes:report_filed":
        words |= {"kind": "proposal", "number": 1}
    if name == "moderation:decision":
        words["pk"] = words["decision_pk"]
    if name in ("live:table", "live:table_notes"):
        words["pk"] = words["table_pk"]
    if name == "planning:invitation_withdraw":
        words["pk"] = words["invitation_pk"]
    address = _reverse(name, words)
    got = []
    for who in PEOPLE:
        client = Client()
        if city["people"][who] is not None:
            client.force_login(city["people"][who])
        got.append(str(client.get(address).status_code))

    assert got == ADDRESS_ROWS[name].split()


def _reverse(name: str, words: dict[str, Any]) -> str:
    """The address with just the words that it takes."""
    space, __, plain = name.partition(":")
    resolver = get_resolver().namespace_dict[space][1]
    (variants,) = [resolver.reverse_dict.getlist(plain)]
    prefix_words = get_resolver().namespace_dict[space][0]
    taken = set(variants[0][0][0][1])
    if "code" in prefix_words:
        taken.add("code")
    return reverse(name, kwargs={word: words[word] for word in taken})
