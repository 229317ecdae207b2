"""Pages on which staff write the agenda and add materials."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from dialogue.models import AgendaItem, Dialogue
from dialogue.planning import (
    add_material,
    apply_running_order,
    delete_item,
    move_item,
    remove_material,
    save_item,
)
from dialogue.planning_forms import ItemForm, KindForm, MaterialForm
from dialogue.planning_queries import (
    TYPICAL,
    access_planned_item,
    access_planning,
    plan_of,
)
from dialogue.queries import forbidden
from dialogue.running_orders import ALLOWED_BY_KIND
from dialogue.running_orders_long import RUNNING_ORDERS
from dialogue.uploads import material_response
from shared.errors import Refusal


def _is_online(dialogue: Dialogue) -> bool:
    return dialogue.mode == Dialogue.Mode.ONLINE


@login_required
def agenda(request: HttpRequest, code: str) -> HttpResponse:
    """The run sheet in the making: items, times, sums, and how to change them."""
    dialogue = access_planning(request.user, code)
    orders = [
        order
        for order in RUNNING_ORDERS.values()
        if order.is_online == _is_online(dialogue)
    ]
    return render(
        request,
        "dialogue/planning_agenda.html",
        {
            "dialogue": dialogue,
            "plan": plan_of(dialogue),
            "is_online": _is_online(dialogue),
            "typical": TYPICAL,
            "orders": orders,
            "kind_form": KindForm(),
        },
    )


@require_POST
@login_required
def fill(request: HttpRequest, code: str) -> HttpResponse:
    """Put a running order into the empty agenda."""
    dialogue = access_planning(request.user, code)
    order = RUNNING_ORDERS.get(request.POST.get("order", ""))
    if order is None:
        raise forbidden()
    try:
        apply_running_order(dialogue=dialogue, order=order)
        messages.success(request, _("The agenda is filled. Change what you like."))
    except Refusal as refusal:
        messages.error(request, str(refusal.message))
    return redirect("planning:agenda", dialogue.code)


@login_required
def item_new(request: HttpRequest, code: str) -> HttpResponse:
    """Add an item; `?kind=` brings what a kind usually allows."""
    dialogue = access_planning(request.user, code)
    kind = request.GET.get("kind", AgendaItem.Kind.INPUT)
    form = ItemForm(
        request.POST or None,
        is_online=_is_online(dialogue),
        initial={
            "kind": kind,
            "minutes": 10,
            "allowed": sorted(ALLOWED_BY_KIND.get(kind, frozenset())),
        },
    )
    if request.method == "POST" and form.is_valid():
        try:
            save_item(dialogue=dialogue, facts=form.facts())
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("The agenda item is added."))
            return redirect("planning:agenda", dialogue.code)
    return _item_page(request, dialogue, None, form, None)


@login_required
def item_edit(request: HttpRequest, code: str, item_pk: int) -> HttpResponse:
    item = access_planned_item(request.user, code, item_pk)
    dialogue = item.dialogue
    form = ItemForm(request.POST or None, instance=item, is_online=_is_online(dialogue))
    if request.method == "POST" and form.is_valid():
        try:
            save_item(dialogue=dialogue, item_pk=item.pk, facts=form.facts())
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("Saved."))
            return redirect("planning:agenda", dialogue.code)
    # Checking the form has written into `item`: the page shows what is stored.
    stored = access_planned_item(request.user, code, item_pk)
    return _item_page(request, dialogue, stored, form, MaterialForm())


def _item_page(
    request: HttpRequest,
    dialogue: Dialogue,
    item: AgendaItem | None,
    form: ItemForm,
    material_form: MaterialForm | None,
) -> HttpResponse:
    faulty = form.errors or (material_form and material_form.errors)
    return render(
        request,
        "dialogue/planning_item.html",
        {
            "dialogue": dialogue,
            "item": item,
            "materials": item.materials.all() if item else [],
            "form": form,
            "material_form": material_form,
        },
        status=400 if faulty else 200,
    )


@require_POST
@login_required
def item_move(request: HttpRequest, code: str, item_pk: int) -> HttpResponse:
    """One place up or down."""
    dialogue = access_planning(request.user, code)
    step = {"up": -1, "down": 1}.get(request.POST.get("direction", ""))
    if step is None:
        raise forbidden()
    try:
        move_item(dialogue=dialogue, item_pk=item_pk, step=step)
    except Refusal as refusal:
        messages.error(request, str(refusal.message))
    return redirect("planning:agenda", dialogue.code)


@login_required
def item_delete(request: HttpRequest, code: str, item_pk: int) -> HttpResponse:
    """Ask first, then delete."""
    item = access_planned_item(request.user, code, item_pk)
    dialogue = item.dialogue
    if request.method != "POST":
        return render(
            request,
            "dialogue/planning_item_delete.html",
            {"dialogue": dialogue, "item": item},
        )
    try:
        delete_item(dialogue=dialogue, item_pk=item.pk)
        messages.success(request, _("The agenda item is deleted."))
    except Refusal as refusal:
        messages.error(request, str(refusal.message))
    return redirect("planning:agenda", dialogue.code)


@require_POST
@login_required
def material_add(request: HttpRequest, code: str, item_pk: int) -> HttpResponse:
    item = access_planned_item(request.user, code, item_pk)
    dialogue = item.dialogue
    form = MaterialForm(request.POST, request.FILES)
    if form.is_valid():
        facts = form.cleaned_data
        try:
            add_material(
                dialogue=dialogue,
                item_pk=item.pk,
                title=facts["title"],
                description=facts["description"],
                checked=facts["file"],
                link=facts["link"],
            )
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("The material is added."))
            return redirect("planning:item_edit", dialogue.code, item.pk)
    item_form = ItemForm(instance=item, is_online=_is_online(dialogue))
    return _item_page(request, dialogue, item, item_form, form)


@login_required
def material_file(
    request: HttpRequest, code: str, item_pk: int, material_pk: int
) -> HttpResponseBase:
    """The file, for staff alone; the room has an address of its own."""
    item = access_planned_item(request.user, code, item_pk)
    material = item.materials.filter(pk=material_pk).first()
    if material is None:
        raise forbidden()
    return material_response(material)


@require_POST
@login_required
def material_remove(
    request: HttpRequest, code: str, item_pk: int, material_pk: int
) -> HttpResponse:
    item = access_planned_item(request.user, code, item_pk)
    try:
        remove_material(
            dialogue=item.dialogue, item_pk=item.pk, material_pk=material_pk
        )
        messages.success(request, _("The material is removed."))
    except Refusal as refusal:
        messages.error(request, str(refusal.message))
    return redirect("planning:item_edit", code, item.pk)
