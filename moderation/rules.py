"""Rights of moderation; predicates as in `dialogue.rules`."""

import rules

from dialogue.rules import moderates

rules.add_perm("moderation.decide_contribution", moderates)
