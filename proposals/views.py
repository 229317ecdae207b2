"""Pages of staff on contributions: what is held before it is read, and the export."""

import io
import zipfile
from typing import Any

import rules
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.rules import is_administrator
from dialogue.models import AgendaItem, Dialogue
from dialogue.queries import find_dialogue, forbidden, participation_of
from proposals.conversations import conversation_of
from proposals.formats.polis import write_polis
from proposals.forms import RuleForm, WordsForm
from proposals.held import rule_sign, set_holding, set_words, words_sign
from proposals.models import HoldingRule, WordList
from shared.errors import Refusal


def access_holding(person: Any, code: str) -> Dialogue:
    """The dialogue, if `person` plans or leads it; one refusal for all else."""
    dialogue = (
        Dialogue.objects.filter(code=code.upper())
        .select_related("project", "current")
        .first()
    )
    if dialogue is None or not (
        rules.has_perm("dialogue.plan_dialogue", person, dialogue)
        or rules.has_perm(
            "proposals.set_holding", participation_of(person, dialogue), dialogue
        )
    ):
        raise forbidden()
    return dialogue


@login_required
def edit(request: HttpRequest, code: str) -> HttpResponse:
    """The rule of the dialogue, those of agenda items, and the word lists."""
    return _page(request, access_holding(request.user, code))


@require_POST
@login_required
def save_rule(request: HttpRequest, code: str) -> HttpResponse:
    """Of the dialogue, or (`item`) of an agenda item; `none` takes that one away."""
    dialogue = access_holding(request.user, code)
    item = _item(dialogue, request.POST.get("item", ""))
    form = RuleForm(request.POST, prefix=_prefix(item))
    is_removed = item is not None and "none" in request.POST
    if is_removed or form.is_valid():
        try:
            set_holding(
                dialogue=dialogue,
                item_pk=item.pk if item else None,
                facts=None if is_removed else form.facts(),
                by=participation_of(request.user, dialogue),
                seen=form.was_seen,
            )
        except Refusal as refusal:
            form.is_valid()
            form.refuse(refusal)
        else:
            messages.success(request, _("Saved."))
            return redirect("holding:edit", dialogue.code)
    return _page(request, dialogue, {_prefix(item): form})


@require_POST
@login_required
def save_words(request: HttpRequest, code: str) -> HttpResponse:
    """The dialogue's word list; for administrators (`whose=city`) the city's."""
    dialogue = access_holding(request.user, code)
    is_citys = request.POST.get("whose") == "city"
    if is_citys and not is_administrator(request.user):
        raise forbidden()
    prefix = "city" if is_citys else "words"
    form = WordsForm(request.POST, prefix=prefix)
    if form.is_valid():
        try:
            set_words(
                dialogue=None if is_citys else dialogue,
                words=form.cleaned_data["words"],
                by=participation_of(request.user, dialogue),
                seen=form.was_seen,
            )
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("Saved."))
            return redirect("holding:edit", dialogue.code)
    return _page(request, dialogue, {prefix: form})


@require_safe
@login_required
def polis_export(request: HttpRequest, code: str) -> HttpResponse:
    """Statements and stances as a Pol.is export, for the staff who plan the dialogue.

    Rows of people have numbers only, made by `conversations`.
    """
    dialogue = find_dialogue(code)
    if not rules.has_perm("dialogue.plan_dialogue", request.user, dialogue):
        raise forbidden()
    url = request.build_absolute_uri(dialogue.project.get_absolute_url())
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in write_polis(conversation_of(dialogue, url)).items():
            archive.writestr(zipfile.ZipInfo(name), text.encode())
    return HttpResponse(
        out.getvalue(),
        content_type="application/zip",
        headers={
            "Content-Disposition": f'attachment; filename="polis-{dialogue.slug}.zip"'
        },
    )


def _item(dialogue: Dialogue, pk: str) -> AgendaItem | None:
    if not pk:
        return None
    item = dialogue.agenda.filter(pk=pk).first() if pk.isdigit() else None
    if item is None:
        raise forbidden()
    return item


def _prefix(item: AgendaItem | None) -> str:
    return f"item-{item.pk}" if item else "rule"


def _page(
    request: HttpRequest, dialogue: Dialogue, faulty: dict[str, Any] | None = None
) -> HttpResponse:
    """All forms; `faulty` ones as they were sent."""
    sent = faulty or {}
    rows = {
        rule.item_id: rule for rule in HoldingRule.objects.filter(dialogue=dialogue)
    }
    lists = {row.dialogue_id: row for row in WordList.objects.all()}

    def rule_form(item: AgendaItem | None) -> Any:
        prefix = _prefix(item)
        found = rows.get(item.pk if item else None)
        return sent.get(prefix) or RuleForm(
            instance=found, prefix=prefix, initial={"seen": rule_sign(found)}
        )

    def words_form(prefix: str, owner: int | None) -> Any:
        found = lists.get(owner)
        initial = {"words": found.words if found else "", "seen": words_sign(found)}
        return sent.get(prefix) or WordsForm(prefix=prefix, initial=initial)

    is_admin = is_administrator(request.user)
    return render(
        request,
        "proposals/holding.html",
        {
            "dialogue": dialogue,
            "shell": (
                "dialogue/planning_shell.html"
                if rules.has_perm("dialogue.plan_dialogue", request.user, dialogue)
                else "proposals/desk_shell.html"
            ),
            "form": rule_form(None),
            "items": [
                {"item": item, "form": rule_form(item), "has_rule": item.pk in rows}
                for item in dialogue.agenda.all()
            ],
            "words_form": words_form("words", dialogue.pk),
            "city_form": words_form("city", None) if is_admin else None,
            "city_words": lists[None].words.split("\n") if None in lists else [],
        },
        status=400 if sent else 200,
    )
