"""Forms of staff on projects, and what all forms of staff share."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from projects.drafting import PhaseFacts, ProjectFacts
from projects.models import Phase, Project
from shared.errors import Refusal
from shared.texts import clean_line, clean_text


class ShowsRefusals(forms.BaseForm):
    """A form that can show what a verb refused, at the field it names.

    A hidden field `seen` says what was on the page. Whoever is told that it has changed
    has been told: sent again, the form says what is there now.
    """

    @property
    def was_seen(self) -> str | None:
        return self.data.get(self.add_prefix("seen")) or None

    def refuse(self, refusal: Refusal) -> None:
        field = refusal.field if refusal.field in self.fields else None
        self.add_error(field, str(refusal.message))
        if refusal.seen is not None and "seen" in self.fields:
            sent: Any = self.data
            now = sent.copy()
            now[self.add_prefix("seen")] = str(refusal.seen)
            self.data = now


def seen_field() -> forms.CharField:
    """For `ShowsRefusals.was_seen`."""
    return forms.CharField(required=False, widget=forms.HiddenInput)


class TidyTexts(ShowsRefusals):
    """Texts are stored without control and invisible characters."""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for name, text in list(cleaned.items()):
            if not isinstance(text, str):
                continue
            field = self.fields[name]
            wide = isinstance(field.widget, forms.Textarea)
            cleaned[name] = clean_text(text) if wide else clean_line(text)
            if field.required and not cleaned[name]:
                self.add_error(name, field.error_messages["required"])
        return cleaned


class DayInput(forms.DateInput):
    """A day, picked with the browser's own means; typed as 2027-03-31 elsewhere."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class MomentInput(forms.DateTimeInput):
    """A day and time of the city's zone."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


class ProjectForm(TidyTexts, forms.ModelForm):
    class Meta:
        model = Project
        fields = [
            "title", "slug", "summary", "summary_easy", "title_en", "summary_en",
            "occasion", "aim", "can_change", "is_fixed", "decided_by", "decision_due",
            "level", "status", "status_reason", "topics", "districts", "department",
            "contact_name", "contact_mail", "contact_phone",
        ]  # fmt: skip
        widgets = {
            "decision_due": DayInput(),
            "topics": forms.CheckboxSelectMultiple(),
            "districts": forms.CheckboxSelectMultiple(),
            "summary": forms.Textarea({"rows": 5}),
            "summary_easy": forms.Textarea({"rows": 5}),
            "summary_en": forms.Textarea({"rows": 5}),
            "occasion": forms.Textarea({"rows": 5}),
            "aim": forms.Textarea({"rows": 4}),
            "can_change": forms.Textarea({"rows": 4}),
            "is_fixed": forms.Textarea({"rows": 4}),
            "status_reason": forms.Textarea({"rows": 3}),
        }
        help_texts = {
            "title": _("Say what it is about, without official abbreviations."),
            "slug": _("Letters, digits and hyphens. Empty: made from the title."),
            "summary": _("Three or four sentences that a neighbour understands."),
            "summary_easy": _("Short sentences. One thought per sentence."),
            "occasion": _("Why does the city ask now?"),
            "aim": _("What shall be better afterwards?"),
            "can_change": _("What can people really influence? Be specific."),
            "is_fixed": _("What is decided already, and by whom? Say it openly."),
            "decided_by": _("The council, a committee, a department."),
            "decision_due": _("People see this date and will ask about it."),
            "level": _("How far the influence goes. Do not promise more."),
            "status_reason": _("Needed above all when a project is discontinued."),
            "contact_phone": _("Many people rather call than write."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["slug"].required = False
        if self.instance.is_public:
            self.fields["slug"].disabled = True
            self.fields["slug"].help_text = _(
                "The address stays as it is while the project is public."
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if (
            cleaned.get("status") == Project.Status.DISCONTINUED
            and not cleaned.get("status_reason")
            and "status_reason" not in self.errors
        ):
            self.add_error(
                "status_reason", _("Please say why the project is discontinued.")
            )
        return cleaned

    def facts(self) -> ProjectFacts:
        facts = dict(self.cleaned_data)
        facts["topics"] = list(facts["topics"])
        facts["districts"] = list(facts["districts"])
        return ProjectFacts(**facts)


class PhaseForm(TidyTexts, forms.ModelForm):
    class Meta:
        model = Phase
        fields = ["title", "text", "starts_on", "ends_on"]
        widgets = {
            "starts_on": DayInput(),
            "ends_on": DayInput(),
            "text": forms.Textarea({"rows": 3}),
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        starts_on, ends_on = cleaned.get("starts_on"), cleaned.get("ends_on")
        if starts_on and ends_on and ends_on < starts_on:
            self.add_error("ends_on", _("A phase cannot end before it begins."))
        return cleaned


class PhaseRows(forms.BaseInlineFormSet):
    """The phases of a project: filled rows, empty rows, and boxes to delete."""

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        if "DELETE" in form.fields:
            form.fields["DELETE"].label = _("Delete this phase")

    def facts(self) -> list[PhaseFacts]:
        """Of all rows that are filled in and not to be deleted."""
        return [
            PhaseFacts(
                pk=form.instance.pk,
                title=form.cleaned_data["title"],
                text=form.cleaned_data["text"],
                starts_on=form.cleaned_data["starts_on"],
                ends_on=form.cleaned_data["ends_on"],
            )
            for form in self.forms
            if form.cleaned_data.get("title") and not form.cleaned_data.get("DELETE")
        ]


PhaseFormSet: type[PhaseRows] = forms.inlineformset_factory(  # type: ignore[assignment]
    Project,
    Phase,
    form=PhaseForm,
    formset=PhaseRows,
    extra=2,
    can_delete_extra=False,
    max_num=20,
    validate_max=True,
    absolute_max=24,
)


class ColleagueForm(TidyTexts, forms.Form):
    email = forms.EmailField(
        label=_("E-mail of a colleague"),
        help_text=_("The person needs an account as a member of staff."),
    )
