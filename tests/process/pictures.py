"""Pictures drawn by the tests, and files that only claim to be pictures."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageDraw


def drawn(width: int, height: int, colour: str = "steelblue", kind: str = "JPEG") -> bytes:
    """A picture without a face; another colour makes another file."""
    picture = Image.new("RGB", (width, height), colour)
    ImageDraw.Draw(picture).line((0, 0, width, height), "white", 3)
    out = io.BytesIO()
    picture.save(out, kind)
    return out.getvalue()


def png_header(width: int, height: int) -> bytes:
    """The first 33 bytes of a PNG of that size."""
    body = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n\0\0\0\x0d" + body + struct.pack(">I", zlib.crc32(body))


def bomb() -> bytes:
    """50,000 x 50,000 pixels in 2 kB."""
    rows = zlib.compress(bytes(1_000_000), 9)
    data = struct.pack(">I", len(rows)) + b"IDAT" + rows + struct.pack(">I", zlib.crc32(rows))
    return png_header(50_000, 50_000) + data


def tiled(path: Path, columns: int, rows: int) -> bytes:
    """The picture several times beside and above itself."""
    with Image.open(path) as picture:
        small = picture.convert("RGB").resize((picture.width // 2, picture.height // 2))
    sheet = Image.new("RGB", (small.width * columns, small.height * rows))
    for column in range(columns):
        for row in range(rows):
            sheet.paste(small, (column * small.width, row * small.height))
    out = io.BytesIO()
    sheet.save(out, "JPEG", quality=90)
    return out.getvalue()


UNREADABLE: dict[str, tuple[Callable[[], bytes], str]] = {
    # file name: (content, what the user reads)
    "truncated.jpg": (
        lambda: drawn(400, 300)[:900],
        'The picture "truncated.jpg" is cut off or damaged (JPEG); copy or download it again.',
    ),
    "text.jpg": (
        lambda: b"404 page not found\n",
        'The picture "text.jpg" holds text, not a picture; copy or download it again.',
    ),
    "empty.jpg": (
        lambda: b"",
        'The picture "empty.jpg" is an empty file of 0 bytes; copy or download it again.',
    ),
    "noise.jpg": (
        lambda: bytes(range(256)) * 8,
        'The picture "noise.jpg" is neither a picture nor a video that can be read; copy or '
        "download it again.",
    ),
    "bomb.png": (
        bomb,
        'The picture "bomb.png" is 50000 x 50000 pixels large (2500 megapixels), above the limit '
        "of 120 megapixels; save a smaller copy of it.",
    ),
}
