"""Up to `most` of several options, one mark each.

Every option keeps its number; the ones with the most marks are named first and
a tie at the top is reported as one.
"""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from proposals.methods.outcome import Cast, Outcome, Sheet, Terms, check_marks
from proposals.methods.single import count_marks
from proposals.methods.suiting import check_options, check_terms, unsuited
from shared.errors import Refusal

FORM = "some"
COUNTED = _(
    "Everybody may choose up to the stated number of options, each once. The option "
    "that most people have chosen wins."
)
TIES = _(
    "Equal numbers at the top are a tie. It is reported, no lot is drawn; a new round "
    "among these options can decide."
)
FITS = _(
    "For many options when a few of them shall come out in front, for instance the "
    "most important topics of an evening."
)


def suits(terms: Terms) -> None:
    """At least two options, of which one to all may be chosen."""
    check_options(terms)
    if not 1 <= terms.most <= len(terms.options):
        raise unsuited(
            "ballot.most_options",
            _("Please say how many options each person may choose."),
            "most_options",
        )
    check_terms(terms, knows_roll=True)


def check(marks: Sheet, terms: Terms) -> None:
    """One to `most` different options; "none of these" only alone."""
    check_marks(marks, terms, terms.most)
    check_none_alone(marks, terms)


def check_none_alone(marks: Sheet, terms: Terms) -> None:
    """Refuse "none of these" beside an option."""
    if terms.keys.get("none") in marks and len(marks) > 1:
        raise Refusal(
            "vote.none_alone",
            _("“None of these” stands alone. Please choose either it or options."),
            status=400,
            field="options",
        )


def count(casts: Sequence[Cast], terms: Terms) -> Outcome:
    """Most marks wins; an option needs no majority."""
    return count_marks(casts, terms)
