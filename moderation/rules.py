"""Rights of moderation; predicates as in `dialogue.rules`."""

import rules

from accounts.rules import is_administrator
from dialogue.rules import hosts, is_over, leads, moderates, works_on
from proposals.rules import speaks

# A closed dialogue is on record: nothing there is merged or reworded any more.
rules.add_perm("moderation.decide_contribution", moderates & ~is_over)
# Hidden it can be all the same: the record keeps its digest, the public its figures.
rules.add_perm(
    "moderation.hide_contribution", (moderates & ~is_over) | (leads & is_over)
)
# Reports are answered and appeals decided after the end as well.
rules.add_perm("moderation.answer_reports", moderates)
rules.add_perm("moderation.rule_on_appeal", moderates)
rules.add_perm("moderation.silence_person", moderates & ~is_over)
rules.add_perm("moderation.exclude_person", hosts & ~is_over)
rules.add_perm("moderation.reword_contribution", speaks & ~is_over)
# Of the city's staff, where no other moderator is left.
rules.add_perm("moderation.rule_as_staff", works_on | is_administrator)
# Of the same, once a dialogue is over and nobody sits at its desk.
rules.add_perm("moderation.decide_as_staff", works_on | is_administrator)
