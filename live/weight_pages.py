"""The page on which votes are weighted: everybody in the dialogue, page by page."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from accounts.second_factor import second_factor_required
from dialogue.models import Participation
from dialogue.queries import require
from live.ballot_pages import desk_page
from live.entering import enter
from projects.forms import TidyTexts, seen_field
from proposals.weights import (
    HEAVIEST,
    LONGEST_REASON,
    read_weights,
    set_weights,
    weighable,
    written_weights,
)
from shared.errors import Refusal

PER_PAGE = 50
_FIELD = "weight_"


class WeightsForm(TidyTexts, forms.Form):
    """A number for everybody on this page, and one reason."""

    reason = forms.CharField(
        label=gettext_lazy("Why these weights?"),
        help_text=gettext_lazy(
            "Everybody reads it at once as an announcement. Say by which rule the "
            "weights are given."
        ),
        max_length=LONGEST_REASON,
        widget=forms.Textarea({"rows": 3}),
    )

    def __init__(
        self, *args: Any, people: Sequence[Participation], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        for who in people:
            self.fields[f"{_FIELD}{who.pk}"] = forms.IntegerField(
                label=who.display_name,
                min_value=0,
                max_value=HEAVIEST,
                initial=who.vote_weight,
            )
        self.fields["seen"] = seen_field()
        self.initial["seen"] = written_weights(people)
        self.order_fields([name for name in self.fields if name != "reason"])

    def weights(self) -> dict[int, int]:
        """What was filled in, by participation."""
        return {
            int(name.removeprefix(_FIELD)): number
            for name, number in self.cleaned_data.items()
            if name.startswith(_FIELD)
        }


@require_http_methods(["GET", "POST"])
@second_factor_required
def weights(request: HttpRequest, code: str) -> HttpResponse:
    """How often each person's vote counts where a ballot uses weights."""
    who, heads = enter(request.user, code, "dialogue.enter_desk")
    require("proposals.set_weights", who, who.dialogue)
    words = request.GET.get("q", "").strip()[:100]
    rows = weighable(who.dialogue).order_by("display_name", "pk")
    if words:
        rows = rows.filter(display_name__icontains=words)
    if request.method == "POST":
        # Those who were on the page that was sent: others may have come meanwhile.
        sent = [name.removeprefix(_FIELD) for name in request.POST]
        rows = rows.filter(
            pk__in=[int(pk) for pk in sent if pk.isascii() and pk.isdecimal()][
                :PER_PAGE
            ]
        )
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    form = WeightsForm(request.POST or None, people=list(page.object_list))
    if request.method == "POST" and form.is_valid():
        try:
            changed = set_weights(
                moderator=who,
                weights=form.weights(),
                reason=form.cleaned_data["reason"],
                seen=None if form.was_seen is None else read_weights(form.was_seen),
            )
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(
                request,
                ngettext(
                    "%(number)d weight is changed.",
                    "%(number)d weights are changed.",
                    changed,
                )
                % {"number": changed},
            )
            return redirect(request.get_full_path())
    return desk_page(
        request,
        who,
        heads,
        "live/weights.html",
        status=422 if form.errors else 200,
        form=form,
        words=words,
        page_obj=page,
        heaviest=HEAVIEST,
    )
