"""A full desk: what was said before, what waits in the queue, who wants to speak.

What waits is made by the application's verbs, so that it is what a desk really shows.
"""

from collections.abc import Callable
from itertools import cycle
from typing import Any

from bench.words import TEXT
from dialogue.desk import write_to_team
from dialogue.joining import call_help
from dialogue.models import Dialogue, Participation
from dialogue.speakers_list import set_speakers
from dialogue.speaking import raise_hand
from moderation.reporting import report_contribution, reporter_of
from proposals.actions import add_comment, ask_question, submit_proposal
from proposals.models import Comment, HoldingRule, Proposal, Question
from proposals.wall import sort_question
from shared import clock

# A text with a link is held, so one dialogue has both: what waits, and what appears.
LINK = "Mehr unter www.example.org"
# Every fourth offends and every fourth cannot be read: a moderator does not only nod.
WORDINGS = (
    f"{TEXT} {LINK}",
    f"{TEXT} {LINK}",
    f"Wer das will, ist ein Trottel. {LINK}",
    f"<script>alert(1)</script> {LINK}",
)
HANDS, SHORTLISTED = 24, 12


def add_said(
    dialogue: Dialogue,
    guests: list[Participation],
    proposals: list[Proposal],
    comments: int,
    questions: int,
) -> None:
    """Published comments and questions, in bulk."""
    now = clock.now()
    published = {"state": Comment.State.PUBLISHED, "published_at": now}
    Comment.objects.bulk_create(
        Comment(
            proposal=proposals[place % len(proposals)],
            author=guests[place % len(guests)],
            text=TEXT,
            written_at=now,
            **published,
        )
        for place in range(comments)
    )
    if comments:
        each = comments // len(proposals)
        Proposal.objects.filter(dialogue=dialogue).update(comments_count=each)
    Question.objects.bulk_create(
        Question(
            dialogue=dialogue,
            author=guests[-1 - place % len(guests)],
            text=f"Frage {place + 1}: Was kostet das, und wer bezahlt es?",
            written_at=now,
            **published,
        )
        for place in range(questions)
    )


def add_waiting(
    dialogue: Dialogue,
    moderators: list[Participation],
    guests: list[Participation],
    proposals: list[Proposal],
    number: int,
) -> None:
    """`number` entries of all kinds in turn; hands are up, questions shortlisted."""
    HoldingRule.objects.create(dialogue=dialogue, holds_links=True)
    wordings, people, reported = cycle(WORDINGS), cycle(guests), cycle(proposals[30:])

    def hold_proposal() -> Any:
        return submit_proposal(
            author=next(people), title="Schulstraße", text=next(wordings)
        )

    def hold_comment() -> Any:
        return add_comment(
            author=next(people), proposal_pk=proposals[0].pk, text=next(wordings)
        )

    def hold_question() -> Any:
        return ask_question(author=next(people), text=next(wordings)[:500])

    def report() -> Any:
        return report_contribution(
            dialogue=dialogue,
            reporter=reporter_of(next(people)),
            kind="proposal",
            pk=next(reported).pk,
            rule="off_topic",
            explanation="Das gehört nicht hierher.",
        )

    def call() -> Any:
        who = next(people)
        return call_help(
            person=who.person,
            dialogue=dialogue,
            name=who.display_name,
            text="Ich höre nichts.",
        )

    def call_team() -> Any:
        return write_to_team(
            moderator=moderators[-1], text="Wer übernimmt den Saal?", is_call=True
        )

    kinds: tuple[Callable[[], Any], ...] = (
        hold_proposal, report, hold_comment, call, hold_question, call_team,
    )  # fmt: skip
    for place in range(number):
        kinds[place % len(kinds)]()
    lead = moderators[0]
    set_speakers(moderator=lead, is_open=True)
    for guest in guests[:HANDS]:
        raise_hand(participation=guest, about="Dazu habe ich eine Frage")
    for question in dialogue.questions.filter(state="published")[:SHORTLISTED]:
        sort_question(moderator=lead, question_pk=question.pk, is_shortlisted=True)
