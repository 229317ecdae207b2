"""A ballot's life: draft, open, close, annul; and its frozen roll."""

import hashlib
import json
from typing import Any

import pytest
from django.utils import translation

from dialogue.joining import invite, join, usable_invitation
from dialogue.models import Dialogue, Participation
from dialogue.table_rounds import begin_round
from ledger.queries import entries_since
from proposals.actions import revise_proposal
from proposals.ballots import annul_ballot, close_ballot, open_ballot
from proposals.drafting import draft_ballot, draft_findings
from proposals.findings import bring_back, write_finding
from proposals.models import Ballot, RollEntry, Tally
from proposals.voting import VoteRequest, cast_votes
from shared.errors import Refusal
from tests.factories import (
    make_dialogue,
    make_guest,
    make_item,
    make_participation,
    make_person,
    make_proposal,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead() -> Participation:
    return make_participation(
        make_dialogue(allows="propose vote"), "lead_moderator", display_name="Lead"
    )


def told(dialogue: Dialogue) -> list[tuple[str, str, dict[str, Any]]]:
    entries = entries_since(dialogue.stream_id, 0)
    return [(e.kind, e.audience, e.payload) for e in entries]


def refusal_of(verb: Any, **facts: Any) -> str:
    with pytest.raises(Refusal) as refused:
        verb(**facts)
    return refused.value.code


def opened(lead: Participation, **facts: Any) -> Ballot:
    ballot = draft_ballot(moderator=lead, **{"title": "Zebrastreifen?", **facts})
    return open_ballot(moderator=lead, ballot_pk=ballot.pk)


# --- draft ------------------------------------------------------------------------
def test_draft_ballot_yes_no(lead: Participation):
    proposal = make_proposal(lead, title="Zebra")

    ballot = draft_ballot(
        moderator=lead, title="Zebra?", text="b", proposals=(proposal.pk,)
    )

    options = ballot.options.all()
    assert (ballot.state, ballot.method, ballot.secrecy, ballot.electorate) == (
        "draft",
        "yes_no",
        "secret",
        "room",
    )
    assert [(o.position, o.key, o.proposal) for o in options] == [
        (0, "yes", proposal),
        (1, "no", None),
        (2, "abstain", None),
    ]
    assert told(lead.dialogue) == [
        ("ballot.drafted", "moderators", {"ballot": ballot.pk, "by": lead.pk})
    ]


def test_draft_ballot_takes_published_proposals_of_this_dialogue(lead: Participation):
    proposal = make_proposal(lead, title="Zebra")

    ballot = draft_ballot(
        moderator=lead,
        title="Was?",
        method="single",
        proposals=(proposal.pk,),
        options=("Ampel", ""),
    )

    assert [(o.position, o.title, o.proposal) for o in ballot.options.all()] == [
        (0, "Zebra", proposal),
        (1, "Ampel", None),
        (2, translation.gettext("Abstain"), None),
    ]


@pytest.mark.parametrize("kind", ["hidden", "foreign"])
def test_draft_ballot_refuses_proposals_that_are_not_there(
    lead: Participation, kind: str
):
    proposal = (
        make_proposal(lead, state="hidden")
        if kind == "hidden"
        else make_proposal(make_participation(make_dialogue()))
    )

    with pytest.raises(Refusal) as refused:
        draft_ballot(
            moderator=lead,
            title="Was?",
            method="single",
            proposals=(proposal.pk,),
            options=("Ampel", "Zebra"),
        )

    assert refused.value.code == "ballot.proposal_gone"


def test_open_ballot_takes_the_wording_of_today(lead: Participation):
    proposal = make_proposal(lead, title="Alt")
    ballot = draft_ballot(
        moderator=lead,
        title="Was?",
        method="single",
        proposals=(proposal.pk,),
        options=("Ampel",),
    )
    proposal.title = "Neu"
    proposal.save()

    open_ballot(moderator=lead, ballot_pk=ballot.pk)

    assert [option.title for option in ballot.options.all()] == [
        "Neu",
        "Ampel",
        translation.gettext("Abstain"),
    ]


def test_open_ballot_looks_at_the_wording_of_today(lead: Participation):
    one, two = (make_proposal(lead, title=title) for title in ("Bank", "Baum"))
    ballot = draft_ballot(
        moderator=lead, title="Was?", method="single", proposals=(one.pk, two.pk)
    )
    assert draft_findings(ballot) == []
    two.title = "BANK"
    two.save()

    with pytest.raises(Refusal) as refused:
        open_ballot(moderator=lead, ballot_pk=ballot.pk)

    ballot.refresh_from_db()
    assert (refused.value.code, ballot.state) == ("ballot.not_ready", "draft")
    # The desk says so before anybody tries.
    with translation.override("en"):
        assert draft_findings(Ballot.objects.get()) == [
            "“BANK” stands on the ballot twice. Please leave one of them out."
        ]


@pytest.mark.parametrize("title", ["Enthaltung", "abstain"])
def test_open_ballot_when_a_proposal_is_called_abstain(lead: Participation, title: str):
    proposal = make_proposal(lead, title="Bank")
    ballot = draft_ballot(
        moderator=lead,
        title="Was?",
        method="single",
        options=("Baum",),
        proposals=(proposal.pk,),
    )
    proposal.title = title
    proposal.save()

    with pytest.raises(Refusal, match=r"ballot\.not_ready"):
        open_ballot(moderator=lead, ballot_pk=ballot.pk)


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize(
    ("method", "plan", "typed"),
    [
        ("single", {}, "Enthaltung"),
        ("score", {}, " abstain "),
        ("single", {"has_none": True}, "Nichts davon"),
        ("single", {"has_none": True}, "None  of these"),
        ("consensing", {"options": ("a", "b"), "status_quo": "Abstain"}, ""),
    ],
)
def test_draft_ballot_refuses_what_is_added_by_itself(
    lead: Participation, language: str, method: str, plan: dict[str, Any], typed: str
):
    facts = {"options": ("a", "b", typed), **plan}

    with pytest.raises(Refusal) as refused, translation.override(language):
        draft_ballot(moderator=lead, title="Was?", method=method, **facts)

    assert (refused.value.code, refused.value.field) == ("ballot.options", "options")
    said = {"de": "kommt von selbst hinzu", "en": "is added by itself"}
    assert said[language] in str(refused.value.message)
    assert Ballot.objects.count() == 0


@pytest.mark.parametrize("method", ["single", "score"])
def test_draft_ballot_takes_what_is_not_added(lead: Participation, method: str):
    # A score has no "none of these", whatever was asked for.
    ballot = draft_ballot(
        moderator=lead,
        title="Was?",
        method=method,
        options=("a", "None of these"),
        has_none=method == "score",
    )

    assert [row.key for row in ballot.options.all()] == ["", "", "abstain"]


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"method": "single", "options": ("a",)}, "ballot.options"),
        ({"method": "single", "options": ()}, "ballot.options"),
        ({"method": "single", "options": ("a", " A ")}, "ballot.options"),
        ({"method": "single", "options": ("a  b", "A b")}, "ballot.options"),
        (
            {"method": "single", "options": tuple(str(n) for n in range(101))},
            "ballot.options",
        ),
        (
            {"method": "multiple", "options": ("a", "b"), "most_options": 0},
            "ballot.most_options",
        ),
        (
            {"method": "multiple", "options": ("a", "b"), "most_options": 3},
            "ballot.most_options",
        ),
    ],
)
def test_draft_ballot_refuses(lead: Participation, facts: dict[str, Any], code: str):
    assert refusal_of(draft_ballot, moderator=lead, title="a", **facts) == code
    assert Ballot.objects.count() == 0
    assert told(lead.dialogue) == []


@pytest.mark.parametrize("most", [1, 2])
def test_draft_ballot_multiple(lead: Participation, most: int):
    ballot = draft_ballot(
        moderator=lead,
        title="a",
        method="multiple",
        options=("a", "b"),
        most_options=most,
    )

    assert (ballot.most_options, ballot.options.count()) == (most, 3)


def test_draft_ballot_in_closed_dialogue():
    lead = make_participation(make_dialogue(state="closed"), "lead_moderator")

    assert refusal_of(draft_ballot, moderator=lead, title="a") == "dialogue.closed"


# --- right ------------------------------------------------------------------------
@pytest.mark.parametrize(
    "role", ["participant", "observer", "table_moderator", "technical_host"]
)
def test_ballot_verbs_without_right(lead: Participation, role: str):
    other = make_participation(lead.dialogue, role)
    draft = draft_ballot(moderator=lead, title="a")
    ballot = opened(lead)
    entries = len(told(lead.dialogue))

    codes = {
        refusal_of(draft_ballot, moderator=other, title="a"),
        refusal_of(open_ballot, moderator=other, ballot_pk=draft.pk),
        refusal_of(close_ballot, moderator=other, ballot_pk=ballot.pk),
        refusal_of(annul_ballot, moderator=other, ballot_pk=ballot.pk, reason="x"),
    }

    expected = "role.observer" if role == "observer" else "agenda.not_now"
    assert codes == {expected}
    assert len(told(lead.dialogue)) == entries


@pytest.mark.parametrize("verb", [open_ballot, close_ballot, annul_ballot])
def test_ballot_verbs_on_foreign_ballot(lead: Participation, verb: Any):
    foreign = make_participation(make_dialogue(allows="vote"), "lead_moderator")
    ballot = draft_ballot(moderator=foreign, title="a")
    if verb is not open_ballot:
        open_ballot(moderator=foreign, ballot_pk=ballot.pk)
    facts = {"reason": "x"} if verb is annul_ballot else {}

    code = refusal_of(verb, moderator=lead, ballot_pk=ballot.pk, **facts)

    assert code == "right.missing"


# --- open -------------------------------------------------------------------------
def test_open_ballot_freezes_the_roll(lead: Participation):
    dialogue = lead.dialogue
    voters = [lead] + [
        make_participation(dialogue, role)
        for role in ("participant", "participant", "table_moderator", "technical_host")
    ]
    make_participation(dialogue, "observer")
    make_participation(dialogue, state="excluded")
    make_participation(make_dialogue())

    ballot = opened(lead)

    late = make_participation(dialogue)
    on_roll = RollEntry.objects.filter(ballot=ballot).order_by("participation")
    assert [entry.participation for entry in on_roll] == voters
    assert not any(e.has_voted or e.request_key or e.receipt for e in on_roll)
    digest = hashlib.sha256(
        json.dumps(sorted(v.pseudonym for v in voters), separators=(",", ":")).encode()
    ).hexdigest()
    assert (ballot.roll_size, ballot.roll_digest) == (5, digest)
    assert (ballot.state, ballot.item) == ("open", dialogue.current)
    assert told(dialogue)[-1] == (
        "ballot.opened",
        "everybody",
        {"ballot": ballot.pk, "roll_size": 5, "roll_digest": digest, "by": lead.pk},
    )
    yes = ballot.options.all()[0]
    answers: list[Any] = cast_votes([VoteRequest(late.pk, ballot.pk, {yes.pk: 1}, "k")])
    assert [(a.code, a.status) for a in answers] == [("vote.not_on_roll", 403)]


def test_open_ballot_for_accounts_only(lead: Participation):
    make_participation(lead.dialogue)
    citizen = make_participation(lead.dialogue, person=make_person())

    ballot = opened(lead, electorate="account")

    on_roll = {entry.participation for entry in ballot.roll.all()}
    assert on_roll == {lead, citizen}


def test_open_ballot_for_personal_codes_only(lead: Participation):
    """Whoever came by a code of their own; who came by the link alone has none."""
    make_participation(lead.dialogue)
    by_code = []
    for label in ("Losnummer 1", "Losnummer 2"):
        __, token = invite(dialogue=lead.dialogue, label=label)
        by_code.append(
            join(
                person=make_guest(),
                dialogue=lead.dialogue,
                name=label,
                rules_accepted=True,
                privacy_accepted=True,
                invitation=usable_invitation(lead.dialogue, token, None),
            )
        )
    invite(dialogue=lead.dialogue, label="Nicht gekommen")

    ballot = opened(lead, electorate="code")

    assert {entry.participation for entry in ballot.roll.all()} == set(by_code)
    outsider = make_participation(lead.dialogue)
    yes = ballot.options.get(key="yes")
    answers: list[Any] = cast_votes(
        [VoteRequest(who.pk, ballot.pk, {yes.pk: 1}, "k") for who in (outsider, lead)]
    )
    assert [answer.code for answer in answers] == ["vote.not_on_roll"] * 2


def test_finding_of_a_table_becomes_an_option_with_its_link(lead: Participation):
    author = make_participation(lead.dialogue)
    begin_round(moderator=lead, method="random", size=20, also_absent=True)
    table = lead.dialogue.tables.get()
    write_finding(author=author, table_pk=table.pk, title="Mehr Schatten", text="Ja.")
    (finding,) = bring_back(moderator=lead, table_pk=table.pk)

    ballot = opened(lead, method="approval", proposals=(finding.pk,), options=("Bank",))

    (option,) = ballot.options.exclude(proposal=None)
    assert (option.title, option.proposal, finding.kind, finding.table) == (
        "Mehr Schatten",
        finding,
        "finding",
        table,
    )


def test_open_ballot_twice(lead: Participation):
    ballot = opened(lead)

    code = refusal_of(open_ballot, moderator=lead, ballot_pk=ballot.pk)

    assert code == "ballot.not_draft"
    assert RollEntry.objects.count() == 1


def test_open_ballot_when_voting_is_not_on_the_agenda(lead: Participation):
    ballot = draft_ballot(moderator=lead, title="a")
    lead.dialogue.current = make_item(lead.dialogue, allows="propose")
    lead.dialogue.save()

    code = refusal_of(open_ballot, moderator=lead, ballot_pk=ballot.pk)

    assert code == "agenda.not_now"


@pytest.mark.parametrize(
    ("change", "code"),
    [(None, "proposal.on_ballot"), ("draft", ""), ("annulled", "")],
)
def test_open_ballot_fixes_the_wording(
    lead: Participation, change: str | None, code: str
):
    proposal = make_proposal(lead)
    if change == "draft":
        draft_ballot(moderator=lead, title="a", proposals=(proposal.pk,))
    else:
        ballot = opened(lead, proposals=(proposal.pk,))
    if change == "annulled":
        annul_ballot(moderator=lead, ballot_pk=ballot.pk, reason="x")
    facts: dict[str, Any] = {"author": lead, "proposal_pk": proposal.pk, "title": "neu"}

    if code:
        assert refusal_of(revise_proposal, **facts) == code
    else:
        assert revise_proposal(**facts).title == "neu"


# --- close ------------------------------------------------------------------------
@pytest.mark.parametrize("secrecy", ["open", "secret"])
def test_close_ballot_counts(lead: Participation, secrecy: str):
    voters = [make_participation(lead.dialogue) for __ in range(4)]
    ballot = opened(lead, secrecy=secrecy)
    yes, no, abstain = ballot.options.all()
    for voter, choice in zip(voters, (yes, yes, no, abstain), strict=True):
        cast_votes([VoteRequest(voter.pk, ballot.pk, {choice.pk: 1}, "k")])

    closed = close_ballot(moderator=lead, ballot_pk=ballot.pk)

    tally = Tally.objects.get(ballot=ballot)
    sheets = [[[0, 1]], [[0, 1]], [[1, 1]], [[2, 1]]]
    digest = hashlib.sha256(
        json.dumps(sheets, separators=(",", ":")).encode()
    ).hexdigest()
    assert (closed.state, closed.turnout) == ("closed", 4)
    assert (tally.eligible, tally.turnout, tally.verdict, tally.ballots_digest) == (
        5,
        4,
        "adopted",
        digest,
    )
    assert [(r.option, r.number, r.is_chosen) for r in tally.rows.all()] == [
        (yes, 2, True),
        (no, 1, False),
        (abstain, 1, False),
    ]
    assert told(lead.dialogue)[-1] == (
        "ballot.closed",
        "everybody",
        {
            "ballot": ballot.pk,
            "turnout": 4,
            "ballots_digest": digest,
            "by": lead.pk,
        },
    )


def test_close_ballot_without_votes(lead: Participation):
    ballot = opened(lead)

    close_ballot(moderator=lead, ballot_pk=ballot.pk)

    tally = Tally.objects.get(ballot=ballot)
    assert (tally.eligible, tally.turnout, tally.verdict) == (1, 0, "none")
    assert [row.number for row in tally.rows.all()] == [0, 0, 0]


@pytest.mark.parametrize("state", ["draft", "closed", "annulled"])
def test_close_ballot_in_other_state(lead: Participation, state: str):
    ballot = draft_ballot(moderator=lead, title="a")
    if state != "draft":
        open_ballot(moderator=lead, ballot_pk=ballot.pk)
    if state == "closed":
        close_ballot(moderator=lead, ballot_pk=ballot.pk)
    if state == "annulled":
        annul_ballot(moderator=lead, ballot_pk=ballot.pk, reason="x")

    code = refusal_of(close_ballot, moderator=lead, ballot_pk=ballot.pk)

    assert code == "ballot.not_open"
    assert Tally.objects.count() == (state == "closed")


# --- annul ------------------------------------------------------------------------
@pytest.mark.parametrize("secrecy", ["open", "secret"])
@pytest.mark.parametrize("state", ["open", "closed"])
def test_annul_ballot(lead: Participation, secrecy: str, state: str):
    ballot = opened(lead, secrecy=secrecy)
    yes = ballot.options.all()[0]
    request = VoteRequest(lead.pk, ballot.pk, {yes.pk: 1}, "k")
    cast_votes([request])
    if state == "closed":
        close_ballot(moderator=lead, ballot_pk=ballot.pk)

    annulled = annul_ballot(moderator=lead, ballot_pk=ballot.pk, reason="Versehen")

    assert (annulled.state, annulled.annulled_reason) == ("annulled", "Versehen")
    assert annulled.closed_at is not None
    assert told(lead.dialogue)[-1] == (
        "ballot.annulled",
        "everybody",
        {"ballot": ballot.pk, "by": lead.pk},
    )
    again = VoteRequest(lead.pk, ballot.pk, {yes.pk: 1}, "another key")
    assert [a.code for a in cast_votes([again])] == ["ballot.not_open"]


@pytest.mark.parametrize(
    ("state", "reason", "code"),
    [
        ("draft", "x", "ballot.not_open"),
        ("annulled", "x", "ballot.not_open"),
        ("open", "", "ballot.reason"),
        ("closed", "", "ballot.reason"),
    ],
)
def test_annul_ballot_refused(lead: Participation, state: str, reason: str, code: str):
    ballot = draft_ballot(moderator=lead, title="a")
    if state != "draft":
        open_ballot(moderator=lead, ballot_pk=ballot.pk)
    if state == "closed":
        close_ballot(moderator=lead, ballot_pk=ballot.pk)
    if state == "annulled":
        annul_ballot(moderator=lead, ballot_pk=ballot.pk, reason="x")

    refused = refusal_of(
        annul_ballot, moderator=lead, ballot_pk=ballot.pk, reason=reason
    )

    ballot.refresh_from_db()
    assert (refused, ballot.state) == (code, state)


@pytest.mark.parametrize("verb", [close_ballot, annul_ballot])
def test_ballot_verbs_during_pause(lead: Participation, verb: Any):
    ballot = opened(lead)
    Dialogue.objects.filter(pk=lead.dialogue_id).update(state="paused")
    facts = {"reason": "x"} if verb is annul_ballot else {}

    assert verb(moderator=lead, ballot_pk=ballot.pk, **facts).state != "open"
