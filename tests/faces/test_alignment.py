from __future__ import annotations

import numpy as np
import pytest
from skimage.transform import SimilarityTransform

from stash_face.faces.alignment import ARCFACE_112, SIDE, align, similarity_transform
from stash_face.faces.types import Picture
from tests.faces.conftest import Portrait

# scikit-image 0.26 prefers another constructor than the one insightface calls.
pytestmark = pytest.mark.filterwarnings("ignore:.*estimate.*:FutureWarning")


def turned(degrees: float, scale: float = 1.0) -> np.ndarray:  # type: ignore[type-arg]
    angle = np.deg2rad(degrees)
    cos, sin = np.cos(angle) * scale, np.sin(angle) * scale
    return np.array([[cos, -sin], [sin, cos]])


def test_the_crop_is_that_of_insightface(portraits: list[Portrait]) -> None:
    from insightface.utils import face_align

    for picture, detection, crop in portraits:
        theirs = face_align.norm_crop(picture, detection.landmarks)
        off = np.abs(crop.astype(int) - theirs.astype(int))
        # Their matrix has float32's precision, which moves a value on a sharp edge now and then.
        assert np.mean(off > 1) < 1e-3
        assert off.max() <= 4


@pytest.mark.parametrize(
    ("degrees", "scale"),
    [
        (0, 1.0),  # already in place
        (30, 1.0),  # a tilted head
        (180, 1.0),  # upside down
        (-90, 7.5),  # on its side, in a large photo
        (10, 0.1),  # eleven pixels high
    ],
)
def test_turned_scaled_and_shifted_landmarks_come_to_lie_on_the_template(
    degrees: float, scale: float
) -> None:
    landmarks = (ARCFACE_112 @ turned(degrees, scale).T + (300, 40)).astype(np.float32)

    matrix = similarity_transform(landmarks, ARCFACE_112)

    assert np.abs(landmarks @ matrix[:, :2].T + matrix[:, 2] - ARCFACE_112).max() < 0.01


def test_the_transform_is_the_least_squares_one_of_scikit_image() -> None:
    rng = np.random.default_rng(3)
    for _ in range(50):
        # Among these are mirrored and collapsed ones, where a reflection would fit better.
        landmarks = rng.normal(100, 40, (5, 2)).astype(np.float32)
        theirs = SimilarityTransform()  # type: ignore[no-untyped-call]
        assert theirs.estimate(landmarks, ARCFACE_112)
        assert np.allclose(
            similarity_transform(landmarks, ARCFACE_112), theirs.params[:2], atol=1e-6
        )


def test_five_landmarks_in_one_point_have_no_transform() -> None:
    with pytest.raises(ValueError, match="one point"):
        similarity_transform(np.full((5, 2), 8, np.float32), ARCFACE_112)


def test_what_lies_outside_the_picture_is_black() -> None:
    white: Picture = np.full((56, 112, 3), 255, np.uint8)

    crop = align(white, ARCFACE_112.astype(np.float32))

    assert crop.shape == (SIDE, SIDE, 3)
    assert (crop[:55] == 255).all()
    assert (crop[57:] == 0).all()
