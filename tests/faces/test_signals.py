from __future__ import annotations

import cv2
import numpy as np
import pytest

from stash_face.faces.alignment import ARCFACE_112
from stash_face.faces.signals import Pose, Signals, pose, sharpness
from stash_face.faces.types import Picture, Vector

# As long ago as it was measured: eyes, nose, corners of the mouth of a face of 100 mm.
HEAD = np.array(
    [[-32, -37, 0], [32, -37, 0], [0, 3, 33], [-26, 37, 5], [26, 37, 5]], dtype=np.float64
)


def seen(yaw: float, pitch: float, roll: float, size: float = 1.0) -> Vector:
    """The landmarks of a head turned so, to the viewer's right, up, and clockwise."""
    y, p, r = np.radians([yaw, -pitch, roll])
    across = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    down = np.array([[1, 0, 0], [0, np.cos(p), np.sin(p)], [0, -np.sin(p), np.cos(p)]])
    level = np.array([[np.cos(r), -np.sin(r), 0], [np.sin(r), np.cos(r), 0], [0, 0, 1]])
    points = (level @ across @ down @ HEAD.T).T[:, :2] * size + (200, 120)
    landmarks: Vector = points.astype(np.float32)
    return landmarks


@pytest.mark.parametrize(
    ("yaw", "pitch", "roll"),
    [
        (0, 0, 0),
        (30, 0, 0),  # to the viewer's right
        (-45, 0, 0),
        (0, 20, 0),  # up
        (0, -25, 0),
        (0, 0, 90),  # lying on its side
        (0, 0, -150),  # nearly upside down
        (25, 10, 20),
    ],
)
def test_the_pose_is_told_from_five_landmarks(yaw: float, pitch: float, roll: float) -> None:
    found = pose(seen(yaw, pitch, roll))

    assert found is not None
    assert np.allclose(found, (yaw, pitch, roll), atol=9)


def test_the_pose_does_not_change_with_the_size() -> None:
    small, large = pose(seen(20, 10, 5, 0.1)), pose(seen(20, 10, 5, 10))

    assert small is not None
    assert large is not None
    assert np.allclose(small, large, atol=0.3)


def test_the_crop_s_own_template_is_seen_from_the_front() -> None:
    found = pose(ARCFACE_112.astype(np.float32))

    assert found is not None
    assert max(map(abs, found)) < 12


@pytest.mark.parametrize(
    "landmarks",
    [
        np.zeros((5, 2)),  # a stored face without any
        np.array([[n, 2 * n] for n in range(5)]),  # all on a line
        np.full((5, 2), np.nan),
    ],
)
def test_landmarks_that_are_no_face_have_no_pose(landmarks: Vector) -> None:
    assert pose(landmarks.astype(np.float32)) is None


def test_the_more_a_picture_is_blurred_the_less_sharp_it_is(drawn: Picture) -> None:
    clear, soft, gone = (sharpness(blurred(drawn, much)) for much in (0.0, 1.5, 6.0))

    assert 1 >= clear > soft > gone >= 0
    assert gone < 0.25
    assert sharpness(np.full((112, 112, 3), 90, np.uint8)) == 0


@pytest.fixture
def drawn() -> Picture:
    """Lines as there are in a clear face."""
    rng = np.random.default_rng(1)
    crop = np.full((112, 112, 3), 150, np.uint8)
    for _ in range(25):
        start, end = rng.integers(0, 112, 2).tolist(), rng.integers(0, 112, 2).tolist()
        cv2.line(crop, start, end, (int(rng.integers(125, 175)),) * 3, 2)
    return crop


def blurred(crop: Picture, much: float) -> Picture:
    return cv2.GaussianBlur(crop, (0, 0), much).astype(np.uint8) if much else crop


@pytest.mark.parametrize(
    ("signals", "words"),
    [
        (Signals(120, 0.8, Pose(10, 5, 0), 0.9, 24), ()),
        (Signals(30, 0.8, Pose(10, 5, 0), 0.9, 24), ("small",)),
        (Signals(30, 0.1, Pose(-50, 5, 0), 0.9, 24), ("small", "blurred", "turned to the side")),
        # lying on its side says nothing: it was turned before it was looked at
        (Signals(120, 0.8, Pose(0, 5, 90), 0.9, 24), ()),
        # a face that was stored before these were noted
        (Signals(None, None, None, 0.9, None), ()),
    ],
)
def test_what_is_bad_about_a_picture_is_said_in_words(
    signals: Signals, words: tuple[str, ...]
) -> None:
    assert signals.flaws == words
