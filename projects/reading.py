"""A result record as a reader sees it: the figures with their texts and words."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from projects import wording
from projects.models import ResultRecord

Facts = dict[str, Any]
Explainer = Callable[[str, Facts, dict[int, str]], Any]
_explainers: list[Explainer] = []


def explain_ballots_by(explain: Explainer) -> None:
    """Enter who puts a filed ballot into words: the floor that knows how to count.

    It gets the record's digest, the ballot's figures and its options' texts.
    """
    _explainers[:] = [explain]


class _Texts:
    """The texts of a record by key; an erased one says that it was removed."""

    def __init__(self, record: ResultRecord) -> None:
        self.kept: dict[str, str] = {}
        self.sealed: set[str] = set()
        # Seals live on a floor above: only their reverse relation is used here.
        rows = record.texts.values_list("key", "text", "salt", "seal")
        for key, text, salt, seal in rows:
            if salt:
                self.kept[key] = text
            elif seal is not None:
                self.sealed.add(key)

    def __contains__(self, key: str) -> bool:
        return key in self.kept

    def __getitem__(self, key: str) -> str:
        if key in self.sealed:
            return _("Hidden by the moderation after the end")
        return self.kept.get(key, _("Text removed"))


def read_result(record: ResultRecord) -> Facts:
    """What the page of a result shows. One query, for the texts."""
    facts = json.loads(record.canonical)
    texts = _Texts(record)
    return {
        "mode": wording.MODES.get(facts["mode"], facts["mode"]),
        "opened_at": _moment(facts["opened_at"]),
        "closed_at": _moment(facts["closed_at"]),
        "participants": facts["participants"],
        "questions": facts["questions"],
        "questions_answered": facts["questions_answered"],
        "comments": facts["comments"],
        "stances": facts["stances"],
        "agenda": [_agenda_item(item) for item in facts["agenda"]],
        "proposals": [_proposal(proposal, texts) for proposal in facts["proposals"]],
        "asked": [_question(question, texts) for question in facts.get("asked", ())],
        "ballots": [
            _ballot(ballot, texts, record.digest) for ballot in facts["ballots"]
        ],
        "opinions": _opinions(facts.get("opinions", {}), texts),
        "parked": [texts[f"parked-{n}"] for n in range(1, len(facts["parked"]) + 1)],
        "moderation": _moderation(facts["moderation"]),
        "ledger_head": facts["ledger_head"],
        "ledger_digest": facts["ledger_digest"],
    }


def text_file(record: ResultRecord) -> Facts:
    """The texts beside a record, for the download; erased ones are empty."""
    return {
        "record": record.digest,
        "texts": {
            row.key: {"salt": row.salt, "text": row.text}
            for row in record.texts.order_by("key")
        },
    }


def _moment(milliseconds: int | None) -> datetime | None:
    if milliseconds is None:
        return None
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _agenda_item(item: Facts) -> Facts:
    spans = zip(item["began_at"], item["ended_at"], strict=True)
    milliseconds = sum(ended - began for began, ended in spans)
    return {
        "title": item["title"],
        "kind": wording.ITEM_KINDS.get(item["kind"], item["kind"]),
        "planned_minutes": item["planned_minutes"],
        # An item that was never reached has no minutes, not zero.
        "real_minutes": round(milliseconds / 60_000) if item["began_at"] else None,
    }


def _proposal(proposal: Facts, texts: _Texts) -> Facts:
    key = f"proposal-{proposal['number']}"
    title, __, rest = texts[key].partition("\n\n")
    author = f"author-{proposal['author']}"
    return {
        **proposal,
        "title": title,
        "text": rest,
        "kind": wording.PROPOSAL_KINDS.get(proposal["kind"], proposal["kind"]),
        "is_erased": key not in texts,
        "author": "" if key in texts.sealed else texts.kept.get(author, ""),
    }


def _question(question: Facts, texts: _Texts) -> Facts:
    key = f"question-{question['number']}"
    author = f"author-{question['author']}"
    return {
        **question,
        "text": texts[key],
        "is_erased": key not in texts,
        "author": "" if key in texts.sealed else texts.kept.get(author, ""),
    }


def _ballot(ballot: Facts, texts: _Texts, digest: str) -> Facts:
    turnout, eligible = ballot["turnout"], ballot["eligible"]
    rows = [
        {
            "label": texts[f"option-{ballot['number']}-{option['position']}"],
            "number": option["number"],
            "percent": 100 * option["number"] / turnout if turnout else 0,
            "first": option["is_chosen"],
            # Where on the page the contribution stands that was put to the vote.
            "anchor": next(
                (
                    f"{kind}-{option[kind]}"
                    for kind in ("proposal", "question")
                    if option.get(kind)
                ),
                "",
            ),
        }
        for option in ballot["options"]
    ]
    is_annulled = ballot["state"] == "annulled"
    labels = [
        (o["position"], row["label"])
        for o, row in zip(ballot["options"], rows, strict=True)
    ]
    return {
        "result": None if is_annulled else _explained(digest, ballot, dict(labels)),
        "number": ballot["number"],
        "title": texts[f"ballot-{ballot['number']}"],
        "is_annulled": is_annulled,
        "annulled": texts[f"annulled-{ballot['number']}"]
        if ballot.get("annulled")
        else "",
        "round": ballot.get("round", 1),
        "previous": ballot.get("previous"),
        "reasons": [
            texts[f"reason-{ballot['number']}-{at}"]
            for at in range(1, len(ballot.get("reasons", ())) + 1)
        ],
        "outcome": outcome_in_words(ballot["verdict"], rows),
        "rows": rows,
        # The yes of a yes-no ballot stands for its proposal, whose title is another.
        "put": [
            {
                "anchor": row["anchor"],
                "label": texts[row["anchor"]].partition("\n\n")[0],
            }
            for row in rows
            if row["anchor"] in texts
        ],
        "turnout": turnout,
        "eligible": eligible,
        "turnout_percent": 100 * turnout / eligible if eligible else 0,
        "counted_by": ballot["method"],
        "method": wording.METHODS.get(ballot["method"], ballot["method"]),
        "secrecy": wording.SECRECY.get(ballot["secrecy"], ballot["secrecy"]),
        "electorate": wording.ELECTORATES.get(
            ballot["electorate"], ballot["electorate"]
        ),
        "most_options": ballot["most_options"],
        "is_multiple": ballot["method"] == "multiple",
    }


def _explained(digest: str, ballot: Facts, labels: dict[int, str]) -> Any:
    """What the counting floor says; None where nobody here can count."""
    return next((explain(digest, ballot, labels) for explain in _explainers), None)


def _opinions(facts: Facts, texts: _Texts) -> Facts:
    """The opinion map in words: every statement, and which unite and divide."""
    if not facts:
        return {}

    def named(rows: list[Facts]) -> list[Facts]:
        return [
            {
                **row,
                "title": texts[f"proposal-{row['proposal']}"].partition("\n\n")[0],
            }
            for row in rows
        ]

    picture = facts.get("picture", {})
    for oval in picture.get("ovals", ()):
        oval |= {"letter": _letter(oval), "style": oval["id"] % 5}
    return {
        **facts,
        "clearness": wording.clearness_of(facts.get("clearness", 0)),
        "stances": named(facts["stances"]),
        "unites": named(facts["unites"]),
        "divides": named(facts["divides"]),
        "groups": [
            {
                "letter": _letter(group),
                "size": group["size"],
                "stands_for": named(group["stands_for"]),
            }
            for group in facts["groups"]
        ],
    }


def _letter(group: Facts) -> str:
    return chr(ord("A") + group["id"] % 26)


_UNDECIDED = {
    "below_quorum": gettext_lazy("Too few people voted. Nothing is decided."),
    "below_threshold": gettext_lazy("No option reached what it needed."),
    "none_of_these": gettext_lazy("“None of these” was chosen."),
    "objected": gettext_lazy("There are objections. It is not adopted."),
    "noted": gettext_lazy("This shows where people stand. It decides nothing."),
}


def outcome_in_words(verdict: str, rows: list[Facts]) -> str:
    """The verdict in a sentence."""
    if verdict == "annulled":
        return _("This ballot was annulled. Its votes count nowhere.")
    if verdict == "none":
        return _("Nobody voted. Nothing is decided.")
    if verdict in _UNDECIDED:
        return str(_UNDECIDED[verdict])
    if verdict in ("adopted", "rejected"):
        yes, no = rows[0]["number"], rows[1]["number"]
        if verdict == "adopted":
            return _("Adopted, with %(yes)d yes to %(no)d no votes.") % {
                "yes": yes,
                "no": no,
            }
        if yes == no:
            return _("Rejected: %(yes)d yes and %(no)d no votes are a tie.") % {
                "yes": yes,
                "no": no,
            }
        return _("Rejected, with %(yes)d yes to %(no)d no votes.") % {
            "yes": yes,
            "no": no,
        }
    chosen = [row for row in rows if row["first"]]
    number = chosen[0]["number"] if chosen else 0
    names = ", ".join(_("“%(title)s”") % {"title": row["label"]} for row in chosen)
    if verdict == "tied":
        return ngettext(
            "A tie, with %(number)d vote each: %(names)s. No lot was drawn.",
            "A tie, with %(number)d votes each: %(names)s. No lot was drawn.",
            number,
        ) % {"names": names, "number": number}
    return ngettext(
        "Chosen, with %(number)d vote: %(names)s.",
        "Chosen, with %(number)d votes: %(names)s.",
        number,
    ) % {"names": names, "number": number}


def _moderation(figures: dict[str, int]) -> list[Facts]:
    rows = []
    for key, number in figures.items():
        action, __, rule = key.partition(":")
        rows.append(
            {
                "action": wording.DECISIONS.get(action, action),
                "rule": wording.RULES.get(rule, rule),
                "number": number,
            }
        )
    return rows
