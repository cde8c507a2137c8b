from __future__ import annotations

import pytest

from stash_face.errors import MediaError
from stash_face.media.limits import MAX_PIXELS, WORKING_SIDE, check_pixels, reduction


@pytest.mark.parametrize(
    ("width", "height", "factor"),
    [
        (640, 480, 1),
        (5119, 3000, 1),
        (5120, 3000, 2),
        (6000, 4000, 2),  # 24 megapixels
        (12000, 9000, 4),
        (10950, 10950, 4),
        (1200, 20000, 1),  # a strip of photos: each is as wide as the strip
        (1200, 60000, 3),
        (30000, 20, 1),
        (20, 30000, 1),
        (1, 1, 1),
    ],
)
def test_a_photo_keeps_its_long_side_and_a_strip_its_short_one(
    width: int, height: int, factor: int
) -> None:
    assert reduction(width, height) == factor


def test_what_is_left_of_any_picture_is_bounded() -> None:
    for width in (1, 1000, 5000, 11000, 40000, 100_000):
        height = MAX_PIXELS // width
        factor = reduction(width, height)
        assert (width // factor) * (height // factor) <= 4 * WORKING_SIDE**2


def test_a_picture_above_the_limit_is_refused_with_its_size_and_the_limit() -> None:
    check_pixels(12_000, 10_000, "The picture")
    with pytest.raises(MediaError, match="30000 x 30000 .*900 megapixels.* 120 megapixels"):
        check_pixels(30_000, 30_000, "The picture")
