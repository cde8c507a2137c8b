from __future__ import annotations

import numpy as np
import pytest

from stash_face.facedb.types import Candidate
from stash_face.faces.alignment import ARCFACE_112
from stash_face.operations.face_signals import signals_entry, signals_of
from stash_face.store.images import StoredFace
from tests.operations.workplace import ANN, DEV, face


def stored(turn_degrees: float = 0.0, sharpness: float | None = 0.5) -> StoredFace:
    """A face of 80 x 100 pixels in a picture of 400 x 200, level but for the turn."""
    angle = np.radians(turn_degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    points = (ARCFACE_112 - 56) @ turn.T + (200, 100)
    shares = (points / (400, 200)).astype("<f4")
    return face(ANN)._replace(
        bbox=(0.4, 0.25, 0.2, 0.5),
        landmarks=shares.tobytes(),
        sharpness=sharpness,
        size=(400, 200),
    )


def test_size_and_pose_are_told_in_pixels_of_a_picture_that_is_no_square() -> None:
    found = signals_of(stored(turn_degrees=25), DEV)

    assert found.size == pytest.approx(100)
    assert found.pose is not None
    assert found.pose.roll == pytest.approx(25, abs=1)
    assert (found.sharpness, found.score, found.norm) == (0.5, 0.9, 20.0)


def test_a_face_of_which_little_is_known_says_so_and_is_answered_all_the_same() -> None:
    old = stored(sharpness=None)._replace(size=(0, 0), embeddings={})

    entry = signals_entry(signals_of(old, DEV), [])

    assert entry == {
        "size_px": None, "sharpness": None, "yaw": None, "pitch": None, "roll": None,
        "detector_score": 0.9, "norm": None, "models_agree": None, "models_apart": None,
    }  # fmt: skip


def test_whether_the_models_agree_is_shown() -> None:
    candidates = [
        Candidate("a", 0.6, {"arcface_mbf": 0.8, "edgeface_xs": 0.4}),
        Candidate("b", 0.3, {"arcface_mbf": 0.1, "edgeface_xs": 0.5}),
    ]

    entry = signals_entry(signals_of(stored(), DEV), candidates)

    assert (entry["models_agree"], entry["models_apart"]) == (False, 0.4)
