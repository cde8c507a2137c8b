"""The values of this room, and its conventions.

Pictures are upright RGB arrays (H, W, 3), uint8. A bbox is (x1, y1, x2, y2) in pixels of the
picture it came from, landmarks are (5, 2) float32 in the same frame: left eye, right eye, nose,
left and right mouth corner, as seen by the viewer. Embeddings are float32 (D,), L2-normalised.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Vector = NDArray[np.float32]
Box = tuple[float, float, float, float]


class Detection(NamedTuple):
    """A face that the detector saw; bbox and landmarks are those of the picture as given,
    `turn` is by how many degrees, anticlockwise, it was turned to be seen."""

    bbox: Box
    landmarks: Vector
    score: float
    turn: int = 0


class Embedding(NamedTuple):
    """A face in one embedder's space: unit vector (D,), and its length before normalisation."""

    vector: Vector
    norm: float


class Face(NamedTuple):
    """A detected face with an embedding per embedder key, its quality 0..1, and how sharp its
    crop is, 0..1."""

    detection: Detection
    embeddings: dict[str, Embedding]
    quality: float
    sharpness: float | None = None
