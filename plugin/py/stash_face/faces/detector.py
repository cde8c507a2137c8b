"""Where the faces are: SCRFD over a canvas that fits the picture.

insightface letterboxes every picture into 640x640; a canvas that follows the picture's shape
finds the same faces in less time (LFW's 250 px photos: 256 px, a fifth of the work).
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from . import insight
from .types import Detection, Picture

# Long side of the canvas in pixels: SCRFD's training size.
CANVAS = 640
# Sides are rounded up to this: a multiple of the largest stride (32), and few enough shapes
# that a GPU does not plan anew for each picture.
STEP = 64
# Faces under this score are not kept at all (insightface's own default).
SCORE_FLOOR = 0.5
# From this score on a face is sure (Immich's default; ../shared/research measured the same).
SURE = 0.7
# A picture without a sure face is tried again inside a border of this share of its size:
# SCRFD misses faces that fill the picture.
PADDING = 0.4


class Detector:
    """Finds faces in RGB pictures (H, W, 3) uint8 of any size."""

    def __init__(self, session: Any) -> None:
        self._scrfd = insight.scrfd(session)
        self._scrfd.det_thresh = SCORE_FLOOR

    def detect(self, picture: Picture) -> list[Detection]:
        """Faces, surest first. Where none is sure the picture is tried padded, then turned by
        quarter turns, and the view with the surest face is taken whole: mixing the views would
        add what each of them takes for a face by mistake."""
        found = self._look(picture)
        if _best(found) >= SURE:
            return found
        padded = self._look_padded(picture)
        if _best(padded) >= SURE:
            return padded
        height, width = picture.shape[:2]
        views = [found, padded]
        for turn in (1, 2, 3):
            turned: Picture = np.ascontiguousarray(np.rot90(picture, turn))
            views.append([_unturn(face, turn, width, height) for face in self._look(turned)])
        return max(views, key=_best)

    def _look_padded(self, picture: Picture) -> list[Detection]:
        height, width = picture.shape[:2]
        y, x = int(height * PADDING), int(width * PADDING)
        padded: Picture = cv2.copyMakeBorder(
            picture, y, y, x, x, cv2.BORDER_CONSTANT, value=(0, 0, 0)
        )
        shift = np.array([x, y], np.float32)
        return [
            Detection(
                (f.bbox[0] - x, f.bbox[1] - y, f.bbox[2] - x, f.bbox[3] - y),
                f.landmarks - shift,
                f.score,
            )
            for f in self._look(padded)
        ]

    def _look(self, picture: Picture) -> list[Detection]:
        height, width = picture.shape[:2]
        scale = min(1.0, CANVAS / max(height, width))
        small_w, small_h = max(1, round(width * scale)), max(1, round(height * scale))
        if scale < 1.0:
            picture = cv2.resize(picture, (small_w, small_h), interpolation=cv2.INTER_AREA)
        canvas = np.zeros((_up(small_h), _up(small_w), 3), np.uint8)
        canvas[:small_h, :small_w] = picture[..., ::-1]  # insightface expects BGR
        boxes, points = self._scrfd.detect(canvas, input_size=(canvas.shape[1], canvas.shape[0]))
        back = np.array([width / small_w, height / small_h], np.float32)
        return [
            Detection(
                (
                    float(b[0] * back[0]),
                    float(b[1] * back[1]),
                    float(b[2] * back[0]),
                    float(b[3] * back[1]),
                ),
                (p * back).astype(np.float32),
                float(b[4]),
            )
            for b, p in zip(boxes, points, strict=True)
            if b[2] - b[0] >= 1 and b[3] - b[1] >= 1
        ]


def _best(faces: list[Detection]) -> float:
    return max((face.score for face in faces), default=0.0)


def _unturn(face: Detection, turn: int, width: int, height: int) -> Detection:
    """A face seen in np.rot90(picture, turn), back in the (height, width) picture's frame."""
    corners = np.array([face.bbox[:2], face.bbox[2:]], np.float32)
    points = np.vstack([corners, face.landmarks])
    for undone in range(turn, 0, -1):
        # An anticlockwise quarter turn moved (x, y) to (y, side - x), side being the width then.
        side = width if undone % 2 else height
        points = np.stack([side - points[:, 1], points[:, 0]], axis=1)
    low, high = points[:2].min(0), points[:2].max(0)
    box = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
    return Detection(box, points[2:].astype(np.float32), face.score, turn)


def _up(side: int) -> int:
    return -(-side // STEP) * STEP
