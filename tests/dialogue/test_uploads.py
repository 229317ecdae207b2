"""Uploads: judged by content, written anew, served so that they can do nothing."""

import struct
import time
import zlib
from io import BytesIO

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from dialogue import uploads
from dialogue.models import Material
from dialogue.uploads import CheckedFile, StreamedFile, check_upload, material_response
from shared.errors import Refusal
from tests.factories import make_dialogue


def sent(content: bytes, name: str = "slide.png") -> CheckedFile:
    return check_upload(SimpleUploadedFile(name, content, "image/png"))


def refusal(content: bytes, name: str = "slide.png") -> str:
    with pytest.raises(Refusal) as refused:
        sent(content, name)
    assert refused.value.field == "file"
    return refused.value.code


def picture(
    kind: str = "PNG", size: tuple[int, int] = (40, 30), mode: str = "RGB", **options
) -> bytes:
    file = BytesIO()
    Image.new(mode, size, 120 if mode == "L" else None).save(file, kind, **options)
    return file.getvalue()


def pdf(inside: bytes = b"", after: bytes = b"\n") -> bytes:
    return (
        b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog " + inside + b" >>\nendobj\n"
        b"trailer << /Root 1 0 R >>\nstartxref\n9\n%%EOF" + after
    )


def packed(objects: bytes, name: bytes = b"/ObjStm") -> bytes:
    """A PDF that keeps `objects` in a compressed stream."""
    return pdf().replace(
        b"trailer",
        b"2 0 obj\n<< /Type "
        + name
        + b" /Filter /FlateDecode >>\nstream\n"
        + zlib.compress(objects)
        + b"\nendstream\nendobj\ntrailer",
    )


def png_header(width: int, height: int) -> bytes:
    """A PNG of a few bytes that claims to be `width` by `height`."""
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    rows = b"IDAT" + zlib.compress(b"\0" * 64)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
        for chunk in (head, rows, b"IEND")
    )


# --- pictures ---------------------------------------------------------------
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_picture_becomes_webp(kind: str) -> None:
    checked = sent(picture(kind))

    with Image.open(BytesIO(checked.content)) as drawn:
        assert (drawn.format, drawn.size) == ("WEBP", (40, 30))
    assert checked.kind == Material.Kind.PICTURE


def test_name_is_random_and_type_comes_from_content() -> None:
    first = sent(picture("JPEG"), "../../etc/evil.svg").name
    second = sent(picture("JPEG"), "../../etc/evil.svg").name

    assert first != second
    assert [len(name) for name in (first, second)] == [37, 37]
    assert first.endswith(".webp")


def test_place_and_camera_are_gone() -> None:
    exif = Image.Exif()
    exif[0x010F] = "Kamera von Kim"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (51.0, 29.0, 36.0)
    original = picture("JPEG", exif=exif, comment=b"privat", icc_profile=b"p" * 200)
    with Image.open(BytesIO(original)) as before:
        assert before.getexif().get_ifd(0x8825)[1] == "N"

    checked = sent(original)

    content = checked.content
    with Image.open(BytesIO(content)) as after:
        assert dict(after.getexif()) == {}
        assert after.getexif().get_ifd(0x8825) == {}
        assert "icc_profile" not in after.info
    assert b"Kamera" not in content
    assert b"privat" not in content


def test_picture_is_turned_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6

    with Image.open(BytesIO(sent(picture("JPEG", exif=exif)).content)) as drawn:
        assert drawn.size == (30, 40)


def test_large_picture_is_made_smaller() -> None:
    with Image.open(BytesIO(sent(picture(size=(5120, 1000))).content)) as drawn:
        assert drawn.size == (2560, 500)


def test_transparency_stays() -> None:
    with Image.open(BytesIO(sent(picture(mode="RGBA")).content)) as drawn:
        assert drawn.mode == "RGBA"


def test_first_frame_of_animation() -> None:
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    file = BytesIO()
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])

    with Image.open(BytesIO(sent(file.getvalue()).content)) as drawn:
        red, __, blue = drawn.convert("RGB").tobytes()[:3]
        assert getattr(drawn, "n_frames", 1) == 1
    assert red > 200 > 50 > blue


@pytest.mark.parametrize("side", [50_000, 8_000])
def test_decompression_bomb_is_refused_unread(side: int) -> None:
    began = time.monotonic()

    assert refusal(png_header(side, side)) == "material.pixels"
    assert time.monotonic() - began < 1


def test_allowed_pixels_with_missing_rows_are_broken() -> None:
    assert refusal(png_header(2000, 2000)) == "material.broken"


@pytest.mark.parametrize("keep", [0.2, 0.6, 0.9])
def test_cut_off_picture_is_refused(keep: float) -> None:
    noise = Image.effect_noise((200, 200), 80)
    file = BytesIO()
    noise.save(file, "PNG")

    assert refusal(file.getvalue()[: int(file.tell() * keep)]) == "material.broken"


@pytest.mark.parametrize(
    "content",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<!doctype html><script>alert(1)</script>",
        b"PK\x03\x04 archive",
        b"MZ program",
        b"BM bitmap",
        b"",
        b"RIFF\x00\x00\x00\x00AVI LIST",
    ],
)
def test_other_formats_are_refused(content: bytes) -> None:
    assert refusal(content, "innocent.png") == "material.format"


@pytest.mark.parametrize(
    "content",
    [
        b"GIF89a/*" + b"\0" * 20 + b"*/=1;alert(1)//",
        b"\xff\xd8\xff\xe0<script>alert(1)</script>",
        b"\x89PNG\r\n\x1a\n<?php system($_GET['c']); ?>",
        b"RIFF\x20\x00\x00\x00WEBP<script>alert(1)</script>",
    ],
)
def test_polyglot_of_picture_and_script_is_refused(content: bytes) -> None:
    assert refusal(content) == "material.broken"


def test_what_hangs_on_a_picture_is_not_kept() -> None:
    content = picture("JPEG") + b"<script>alert(1)</script>PK\x03\x04"

    kept = sent(content).content

    assert b"<script>" not in kept
    assert b"PK\x03\x04" not in kept


# --- PDF --------------------------------------------------------------------
def test_plain_pdf_is_kept_as_it_is() -> None:
    checked = sent(pdf(), "slides.pdf")

    assert checked.kind == Material.Kind.PDF
    assert checked.content == pdf()
    assert checked.name.endswith(".pdf")


@pytest.mark.parametrize(
    "content",
    [
        pdf(b"/OpenAction << /S /JavaScript /JS (app.alert(1)) >>"),
        pdf(b"/OpenAction << /S /J#61vaScript /JS (app.alert(1)) >>"),
        pdf(b"/AA << /O << /S /Launch /F (calc.exe) >> >>"),
        pdf(b"%stream\n/S /JavaScript\n%endstream\n"),
        packed(b"1 0 << /S /JavaScript /JS (app.alert(1)) >>"),
        packed(b"1 0 << /S /L#61unch >>"),
        packed(b"1 0 << /S /JavaScript >>", name=b"/Obj#53tm"),
    ],
)
def test_pdf_that_acts_is_refused(content: bytes) -> None:
    assert refusal(content) == "material.active"


def test_pdf_with_harmless_packed_objects_is_kept() -> None:
    content = packed(b"1 0 << /Type /Page /Title (JavaScript explained) >>")

    assert sent(content).content == content


def test_pdf_with_unreadable_packed_objects_is_refused() -> None:
    content = packed(b"x").replace(zlib.compress(b"x"), b"not compressed at all")

    assert refusal(content) == "material.unreadable"


def test_packed_bomb_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "_MOST_UNPACKED", 10_000)

    assert refusal(packed(b"a" * 20_000)) == "material.unreadable"


def test_encrypted_pdf_is_refused() -> None:
    assert refusal(pdf(b"/Encrypt 5 0 R")) == "material.encrypted"


@pytest.mark.parametrize(
    "content",
    [
        pdf(after=b"\nPK\x03\x04 an archive"),
        pdf(after=b"\n<script>alert(1)</script>"),
        pdf(b"(PK\x05\x06)"),
        b"%PDF-1.7\nno end",
    ],
)
def test_polyglot_or_cut_pdf_is_refused(content: bytes) -> None:
    assert refusal(content) == "material.broken"


def test_pdf_that_begins_as_html_is_refused() -> None:
    assert refusal(b"<html>" + pdf()) == "material.format"


# --- size -------------------------------------------------------------------
def test_sizes_are_counted_before_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "LARGEST_PICTURE", len(picture()))
    monkeypatch.setattr(uploads, "LARGEST_PDF", len(pdf()))

    assert len(picture()) < len(pdf())
    assert sent(picture()).kind == Material.Kind.PICTURE
    assert sent(pdf()).kind == Material.Kind.PDF
    assert refusal(picture() + b"\0") == "material.size"
    assert refusal(pdf(b" ")) == "material.size"


def test_limits() -> None:
    assert (uploads.LARGEST_PICTURE, uploads.LARGEST_PDF, uploads.MOST_PIXELS) == (
        10 * 1024 * 1024,
        20 * 1024 * 1024,
        40_000_000,
    )


# --- delivery ---------------------------------------------------------------
def kept(content: bytes, title: str = "Plan") -> Material:
    checked = sent(content)
    material = Material(
        item=make_dialogue(state="draft").agenda.get(), kind=checked.kind, title=title
    )
    material.file.save(checked.name, ContentFile(checked.content))
    return material


def body(response: StreamedFile) -> bytes:
    return b"".join(piece for piece in response)


def closed(response: StreamedFile) -> None:
    """`close` itself would end the request, and with it the test's connection."""
    assert response.file_to_stream is not None
    response.file_to_stream.close()


@pytest.mark.django_db
def test_picture_is_shown_inertly() -> None:
    response = material_response(kept(picture()))

    assert body(response)[8:12] == b"WEBP"
    closed(response)
    assert response["Content-Type"] == "image/webp"
    assert response["Content-Disposition"] == 'inline; filename="Plan.webp"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"


@pytest.mark.django_db
def test_pdf_is_a_download() -> None:
    response = material_response(kept(pdf(), title='a"b\r\nSet-Cookie: x'))

    assert body(response) == pdf()
    closed(response)
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"].startswith("attachment; filename")
    assert "Set-Cookie" not in response.headers


@pytest.fixture
def kept_pdf(db: None) -> Material:
    return kept(pdf())


async def test_file_streams_in_pieces_under_asgi(kept_pdf: Material) -> None:
    response = material_response(kept_pdf)
    response.block_size = 20

    pieces = [piece async for piece in response]

    closed(response)
    assert b"".join(pieces) == pdf()
    assert len(pieces) == -(-len(pdf()) // 20)


@pytest.mark.django_db
def test_material_without_file_is_refused() -> None:
    link = Material(kind=Material.Kind.LINK, title="x", link="https://example.org")

    with pytest.raises(Refusal) as refused:
        material_response(link)

    assert (refused.value.code, refused.value.status) == ("material.no_file", 404)


@pytest.mark.django_db
def test_lost_file_is_refused() -> None:
    material = kept(pdf())
    material.file.storage.delete(str(material.file.name))

    with pytest.raises(Refusal) as refused:
        material_response(material)

    assert refused.value.code == "material.no_file"
