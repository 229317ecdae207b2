"""Plain words for the figures and keys of a result record.

A record is read for decades, so its keys have words of their own here, whatever
becomes of the tables they once came from.
"""

from django.utils.translation import gettext_lazy as _

LEVELS = {
    "inform": _("The city tells you what it plans. Nothing is put up for decision."),
    "consult": _(
        "The city asks for your opinion. It decides by itself and says what it "
        "took from it."
    ),
    "involve": _(
        "You work on the plan together with the city. The city decides and gives "
        "reasons for every point."
    ),
    "collaborate": _("You and the city work out the solution as partners."),
    "empower": _("You decide. The city carries out what is decided."),
}

METHODS = {
    "yes_no": _(
        "Yes, no or abstain. Adopted means more yes than no votes; an equal number "
        "is a rejection. Abstentions count for the turnout only."
    ),
    "single": _("One of several options. The option with the most votes is chosen."),
    "multiple": _(
        "Several of several options. The option with the most votes is chosen."
    ),
    "hands": _("Show of hands, to see the mood"),
    "gradients": _("Gradients of agreement"),
    "consent": _("Consent: does anybody object?"),
    "approval": _("Approval: every option you agree with"),
    "score": _("Score every option"),
    "dots": _("Points to distribute"),
    "consensing": _("Systemic consensing: least resistance"),
    "borda": _("Ranking, counted by points (Borda)"),
    "irv": _("Ranking, counted by rounds (instant runoff)"),
    "schulze": _("Ranking, every pair compared (Schulze)"),
    "pairwise": _("Ranking, duels won (Copeland)"),
    "stv": _("Ranking, several seats (single transferable vote)"),
    "knapsack": _("Budget: my own selection within the budget"),
    "greedy": _("Budget: most approvals first"),
    "equal_shares": _("Budget: equal shares for everybody"),
}

SECRECY = {
    "secret": _(
        "Secret: since the ballot closed, nothing stored says who voted for what. "
        "A vote, once cast, was final."
    ),
    "open": _(
        "Open: a vote could be changed until the ballot closed, the last one "
        "counted. This record names nobody."
    ),
}

ELECTORATES = {
    "room": _(
        "Everybody in the room when the ballot opened could vote once. This guards "
        "against votes from outside and against voting twice in one place. It does "
        "not guard against a person who joined twice, with two devices."
    ),
    "account": _(
        "Everybody in the room with a confirmed account could vote once. This makes "
        "it harder to take part twice. It does not guard against a person with "
        "several e-mail addresses, and says nothing about where somebody lives."
    ),
    "code": _(
        "Everybody with a personal code may vote. This keeps one code from being used "
        "twice, but not from being handed on."
    ),
    "hall": _(
        "Everybody whose hall ticket was checked in may vote. This keeps one ticket "
        "from being used twice, but not from being handed on."
    ),
}

MODES = {
    "live": _("live online"),
    "hybrid": _("hybrid: on site and online"),
    "online": _("online over several days"),
}

ITEM_KINDS = {
    "arrival": _("Arrival"),
    "input": _("Input"),
    "questions": _("Questions"),
    "small_groups": _("Small groups"),
    "proposals": _("Proposals"),
    "gallery": _("Gallery"),
    "ballot": _("Ballot"),
    "answer": _("Answer of the city"),
    "break": _("Break"),
    "evaluation": _("Evaluation"),
}

PROPOSAL_KINDS = {
    "proposal": _("Proposal"),
    "statement": _("Statement"),
    "idea": _("Idea"),
    "finding": _("Finding of a table"),
}

DECISIONS = {
    "hide": _("hidden"),
    "restore": _("shown again"),
    "approve": _("approved"),
    "ask_revision": _("sent back to be reworded"),
    "merge": _("merged with another contribution"),
    "silence": _("asked to listen for a time"),
    "end_silence": _("may speak again"),
    "exclude": _("excluded from the dialogue"),
    "readmit": _("let in again"),
}

RULES = {
    "insult": _("Insult or threat"),
    "discrimination": _("Discrimination"),
    "personal_data": _("Private data of others"),
    "unlawful": _("Unlawful content"),
    "advertising": _("Advertising or campaigning"),
    "off_topic": _("Off topic"),
    "duplicate": _("Said already, word for word"),
    "unreadable": _("Cannot be read or understood"),
    "none": _("No rule was broken"),
}

# Hundredths. People spread evenly over a map, cut in two, are at about 55.
CLEAR, HARDLY = 70, 55


def clearness_of(hundredths: int) -> str:
    """How well groups can be told apart: "clear", "some" or "hardly"."""
    if hundredths >= CLEAR:
        return "clear"
    return "hardly" if hundredths < HARDLY else "some"
