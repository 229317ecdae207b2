"""The go-live check: what keeps a dialogue from beginning, and what is better mended.

What "blocks" makes the evening impossible, or wrong for those who come: the doors stay
shut (`refuse_unready`). What "warns" is said, and left to the moderation.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.second_factor import FACTORS
from dialogue.models import AgendaItem, Dialogue, Material, Participation
from dialogue.qualified_queries import qualified_leads
from shared import clock
from shared.errors import Refusal

BLOCKS, WARNS = "blocks", "warns"
Role = Participation.Role
_check_link = URLValidator(schemes=["http", "https"])


@dataclass(frozen=True)
class Finding:
    """Something that is wrong, and the address of the place to mend it."""

    kind: str
    code: str
    text: str
    link: str

    @property
    def blocks(self) -> bool:
        return self.kind == BLOCKS


def check(dialogue: Dialogue) -> list[Finding]:
    """Everything that is wrong, in the reader's language; what blocks comes first."""
    found = [
        *_about_texts(dialogue),
        *_about_people(dialogue),
        *_about_agenda(dialogue),
        *_about_materials(dialogue),
        *_about_ballots(dialogue),
    ]
    return sorted(found, key=lambda finding: finding.kind)


def blocking(dialogue: Dialogue) -> list[Finding]:
    return [finding for finding in check(dialogue) if finding.blocks]


def refuse_unready(dialogue: Dialogue) -> None:
    """Refuse to begin, naming all that blocks."""
    found = blocking(dialogue)
    if found:
        raise Refusal(
            "golive.blocked",
            gettext_lazy("This must be mended first: %(what)s")
            % {"what": " ".join(finding.text for finding in found)},
        )


def _about_texts(dialogue: Dialogue) -> Iterator[Finding]:
    basics = reverse("planning:basics", args=[dialogue.code])
    blocks = partial(Finding, BLOCKS, link=basics)
    warns = partial(Finding, WARNS, link=basics)
    if not dialogue.privacy_notice.strip():
        yield blocks("privacy", text=_("There is no privacy notice."))
    if not dialogue.ground_rules.strip():
        yield blocks("rules", text=_("There are no ground rules."))
    if dialogue.ends_by and dialogue.ends_by <= dialogue.starts_at:
        yield blocks("end", text=_("It must end before it begins."))
    if not dialogue.is_rehearsal and dialogue.starts_at < clock.now():
        yield warns("past", text=_("The time at which it begins is past."))
    if not dialogue.summary_easy.strip():
        yield warns("easy", text=_("There is no text in easy language."))
    if not dialogue.hotline.strip():
        yield warns("hotline", text=_("There is no hotline number."))
    if not (dialogue.title_en.strip() and dialogue.summary_en.strip()):
        yield warns("english", text=_("Title or summary is missing in English."))
    conference: Any = getattr(dialogue, "conference", None)
    if conference is not None and (
        (conference.kind == "link" and not conference.link)
        or _is_malformed(conference.link)
        or _is_malformed(conference.captions_link)
    ):
        yield warns("conference", text=_("The address of the video is not usable."))


def _about_people(dialogue: Dialogue) -> Iterator[Finding]:
    people = reverse("planning:people", args=[dialogue.code])
    official = list(
        dialogue.participations.filter(
            role__in=Participation.OFFICIAL_ROLES,
            state=Participation.State.ADMITTED,
        ).select_related("person")
    )
    leads = [row for row in official if row.role == Role.LEAD_MODERATOR]
    if not leads:
        yield Finding(BLOCKS, "lead", _("There is no lead moderator."), people)
    elif not qualified_leads(dialogue).exists():
        yield Finding(
            BLOCKS,
            "qualified",
            _(
                "No lead moderator may steer yet: a valid certificate and a statement "
                "about interests are needed."
            ),
            people,
        )
    if not any(row.role == Role.TECHNICAL_HOST for row in official):
        yield Finding(WARNS, "host", _("There is no technical host."), people)
    for row in official:
        if not settings.DEMO and not is_mfa_enabled(row.person, FACTORS):
            yield Finding(
                WARNS,
                "second_factor",
                _("%(name)s has no second factor yet, and cannot open the desk.")
                % {"name": row.display_name},
                people,
            )
    if (
        dialogue.access == Dialogue.Access.INVITATION
        and not dialogue.invitations.exists()
    ):
        yield Finding(
            WARNS,
            "invitations",
            _("It is by invitation, and nobody is invited."),
            people,
        )


def _about_agenda(dialogue: Dialogue) -> Iterator[Finding]:
    agenda = list(dialogue.agenda.all())
    link = reverse("planning:agenda", args=[dialogue.code])
    if not agenda:
        yield Finding(BLOCKS, "agenda", _("The agenda is empty."), link)
        return
    for item in agenda:
        if item.minutes < 1:
            yield Finding(
                BLOCKS,
                "minutes",
                _("“%(item)s” has no minutes.") % {"item": item.title},
                _place(dialogue, item),
            )
    minutes = sum(item.planned_minutes for item in agenda)
    if dialogue.ends_by and dialogue.mode != Dialogue.Mode.ONLINE:
        planned = int((dialogue.ends_by - dialogue.starts_at) / timedelta(minutes=1))
        if minutes > planned >= 0:
            over = minutes - planned
            yield Finding(
                BLOCKS,
                "over_time",
                ngettext(
                    "The agenda is %(over)d minute longer than the time there is.",
                    "The agenda is %(over)d minutes longer than the time there is.",
                    over,
                )
                % {"over": over},
                link,
            )
    lacking = sum(not item.title_en.strip() for item in agenda)
    if lacking:
        yield Finding(
            WARNS,
            "english_agenda",
            ngettext(
                "%(number)d agenda item has no English title.",
                "%(number)d agenda items have no English title.",
                lacking,
            )
            % {"number": lacking},
            link,
        )


def _about_materials(dialogue: Dialogue) -> Iterator[Finding]:
    for row in Material.objects.filter(item__dialogue=dialogue).select_related("item"):
        place = _place(dialogue, row.item)
        if row.kind == Material.Kind.PICTURE and not row.description.strip():
            yield Finding(
                WARNS,
                "picture",
                _("The picture “%(title)s” has no description.") % {"title": row.title},
                place,
            )
        if row.kind == Material.Kind.LINK and (not row.link or _is_malformed(row.link)):
            yield Finding(
                WARNS,
                "link",
                _("The link “%(title)s” is not usable.") % {"title": row.title},
                place,
            )


def _about_ballots(dialogue: Dialogue) -> Iterator[Finding]:
    # Ballots live on the floor above: only their reverse relation is used here.
    ballots: Any = dialogue.ballots
    desk = reverse("live:desk", args=[dialogue.code])
    drafts = ballots.filter(state="draft").annotate(choices=Count("options"))
    for ballot in drafts:
        if ballot.choices < 2:
            yield Finding(
                BLOCKS,
                "options",
                _("The ballot “%(title)s” has no options.") % {"title": ballot.title},
                desk,
            )
    voting = dialogue.agenda.filter(allows_vote=True).first()
    if voting is not None and not ballots.exists():
        yield Finding(
            WARNS,
            "ballot",
            _("“%(item)s” is for voting, and no ballot is prepared.")
            % {"item": voting.title},
            desk,
        )


def _place(dialogue: Dialogue, item: AgendaItem) -> str:
    return reverse("planning:item_edit", args=[dialogue.code, item.pk])


def _is_malformed(link: str) -> bool:
    if not link:
        return False
    try:
        _check_link(link)
    except ValidationError:
        return True
    return False
