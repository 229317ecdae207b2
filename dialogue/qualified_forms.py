"""The form by which an administrator grants an exception."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dialogue.models import Dialogue, Participation
from dialogue.qualified import LONGEST_TEXT
from dialogue.qualified_queries import with_qualification
from projects.forms import ShowsRefusals


class ExceptionForm(ShowsRefusals, forms.Form):
    prefix = "exception"

    participation = forms.ChoiceField(label=_("Lead moderator without certificate"))
    reason = forms.CharField(
        label=_("Reason for the exception"),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("It is kept with the dialogue, and the person reads it."),
    )

    def __init__(self, *args: Any, dialogue: Dialogue, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lacking = [
            (str(row.pk), row.display_name)
            for row in with_qualification(
                Participation.objects.filter(
                    dialogue=dialogue, role=Participation.Role.LEAD_MODERATOR
                ),
                dialogue,
            ).filter(certified_until=None, is_excepted=False)
        ]
        self.fields["participation"].choices = self.lacking  # type: ignore[attr-defined]
