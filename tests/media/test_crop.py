from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from stash_face.media.crop import thumbnail
from tests.media.drawn import COLOURS, quarters

PICTURE = np.asarray(quarters(400, 300))


def opened(jpeg: bytes) -> Image.Image:
    with Image.open(BytesIO(jpeg)) as picture:
        picture.load()
        return picture


def test_a_thumbnail_is_a_small_plain_jpeg_of_the_face_and_a_margin() -> None:
    # 160 px around (100, 75) widened by a quarter: 200 px, of which the right half is green.
    jpeg = thumbnail(PICTURE, (120, 10, 280, 140))
    picture = opened(jpeg)

    assert (picture.format, picture.mode, picture.size) == ("JPEG", "RGB", (112, 112))
    assert not set(picture.info) & {"exif", "icc_profile", "xmp", "comment"}
    assert nearest(picture.getpixel((20, 20))) == "red"
    assert nearest(picture.getpixel((92, 20))) == "green"
    assert len(jpeg) < 8000


@pytest.mark.parametrize(
    "box",
    [
        (-30, -30, 40, 40),  # over the corner
        (380, 280, 420, 330),
        (-500, -500, -400, -400),  # outside
        (0, 0, 400, 300),  # all of it
        (-100, -100, 900, 900),  # more than all of it
        (50, 50, 50, 50),  # no size
        (60, 60, 50, 50),  # corners swapped
        (10.4, 10.6, 10.9, 11.2),  # below a pixel
    ],
)
def test_any_box_gives_a_square_from_inside_the_picture(
    box: tuple[float, float, float, float],
) -> None:
    assert opened(thumbnail(PICTURE, box, side=64)).size == (64, 64)


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 500, 3), (500, 2, 3)])
def test_tiny_pictures_have_thumbnails(shape: tuple[int, int, int]) -> None:
    assert opened(thumbnail(np.zeros(shape, np.uint8), (0, 0, 9, 9))).size == (112, 112)


def test_a_face_at_the_border_is_not_stretched() -> None:
    circle = np.zeros((200, 200, 3), np.uint8)
    y, x = np.mgrid[:200, :200]
    circle[(x - 40) ** 2 + (y - 40) ** 2 < 900] = 255

    shown = np.asarray(opened(thumbnail(circle, (10, 10, 70, 70), side=75)))[..., 0] > 128
    rows, columns = np.flatnonzero(shown.any(axis=1)), np.flatnonzero(shown.any(axis=0))
    assert abs(np.ptp(rows) - np.ptp(columns)) <= 1


def nearest(pixel: object) -> str:
    return min(COLOURS, key=lambda name: int(np.abs(np.subtract(pixel, COLOURS[name])).sum()))
