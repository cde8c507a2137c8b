"""The faces of many small stills at once: enlarged twice and laid out in few large inputs.

Faces of 20 pixels are found and told better at 40; and 80 stills cost few runs of the detector.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np

from .alignment import align
from .engine import Engine
from .types import Detection, Picture

ENLARGED = 2
"""Times that a still is enlarged; more finds few faces more (docs/accuracy.md)."""


class TileFace(NamedTuple):
    """A face of one still: its detection in the still's own pixels, and the aligned crop
    (112, 112, 3) that was cut from the enlarged still."""

    detection: Detection
    crop: Picture


def detect_tiles(engine: Engine, pictures: Sequence[Picture]) -> list[list[TileFace]]:
    """The faces of each RGB still (H, W, 3) uint8, surest first, in the order of the stills.

    No face spans two stills. Embed with `engine.embed_crops(crops, detections)`."""
    return [_faces(engine, picture) for picture in pictures]


def _faces(engine: Engine, picture: Picture) -> list[TileFace]:
    large: Picture = cv2.resize(picture, None, fx=ENLARGED, fy=ENLARGED)
    return [
        TileFace(_smaller(found), align(large, found.landmarks)) for found in engine.detect(large)
    ]


def _smaller(face: Detection) -> Detection:
    x1, y1, x2, y2 = (value / ENLARGED for value in face.bbox)
    return face._replace(bbox=(x1, y1, x2, y2), landmarks=face.landmarks / np.float32(ENLARGED))
