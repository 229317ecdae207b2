"""Forms of the register: what a session, a certificate or its end needs."""

from django import forms
from django.utils.translation import gettext_lazy as _

from qualification.actions import LONGEST_TEXT
from shared.errors import Refusal


class ShowsRefusals(forms.Form):
    """A form that can show what a verb refused, at the field it names."""

    def refuse(self, refusal: Refusal) -> None:
        field = refusal.field if refusal.field in self.fields else None
        self.add_error(field, str(refusal.message))


class DayInput(forms.DateInput):
    """A day, picked with the browser's own means; typed as 2027-03-31 elsewhere."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class SessionForm(ShowsRefusals):
    prefix = "session"

    email = forms.EmailField(
        label=_("E-mail of the account"),
        help_text=_("Of the person who led the dialogue."),
    )
    dialogue_title = forms.CharField(label=_("Which dialogue"), max_length=140)
    held_on = forms.DateField(label=_("On which day"), widget=DayInput())
    note = forms.CharField(
        label=_("What went well, and what to work on"),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("The person reads it."),
    )


class GrantForm(ShowsRefusals):
    prefix = "grant"

    email = forms.EmailField(label=_("E-mail of the account"))
    reason = forms.CharField(
        label=_("Reason"),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("For example: trained elsewhere, where and when. It is kept."),
    )


class RevokeForm(ShowsRefusals):
    prefix = "revoke"

    reason = forms.CharField(
        label=_("Reason"),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("The person reads it. It is kept."),
    )
