from __future__ import annotations

import numpy as np
import pytest

from builder.spoil import AROUND, ENLARGED, spoilt
from stash_face.faces.types import Detection, Picture


def picture(height: int = 400, width: int = 300) -> Picture:
    """Fine stripes in colours: what is spoilt first."""
    rows = np.arange(height)[:, None, None]
    across = np.arange(width)[None, :, None]
    colours = np.array([90, 60, 30])
    return (120 + colours * np.sin((rows + across) / 1.5)).clip(0, 255).astype(np.uint8)


def face(x1: float, y1: float, x2: float, y2: float) -> Detection:
    return Detection((x1, y1, x2, y2), np.zeros((5, 2), np.float32), 0.9)


FACE = face(100, 120, 180, 220)


def test_a_copy_shows_the_face_in_the_middle_at_a_fixed_size() -> None:
    copy = spoilt(picture(), FACE, np.random.default_rng(1))

    side = AROUND * ENLARGED
    assert copy.dtype == np.uint8
    assert copy.shape == pytest.approx((side, side, 3), rel=0.05)


def test_a_copy_has_lost_detail_and_light() -> None:
    original = picture()

    copies = [spoilt(original, FACE, np.random.default_rng(n)) for n in range(20)]

    # The stripes, 80 levels high, are gone with the pixels that showed them.
    assert all(copy.std() < 0.7 * original.std() for copy in copies)
    assert all(copy.mean() < original.mean() + 5 for copy in copies)
    assert np.mean([copy.mean() for copy in copies]) < 0.85 * original.mean()


def test_the_same_random_numbers_give_the_same_copy() -> None:
    first, again, other = (spoilt(picture(), FACE, np.random.default_rng(n)) for n in (3, 3, 4))

    assert np.array_equal(first, again)
    assert first.shape != other.shape or not np.array_equal(first, other)


def test_the_picture_itself_stays_as_it_is() -> None:
    original = picture()

    spoilt(original, FACE, np.random.default_rng(1))

    assert np.array_equal(original, picture())


@pytest.mark.parametrize(
    "where",
    [
        face(0, 0, 300, 400),  # it fills the picture
        face(-20, -30, 40, 50),  # it reaches out of it
        face(290, 390, 299, 399),  # smaller than it would be made
        face(10, 10, 10.4, 10.4),  # hardly there
        face(295, 395, 320, 425),  # nearly outside
    ],
)
def test_a_face_anywhere_gives_a_copy(where: Detection) -> None:
    copy = spoilt(picture(), where, np.random.default_rng(2))

    assert copy.ndim == 3
    assert copy.size > 0
