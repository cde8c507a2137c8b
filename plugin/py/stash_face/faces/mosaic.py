"""The faces of many small stills at once: enlarged twice and laid out in few large inputs.

Faces of 20 pixels are found and told better at 40, and 80 stills cost few runs of the detector.
Between the stills lies a gap, so that no face spans two; none is cut, as stills stay whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from .alignment import align
from .detector import Detector, rank_of
from .engine import Engine
from .types import Detection, Picture
from .views import View, scaled, turned

ENLARGED = 2.0
"""Times that a still is enlarged, as far as the detector's own side: more finds few more faces
(docs/accuracy.md)."""

CANVAS = 1024, 640
"""Most pixels of a canvas across and down: more save nothing on a CPU, and fill the memory."""

# Stills without a sure face are looked at again at this scale, turned by these degrees.
RETRIES = ((1.0, 90), (1.0, 270), (1.0, 180))

GAP = 8
"""Pixels between two stills."""


class TileFace(NamedTuple):
    """A face of one still: its detection in the still's own pixels, and the aligned crop
    (112, 112, 3) that was cut from the enlarged still."""

    detection: Detection
    crop: Picture


class _Seen(NamedTuple):
    """The faces of a still in its own pixels, surest first, and how sure the view was of them."""

    rank: float
    faces: list[Detection]


def detect_tiles(engine: Engine, pictures: Sequence[Picture]) -> list[list[TileFace]]:
    """The faces of each RGB still (H, W, 3) uint8, surest first, in the order of the stills.

    Embed them with `engine.embed_crops`, which takes the crops and their detections."""
    detector = engine.detector
    found = _look_at_all(detector, pictures, lambda still: _enlarged(still, detector))
    for scale, degrees in RETRIES:
        _look_again(detector, pictures, found, scale, degrees)
    return [_cut(still, seen.faces, detector) for still, seen in zip(pictures, found, strict=True)]


def _look_again(
    detector: Detector,
    stills: Sequence[Picture],
    found: list[_Seen],
    scale: float,
    degrees: int,
) -> None:
    """Replaces what was found in stills without a sure face where this view shows a surer one."""
    unsure = [i for i, seen in enumerate(found) if seen.rank < detector.spec.sure_face]
    again = _look_at_all(
        detector, [stills[i] for i in unsure], lambda still: turned(scaled(still, scale), degrees)
    )
    for i, seen in zip(unsure, again, strict=True):
        first = found[i]
        # Two people must not become the one who is surer when turned.
        if seen.rank > first.rank and (len(first.faces) < 2 or len(seen.faces) > 1):
            found[i] = seen


def _enlarged(still: Picture, detector: Detector) -> View:
    return scaled(still, min(ENLARGED, detector.spec.input_size / max(still.shape[:2])))


def _look_at_all(
    detector: Detector, stills: Sequence[Picture], view_of: Callable[[Picture], View]
) -> list[_Seen]:
    """What a view of each still shows."""
    found: list[_Seen] = []
    waiting: list[View] = []
    for still in stills:
        view = view_of(still)
        if waiting and not _fits(waiting, view):
            found += _look(detector, waiting)
            waiting = []
        waiting.append(view)
    return found + _look(detector, waiting) if waiting else found


class _Grid(NamedTuple):
    """Cells of `width` x `height` pixels, gap included, `columns` in a row."""

    width: int
    height: int
    columns: int


def _grid(views: Sequence[View]) -> _Grid:
    height = GAP + max(view.picture.shape[0] for view in views)
    width = GAP + max(view.picture.shape[1] for view in views)
    return _Grid(width, height, max(1, (CANVAS[0] + GAP) // width))


def _fits(views: Sequence[View], another: View) -> bool:
    grid = _grid([*views, another])
    rows = max(1, (CANVAS[1] + GAP) // grid.height)
    return len(views) < grid.columns * rows


def _look(detector: Detector, views: Sequence[View]) -> list[_Seen]:
    grid = _grid(views)
    rows = -(-len(views) // grid.columns)
    columns = min(grid.columns, len(views))
    canvas = np.zeros((rows * grid.height - GAP, columns * grid.width - GAP, 3), np.uint8)
    for view, (x, y) in zip(views, _places(grid, len(views)), strict=True):
        height, width = view.picture.shape[:2]
        canvas[y : y + height, x : x + width] = view.picture
    faces = detector.look(canvas)
    found = []
    for view, (x, y) in zip(views, _places(grid, len(views)), strict=True):
        own = [_moved(face, x, y) for face in faces if _within(face, view, x, y)]
        found.append(_Seen(rank_of(own), [view.back(face) for face in own]))
    return found


def _places(grid: _Grid, count: int) -> Iterator[tuple[int, int]]:
    for number in range(count):
        row, column = divmod(number, grid.columns)
        yield column * grid.width, row * grid.height


def _within(face: Detection, view: View, x: int, y: int) -> bool:
    height, width = view.picture.shape[:2]
    middle_x, middle_y = (face.bbox[0] + face.bbox[2]) / 2, (face.bbox[1] + face.bbox[3]) / 2
    return x <= middle_x < x + width and y <= middle_y < y + height


def _moved(face: Detection, x: int, y: int) -> Detection:
    x1, y1, x2, y2 = face.bbox
    landmarks = face.landmarks - np.array([x, y], np.float32)
    return face._replace(bbox=(x1 - x, y1 - y, x2 - x, y2 - y), landmarks=landmarks)


def _cut(still: Picture, faces: Sequence[Detection], detector: Detector) -> list[TileFace]:
    if not faces:
        return []
    sure = detector.spec.sure_face
    told = [face if face.score >= sure else detector.nearer(still, face) for face in faces]
    large = _enlarged(still, detector)
    factor = np.float32(large.matrix[0, 0])
    return [
        TileFace(face, align(large.picture, face.landmarks * factor))
        for face in sorted(told, key=lambda face: -face.score)
    ]
