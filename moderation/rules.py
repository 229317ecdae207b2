"""Rights of moderation; predicates as in `dialogue.rules`."""

import rules

from dialogue.rules import is_over, moderates

# A closed dialogue is on record: what stands there is erased, not hidden.
rules.add_perm("moderation.decide_contribution", moderates & ~is_over)
