"""Pages on which a counted ballot is checked: rules, files, receipts."""

from typing import Any
from urllib.parse import quote

import rules
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.second_factor import is_satisfied
from dialogue.models import Dialogue, Participation
from dialogue.queries import find_dialogue, forbidden, participation_of
from projects.queries import access_result
from proposals.exporting import (
    Download,
    ballot_file,
    download,
    filed_ballot,
    files_of,
)
from proposals.formats.own import BallotFile
from proposals.method_card import card
from proposals.models import Ballot
from proposals.queries import access_ballot
from proposals.receipts import counted_receipts, plain_receipt, vote_of
from proposals.recount import single_file

_LONGEST = 40


# --- in the room ----------------------------------------------------------------
def _access(
    request: HttpRequest, code: str, pk: int
) -> tuple[Dialogue, Participation | None, Ballot]:
    """A counted ballot for those in the room, once published; before, for the desk."""
    dialogue = find_dialogue(code)
    participation = participation_of(request.user, dialogue)
    plans = rules.has_perm("dialogue.plan_dialogue", request.user, dialogue)
    if not plans and not rules.has_perm("dialogue.enter_room", participation, dialogue):
        raise forbidden()
    ballot = access_ballot(dialogue, pk)
    if ballot.state != Ballot.State.CLOSED:
        raise forbidden()
    is_official = plans or rules.has_perm(
        "dialogue.enter_desk", participation, dialogue
    )
    if ballot.published_at is None and not (
        is_official and is_satisfied(request.user, request.session)
    ):
        raise forbidden()
    return dialogue, participation, ballot


@require_safe
def ballot(request: HttpRequest, code: str, ballot_pk: int) -> HttpResponse:
    """What was counted and how, the files, and the receipts that were counted."""
    dialogue, participation, row = _access(request, code, ballot_pk)
    return _ballot_page(request, dialogue, participation, row)


@require_POST
def receipt(request: HttpRequest, code: str, ballot_pk: int) -> HttpResponse:
    """Whether a receipt was counted. By POST: an address is kept in logs."""
    dialogue, participation, row = _access(request, code, ballot_pk)
    typed = request.POST.get("receipt", "")[:_LONGEST]
    plain = plain_receipt(typed)
    asked = {
        "typed": typed,
        "error": None if plain else _("A receipt has ten signs: please check it."),
        "is_counted": bool(plain) and plain in counted_receipts(row),
        "vote": vote_of(row, receipt=plain),
    }
    return _ballot_page(
        request, dialogue, participation, row, asked, status=200 if plain else 400
    )


def _ballot_page(
    request: HttpRequest,
    dialogue: Dialogue,
    participation: Participation | None,
    row: Ballot,
    asked: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    file = ballot_file(row)
    return render(
        request,
        "proposals/recount.html",
        {
            "dialogue": dialogue,
            "back": (
                reverse("live:room", args=[dialogue.code]) if participation else None
            ),
            "ballot": row,
            "asked": asked,
            "receipts": counted_receipts(row),
            "own": vote_of(row, participation=participation),
            **_shared(
                file,
                {
                    what: reverse("recount:ballot_file", args=[code, row.pk, what])
                    for code in [dialogue.code]
                    for what in files_of(file.method)
                },
            ),
        },
        status=status,
    )


@require_safe
def ballot_download(
    request: HttpRequest, code: str, ballot_pk: int, what: str
) -> HttpResponse:
    """One file of a counted ballot."""
    row = _access(request, code, ballot_pk)[2]
    return _sent(download(ballot_file(row), what))


# --- of a filed result ----------------------------------------------------------
@require_safe
def filed(
    request: HttpRequest, slug: str, digest: str, ballot_number: int
) -> HttpResponse:
    """The same for everybody, from the result as it was filed."""
    record = access_result(request.user, slug, digest)
    file = filed_ballot(record, ballot_number)
    places = [slug, digest, ballot_number]
    return render(
        request,
        "proposals/recount.html",
        {
            "back": record.get_absolute_url(),
            "record": record,
            **_shared(
                file,
                {
                    what: reverse("recount:filed_file", args=[*places, what])
                    for what in files_of(file.method)
                },
            ),
        },
    )


@require_safe
def filed_download(
    request: HttpRequest, slug: str, digest: str, ballot_number: int, what: str
) -> HttpResponse:
    """One file of a ballot in a filed result."""
    record = access_result(request.user, slug, digest)
    return _sent(download(filed_ballot(record, ballot_number), what))


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The page that counts again, without a ballot in it."""
    content = single_file().encode()
    return _sent(Download(content, "text/html; charset=utf-8", "recount.html"))


def _shared(file: BallotFile, links: dict[str, str]) -> dict[str, Any]:
    return {"file": file, "card": card(file), "links": links}


def _sent(found: Download) -> HttpResponse:
    """Always as a download: the page's script must not run in our name."""
    return HttpResponse(
        found.content,
        content_type=found.kind,
        headers={
            "Content-Disposition": f'attachment; filename="{quote(found.name)}"',
            "X-Content-Type-Options": "nosniff",
        },
    )
