"""Messages about what others did to somebody's place or words in a dialogue."""

from django.urls import reverse
from django.utils import translation
from django.utils.functional import Promise

from accounts.actions import write_message
from dialogue.models import Dialogue, Participation


def tell(
    participation: Participation,
    dialogue: Dialogue,
    subject: str | Promise,
    body: str | Promise,
    **facts: object,
) -> None:
    """To the account, and by mail if known; `body` is filled in with `facts`.

    A person's own language is not stored: messages are German first, so subject and
    body are lazy.
    """
    with translation.override("de"):
        write_message(
            person=participation.person,
            subject=str(subject),
            body=str(body) % {"dialogue": dialogue.title, **facts},
            link=reverse("live:room", args=[dialogue.code]),
        )
