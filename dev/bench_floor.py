"""`python dev/bench_floor.py start|gallery ...`: the least work that finds and embeds faces.

What the product is measured against: onnxruntime and plain code, none of the product's. The
detector's canvas, the threshold and the mirror batches are those of the product, so that both
compute the same; there is no second look at hard pictures, no store, no Stash, no names.
Prints one JSON object.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]

LONG_SIDE, STEP, STRIDES = 640, 64, (8, 16, 32)
SCORE, OVERLAP, BATCH, WAITING = 0.5, 0.4, 4, 16
TEMPLATE = (
    (38.2946, 51.6963), (73.5318, 51.5014), (56.0252, 71.7366), (41.5493, 92.3655),
    (70.7299, 92.2041),
)  # fmt: skip


def main(words: list[str]) -> None:
    """start PHOTO DETECTOR EMBEDDER,... INDEX,...; gallery FOLDER DETECTOR EMBEDDER,..."""
    what, where, detector, embedders, *more = words
    sessions = [_session(path) for path in (detector, *embedders.split(","))]
    if what == "start":
        _load_indices(more[0].split(","))
        pixels = cv2.imread(where)
        assert pixels is not None
        pictures: Iterator[Pixels] = iter([cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)])
    else:
        pictures = _decoded(Path(where))
    print(json.dumps({"faces": _loop(pictures, sessions[0], sessions[1:])}))


def _session(path: str) -> Any:
    """As the product's: threads that spin while they wait would take the cores from the others."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def _load_indices(paths: list[str]) -> None:
    import voyager

    for path in paths:
        assert len(voyager.Index.load(path))


def _decoded(folder: Path) -> Iterator[Pixels]:
    from PIL import Image

    for path in sorted(folder.iterdir()):
        with Image.open(path) as image:
            yield np.asarray(image.convert("RGB"))


def _loop(pictures: Iterator[Pixels], detector: Any, embedders: list[Any]) -> int:
    """Detects, and embeds whenever a few crops wait; the number of faces."""
    faces = 0
    crops: list[Pixels] = []
    for picture in pictures:
        crops += [_crop(picture, landmarks) for landmarks in detect(picture, detector)]
        if len(crops) >= WAITING:
            faces += _embed(crops, embedders)
            crops = []
    return faces + _embed(crops, embedders)


def detect(picture: Pixels, detector: Any, side: int = LONG_SIDE) -> list[Floats]:
    """The landmarks (5, 2) of every face, in pixels of the picture."""
    height, width = picture.shape[:2]
    scale = min(1.0, side / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = picture if scale == 1.0 else cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    canvas = np.zeros((-(-size[1] // STEP) * STEP, -(-size[0] // STEP) * STEP, 3), np.float32)
    canvas[: size[1], : size[0]] = small
    canvas -= 127.5
    canvas /= 128
    blob = np.ascontiguousarray(canvas.transpose(2, 0, 1)[None])
    outputs = detector.run(None, {detector.get_inputs()[0].name: blob})
    scores, boxes, points = _candidates(outputs, canvas.shape[:2])
    back = np.array([width / size[0], height / size[1]], np.float32)
    return [points[i].reshape(5, 2) * back for i in _without_overlap(scores, boxes)]


def _candidates(outputs: list[Floats], size: tuple[int, ...]) -> tuple[Floats, Floats, Floats]:
    """Scores (N,), boxes (N, 4) and landmarks (N, 10) over the threshold."""
    found: list[tuple[Floats, Floats, Floats]] = []
    for level, stride in enumerate(STRIDES):
        rows, columns = np.mgrid[: size[0] // stride, : size[1] // stride]
        centres = np.stack([columns, rows], axis=-1).reshape(-1, 2).repeat(2, axis=0) * stride
        scores, boxes, points = (outputs[level + 3 * kind] for kind in range(3))
        scores = scores.ravel()
        sure = np.flatnonzero(scores >= SCORE)
        centre = centres[sure].astype(np.float32)
        signed = boxes[sure] * stride * np.array([-1, -1, 1, 1], np.float32)
        corners = np.tile(centre, 2) + signed
        found.append((scores[sure], corners, np.tile(centre, 5) + points[sure] * stride))
    scores, boxes, points = (np.concatenate(column) for column in zip(*found, strict=True))
    return scores, boxes, points


def _without_overlap(scores: Floats, boxes: Floats) -> list[int]:
    """Indices of the best of each heap of overlapping boxes."""
    kept: list[int] = []
    areas = (boxes[:, 2:] - boxes[:, :2] + 1).prod(1)
    left = scores.argsort()[::-1]
    while len(left):
        best, left = int(left[0]), left[1:]
        kept.append(best)
        low = np.maximum(boxes[best, :2], boxes[left, :2])
        high = np.minimum(boxes[best, 2:], boxes[left, 2:])
        shared = np.maximum(high - low + 1, 0).prod(1)
        left = left[shared / (areas[best] + areas[left] - shared) <= OVERLAP]
    return kept


def _crop(picture: Pixels, landmarks: Floats) -> Pixels:
    # Turning, scaling and shifting: x' = a x - b y + c and y' = b x + a y + d, least squares.
    rows = [row for x, y in landmarks for row in ((x, -y, 1, 0), (y, x, 0, 1))]
    a, b, c, d = np.linalg.lstsq(np.array(rows), np.array(TEMPLATE).ravel(), rcond=None)[0]
    crop: Pixels = cv2.warpAffine(picture, np.array([[a, -b, c], [b, a, d]]), (112, 112))
    return crop


def _embed(crops: list[Pixels], embedders: list[Any]) -> int:
    """Four crops and their mirrors a run; how many crops there were."""
    for session in embedders:
        for start in range(0, len(crops), BATCH):
            batch = np.stack(crops[start : start + BATCH]).astype(np.float32)
            upright = (batch.transpose(0, 3, 1, 2) - 127.5) / 127.5
            both = np.ascontiguousarray(np.concatenate([upright, upright[..., ::-1]]))
            vectors = session.run(None, {session.get_inputs()[0].name: both})[0]
            total = vectors[: len(batch)] + vectors[len(batch) :]
            total /= np.linalg.norm(total, axis=1, keepdims=True)
    return len(crops)


if __name__ == "__main__":
    main(sys.argv[1:])
