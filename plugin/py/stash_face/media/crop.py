"""Small face pictures for people to look at."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

MARGIN = 1.25
"""Side of the square, in sides of the face's box."""

QUALITY = 80
"""JPEG quality: 112 px come to about 4 kB."""


def thumbnail(
    rgb: NDArray[np.uint8], box: tuple[float, float, float, float], side: int = 112
) -> bytes:
    """JPEG of `side` x `side` pixels around a face, without metadata.

    rgb: uint8 (H, W, 3). box: x1, y1, x2, y2 in its pixels; it may reach over the border, the
    square is moved inside and never stretched.
    """
    left, top, size = _square(box, rgb.shape[1], rgb.shape[0])
    crop = np.ascontiguousarray(rgb[top : top + size, left : left + size])
    picture = Image.fromarray(crop).resize((side, side), Image.Resampling.BICUBIC)
    out = BytesIO()
    picture.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def _square(
    box: tuple[float, float, float, float], width: int, height: int
) -> tuple[int, int, int]:
    x1, y1, x2, y2 = box
    size = max(1, min(round(MARGIN * max(x2 - x1, y2 - y1)), width, height))
    left = min(max(round((x1 + x2 - size) / 2), 0), width - size)
    top = min(max(round((y1 + y2 - size) / 2), 0), height - size)
    return left, top, size
