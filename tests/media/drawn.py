"""Pictures and clips that are drawn, not photographed: four quarters in four colours."""

from __future__ import annotations

from io import BytesIO
from struct import pack

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

COLOURS = {"red": (230, 30, 30), "green": (30, 200, 30), "blue": (30, 30, 220), "white": (250,) * 3}
UPRIGHT = ["red", "green", "blue", "white"]


def quarters(width: int = 96, height: int = 64) -> Image.Image:
    """Red and green above blue and white."""
    picture = Image.new("RGB", (width, height))
    draw = ImageDraw.Draw(picture)
    for at, colour in enumerate(COLOURS.values()):
        left, top = at % 2 * width // 2, at // 2 * height // 2
        draw.rectangle((left, top, left + width // 2, top + height // 2), fill=colour)
    return picture


def seen(rgb: NDArray[np.uint8]) -> list[str]:
    """The nearest colour's name in the middle of each quarter, row by row."""
    height, width = rgb.shape[:2]
    names = list(COLOURS)
    found = []
    for y in (height // 4, height * 3 // 4):
        for x in (width // 4, width * 3 // 4):
            away = [np.abs(rgb[y, x] - np.array(c)).sum() for c in COLOURS.values()]
            found.append(names[int(np.argmin(away))])
    return found


def encoded(picture: Image.Image, kind: str, **options: object) -> bytes:
    out = BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def clip(kind: str = "mp4", codec: str = "mpeg4", width: int = 96, height: int = 64) -> bytes:
    """Ten frames of `quarters`, drawn by FFmpeg's encoder."""
    out = BytesIO()
    frame = av.VideoFrame.from_ndarray(np.asarray(quarters(width, height)), format="rgb24")
    with av.open(out, "w", format=kind) as container:
        stream = container.add_stream(codec, rate=25)
        stream.width, stream.height = width, height
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        stream.codec_context.gop_size = 5
        stream.bit_rate = 2_000_000
        for number in range(10):
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return out.getvalue()


def with_matrix(mp4: bytes, a: int, b: int, c: int, d: int) -> bytes:
    """The clip with another display matrix in its track header (ISO/IEC 14496-12, 8.3.2)."""
    at = mp4.index(b"tkhd") + 44
    matrix = pack(">9i", a << 16, b << 16, 0, c << 16, d << 16, 0, 0, 0, 1 << 30)
    return mp4[:at] + matrix + mp4[at + 36 :]
