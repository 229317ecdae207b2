"""The form of a ballot: only the terms that its method counts by."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from dialogue.models import Dialogue
from projects.forms import TidyTexts, seen_field
from proposals.choices import BUDGETS, WITHOUT_NONE
from proposals.drafting import WITHOUT_WEIGHTS, draft_sign
from proposals.methods import METHODS
from proposals.models import Ballot, Proposal, Question
from proposals.planning import Plan, line_of_option, options_of_lines, usual_terms
from proposals.weights import has_weights

# By what is decided, as somebody looks for it.
FAMILIES = (
    (_("See where people stand"), ("hands", "gradients")),
    (_("Decide on one proposal"), ("yes_no", "consent")),
    (_("Choose among options"), ("single", "multiple", "approval")),
    (_("Weigh many options"), ("score", "dots", "consensing")),
    (_("Put options in order"), ("schulze", "irv", "borda", "pairwise", "stv")),
    (_("Divide a budget"), ("equal_shares", "greedy", "knapsack")),
)
QUORATE = ("quorum",)
OF_VOTES = ("base", "quorum", "threshold")
OF_POINTS = ("quorum", "threshold")
# The terms that a method reads, beside those that every ballot has.
READS: dict[str, tuple[str, ...]] = {
    "hands": (),
    "gradients": (),
    "consent": QUORATE,
    "yes_no": ("majority", *OF_VOTES),
    "single": OF_VOTES,
    "multiple": ("most_options", *OF_VOTES),
    "approval": OF_VOTES,
    "score": ("lowest", "highest", *OF_POINTS),
    "dots": ("points", "per_option", *OF_POINTS),
    "consensing": ("highest", *OF_POINTS),
    "borda": OF_POINTS,
    "stv": ("seats", "quorum"),
    **dict.fromkeys(("schulze", "irv", "pairwise"), QUORATE),
    **dict.fromkeys(BUDGETS, ("budget", *OF_VOTES)),
}
# Of what a threshold is a part, where it is not of the votes.
PART_OF = {
    "yes_no": _("So many percent must say yes, besides the majority."),
    "score": _("Of the way from the worst possible sum to the best."),
    "dots": _("Of all points given."),
    "consensing": _("Of the acceptance: 100 is no resistance at all."),
    "borda": _("Of the possible points."),
}
TERMS = (
    "most_options", "points", "per_option", "lowest", "highest", "seats", "budget",
    "majority", "base", "quorum", "threshold",
)  # fmt: skip
MOST_LISTED = 100
COST = "cost_of_"
# 100 of the longest titles with their costs.
LONGEST_OPTIONS = 22_000
ASKED_FIRST = ("title", "text", "about", "options", "proposals", "questions")


class BallotForm(TidyTexts, forms.ModelForm):
    options = forms.CharField(
        label=_("Options, one a line"),
        required=False,
        max_length=LONGEST_OPTIONS,
        widget=forms.Textarea({"rows": 6}),
    )
    proposals = forms.TypedMultipleChoiceField(
        label=_("Proposals and findings as options"),
        required=False,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
    )
    questions = forms.TypedMultipleChoiceField(
        label=_("Questions as options"),
        required=False,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
    )
    about = forms.TypedChoiceField(
        label=_("The proposal it is about"),
        required=False,
        coerce=int,
        empty_value=None,
    )
    has_none = forms.BooleanField(
        label=_("“None of these” can be chosen"), required=False
    )
    status_quo = forms.CharField(
        label=_("The option that leaves all as it is"),
        help_text=_("Everybody rates it, too: it shows what a change is worth."),
        max_length=200,
        required=False,
    )

    class Meta:
        model = Ballot
        fields = [
            "title", "text", "text_easy", *TERMS,
            "secrecy", "electorate", "is_mixed", "uses_weights",
            "hides_count",
        ]  # fmt: skip
        widgets = {
            "text": forms.Textarea({"rows": 4}),
            "text_easy": forms.Textarea({"rows": 3}),
            "secrecy": forms.RadioSelect(),
            "electorate": forms.RadioSelect(),
            "majority": forms.RadioSelect(),
            "base": forms.RadioSelect(),
        }
        labels = {
            "title": _("Question of the ballot"),
            "text": _("Explanation"),
            "text_easy": _("Explanation in easy language"),
            "most_options": _("How many options each person may choose"),
            "points": _("Points that each person distributes"),
            "per_option": _("At most so many points on one option (0: all)"),
            "lowest": _("Lowest score"),
            "highest": _("Highest value"),
            "seats": _("Seats"),
            "budget": _("Budget in whole euros"),
            "majority": _("Majority"),
            "base": _("Counted"),
            "quorum": _("Quorum: percent of the roll that must vote (0: none)"),
            "threshold": _("Threshold: percent that are needed (0: none)"),
            "secrecy": _("Secret or open"),
            "electorate": _("Who may vote"),
            "is_mixed": _("People in the hall or on the phone vote by hand, too"),
            "uses_weights": _("Votes are weighted"),
            "hides_count": _("Hide the count until closing"),
        }
        help_texts = {
            "electorate": _(
                "The room guards against voting twice under one name, not against a "
                "second device. An account has one vote for each e-mail address. A "
                "code or a ticket is used once, but can be handed on."
            ),
            "uses_weights": _(
                "Only in an open ballot, and with the reason in the explanation."
            ),
        }

    def __init__(
        self, *args: Any, dialogue: Dialogue, method: str, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.method, self.dialogue = method, dialogue
        if self.instance.pk:
            options = self.instance.options.select_related("proposal", "question")
            self.fields["seen"] = seen_field()
            self.initial["seen"] = draft_sign(self.instance, options)
        self.is_fixed = bool(getattr(METHODS[method], "FIXED", ()))
        self._leave_out()
        self._fill_choices()
        if method in BUDGETS:
            self.fields["options"].help_text = _(
                "With its cost after a semicolon: Bench under the lime; 1.200"
            )
        costs = [name for name in self.fields if name.startswith(COST)]
        self.order_fields([*ASKED_FIRST, *costs, "status_quo", "has_none", *TERMS])
        if "threshold" in self.fields and method in PART_OF:
            self.fields["threshold"].help_text = PART_OF[method]
        if "base" in self.fields and "majority" not in self.fields:
            self.fields["base"].label = _("The threshold is a part")
        for name in ("quorum", "threshold"):
            if name in self.fields:
                self.fields[name].max_value = 100  # type: ignore[attr-defined]
                self.fields[name].validators.append(_at_most_hundred)

    def _leave_out(self) -> None:
        out = {name for name in TERMS if name not in READS[self.method]}
        if self.is_fixed:
            out |= {"options", "proposals", "questions", "has_none"}
        else:
            out |= {"about"}
        if self.method in WITHOUT_NONE:
            out |= {"has_none"}
        if self.method in BUDGETS:
            out |= {"proposals", "questions"}
        if self.method != Ballot.Method.CONSENSING:
            out |= {"status_quo"}
        if self.method == Ballot.Method.CONSENT:
            out |= {"secrecy"}
        if self.method in WITHOUT_WEIGHTS or not (
            self.instance.uses_weights or has_weights(self.dialogue)
        ):
            out |= {"uses_weights"}
        for name in out:
            self.fields.pop(name, None)

    def _fill_choices(self) -> None:
        proposals = self.dialogue.proposals.filter(
            state=Proposal.State.PUBLISHED
        ).order_by("-supports", "pk")[:MOST_LISTED]
        rows = [(row.pk, row.title) for row in proposals]
        if "about" in self.fields:
            none = pgettext_lazy("proposal", "none")
            self.fields["about"].choices = [("", none), *rows]  # type: ignore[attr-defined]
        if "proposals" in self.fields:
            self.fields["proposals"].choices = rows  # type: ignore[attr-defined]
            if not rows:
                del self.fields["proposals"]
        if self.method in BUDGETS:
            for pk, title in rows:
                self.fields[f"{COST}{pk}"] = forms.IntegerField(
                    label=_("“%(title)s” costs, in whole euros") % {"title": title},
                    help_text=_("Left empty, it is not on the ballot."),
                    min_value=1,
                    max_value=10**12,
                    required=False,
                )
        if "questions" in self.fields:
            questions = self.dialogue.questions.filter(
                state=Question.State.PUBLISHED
            ).order_by("-supports", "pk")[:MOST_LISTED]
            self.fields["questions"].choices = [(q.pk, q.text) for q in questions]  # type: ignore[attr-defined]
            if not questions:
                del self.fields["questions"]

    def _post_clean(self) -> None:
        """The verb checks and writes: the model's own checks would do it again."""

    def plan(self) -> Plan:
        """What was filled in, as the verbs take it."""
        said = dict(self.cleaned_data)
        said.pop("seen", None)
        proposals = tuple(said.pop("proposals", ()))
        about = said.pop("about", None)
        lines = options_of_lines(said.pop("options", "") or "")
        questions = tuple(said.pop("questions", ()))
        costs = {
            int(name.removeprefix(COST)): said.pop(name)
            for name in list(said)
            if name.startswith(COST)
        }
        costs = {pk: euros for pk, euros in costs.items() if euros}
        number = len(lines) + len(proposals) + len(questions) + len(costs)
        plan = usual_terms(self.method, number)
        plan.update(said)  # type: ignore[typeddict-item]
        plan |= {
            "method": self.method,
            "options": lines,
            "proposals": (about,) if about else (*proposals, *costs),
            "questions": questions,
            "costs": {f"proposal-{pk}": euros for pk, euros in costs.items()},
        }
        return plan


def _at_most_hundred(value: int) -> None:
    if value > 100:
        raise forms.ValidationError(_("Please give at most 100 percent."))


def initial_of(ballot: Ballot) -> dict[str, Any]:
    """A draft's options, as the form has them."""
    rows = list(ballot.options.order_by("position"))
    linked = [row for row in rows if row.proposal_id]
    return {
        "options": "\n".join(
            line_of_option(row.title, row.cost)
            for row in rows
            if not (row.source or row.key)
        ),
        "proposals": [row.proposal_id for row in linked],
        "about": linked[0].proposal_id if linked else None,
        "questions": [row.question_id for row in rows if row.question_id],
        **{f"{COST}{row.proposal_id}": row.cost for row in linked if row.cost},
        "has_none": any(row.key == "none" for row in rows),
        "status_quo": next((row.title for row in rows if row.key == "status_quo"), ""),
    }
