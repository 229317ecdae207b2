"""The form that narrows the public list of projects."""

from django import forms
from django.utils.translation import gettext_lazy as _

from projects.models import District, Project, Topic


class ProjectFilter(forms.Form):
    """How the list is narrowed; every field may stay empty."""

    words = forms.CharField(label=_("Words"), max_length=100, required=False)
    status = forms.ChoiceField(
        label=_("Status"),
        choices=[("", _("All")), *Project.Status.choices],
        required=False,
    )
    topic = forms.ModelChoiceField(
        Topic.objects.all(), label=_("Topic"), empty_label=_("All"), required=False
    )
    district = forms.ModelChoiceField(
        District.objects.all(),
        label=_("District"),
        empty_label=_("All"),
        required=False,
    )
