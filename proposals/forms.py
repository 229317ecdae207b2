"""Forms of the page on which a dialogue's holding rules are set."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from projects.forms import ShowsRefusals, seen_field
from proposals.held import MOST_PER_RULE, RULE_FIELDS
from proposals.models import HoldingRule
from shared.texts import clean_text


class RuleForm(ShowsRefusals, forms.ModelForm):
    seen = seen_field()
    most_in_ten_minutes = forms.IntegerField(
        label=_("More contributions of one person in ten minutes than"),
        help_text=_("0 means that none is held for its pace."),
        min_value=0,
        max_value=MOST_PER_RULE,
        initial=0,
    )

    class Meta:
        model = HoldingRule
        fields = list(RULE_FIELDS)

    def facts(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in RULE_FIELDS}


class WordsForm(ShowsRefusals, forms.Form):
    seen = seen_field()
    words = forms.CharField(
        label=_("Words, one a line"),
        help_text=_(
            "Capital letters, accents and signs put for letters make no difference. "
            "An asterisk at the end stands for every ending: word*"
        ),
        max_length=8000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 8}),
    )

    def clean_words(self) -> str:
        return clean_text(self.cleaned_data["words"])
