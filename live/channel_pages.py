"""Pages of mixed mode: tickets, their print, and counting by hand."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from accounts.second_factor import second_factor_required
from dialogue.models import Participation
from dialogue.queries import require
from live.ballot_pages import desk_page
from live.entering import enter
from projects.forms import TidyTexts
from proposals.channels import (
    MOST_TICKETS,
    agreed,
    check_in,
    count_by_hand,
    issue_tickets,
    sheets_of,
    tick_off,
    ticked_off,
    use_ticket,
)
from proposals.methods import METHODS
from proposals.models import Ballot, Channel, HandCount, Ticket, TicketRollEntry
from proposals.paper import line_of, read_sheets
from proposals.queries import access_ballot
from proposals.results import option_label
from proposals.terms import terms_of
from shared.errors import Refusal


class IssueForm(TidyTexts, forms.Form):
    number = forms.IntegerField(
        label=gettext_lazy("How many tickets"), min_value=1, max_value=MOST_TICKETS
    )
    channel = forms.ChoiceField(
        label=gettext_lazy("For people"),
        choices=Channel.choices,
        widget=forms.RadioSelect,
        initial=Channel.HALL,
    )


class CodeForm(TidyTexts, forms.Form):
    code = forms.CharField(
        label=gettext_lazy("Code or number of the ticket"),
        max_length=12,
        widget=forms.TextInput({"autocomplete": "off", "autocapitalize": "characters"}),
    )


class OwnCodeForm(CodeForm):
    """The number is printed large, and might be somebody else's."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = _("Code of your ticket")


class CountForm(TidyTexts, forms.Form):
    """Hands by option, or sheets of paper line by line."""

    channel = forms.ChoiceField(
        label=gettext_lazy("Who voted so"),
        choices=Channel.choices,
        widget=forms.RadioSelect,
        initial=Channel.HALL,
    )

    def __init__(self, *args: Any, ballot: Ballot, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ballot = ballot
        self.rows = list(ballot.options.select_related("proposal", "question"))
        self.terms = terms_of(ballot, self.rows)
        if self.counts_hands:
            for row in self.rows:
                self.fields[f"hands_{row.pk}"] = forms.IntegerField(
                    label=option_label(ballot, row),
                    min_value=0,
                    max_value=9999,
                    initial=0,
                )
        else:
            self.fields["sheets"] = forms.CharField(
                label=gettext_lazy("Sheets, one a line"),
                help_text=self.hint,
                required=False,
                max_length=60_000,
                widget=forms.Textarea({"rows": 10, "spellcheck": "false"}),
            )

    @property
    def counts_hands(self) -> bool:
        """Whether a number for each option says all."""
        return bool(METHODS[self.ballot.method].FORM == "one")

    @property
    def numbered(self) -> list[tuple[int, str]]:
        """What stands on a sheet, as a sheet numbers it; "e" is for an abstention."""
        labels = {row.pk: option_label(self.ballot, row) for row in self.rows}
        return [(n, labels[pk]) for n, pk in enumerate(self.terms.options, 1)]

    @property
    def hint(self) -> str:
        if METHODS[self.ballot.method].FORM == "some":
            return _(
                "The numbers of the options chosen: 1,3 · five sheets alike: 5 x 1,3 "
                "· an abstention: e · no sheet at all: leave it empty"
            )
        return _(
            "A value for every option, in their order: 2,1,3 · none: - · five sheets "
            "alike: 5 x 2,1,3 · an abstention: e · no sheet at all: leave it empty"
        )

    def as_entered(self, count: HandCount) -> list[str]:
        """A count in the words in which it is entered."""
        sheets = sorted(sheets_of(count).items())
        if not self.counts_hands:
            return [
                line_of(dict(marks), copies, self.ballot.method, self.terms)
                for marks, copies in sheets
            ]
        hands = {marks[0][0]: copies for marks, copies in sheets}
        return [
            f"{option_label(self.ballot, row)}: {hands.get(row.pk, 0)}"
            for row in self.rows
        ]

    def counted(self) -> Any:
        """What was entered, as the verb takes it."""
        if not self.counts_hands:
            return read_sheets(
                self.cleaned_data["sheets"], self.ballot.method, self.terms
            )
        return [
            ({row.pk: 1}, self.cleaned_data[f"hands_{row.pk}"]) for row in self.rows
        ]


@require_http_methods(["GET", "POST"])
def ticket(request: HttpRequest, code: str) -> HttpResponse:
    """Where somebody with a hall ticket begins to vote online."""
    who, heads = enter(request.user, code)
    form = OwnCodeForm(request.POST or None, initial={"code": request.GET.get("code")})
    if request.method == "POST" and form.is_valid():
        try:
            use_ticket(participation=who, code=form.cleaned_data["code"])
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("From the next ballot on, you vote here."))
            return redirect("live:room", code=who.dialogue.code)
    return desk_page(
        request,
        who,
        heads,
        "live/ticket.html",
        status=422 if form.errors else 200,
        screen="room",
        form=form,
        own=Ticket.objects.filter(participation=who).first(),
    )


@require_http_methods(["GET", "POST"])
@second_factor_required
def tickets(request: HttpRequest, code: str) -> HttpResponse:
    """Make tickets, and check in whoever comes."""
    who, heads = enter(request.user, code, "dialogue.enter_desk")
    require("proposals.check_in", who, who.dialogue)
    asked = request.POST.get("verb", "")
    issuing = IssueForm(request.POST if asked == "issue" else None)
    arriving = CodeForm(request.POST if asked == "check_in" else None)
    form = {"issue": issuing, "check_in": arriving}.get(asked)
    if form is not None and form.is_valid():
        try:
            if form is issuing:
                made = issue_tickets(moderator=who, **issuing.cleaned_data)
                messages.success(
                    request, _("%(number)d tickets are made.") % {"number": len(made)}
                )
            else:
                ticket = check_in(moderator=who, code=arriving.cleaned_data["code"])
                messages.success(
                    request,
                    _("Ticket %(number)d is checked in.") % {"number": ticket.number},
                )
            return redirect("live:tickets", code=who.dialogue.code)
        except Refusal as refusal:
            form.refuse(refusal)
    rows = Ticket.objects.filter(dialogue=who.dialogue)
    return desk_page(
        request,
        who,
        heads,
        "live/tickets.html",
        status=422 if form is not None else 200,
        issuing=issuing,
        arriving=arriving,
        made=rows.count(),
        here=rows.exclude(checked_in_at=None).count(),
        online=rows.exclude(participation=None).count(),
        may_issue=who.role == Participation.Role.LEAD_MODERATOR,
    )


@require_GET
@second_factor_required
def tickets_print(request: HttpRequest, code: str) -> HttpResponse:
    """All tickets to print and cut."""
    who, heads = enter(request.user, code, "dialogue.enter_desk")
    require("proposals.issue_tickets", who, who.dialogue)
    rows = Ticket.objects.filter(dialogue=who.dialogue)
    address = request.build_absolute_uri(
        reverse("live:ticket", args=[who.dialogue.code])
    )
    return desk_page(
        request, who, heads, "live/tickets_print.html", tickets=rows, address=address
    )


@require_http_methods(["GET", "POST"])
@second_factor_required
def hand_count(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """One's own count of a ballot, and whether another has counted the same."""
    who, heads = enter(request.user, code, "dialogue.enter_desk")
    require("proposals.count_by_hand", who, who.dialogue)
    ballot = access_ballot(who.dialogue, pk)
    asked = request.POST.get("verb", "")
    form = CountForm(request.POST if asked == "count" else None, ballot=ballot)
    ticking = CodeForm(request.POST if asked == "tick" else None)
    shown = {"count": form, "tick": ticking}.get(asked)
    if shown is not None and shown.is_valid():
        try:
            if shown is form:
                count_by_hand(
                    moderator=who,
                    ballot_pk=pk,
                    channel=form.cleaned_data["channel"],
                    sheets=form.counted(),
                )
                messages.success(request, _("Your count is kept."))
            else:
                row = tick_off(
                    moderator=who, ballot_pk=pk, code=ticking.cleaned_data["code"]
                )
                messages.success(
                    request,
                    _("Ticket %(number)d may drop its sheet now.")
                    % {"number": row.ticket.number},
                )
            return redirect("live:hand_count", code=who.dialogue.code, pk=pk)
        except Refusal as refusal:
            shown.refuse(refusal)
    roll = TicketRollEntry.objects.filter(ballot=ballot)
    return desk_page(
        request,
        who,
        heads,
        "live/hand_count.html",
        status=422 if shown is not None else 200,
        form=form,
        ticking=ticking,
        ballot=ballot,
        options=form.numbered,
        roll=roll.count(),
        ticked=roll.filter(has_voted=True).count(),
        channels=_channels(ballot, who, form),
    )


def _channels(
    ballot: Ballot, who: Participation, form: CountForm
) -> list[dict[str, Any]]:
    """Per channel: who has counted, whether two agree, and what one counted oneself.
    Never what another counted: the second shall count for themselves."""
    rows, ticked = [], ticked_off(ballot)
    for channel in Channel:
        counts = HandCount.objects.filter(ballot=ballot, channel=channel)
        counts = counts.select_related("counted_by")
        people = [row.counted_by for row in counts]
        own = next((row for row in counts if row.counted_by == who), None)
        if people:
            rows.append(
                {
                    "label": channel.label,
                    "people": people,
                    "own": form.as_entered(own) if own else [],
                    "is_mine": own is not None,
                    "holds": agreed(ballot, channel) is not None,
                    "is_late": any(row.ticked < ticked[channel] for row in counts),
                }
            )
    return rows
