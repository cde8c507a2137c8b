"""A picture seen otherwise (smaller, turned, inside a border, around one face), and the way back.

Pictures are RGB (H, W, 3) uint8. Every view knows the (2, 3) matrix that took the picture's
pixels into it, so that what is found there is told in the picture's own frame.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from .types import Detection, Picture

Matrix = NDArray[np.float64]


class View(NamedTuple):
    """`turn`: degrees by which the picture was turned, anticlockwise."""

    picture: Picture
    matrix: Matrix
    turn: int = 0

    def back(self, face: Detection) -> Detection:
        """A face of this view in the frame of the picture; the bbox is the one around it."""
        inverse = cv2.invertAffineTransform(self.matrix)
        x1, y1, x2, y2 = face.bbox
        corners = np.array([(x1, y1), (x2, y1), (x2, y2), (x1, y2)])
        corners = corners @ inverse[:, :2].T + inverse[:, 2]
        (left, top), (right, bottom) = corners.min(0), corners.max(0)
        landmarks = face.landmarks @ inverse[:, :2].T + inverse[:, 2]
        box = (float(left), float(top), float(right), float(bottom))
        return Detection(box, landmarks.astype(np.float32), face.score, face.turn or self.turn)


def scaled(picture: Picture, scale: float) -> View:
    """With both sides multiplied by `scale`."""
    height, width = picture.shape[:2]
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    other: Picture = cv2.resize(picture, size, interpolation=method)
    return View(other, _scaling(size[0] / width, size[1] / height))


def shrunk(picture: Picture, side: int) -> View:
    """With a long side of at most `side` pixels; never enlarged."""
    height, width = picture.shape[:2]
    scale = side / max(height, width)
    if scale >= 1:
        return View(picture, _scaling(1, 1))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small: Picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return View(small, _scaling(size[0] / width, size[1] / height))


def bordered(picture: Picture, side: int, share: float) -> View:
    """Inside a black border of `share` of its size on each side, `side` pixels in all."""
    inner = shrunk(picture, round(side / (1 + 2 * share)))
    height, width = inner.picture.shape[:2]
    y, x = int(height * share), int(width * share)
    black = (0.0, 0.0, 0.0)
    padded: Picture = cv2.copyMakeBorder(
        inner.picture, y, y, x, x, cv2.BORDER_CONSTANT, value=black
    )
    matrix = inner.matrix.copy()
    matrix[:, 2] += (x, y)
    return View(padded, matrix)


def turned(view: View, degrees: int) -> View:
    """The view turned anticlockwise on a canvas that holds all of it."""
    height, width = view.picture.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    across, down = np.abs(matrix[:, :2]) @ (width, height)
    size = (max(1, round(across)), max(1, round(down)))
    matrix[:, 2] += (size[0] / 2 - width / 2, size[1] / 2 - height / 2)
    picture: Picture = cv2.warpAffine(view.picture, matrix, size)
    return View(picture, _then(view.matrix, matrix), degrees)


def around(picture: Picture, face: Detection, side: int, share: float) -> View:
    """`side` x `side` pixels around a face, turned so that its eyes are level, the long side of
    its bbox being `share` of the view."""
    across, down = face.landmarks[1] - face.landmarks[0]
    middle = face.landmarks.mean(0)
    long_side = max(face.bbox[2] - face.bbox[0], face.bbox[3] - face.bbox[1])
    scale = side * share / max(long_side, 1.0)
    roll = float(np.degrees(np.arctan2(down, across)))
    matrix = cv2.getRotationMatrix2D((float(middle[0]), float(middle[1])), roll, scale)
    matrix[:, 2] += side / 2 - middle
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    near: Picture = cv2.warpAffine(picture, matrix, (side, side), flags=method)
    return View(near, matrix)


def _scaling(across: float, down: float) -> Matrix:
    return np.array([[across, 0.0, 0.0], [0.0, down, 0.0]])


def _then(first: Matrix, second: Matrix) -> Matrix:
    """The matrix that does `first`, then `second`."""
    moved = second[:, :2] @ first
    moved[:, 2] += second[:, 2]
    return np.asarray(moved, np.float64)
