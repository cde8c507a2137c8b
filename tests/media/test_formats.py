from __future__ import annotations

from struct import pack

import pytest

from stash_face.media.formats import sniff, webp_size
from tests.media.drawn import encoded, quarters


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "JPEG"),
        (b"RIFF\x24\0\0\0WEBPVP8 ", "WEBP"),
        (b"RIFF\x24\0\0\0AVI LIST", "VIDEO"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "UNKNOWN"),
        (b"II*\0\x08\0\0\0", "TIFF"),
        (b"MM\0+\0\x08\0\0", "TIFF"),  # BigTIFF
        (b"\0\0\0\x1cftypheic\0\0\0\0mif1heicmiaf", "HEIF"),  # iPhone
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "HEIF"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf", "AVIF"),  # some AVIF writers
        (b"\0\0\0\x1cftypavis\0\0\0\0avifmif1miaf", "AVIF"),  # animated
        (b"\0\0\0\x14ftypisom\0\0\0\0avif", "VIDEO"),
        (b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", "VIDEO"),
        (b"\0\0\0\x08wide\0\0\0\0mdat", "VIDEO"),  # QuickTime before file types
        (b"\x1a\x45\xdf\xa3\x9fB\x86\x81", "VIDEO"),
        (b"BM\x36\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0", "BMP"),
        (b"BMW for sale, hardly used", "TEXT"),
        (b"\xff\x0a\xfa\x9f", "JXL"),
        (b"<!DOCTYPE html>\n<html>", "TEXT"),
        (b"\xef\xbb\xbfGr\xc3\xbc\xc3\x9fe\r\n", "TEXT"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "TEXT"),
        (b"PK\x03\x04\x14\0\0\0\x08\0", "UNKNOWN"),
        (b"\0" * 64, "UNKNOWN"),
    ],
)
def test_a_file_is_what_its_first_bytes_say(head: bytes, kind: str) -> None:
    assert sniff(head) == kind


@pytest.mark.parametrize("options", [{}, {"lossless": True}, {"exif": b"Exif\0\0II*\0\0\0\0\0"}])
def test_the_size_of_a_webp_is_read_from_its_header(options: dict[str, object]) -> None:
    assert webp_size(encoded(quarters(321, 123), "WEBP", **options)[:64]) == (321, 123)


def test_a_webp_header_that_ends_early_has_no_size() -> None:
    assert webp_size(b"RIFF" + pack("<I", 20) + b"WEBPVP8X") is None
    assert webp_size(b"RIFF" + pack("<I", 20) + b"WEBPABCD" + b"\0" * 40) is None
