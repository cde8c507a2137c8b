from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from stash_face.errors import MediaError
from stash_face.media.sprite import MAX_SHEET, decode_sheet, tiles
from stash_face.media.vtt import Cue
from tests.media.drawn import encoded


def cues(columns: int, rows: int, w: int, h: int, step: float = 20.0) -> list[Cue]:
    return [
        Cue(i * step, (i + 1) * step, "s.jpg", i % columns * w, i // columns * h, w, h)
        for i in range(columns * rows)
    ]


def sheet(columns: int, rows: int, w: int, h: int) -> NDArray[np.uint8]:
    """Every tile in a grey of its own."""
    shades = np.arange(columns * rows, dtype=np.uint8).reshape(rows, columns)
    return np.repeat(np.kron(shades, np.ones((h, w), np.uint8))[..., None], 3, axis=2)


@pytest.mark.parametrize(
    ("columns", "rows", "w", "h"),
    [
        (9, 9, 160, 90),
        (9, 9, 160, 284),  # portrait
        (9, 9, 160, 120),  # 4:3
        (3, 4, 90, 160),  # v0.31: the longest side has 160
        (2, 1, 640, 360),
        (1, 1, 160, 90),
    ],
)
def test_tiles_are_what_the_list_says(columns: int, rows: int, w: int, h: int) -> None:
    found = tiles(sheet(columns, rows, w, h), cues(columns, rows, w, h))

    assert [tile.at for tile in found] == [i * 20.0 for i in range(columns * rows)]
    for number, tile in enumerate(found):
        assert tile.picture.shape == (h, w, 3)
        assert (tile.picture == number).all()


@pytest.mark.parametrize(
    ("across", "down"),
    [
        (720, 405),  # half as large
        (2880, 1620),  # twice as large: the list would show quarters of tiles
        (1440, 900),  # a row that the list does not know
        (1280, 810),
    ],
)
def test_a_sheet_of_another_size_than_its_list_is_refused(across: int, down: int) -> None:
    with pytest.raises(MediaError) as refused:
        tiles(np.zeros((down, across, 3), np.uint8), cues(9, 9, 160, 90), "s.jpg")

    assert refused.value.sentence == (
        f'The sprite "s.jpg" is {across} x {down} pixels large, but its list of parts speaks of '
        "1440 x 810; generate the sprite again in Stash."
    )


def test_a_part_of_the_last_row_may_be_empty() -> None:
    assert len(tiles(sheet(3, 2, 160, 90), cues(3, 2, 160, 90)[:4])) == 4


def test_parts_too_small_for_any_face_are_left_out() -> None:
    few = [*cues(2, 1, 160, 90), Cue(40.0, 60.0, "s.jpg", 0, 0, 8, 8)]

    assert [tile.at for tile in tiles(sheet(2, 1, 160, 90), few)] == [0.0, 20.0]


def test_a_sheet_is_decoded_at_full_size() -> None:
    # A photo of that size would come reduced.
    assert decode_sheet(encoded(Image.new("RGB", (5200, 2600)), "JPEG")).shape == (2600, 5200, 3)


def test_a_sheet_too_large_for_the_memory_comes_halved_and_its_tiles_still_fit() -> None:
    columns, rows, w, h = 9, 9, 640, 640
    assert columns * rows * w * h > MAX_SHEET
    shades = Image.fromarray(sheet(columns, rows, 8, 8)).resize((5760, 5760), 0)

    found = tiles(decode_sheet(encoded(shades, "JPEG")), cues(columns, rows, w, h))

    assert {tile.picture.shape for tile in found} == {(320, 320, 3)}
    middles = [int(tile.picture[160, 160, 0]) for tile in found]
    assert middles == pytest.approx(range(81), abs=1)
