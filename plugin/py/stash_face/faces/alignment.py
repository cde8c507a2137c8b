"""Five landmarks to the upright crop that an embedder was trained on.

The template and the least-squares similarity transform (Umeyama 1991, without reflection) are
those of insightface's face_align.norm_crop; a test holds the two against each other. They are
written out here because insightface takes the transform from scikit-image, whose import alone
costs 0.4 s.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from .types import Picture, Vector

# ArcFace's template for 112x112, pixels (insightface, python-package/insightface/utils/face_align).
ARCFACE_112 = np.array(
    [
        [38.2946, 51.6963],
        [73.5318, 51.5014],
        [56.0252, 71.7366],
        [41.5493, 92.3655],
        [70.7299, 92.2041],
    ],
    dtype=np.float64,
)
SIDE = 112


def similarity_transform(landmarks: Vector, template: NDArray[np.float64]) -> NDArray[np.float64]:
    """The (2, 3) matrix that moves landmarks (5, 2) nearest to the template (5, 2) by turning,
    scaling and shifting."""
    source = landmarks.astype(np.float64)
    source_mean, target_mean = source.mean(0), template.mean(0)
    a, b = source - source_mean, template - target_mean
    # In the plane the optimum is one complex factor: sum(conj(a) b) / sum(|a|^2).
    spread = float((a * a).sum())
    if spread < 1e-9:
        raise ValueError("the five landmarks are one point")
    cos = float((a * b).sum()) / spread
    sin = float((a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum()) / spread
    turn = np.array([[cos, -sin], [sin, cos]])
    return np.hstack([turn, (target_mean - turn @ source_mean)[:, None]])


def align(picture: Picture, landmarks: Vector) -> Picture:
    """The (112, 112, 3) RGB crop of one face; what lies outside the picture is black."""
    matrix = similarity_transform(landmarks, ARCFACE_112)
    crop: Picture = cv2.warpAffine(picture, matrix, (SIDE, SIDE), borderValue=0)
    return crop
