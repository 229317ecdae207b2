"""What the room's script says, in the active language."""

from django.utils.translation import gettext as _


def script_texts() -> dict[str, str]:
    """Key -> text; `{n}` and `{name}` are filled in by the script.

    Keys ending in `_one` and `_other` are chosen by number.
    """
    return {
        "waiting": _("Many are sending at once. It is sent again in a moment."),
        "not_sent": _("Not sent: the connection was lost. Please send it again."),
        "offline": _("It will be sent as soon as the connection is back."),
        "draft_saved": _("Draft saved"),
        "chars_left_one": _("{n} character left"),
        "chars_left_other": _("{n} characters left"),
        "chars_over_one": _("1 character too many"),
        "chars_over_other": _("too many characters: shorten by {n}"),
        "choices_left_one": _("You can choose one more."),
        "choices_left_other": _("Choices left: {n}"),
        "choices_over_one": _("One choice too many."),
        "choices_over_other": _("Too many choices: take back {n}."),
        "turn_of": _("Ballot {place} of {all}"),
        "turn_back": _("Back"),
        "turn_next": _("Next"),
        "close": _("Close"),
        "keys_title": _("Keys of this screen"),
        "keys_on": _("Use single keys on this screen"),
        "reply_cancel": _("Do not reply"),
        "reload": _("Reload the page"),
        "reload_4410": _("Go to my table"),
        "bye": _("The connection was ended by the server."),
        "bye_4401": _("You are signed out. Please join again."),
        "bye_4403": _("You no longer take part in this dialogue."),
        "bye_4410": _(
            "You sit at another table now. What you have typed stays in this browser."
        ),
        "bye_4404": _("This dialogue does not exist."),
        "more_one": _("and one more"),
        "more_other": _("and {n} more"),
        "yes": _("Yes"),
        "no": _("No"),
        "load_failed": _("This could not be loaded. Please close and open it again."),
    }
