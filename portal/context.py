"""What every template may use."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

THEMES = ("system", "light", "dark")


def city(request: HttpRequest) -> dict[str, Any]:
    """The city's name and contact, and the person's own choice of theme."""
    theme = request.COOKIES.get("theme", "system")
    return {
        "city_name": settings.CITY_NAME,
        "contact_mail": settings.CONTACT_MAIL,
        "contact_phone": settings.CONTACT_PHONE,
        "theme": theme if theme in THEMES else "system",
        "is_demo": settings.DEMO,
    }
