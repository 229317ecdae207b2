"""What staff choose for a rehearsal."""

from django import forms
from django.utils.translation import gettext_lazy as _

from dialogue.models.rehearsal import FASTEST, LONGEST, MOST_CITIZENS, SHORTEST
from projects.forms import ShowsRefusals


class RehearsalForm(ShowsRefusals, forms.Form):
    speed = forms.TypedChoiceField(
        label=_("Speed"),
        choices=[
            (1, _("as in the evening itself")),
            (2, _("twice as fast")),
            (3, _("three times as fast")),
            (4, _("four times as fast")),
            (FASTEST, _("five times as fast")),
        ],
        coerce=int,
        initial=1,
        help_text=_("The minutes of the agenda pass faster, and people act faster."),
    )
    citizens = forms.IntegerField(
        label=_("Simulated citizens"),
        min_value=1,
        max_value=MOST_CITIZENS,
        initial=30,
        help_text=_("From seven on, every kind of citizen is there."),
    )
    minutes = forms.IntegerField(
        label=_("Ends after so many minutes by the clock"),
        min_value=SHORTEST,
        max_value=LONGEST,
        initial=60,
        help_text=_("At the latest. You can stop it at any time."),
    )
