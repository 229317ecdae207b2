"""What every typed event shares. Each app lists its own in `events.py`."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict

EVERYBODY = "everybody"
MODERATORS = "moderators"


class Event(BaseModel):
    """A fact in the past tense, with ids and numbers only.

    `kind` is "noun.verbed". `audience` says who hears of it. `concerns` is the
    participation whose own view changed, if any: its sockets are told to look.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: ClassVar[str]
    audience: ClassVar[str] = EVERYBODY
    concerns: int | None = None
