"""How much of a picture is read: the limits that keep one file from filling the memory."""

from __future__ import annotations

from math import isqrt

from stash_face.errors import MediaError

MAX_PIXELS = 120_000_000
"""Pixels of a picture, by its header. The largest camera sensors have about 100 megapixels."""

MAX_BYTES = 200_000_000
"""Bytes of a picture that is held in memory as a file."""

WORKING_SIDE = 2560
"""Pixels that the long side keeps when a picture is reduced: a face of 40 px in a photo of
6000 px is still 20 px, and a detector looks at 640 px first."""


def check_pixels(width: int, height: int, title: str) -> None:
    """Refuse a picture above MAX_PIXELS; call it with the header's size, before decoding."""
    if width * height > MAX_PIXELS:
        raise MediaError(
            f"{title} is {width} x {height} pixels large ({width * height / 1e6:.0f} megapixels), "
            f"above the limit of {MAX_PIXELS // 1_000_000} megapixels; save a smaller copy of it."
        )


def reduction(width: int, height: int) -> int:
    """The whole number by which both sides are divided; 1 keeps the picture as it is.

    What is left has at most 4 * WORKING_SIDE**2 pixels and its long side at least WORKING_SIDE.
    A long strip is reduced less than a photo: dividing by its long side alone would leave
    nothing of the faces across its short one.
    """
    long, short = max(width, height), min(width, height)
    by_area = isqrt(width * height // WORKING_SIDE**2)
    return max(1, min(long // WORKING_SIDE, max(short // (WORKING_SIDE // 2), by_area)))
