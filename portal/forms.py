"""Forms of the portal."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

ERASE_WORD = _("ERASE")


class EraseForm(forms.Form):
    """Erasing cannot be undone: a word has to be typed."""

    texts = forms.BooleanField(
        label=_("Also erase the texts I wrote"),
        help_text=_(
            "Your proposals, comments and questions become empty. Otherwise they "
            "stay, without your name."
        ),
        required=False,
    )
    word = forms.CharField(
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["word"].label = _("Type %(word)s to confirm") % {"word": ERASE_WORD}

    def clean_word(self) -> str:
        word: str = self.cleaned_data["word"].strip()
        if word.casefold() != str(ERASE_WORD).casefold():
            raise forms.ValidationError(
                _("Please type exactly %(word)s."), params={"word": ERASE_WORD}
            )
        return word
