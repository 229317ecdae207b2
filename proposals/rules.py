"""Rights on contributions and ballots: who, at which point of the agenda.

Predicates get (participation, dialogue), as in `dialogue.rules`.
"""

import rules

from dialogue.rules import (
    is_over,
    is_running,
    leads,
    may_speak,
    moderates,
    stage_allows,
    steers,
    takes_part,
)

speaks = takes_part & may_speak

rules.add_perm("proposals.submit_proposal", speaks & stage_allows("propose"))
rules.add_perm("proposals.save_draft", speaks & ~is_over)
rules.add_perm("proposals.withdraw_contribution", takes_part & is_running)
# What waits may be mended after its agenda item, too.
rules.add_perm("proposals.revise_held", speaks & is_running)
rules.add_perm("proposals.add_comment", speaks & stage_allows("comment"))
rules.add_perm("proposals.ask_question", speaks & stage_allows("ask"))
rules.add_perm("proposals.answer_question", moderates & is_running)
rules.add_perm("proposals.sort_questions", moderates & ~is_over)
rules.add_perm("proposals.set_holding", leads & ~is_over)
# Whoever is silenced listens, and still has a stance, a support and a vote.
rules.add_perm("proposals.support_contribution", takes_part & is_running)
rules.add_perm("proposals.take_stance", takes_part & stage_allows("stance"))
rules.add_perm("proposals.cast_vote", takes_part & stage_allows("vote"))
rules.add_perm("proposals.react", takes_part & is_running)
rules.add_perm("proposals.park_topic", speaks & is_running)
rules.add_perm("proposals.remove_topic", moderates & is_running)
rules.add_perm("proposals.draft_ballot", leads)
rules.add_perm("proposals.open_ballot", steers & stage_allows("vote"))
rules.add_perm("proposals.close_ballot", leads & is_running)
rules.add_perm("proposals.annul_ballot", leads & is_running)
rules.add_perm("proposals.set_weights", leads & ~is_over)
rules.add_perm("proposals.issue_tickets", leads & ~is_over)
rules.add_perm("proposals.check_in", moderates & ~is_over)
rules.add_perm("proposals.count_by_hand", moderates & is_running)
rules.add_perm("proposals.use_ticket", takes_part & ~is_over)
rules.add_perm("proposals.set_opinion_map", leads & ~is_over)
rules.add_perm("proposals.mark_statement", moderates & ~is_over)
rules.add_perm("proposals.seed_statements", leads & ~is_over)
