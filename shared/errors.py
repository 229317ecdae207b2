"""The one exception that reaches a person's screen."""

from typing import Any

from django.http import HttpRequest


class Refusal(Exception):
    """A rule or a right says no.

    `code` is stable and dotted ("ballot.closed"); `message` is translated and
    tells the person what to do; `status` is the HTTP status; `field` names the
    input that caused it; `retry_after` is in seconds; `seen` is what the form's field
    of that name would be now, for whoever was told and sends again. `page` is the
    template that is shown where no script asks.
    """

    page = "portal/refused.html"

    def __init__(
        self,
        code: str,
        message: Any,
        *,
        status: int = 409,
        field: str | None = None,
        retry_after: int | None = None,
        seen: str | int | None = None,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.status = status
        self.field = field
        self.retry_after = retry_after
        self.seen = seen

    def as_dict(self) -> dict[str, Any]:
        """For a socket reply or a JSON answer, in the active language."""
        facts: dict[str, Any] = {"code": self.code, "message": str(self.message)}
        if self.field:
            facts["field"] = self.field
        if self.retry_after is not None:
            facts["retry_after"] = self.retry_after
        if self.seen is not None:
            facts["seen"] = self.seen
        return facts


def wants_json(request: HttpRequest) -> bool:
    """Whether a script asks, which shows a refusal in its own place."""
    return request.headers.get("Accept", "").startswith("application/json")
