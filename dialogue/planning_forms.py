"""Forms of planning. What is allowed in the end is said by the verbs."""

from typing import Any

from django import forms
from django.core.validators import URLValidator
from django.utils.translation import gettext_lazy as _

from dialogue.models import AgendaItem, Dialogue, Participation
from dialogue.planning import KEPT_WHEN_BEGUN, has_begun
from dialogue.planning_facts import ACTION_WORDS, DialogueFacts, ItemFacts
from dialogue.uploads import CheckedFile, check_upload
from projects.forms import MomentInput, ShowsRefusals, TidyTexts
from shared.errors import Refusal


class DialogueForm(TidyTexts, forms.ModelForm):
    class Meta:
        model = Dialogue
        fields = [
            "title", "summary", "mode", "access", "starts_at", "ends_by", "hotline",
            "title_en", "summary_en", "summary_easy", "ground_rules", "privacy_notice",
        ]  # fmt: skip
        widgets = {
            "starts_at": MomentInput(),
            "ends_by": MomentInput(),
            "mode": forms.RadioSelect(),
            "access": forms.RadioSelect(),
            "summary": forms.Textarea({"rows": 4}),
            "summary_en": forms.Textarea({"rows": 4}),
            "summary_easy": forms.Textarea({"rows": 4}),
            "ground_rules": forms.Textarea({"rows": 12}),
            "privacy_notice": forms.Textarea({"rows": 14}),
        }
        help_texts = {
            "summary": _("What people will talk about, and what comes of it."),
            "ends_by": _("If the hall closes: the check before the start looks at it."),
            "hotline": _("Who helps when the technology does not: shown at the door."),
            "summary_easy": _("Short sentences. One thought per sentence."),
            "ground_rules": _("Everybody accepts this text when coming in."),
            "privacy_notice": _(
                "Please check this text with the data protection officer."
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if has_begun(self.instance):
            for name in KEPT_WHEN_BEGUN:
                self.fields[name].disabled = True
                self.fields[name].help_text = _(
                    "The doors are open: this stays as people accepted it."
                )

    def facts(self) -> DialogueFacts:
        return DialogueFacts(**self.cleaned_data)


class ItemForm(TidyTexts, forms.ModelForm):
    allowed = forms.MultipleChoiceField(
        label=_("Allowed meanwhile"),
        help_text=_("Reactions and calls for help are always possible."),
        choices=list(ACTION_WORDS.items()),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    class Meta:
        model = AgendaItem
        fields = [
            "kind", "title", "minutes", "opens_at", "closes_at", "allowed", "text",
            "notes", "suggested_words", "title_en", "text_en", "text_easy",
        ]  # fmt: skip
        widgets = {
            "opens_at": MomentInput(),
            "closes_at": MomentInput(),
            "text": forms.Textarea({"rows": 3}),
            "text_en": forms.Textarea({"rows": 3}),
            "text_easy": forms.Textarea({"rows": 3}),
            "notes": forms.Textarea({"rows": 6}),
            "suggested_words": forms.Textarea({"rows": 5}),
        }
        help_texts = {
            "notes": _("Only the moderation reads this."),
            "suggested_words": _("Sentences to say. Only the moderation reads this."),
        }

    field_order = Meta.fields

    def __init__(self, *args: Any, is_online: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_online:
            del self.fields["opens_at"], self.fields["closes_at"]
        else:
            self.fields["minutes"].help_text = _(
                "About how long a participant needs. The dates decide what is open."
            )
        if self.instance.pk:
            self.initial.setdefault("allowed", sorted(self.instance.allowed))

    def facts(self) -> ItemFacts:
        facts = dict(self.cleaned_data)
        return ItemFacts(**facts | {"allowed": frozenset(facts["allowed"])})


class KindForm(forms.Form):
    """What kind of agenda item is to be added."""

    kind = forms.ChoiceField(label=_("Kind"), choices=AgendaItem.Kind)


class MaterialForm(TidyTexts, forms.Form):
    prefix = "material"

    title = forms.CharField(label=_("Title"), max_length=120)
    file = forms.FileField(
        label=_("File"),
        required=False,
        widget=forms.FileInput(
            {"accept": "image/png,image/jpeg,image/webp,image/gif,application/pdf"}
        ),
        help_text=_(
            "Picture (PNG, JPEG, WebP, GIF) up to 10 MB, or slides as PDF up to 20 MB."
        ),
    )
    link = forms.URLField(
        label=_("Or a link"),
        required=False,
        max_length=200,
        assume_scheme="https",
        validators=[URLValidator(schemes=["http", "https"])],
    )
    description = forms.CharField(
        label=_("What the picture shows, for those who cannot see it"),
        max_length=400,
        required=False,
        widget=forms.Textarea({"rows": 2}),
        help_text=_("Needed for pictures."),
    )

    def clean_file(self) -> CheckedFile | None:
        upload = self.cleaned_data["file"]
        if upload is None:
            return None
        try:
            return check_upload(upload)
        except Refusal as refusal:
            raise forms.ValidationError(str(refusal.message), refusal.code) from None


class RoleForm(TidyTexts, forms.Form):
    prefix = "role"

    email = forms.EmailField(label=_("E-mail of the account"))
    name = forms.CharField(
        label=_("Display name"),
        max_length=40,
        help_text=_("All will see it, for example “Moderation: Kim Muster”."),
    )
    role = forms.ChoiceField(
        label=_("Role"),
        choices=Participation.Role,
        initial=Participation.Role.LEAD_MODERATOR,
    )


class InvitationForm(ShowsRefusals, forms.Form):
    """`labels` keeps its lines: `invite_many` cleans each of them."""

    prefix = "invitations"

    labels = forms.CharField(
        label=_("For whom, one per line"),
        max_length=24_000,
        widget=forms.Textarea({"rows": 5}),
        help_text=_("Only you see these names. Each line gives one personal link."),
    )
    role = forms.ChoiceField(
        label=_("Role"),
        choices=Participation.Role,
        initial=Participation.Role.PARTICIPANT,
    )
