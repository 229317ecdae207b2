"""What the tests of planning share."""

from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from accounts.models import Person
from dialogue.models import Dialogue
from dialogue.planning_facts import DialogueFacts, ItemFacts
from ledger.models import Entry
from shared.errors import Refusal

JSON = {"Accept": "application/json"}
BERLIN = ZoneInfo("Europe/Berlin")
EVENING = datetime(2027, 3, 4, 18, 0, tzinfo=BERLIN)
FOREIGN = {
    "refused": {
        "code": "right.missing",
        "message": "You cannot do this here. It may not exist, or it is not open to "
        "you.",
    }
}


def signed_in(person: Person) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(person)
    return client


def address(name: str, dialogue: Dialogue, *rest: int) -> str:
    return reverse(f"planning:{name}", args=[dialogue.code, *rest])


def basics(**facts: Any) -> DialogueFacts:
    return DialogueFacts(
        **{
            "title": "Sicher zur Schule",
            "summary": "Ein Abend.",
            "starts_at": EVENING,
            "ground_rules": "Wir hören einander zu.",
            "privacy_notice": "Wir speichern wenig.",
            **facts,
        }
    )


def step(**facts: Any) -> ItemFacts:
    return ItemFacts(**{"kind": "input", "title": "Punkt", "minutes": 10, **facts})


def kinds_recorded(dialogue: Dialogue) -> list[str]:
    entries = Entry.objects.filter(stream=dialogue.stream).order_by("seq")
    return list(entries.values_list("kind", flat=True))


def sent(kind: str = "PNG") -> SimpleUploadedFile:
    file = BytesIO()
    Image.new("RGB", (8, 8), "green").save(file, kind)
    return SimpleUploadedFile("plan.png", file.getvalue(), "image/png")


def refused_code(verb: Callable[..., Any], **facts: Any) -> str:
    with pytest.raises(Refusal) as refused:
        verb(**facts)
    return refused.value.code
