"""Where the faces are: SCRFD over a canvas that fits the picture.

insightface letterboxes every picture into 640x640; a canvas that follows the picture's shape
finds the same faces in less time (LFW's 250 px photos: 256 px, a fifth of the work).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np

from . import insight
from .packs import DetectorSpec
from .types import Detection, Picture
from .views import View, around, bordered, shrunk, turned

# Sides of the canvas are rounded up to this: a multiple of the largest stride (32), and few
# enough shapes that a GPU does not plan anew for each picture.
STEP = 64
# A picture without a sure face is tried again inside a border of this share of its size:
# SCRFD misses faces that fill the picture.
PADDING = 0.4
# Then smaller, as (long side, turns in degrees): what is blurred at its full size is sharp at a
# third of it. Of 64 spoilt photos in which nothing was found these find 58 (docs/accuracy.md).
_EIGHTHS, _QUARTERS = tuple(range(0, 360, 45)), tuple(range(0, 360, 90))
SMALLER = ((96, _EIGHTHS), (160, _EIGHTHS), (320, _QUARTERS))
# A face that only such a view has shown is looked at once more, upright and this large.
NEAR, NEAR_SHARE = 160, 0.45
# Long side of the copies that are turned where one picture of many has no sure face.
GLANCED = 320
# A face upside down often passes for a tilted one that is just sure, by DOUBT at most: where the
# eyes are so many degrees from level, the picture is looked at upside down as well.
DOUBT, SLANT = 0.08, 15.0


class Detector:
    """Finds faces in RGB pictures (H, W, 3) uint8 of any size."""

    def __init__(self, spec: DetectorSpec, session: Any) -> None:
        self.spec = spec
        self._scrfd = insight.scrfd(session)
        self._scrfd.det_thresh = spec.floor

    def detect(self, picture: Picture) -> list[Detection]:
        """Faces, surest first. Where the first is not sure, or lies on its side, the picture is
        tried padded, smaller and turned, and the view with the surest face is taken whole:
        mixing the views would add what each of them takes for a face by mistake."""
        # Shrunk before it is turned or padded: copies of a large photo would fill the memory.
        small = shrunk(picture, self.spec.input_size)
        found = [small.back(face) for face in self._surest(small.picture)]
        return sorted(found, key=lambda face: -face.score)

    def glance(self, picture: Picture) -> list[Detection]:
        """Faces of one of many pictures of the same people, surest first: where none is sure,
        only a smaller copy is tried, turned by quarters, as most of such pictures have none."""
        small = shrunk(picture, self.spec.input_size)
        best = self.look(small.picture)
        first, rank = best, rank_of(best)
        for degrees in _QUARTERS[1:] if rank < self.spec.sure_face else ():
            view = turned(shrunk(small.picture, GLANCED), degrees)
            seen = self.look(view.picture)
            if rank_of(seen) > rank and (len(first) < 2 or len(seen) >= len(first)):
                best, rank = [view.back(face) for face in seen], rank_of(seen)
        sure = self.spec.sure_face
        told = [f if f.score >= sure else self.nearer(small.picture, f) for f in best]
        return sorted((small.back(face) for face in told), key=lambda face: -face.score)

    def _surest(self, picture: Picture) -> list[Detection]:
        first = self.look(picture)
        best, rank = first, rank_of(first)
        if rank >= self.spec.sure_face:
            return self._upright(picture, first)
        for view in self._views(picture):
            seen = self.look(view.picture)
            # A group must not shrink to the one face that is surer when it lies on its side.
            if rank_of(seen) > rank and (len(first) < 2 or len(seen) >= len(first)):
                best, rank = [view.back(face) for face in seen], rank_of(seen)
                if rank >= self.spec.sure_face:
                    break
        return [self.nearer(picture, face) for face in best]

    def _upright(self, picture: Picture, faces: list[Detection]) -> list[Detection]:
        """The faces, or those of the picture upside down where they are surer."""
        if faces[0].score >= self.spec.sure_face + DOUBT or _level(faces[0], SLANT):
            return faces
        view = turned(shrunk(picture, max(picture.shape[:2])), 180)
        seen = self.look(view.picture)
        if rank_of(seen) > faces[0].score and len(seen) >= len(faces):
            return [view.back(face) for face in seen]
        return faces

    def _views(self, picture: Picture) -> Iterator[View]:
        yield bordered(picture, self.spec.input_size, PADDING)
        side = max(picture.shape[:2])
        for long_side, turns in SMALLER:
            if long_side < side:
                small = shrunk(picture, long_side)
                yield from (turned(small, degrees) for degrees in turns)
        whole = shrunk(picture, side)
        yield from (turned(whole, degrees) for degrees in _QUARTERS[1:])

    def nearer(self, picture: Picture, face: Detection) -> Detection:
        """The face as an upright look at it alone shows it, if that shows it at all."""
        view = around(picture, face, NEAR, NEAR_SHARE)
        middle = face.landmarks.mean(0)
        reach = 0.4 * max(face.bbox[2] - face.bbox[0], face.bbox[3] - face.bbox[1])
        seen = [view.back(found) for found in self.look(view.picture)]
        same = [f for f in seen if np.linalg.norm(f.landmarks.mean(0) - middle) < reach]
        if not same:
            return face
        best = max(same, key=lambda found: found.score)
        return best._replace(score=max(face.score, best.score), turn=face.turn)

    def look(self, picture: Picture) -> list[Detection]:
        """Faces of the picture as it is, surest first, by one run on a canvas of its size."""
        height, width = picture.shape[:2]
        canvas = np.zeros((_up(height), _up(width), 3), np.uint8)
        # insightface expects BGR; numpy's own reversal takes ten times as long.
        canvas[:height, :width] = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
        boxes, points = self._scrfd.detect(canvas, input_size=(canvas.shape[1], canvas.shape[0]))
        return [
            Detection((float(b[0]), float(b[1]), float(b[2]), float(b[3])), p, float(b[4]))
            for b, p in zip(boxes, points, strict=True)
            if b[2] - b[0] >= 1 and b[3] - b[1] >= 1
        ]


def rank_of(faces: list[Detection]) -> float:
    """The score of the surest face; one whose eyes are not level within 30 degrees counts less
    than any other, as half of the faces on their side pass for sure, with landmarks that are 10
    to 20 px off."""
    if not faces:
        return 0.0
    return faces[0].score - float(not _level(faces[0], 30.0))


def _level(face: Detection, degrees: float) -> bool:
    """Whether its eyes are level within so many degrees."""
    across, down = face.landmarks[1] - face.landmarks[0]
    return bool(across > abs(down) / math.tan(math.radians(degrees)))


def _up(side: int) -> int:
    return -(-side // STEP) * STEP
