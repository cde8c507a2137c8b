"""Poor copies of a good photo: small, turned, shaken, dark, noisy and saved badly.

As faces are in sprites, thumbnails and frames of videos; the same generator gives the same copy.
"""

from __future__ import annotations

import cv2
import numpy as np

from stash_face.faces.types import Detection, Picture

# Pixels of the face's long side that are left, and those it is enlarged to again.
RESOLVED, ENLARGED = (18.0, 45.0), 112.0
# Side of the copy in long sides of the face.
AROUND = 2.4
TURN = 20.0
SHAKEN, SHAKE = 0.3, (2, 6)
LIGHT, NOISE = (0.4, 1.0), (0.0, 10.0)
JPEG_QUALITY = (40, 80)


def spoilt(picture: Picture, face: Detection, random: np.random.Generator) -> Picture:
    """The surroundings of `face` in `picture`, spoilt: RGB (H, W, 3) uint8, the face in the
    middle and about ENLARGED pixels long."""
    x1, y1, x2, y2 = face.bbox
    long_side = max(x2 - x1, y2 - y1, 1.0)
    copy = _turned(_around(picture, face, long_side), random.uniform(-TURN, TURN))
    left = min(random.uniform(*RESOLVED), long_side)
    copy = _resized(copy, left / long_side, cv2.INTER_AREA)
    if random.random() < SHAKEN:
        copy = _shaken(copy, int(random.integers(*SHAKE)), random.uniform(0, 180))
    dark = copy * random.uniform(*LIGHT)
    dark += random.normal(0, random.uniform(*NOISE), copy.shape)
    copy = dark.clip(0, 255).astype(np.uint8)
    copy = _resized(copy, ENLARGED / left, cv2.INTER_CUBIC)
    return _saved(copy, int(random.integers(JPEG_QUALITY[0], JPEG_QUALITY[1] + 1)))


def _around(picture: Picture, face: Detection, long_side: float) -> Picture:
    height, width = picture.shape[:2]
    x, y = (face.bbox[0] + face.bbox[2]) / 2, (face.bbox[1] + face.bbox[3]) / 2
    half = long_side * AROUND / 2
    left, top = max(round(x - half), 0), max(round(y - half), 0)
    right, bottom = min(round(x + half), width), min(round(y + half), height)
    return picture[top : max(bottom, top + 1), left : max(right, left + 1)]


def _turned(picture: Picture, degrees: float) -> Picture:
    height, width = picture.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    turned: Picture = cv2.warpAffine(
        picture, matrix, (width, height), borderMode=cv2.BORDER_REFLECT_101
    )
    return turned


def _resized(picture: Picture, scale: float, method: int) -> Picture:
    height, width = picture.shape[:2]
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    resized: Picture = cv2.resize(picture, size, interpolation=method)
    return resized


def _shaken(picture: Picture, length: int, degrees: float) -> Picture:
    """Smeared along a line of `length` pixels."""
    side = length + 1 - length % 2
    path = np.zeros((side, side), np.float32)
    along = np.linspace(-(length - 1) / 2, (length - 1) / 2, 4 * length)
    angle = np.radians(degrees)
    rows = np.rint(side // 2 + along * np.sin(angle)).astype(int).clip(0, side - 1)
    columns = np.rint(side // 2 + along * np.cos(angle)).astype(int).clip(0, side - 1)
    np.add.at(path, (rows, columns), 1 / len(along))
    smeared: Picture = cv2.filter2D(picture, -1, path)
    return smeared


def _saved(picture: Picture, quality: int) -> Picture:
    """As it comes back from a JPEG file."""
    bgr = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    _, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
    again: Picture = cv2.cvtColor(cv2.imdecode(data, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
    return again
