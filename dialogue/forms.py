"""Forms of the door."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.names import LONGEST_NAME


class JoinForm(forms.Form):
    """Name and consents. What they must be is said by `dialogue.joining.join`."""

    name = forms.CharField(
        label=_("Your name in this dialogue"),
        help_text=_("All will see it. It need not be your real name."),
        error_messages={
            "required": _("Please enter a name. It need not be your real one.")
        },
        strip=False,
        # Longer input is cleaned and refused by the rule, not cut by the browser.
        max_length=LONGEST_NAME * 4,
        widget=forms.TextInput(attrs={"autocomplete": "nickname"}),
    )
    suggestion = forms.CharField(
        required=False, max_length=LONGEST_NAME, widget=forms.HiddenInput
    )
    rules_accepted = forms.BooleanField(
        label=_("I have read the ground rules and will keep to them."), required=False
    )
    privacy_accepted = forms.BooleanField(
        label=_("I have read the privacy notice and agree."), required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.data.get("suggestion"):
            self.fields["name"].required = False

    @property
    def wish(self) -> str:
        """The chosen suggestion, else the name as typed (also after an error)."""
        return self.data.get("suggestion") or self.data.get("name", "")


class HelpForm(forms.Form):
    """A call for the technical host."""

    prefix = "help"

    name = forms.CharField(
        label=_("Your name"),
        required=False,
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "nickname"}),
    )
    text = forms.CharField(
        label=_("What does not work?"),
        max_length=600,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
