"""The form that takes a ballot's options from a file.

It writes nothing: what was read stands in the form of the ballot, and the moderator
who sends that off has seen it.
"""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from proposals.choices import BUDGETS, folded
from proposals.formats.options import SUFFIXES, read_options
from proposals.formats.votefile import FileUnreadable, Listed, OptionList
from proposals.models import Ballot, Option
from proposals.options import MOST_OPTIONS
from proposals.planning import line_of_option
from proposals.polis import shortened
from shared.texts import clean_line

MEGABYTE = 1024 * 1024
LARGEST = 5 * MEGABYTE
# As many digits as the form's lines may have.
HIGHEST_COST = 10**12 - 1
LONGEST_TITLE = Option._meta.get_field("title").max_length or 0
LONGEST_QUESTION = Ballot._meta.get_field("title").max_length or 0
LONGEST_TEXT = Ballot._meta.get_field("text").max_length or 0


@dataclass(frozen=True)
class Prefilled:
    """What the ballot's form begins with, and what the moderator should know of it."""

    initial: dict[str, Any]
    notes: list[str]


class OptionFileForm(forms.Form):
    """A file with options; `prefilled` is what becomes of it."""

    prefix = "source"

    file = forms.FileField(
        label=gettext_lazy("File with options"),
        widget=forms.FileInput({"accept": ",".join(SUFFIXES)}),
        help_text=gettext_lazy(
            "CSV with a column Title, and Text and Cost if there are any; PrefLib "
            "(.soc, .soi, .toc, .toi); Pabulib (.pb). Up to 5 MB. Costs are in whole "
            "euros. Votes in the file are not taken over: only the options are."
        ),
    )
    # Tells this form from the ballot's on the same page.
    is_sent = forms.BooleanField(
        required=False, initial=True, widget=forms.HiddenInput()
    )

    def __init__(self, *args: Any, method: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.method = method

    def clean_file(self) -> Prefilled:
        upload = self.cleaned_data["file"]
        if upload.size > LARGEST:
            raise forms.ValidationError(_("This file is too large: at most 5 MB."))
        try:
            return prefilled(read_options(upload.name, upload.read()), self.method)
        except FileUnreadable as error:
            raise forms.ValidationError(error.told()) from None

    def prefilled(self) -> Prefilled:
        found: Prefilled = self.cleaned_data["file"]
        return found


def prefilled(listed: OptionList, method: str) -> Prefilled:
    """The options as the form of `method` takes them; FileUnreadable if it cannot."""
    titles = _titles(listed.options)
    has_costs = method in BUDGETS
    costs = [_euros(row.cost, row.line) if has_costs else 0 for row in listed.options]
    initial: dict[str, Any] = {
        "options": "\n".join(map(line_of_option, titles, costs)),
    }
    notes = [
        ngettext(
            "One option was read from the file. Nothing is saved yet: please check it.",
            "%(number)s options were read from the file. Nothing is saved yet: please "
            "check them.",
            len(titles),
        )
        % {"number": len(titles)}
    ]
    if question := clean_line(listed.title):
        initial["title"] = (
            shortened(question, LONGEST_QUESTION)
            if (len(question) > LONGEST_QUESTION)
            else question
        )
    if has_costs and listed.budget:
        initial["budget"] = _euros(listed.budget, 0)
    if not has_costs and any(row.cost for row in listed.options):
        notes.append(
            _("The costs were left out: this method does not divide a budget.")
        )
    texts = [
        f"{title}: {text}"
        for title, row in zip(titles, listed.options, strict=True)
        if (text := clean_line(row.text))
    ]
    if texts:
        fitting = _fitting(texts)
        initial["text"] = "\n".join(fitting)
        notes.append(_("The texts of the options stand in the explanation."))
        if len(fitting) < len(texts):
            notes.append(
                _("It has room for %(fitting)s of %(all)s texts only.")
                % {"fitting": len(fitting), "all": len(texts)}
            )
    return Prefilled(initial, notes)


def _titles(options: tuple[Listed, ...]) -> list[str]:
    """Clean, not too long, each only once."""
    if not options:
        raise FileUnreadable(gettext_lazy("The file has no options."))
    if len(options) > MOST_OPTIONS:
        raise FileUnreadable(
            gettext_lazy("The file has %(number)s options; a ballot has at most 100."),
            number=len(options),
        )
    seen: dict[str, str] = {}
    for row in options:
        title = clean_line(row.title)
        if not title:
            raise FileUnreadable(gettext_lazy("An option has no title."), row.line)
        if len(title) > LONGEST_TITLE:
            raise FileUnreadable(
                gettext_lazy("The title is longer than 200 signs: %(title)s…"),
                row.line,
                title=title[:40],
            )
        if folded(title) in seen:
            raise FileUnreadable(
                gettext_lazy("The option %(title)s stands there twice."),
                row.line,
                title=title,
            )
        seen[folded(title)] = title
    return list(seen.values())


def _euros(amount: Any, line: int) -> int:
    if amount != int(amount):
        raise FileUnreadable(
            gettext_lazy("Please give amounts in whole euros, without cents."), line
        )
    if amount > HIGHEST_COST:
        raise FileUnreadable(gettext_lazy("This amount is too high."), line)
    return int(amount)


def _fitting(texts: list[str]) -> list[str]:
    """As many of them, from the first on, as the explanation has room for."""
    fitting, length = [], 0
    for text in texts:
        # A line break is sent as two signs.
        length += len(text) + 2
        if length > LONGEST_TEXT:
            break
        fitting.append(text)
    return fitting
