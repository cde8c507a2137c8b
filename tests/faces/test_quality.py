from __future__ import annotations

import cv2
import numpy as np
import pytest

from stash_face.faces.engine import Engine
from stash_face.faces.quality import quality
from stash_face.faces.types import Detection, Embedding
from tests.faces.conftest import Portrait


def face(height: float, score: float = 1.0) -> Detection:
    return Detection((10, 20, 10 + height, 20 + height), np.zeros((5, 2), np.float32), score)


def embedded(norm: float) -> dict[str, Embedding]:
    return {"arcface": Embedding(np.zeros(512, np.float32), norm)}


@pytest.mark.parametrize(
    ("norm", "worth"),
    [
        (0.0, 0.0),  # nothing
        (10.0, 0.0),  # hopeless
        (17.0, 0.5),
        (24.0, 1.0),  # clear
        (100.0, 1.0),  # never above
    ],
)
def test_the_length_of_the_telling_vector_is_the_quality(norm: float, worth: float) -> None:
    assert quality(face(4, 0.5), embedded(norm), "arcface") == worth


@pytest.mark.parametrize(
    ("height", "score", "worth"),
    [
        (16, 0.9, 0.0),  # too small for any embedder
        (64, 1.0, 0.5),
        (112, 0.8, 0.8),  # all an embedder wants, not quite surely a face
        (2000, 1.0, 1.0),
    ],
)
def test_without_one_size_and_score_are(height: float, score: float, worth: float) -> None:
    assert quality(face(height, score), embedded(99), None) == worth


def test_a_blurred_face_is_worth_less_than_a_clear_one(
    engine: Engine, portraits: list[Portrait]
) -> None:
    crops = [portrait.crop for portrait in portraits]
    blurred = [cv2.GaussianBlur(crop, (0, 0), 4) for crop in crops]
    detections = [portrait.detection for portrait in portraits]

    clear = [face.quality for face in engine.embed_crops(crops, detections)]
    spoilt = [face.quality for face in engine.embed_crops(blurred, detections)]

    assert all(0 <= worth <= 1 for worth in clear + spoilt)
    assert np.mean(clear) > np.mean(spoilt) + 0.2
    assert sum(a > b for a, b in zip(clear, spoilt, strict=True)) >= len(crops) - 2
