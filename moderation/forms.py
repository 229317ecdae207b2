"""Forms of due process. What they must say is said by the verbs."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from moderation.models import Decision, Rule, Ruling


class ReportForm(forms.Form):
    """Which rule, why and where; name and address only if one wants to give them."""

    rule = forms.ChoiceField(
        label=_("Which rule was broken, in your opinion?"),
        choices=[("", "–"), *Rule.choices],
    )
    explanation = forms.CharField(
        label=_("Why? Please explain in a few words."),
        max_length=1200,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    place = forms.CharField(
        label=_("Which passage do you mean?"),
        required=False,
        max_length=200,
    )
    name = forms.CharField(
        label=_("Your name"),
        required=False,
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    email = forms.EmailField(
        label=_("Your e-mail address"),
        help_text=_("We write to it what became of your report, and nothing else."),
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    def __init__(self, *args: Any, knows_address: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if knows_address:
            # Whoever has an account is told there.
            del self.fields["name"], self.fields["email"]


class AnswerForm(forms.Form):
    """An answer to reports after the end of a dialogue."""

    action = forms.ChoiceField(
        label=_("Your decision"),
        choices=[
            (Decision.Action.APPROVE, _("It stays visible")),
            (Decision.Action.HIDE, _("It is hidden")),
        ],
        widget=forms.RadioSelect,
    )
    rule = forms.ChoiceField(
        label=_("Which rule was broken?"),
        help_text=_("Only needed if it is hidden."),
        choices=[("", "–"), *Rule.choices],
        required=False,
    )
    reason = forms.CharField(
        label=_("Reason, which the author will read"),
        max_length=600,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class AppealForm(forms.Form):
    text = forms.CharField(
        label=_("What should be looked at again?"),
        required=False,
        max_length=1200,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class RulingForm(forms.Form):
    """A second look at a decision."""

    outcome = forms.ChoiceField(
        label=_("Your decision"),
        choices=Ruling.Outcome.choices,
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("Reason, which the author will read"),
        max_length=600,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
