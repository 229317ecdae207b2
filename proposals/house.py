"""The house's rules of what waits for the moderation before it is published."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dialogue.models import AgendaItem, Dialogue


class HoldReason(models.TextChoices):
    """Why a contribution waits, as its author reads it."""

    EVERYTHING = (
        "everything",
        _("At this point every contribution is read before it is published."),
    )
    LINKS = "links", _("It contains a link.")
    FIRST = "first", _("It is your first contribution in this dialogue.")
    WORDS = "words", _("It contains a word that is looked at here.")
    RATE = "rate", _("You have sent several contributions in a short time.")


class Waiting:
    """What may wait for the moderation; `held_for` are HoldReasons."""

    held_for: str

    @property
    def hold_reasons(self) -> list[str]:
        """Why it waits, in the reader's language."""
        return [str(HoldReason(code).label) for code in self.held_for.split()]


class HoldingRule(models.Model):
    """What is held in a dialogue, or instead of that during one agenda item."""

    dialogue = models.ForeignKey(Dialogue, models.CASCADE, related_name="holding_rules")
    item = models.ForeignKey(
        AgendaItem, models.CASCADE, null=True, blank=True, related_name="+"
    )
    holds_everything = models.BooleanField(
        _("Everything is read before it is published"), default=False
    )
    holds_links = models.BooleanField(_("Whatever contains a link"), default=False)
    holds_first = models.BooleanField(_("A person's first contribution"), default=False)
    holds_words = models.BooleanField(
        _("Whatever contains a word of the lists below"), default=False
    )
    most_in_ten_minutes = models.PositiveSmallIntegerField(
        _("More contributions of one person in ten minutes than"), default=0
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["dialogue"],
                condition=Q(item=None),
                name="one_holding_rule_per_dialogue",
            ),
            models.UniqueConstraint(fields=["item"], name="one_holding_rule_per_item"),
        ]

    def __str__(self) -> str:
        return f"holding rule of {self.item or self.dialogue}"


class WordList(models.Model):
    """Words that hold a contribution, one a line; without a dialogue, in the city.

    A word that ends with an asterisk stands for all that begin with it.
    """

    dialogue = models.OneToOneField(
        Dialogue, models.CASCADE, null=True, blank=True, related_name="word_list"
    )
    words = models.TextField(max_length=8000, blank=True)

    class Meta:
        constraints = [
            # A null is no duplicate of another: so the city's list is counted here.
            models.UniqueConstraint(
                models.Value(1), condition=Q(dialogue=None), name="one_list_of_the_city"
            )
        ]

    def __str__(self) -> str:
        return f"words of {self.dialogue or 'the city'}"
