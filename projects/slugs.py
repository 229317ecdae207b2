"""Short names in addresses, made from German titles."""

from django.db import models
from django.utils.text import slugify

LONGEST_SLUG = 80
_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


def free_slug(model: type[models.Model], title: str, fallback: str) -> str:
    """A slug from `title` that no row of `model` has yet: "hoerde", "hoerde-2"."""
    stem = slugify(title.lower().translate(_GERMAN))[: LONGEST_SLUG - 5].strip("-")
    stem = stem or fallback
    taken = set(
        model._default_manager.filter(slug__startswith=stem).values_list(
            "slug", flat=True
        )
    )
    slug, number = stem, 1
    while slug in taken:
        number += 1
        slug = f"{stem}-{number}"
    return slug
