"""Uploaded materials: checked by content, written anew, served inertly.

A picture is decoded completely and encoded again, so nothing of the sent bytes
(metadata, appended files, broken chunks) is ever delivered. A PDF cannot be
written anew here; it is refused when it could act, and is always a download.
"""

import re
import secrets
import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePath
from typing import Any

from asgiref.sync import sync_to_async
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps

from dialogue.models import Material
from shared.errors import Refusal

MEGABYTE = 1024 * 1024
LARGEST_PICTURE = 10 * MEGABYTE
LARGEST_PDF = 20 * MEGABYTE
MOST_PIXELS = 40_000_000
LONGEST_SIDE = 2560
FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
# Also for whatever else opens a picture in this process.
Image.MAX_IMAGE_PIXELS = MOST_PIXELS

_CONTENT_TYPES = {".webp": "image/webp", ".pdf": "application/pdf"}
_POLICY = "default-src 'none'; sandbox"
_ACTIVE = re.compile(rb"/(?:JavaScript|Launch)(?![A-Za-z0-9])")
_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
# As much as the dictionary in front of a stream may need.
_DICTIONARY = 2000
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
# Together, for all packed parts of one file: no decompression bomb.
_MOST_UNPACKED = 32 * MEGABYTE


@dataclass(frozen=True)
class CheckedFile:
    """A file that may be kept: its kind, and bytes under a random name."""

    kind: Material.Kind
    name: str
    content: bytes


def check_upload(upload: UploadedFile) -> CheckedFile:
    """`upload` as it may be kept, by its content alone; its name counts nothing."""
    if (upload.size or 0) > LARGEST_PDF:
        raise _too_large()
    upload.seek(0)
    start = upload.read(16)
    upload.seek(0)
    if start.startswith(b"%PDF-"):
        return _named(Material.Kind.PDF, ".pdf", _checked_pdf(upload.read()))
    if not _is_picture(start):
        raise Refusal(
            "material.format",
            _("Please choose a picture (PNG, JPEG, WebP, GIF) or a PDF file."),
            status=400,
            field="file",
        )
    if (upload.size or 0) > LARGEST_PICTURE:
        raise _too_large()
    return _named(Material.Kind.PICTURE, ".webp", _redrawn(upload.read()))


def _named(kind: Material.Kind, suffix: str, content: bytes) -> CheckedFile:
    return CheckedFile(kind, secrets.token_hex(16) + suffix, content)


def _too_large() -> Refusal:
    return Refusal(
        "material.size",
        _("This file is too large: pictures up to 10 MB, PDF files up to 20 MB."),
        status=400,
        field="file",
    )


def _is_picture(start: bytes) -> bool:
    return start.startswith(
        (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a")
    ) or (start.startswith(b"RIFF") and start[8:12] == b"WEBP")


def _redrawn(content: bytes) -> bytes:
    """The first frame as WebP without metadata, upright, at most LONGEST_SIDE."""
    broken = Refusal(
        "material.broken",
        _("This picture cannot be read. Please save it again and retry."),
        status=400,
        field="file",
    )
    try:
        with Image.open(BytesIO(content), formats=FORMATS) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise _too_many_pixels()
            picture.verify()
        # `verify` leaves the file unusable: the second opening decodes all of it.
        with Image.open(BytesIO(content), formats=FORMATS) as picture:
            picture.load()
            upright = ImageOps.exif_transpose(picture)
        see_through = upright.has_transparency_data
        plain = upright.convert("RGBA" if see_through else "RGB")
        plain.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        # Colour profile, comments and camera data live here.
        plain.info.clear()
        redrawn = BytesIO()
        plain.save(redrawn, "WEBP", quality=90, method=4)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_many_pixels() from None
    except (OSError, SyntaxError, ValueError, EOFError, zlib.error):
        raise broken from None
    return redrawn.getvalue()


def _too_many_pixels() -> Refusal:
    return Refusal(
        "material.pixels",
        _("This picture has more than 40 million pixels. Please make it smaller."),
        status=400,
        field="file",
    )


def _checked_pdf(content: bytes) -> bytes:
    """`content` if it is one whole PDF file that cannot act by itself."""
    body, mark, rest = content.rpartition(b"%%EOF")
    # An archive's directory stands at its end; a PDF may not be one as well.
    if not mark or rest.strip() or b"PK\x05\x06" in content[-66_000:]:
        raise Refusal(
            "material.broken",
            _("This PDF file is damaged or incomplete. Please export it again."),
            status=400,
            field="file",
        )
    plain = _names(body)
    if b"/Encrypt" in plain:
        raise Refusal(
            "material.encrypted",
            _("This PDF file is encrypted and cannot be checked. Please save it "
              "without a password."),
            status=400,
            field="file",
        )  # fmt: skip
    if _ACTIVE.search(plain) or any(_ACTIVE.search(part) for part in _unpacked(body)):
        raise Refusal(
            "material.active",
            _("This PDF file contains a script or starts programs. Please export "
              "it again, for example by printing to PDF."),
            status=400,
            field="file",
        )  # fmt: skip
    return content


def _names(text: bytes) -> bytes:
    """PDF names may be written as /J#61vaScript: show them as they are meant."""
    return _ESCAPED.sub(lambda match: bytes([int(match[1], 16)]), text)


def _unpacked(body: bytes) -> list[bytes]:
    """The objects that a PDF keeps compressed; unreadable ones are refused."""
    parts: list[bytes] = []
    left = _MOST_UNPACKED
    for match in _STREAM.finditer(body):
        before = body[max(0, match.start() - _DICTIONARY) : match.start()]
        if b"/ObjStm" not in _names(before.rpartition(b" obj")[2]):
            continue
        unpacker = zlib.decompressobj()
        try:
            part = unpacker.decompress(match[1], left)
        except zlib.error:
            part = b""
        left -= len(part)
        if not part or left <= 0:
            raise Refusal(
                "material.unreadable",
                _("Parts of this PDF file cannot be checked. Please export it again."),
                status=400,
                field="file",
            )
        parts.append(_names(part))
    return parts


class StreamedFile(FileResponse):
    """A file in pieces under ASGI too, where Django would read all of it first."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if self.file_to_stream is None:
            return
        read = sync_to_async(self.file_to_stream.read, thread_sensitive=False)
        while piece := await read(self.block_size):
            yield piece


def material_response(material: Material) -> StreamedFile:
    """The file of `material`: pictures shown, everything else a download.

    The caller has checked the right. Even opened alone the file can do nothing:
    exact type, no sniffing, sandbox.
    """
    suffix = PurePath(material.file.name or "").suffix
    content_type = _CONTENT_TYPES.get(suffix)
    if content_type is None:
        raise Refusal("material.no_file", _("There is no file here."), status=404)
    try:
        opened = material.file.open("rb")
    except FileNotFoundError:
        raise Refusal(
            "material.no_file", _("There is no file here."), status=404
        ) from None
    facts: dict[str, Any] = {
        "as_attachment": material.kind != Material.Kind.PICTURE,
        "filename": f"{material.title[:80]}{suffix}",
    }
    response = StreamedFile(opened, content_type=content_type, **facts)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = _POLICY
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, max-age=300"
    return response
