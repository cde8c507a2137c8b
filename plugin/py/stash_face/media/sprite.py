"""A sprite sheet and its cues to tiles, each with the time it shows.

Knows nothing of where the sheet came from.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stash_face.errors import MediaError
from stash_face.media.image import decode
from stash_face.media.naming import titled
from stash_face.media.vtt import Cue

MAX_SHEET = 24_000_000
"""Pixels of a sheet that is taken as it is; larger ones are halved until they are not."""

SMALLEST = 16
"""Pixels of a tile's shorter side in which a face could still be seen."""


class Tile(NamedTuple):
    """A still of the scene at `at` seconds: RGB uint8 (H, W, 3), a view into its sheet."""

    at: float
    picture: NDArray[np.uint8]


def decode_sheet(data: bytes | Path, name: str = "") -> NDArray[np.uint8]:
    """The sheet as RGB uint8 (H, W, 3), its tiles at full size; MediaError as of `decode`."""
    return decode(data, name, _sheet_reduction)


def tiles(sheet: NDArray[np.uint8], cues: Sequence[Cue], name: str = "") -> list[Tile]:
    """The tiles of one sheet in the order of their cues. MediaError naming both sizes where the
    cues reach beyond the sheet or leave more than a row and a column of tiles of it unused.
    """
    factor = _factor(sheet, cues, titled("sprite", name))
    found = []
    for cue in cues:
        top, left = cue.y // factor, cue.x // factor
        bottom, right = (cue.y + cue.h) // factor, (cue.x + cue.w) // factor
        picture = sheet[top:bottom, left:right]
        if min(picture.shape[:2]) >= SMALLEST:
            found.append(Tile(cue.start, picture))
    return found


def _factor(sheet: NDArray[np.uint8], cues: Sequence[Cue], title: str) -> int:
    """By how much the sheet was divided when it was decoded."""
    height, width = sheet.shape[:2]
    across = max(cue.x + cue.w for cue in cues)
    down = max(cue.y + cue.h for cue in cues)
    widest, tallest = max(cue.w for cue in cues), max(cue.h for cue in cues)
    factor = _sheet_reduction(across, down)
    wanted = (-(-across // factor), -(-down // factor))
    spare = (width - wanted[0], height - wanted[1])
    if min(spare) < 0 or spare[0] >= widest or spare[1] >= tallest:
        raise MediaError(
            f"{title} is {width} x {height} pixels large, but its list of parts speaks of "
            f"{across} x {down}; generate the sprite again in Stash."
        )
    return factor


def _sheet_reduction(width: int, height: int) -> int:
    # Powers of two alone: those libjpeg divides by while it decodes, rounding up.
    factor = 1
    while width * height > MAX_SHEET * factor**2:
        factor *= 2
    return factor
