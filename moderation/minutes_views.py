"""Pages of the minutes: the draft for those who took part, the frozen for all."""

import json
from typing import Any

import rules
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import formats, timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.second_factor import is_satisfied, second_factor_required
from dialogue.models import Dialogue, FrozenMinutes, Participation
from dialogue.queries import access_participation, find_dialogue, forbidden
from dialogue.queries import participation_of as entered
from moderation import minutes as verbs
from moderation.minutes import State, ends_at, frozen_minutes
from moderation.minutes_freezing import freeze_minutes
from moderation.minutes_pdf import minutes_pdf
from moderation.minutes_reading import read_draft, read_frozen, text_file
from moderation.minutes_sheet import Facts
from moderation.minutes_words import document
from projects.queries import access_result
from shared import clock


# --- what is shown ------------------------------------------------------------
def _access(request: HttpRequest, code: str) -> tuple[Dialogue, Participation | None]:
    """The dialogue, for those who took part in it, lead it or plan it."""
    dialogue = find_dialogue(code)
    participation = entered(request.user, dialogue)
    if rules.has_perm("dialogue.read_minutes", participation, dialogue):
        return dialogue, participation
    if rules.has_perm("dialogue.plan_dialogue", request.user, dialogue):
        return dialogue, None
    raise forbidden()


def _access_frozen(request: HttpRequest, slug: str, digest: str) -> FrozenMinutes:
    """The minutes beside a result that the person may see."""
    record = access_result(request.user, slug, digest)
    minutes = FrozenMinutes.objects.filter(result=record).first()
    if minutes is None:
        raise forbidden()
    return minutes


def _lead(facts: Facts, dialogue: Dialogue, frozen: FrozenMinutes | None) -> list[str]:
    """What stands above everything: when it was, and what these minutes are."""
    began, ended = facts["opened_at"], facts["closed_at"]
    lines = [
        f"{_moment(began)} – {_moment(ended)}, {facts['mode']}"
        if began
        else f"{_moment(ended)}, {facts['mode']}",
        _("Result: %(digest)s") % {"digest": facts["result"].digest},
    ]
    if frozen:
        lines.append(
            _("Frozen on %(moment)s. Fingerprint (SHA-256): %(digest)s")
            % {"moment": _moment(frozen.frozen_at), "digest": frozen.digest}
        )
    else:
        end = ends_at(dialogue)
        lines.append(
            _("Draft. Those who took part can ask for corrections until %(moment)s.")
            % {"moment": _moment(end) if end else "–"}
        )
    return lines


def _moment(moment: Any) -> str:
    return formats.date_format(timezone.localtime(moment), "DATETIME_FORMAT")


def _read(dialogue: Dialogue, frozen: FrozenMinutes | None) -> Facts | None:
    return read_frozen(frozen) if frozen else read_draft(dialogue)


@require_safe
def minutes(request: HttpRequest, code: str) -> HttpResponse:
    """The draft with what this person may do about it; later the frozen minutes."""
    dialogue, participation = _access(request, code)
    frozen = frozen_minutes(dialogue)
    facts = _read(dialogue, frozen)
    satisfied = is_satisfied(request.user, request.session)
    can = {
        name: rules.has_perm(f"dialogue.{name}", participation, dialogue)
        and frozen is None
        and (name == "ask_correction" or satisfied)
        for name in (
            "remark_minutes",
            "ask_correction",
            "answer_correction",
            "freeze_minutes",
        )
    }
    end = ends_at(dialogue)
    can["ask_correction"] &= end is not None and clock.now() <= end
    corrections = dialogue.corrections.select_related("item", "asked_by")
    return render(
        request,
        "minutes/minutes.html",
        {
            "dialogue": dialogue,
            "participation": participation,
            "frozen": frozen,
            "facts": facts,
            "blocks": document(facts) if facts else [],
            "lead": _lead(facts, dialogue, frozen) if facts else [],
            "can": can,
            "items": dialogue.agenda.order_by("position", "pk"),
            "ends_at": end,
            "remarks": dialogue.remarks.select_related("item", "written_by")
            if can["remark_minutes"]
            else [],
            "open": corrections.filter(state=State.OPEN)
            if can["answer_correction"]
            else [],
            "own": corrections.filter(asked_by=participation) if participation else [],
            "states": [choice for choice in State.choices if choice[0] != State.OPEN],
        },
    )


@require_safe
def minutes_file(request: HttpRequest, code: str) -> HttpResponse:
    """The same as PDF."""
    dialogue, __ = _access(request, code)
    return _pdf(dialogue, frozen_minutes(dialogue))


@require_safe
def public(request: HttpRequest, slug: str, digest: str) -> HttpResponse:
    """The frozen minutes, for everybody who may see the result."""
    frozen = _access_frozen(request, slug, digest)
    facts = read_frozen(frozen)
    return render(
        request,
        "minutes/minutes.html",
        {
            "dialogue": frozen.dialogue,
            "frozen": frozen,
            "facts": facts,
            "blocks": document(facts),
            "lead": _lead(facts, frozen.dialogue, frozen),
        },
    )


@require_safe
def public_file(request: HttpRequest, slug: str, digest: str) -> HttpResponse:
    frozen = _access_frozen(request, slug, digest)
    return _pdf(frozen.dialogue, frozen)


@require_safe
def public_json(request: HttpRequest, slug: str, digest: str) -> HttpResponse:
    """Exactly the canonical bytes: `sha256sum` of the file is the digest."""
    frozen = _access_frozen(request, slug, digest)
    return _download(
        frozen.canonical.encode(),
        "application/json",
        f"minutes-{frozen.digest[:12]}.json",
    )


@require_safe
def public_texts(request: HttpRequest, slug: str, digest: str) -> HttpResponse:
    """Texts and salts of the minutes; what was erased is empty."""
    frozen = _access_frozen(request, slug, digest)
    words = json.dumps(text_file(frozen), ensure_ascii=False, indent=2) + "\n"
    return _download(
        words.encode(), "application/json", f"minutes-texts-{frozen.digest[:12]}.json"
    )


def _pdf(dialogue: Dialogue, frozen: FrozenMinutes | None) -> HttpResponse:
    facts = _read(dialogue, frozen)
    if facts is None:
        raise forbidden()
    made = minutes_pdf(
        title=_("Minutes: %(title)s") % {"title": facts["title"]},
        lead=_lead(facts, dialogue, frozen),
        blocks=document(facts),
        language=(translation.get_language() or "de")[:2],
    )
    name = f"minutes-{frozen.digest[:12]}.pdf" if frozen else "minutes-draft.pdf"
    return _download(made, "application/pdf", name)


def _download(content: bytes, kind: str, name: str) -> HttpResponse:
    return HttpResponse(
        content,
        content_type=kind,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


# --- what is done ---------------------------------------------------------------
def _entered(request: HttpRequest, code: str, right: str) -> Participation:
    return access_participation(request.user, find_dialogue(code), right)


def _number(request: HttpRequest, name: str) -> int | None:
    """An agenda item's number; nothing for the dialogue as a whole."""
    text = request.POST.get(name, "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise forbidden()
    return int(text)


def _back(request: HttpRequest, code: str, message: str) -> HttpResponse:
    messages.success(request, message)
    return redirect("minutes:minutes", code)


@require_POST
def correction_ask(request: HttpRequest, code: str) -> HttpResponse:
    verbs.ask_correction(
        participation=_entered(request, code, "dialogue.enter_room"),
        text=request.POST.get("text", ""),
        item_pk=_number(request, "item"),
    )
    return _back(
        request, code, _("Sent. You will get a message when it has been answered.")
    )


@require_POST
@second_factor_required
def remark_add(request: HttpRequest, code: str) -> HttpResponse:
    verbs.add_remark(
        moderator=_entered(request, code, "dialogue.enter_desk"),
        text=request.POST.get("text", ""),
        item_pk=_number(request, "item"),
    )
    return _back(request, code, _("The remark stands in the minutes."))


@require_POST
@second_factor_required
def remark_remove(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    verbs.remove_remark(
        moderator=_entered(request, code, "dialogue.enter_desk"), remark_pk=pk
    )
    return _back(request, code, _("The remark is removed."))


@require_POST
@second_factor_required
def correction_answer(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    verbs.answer_correction(
        moderator=_entered(request, code, "dialogue.enter_desk"),
        request_pk=pk,
        state=request.POST.get("state", ""),
        reason=request.POST.get("reason", ""),
    )
    return _back(request, code, _("Answered. The person has been told."))


@require_POST
@second_factor_required
def freeze(request: HttpRequest, code: str) -> HttpResponse:
    freeze_minutes(moderator=_entered(request, code, "dialogue.enter_desk"))
    return _back(request, code, _("The minutes are frozen."))
