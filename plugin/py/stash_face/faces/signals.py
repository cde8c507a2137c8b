"""What can be said of a face picture in plain words and numbers: size, sharpness, pose.

They are shown and put into reasons. Only the norm decides (faces.quality): beside it none of
them names more people or fewer strangers (docs/accuracy.md).
"""

from __future__ import annotations

import math
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .types import Picture, Vector

# A mean face as the detector sees it from the front, and how far each point comes forward:
# eyes, nose, corners of the mouth, in pixels of the 112 px crop (x, y, depth).
_FACE = np.array(
    [
        [-17.6, -20.5, 0.0],
        [17.6, -20.5, 0.0],
        [0.0, 1.5, 18.0],
        [-14.6, 20.3, 3.0],
        [14.6, 20.3, 3.0],
    ]
)
# Mean height of the detail finer than two pixels in the crop of a hopeless and a clear photo.
_DETAIL_POOR, _DETAIL_CLEAR = 1.0, 6.5
# Where a person would say so.
SMALL, BLURRED, ASIDE = 45.0, 0.25, 35.0


class Pose(NamedTuple):
    """Degrees by which the head is turned: `yaw` to the viewer's right, `pitch` up, `roll`
    clockwise in the picture. Good to some 10 degrees for a clear face."""

    yaw: float
    pitch: float
    roll: float


class Signals(NamedTuple):
    """`size` is the long side of the bbox in pixels, `sharpness` 0..1, `norm` the length of the
    vector that tells the quality; None for what is not known."""

    size: float | None
    sharpness: float | None
    pose: Pose | None
    score: float
    norm: float | None

    @property
    def flaws(self) -> tuple[str, ...]:
        """Words for what is bad about the picture, to stand before or after "face"."""
        found = []
        if self.size is not None and self.size < SMALL:
            found.append("small")
        if self.sharpness is not None and self.sharpness < BLURRED:
            found.append("blurred")
        if self.pose is not None and abs(self.pose.yaw) > ASIDE:
            found.append("turned to the side")
        return tuple(found)


def sharpness(crop: Picture) -> float:
    """0 (nothing but a blur) to 1 (clear), of an aligned RGB crop (112, 112, 3) uint8."""
    import cv2  # not above: what is stored is told without it

    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)[24:104, 20:92].astype(np.float32)
    detail = float(np.abs(grey - cv2.GaussianBlur(grey, (0, 0), 2)).mean())
    share = (detail - _DETAIL_POOR) / (_DETAIL_CLEAR - _DETAIL_POOR)
    return round(min(max(share, 0.0), 1.0), 3)


def pose(landmarks: Vector) -> Pose | None:
    """From landmarks (5, 2) in square pixels; None where they lie in one spot or on a line."""
    points = landmarks.astype(np.float64)
    # The least-squares camera that shows _FACE so, (2, 3).
    (a, b, c), (d, e, f) = ((_solver() @ (points - points.mean(0))).T).tolist()
    # The turn nearest to it is (M Mt)^(-1/2) M, written out: a library gallery has thousands.
    across, mixed, down = a * a + b * b + c * c, a * d + b * e + c * f, d * d + e * e + f * f
    area = math.sqrt(max(across * down - mixed * mixed, 0.0))
    # Not the other way round: NaN is no pose either.
    if not area > 1e-3 * (across + down):
        return None
    side = area * math.sqrt(across + down + 2 * area)
    p, q, r = (down + area) / side, -mixed / side, (across + area) / side
    x, y = (p * a + q * d, p * b + q * e, p * c + q * f), (q * a + r * d, q * b + r * e)
    roll = math.atan2(y[0], x[0])
    cos, sin = math.cos(roll), math.sin(roll)
    depth = q * c + r * f
    yaw = math.atan2(cos * x[2] + sin * depth, cos * x[0] + sin * y[0])
    pitch = math.asin(min(max(sin * x[2] - cos * depth, -1.0), 1.0))
    return Pose(*(round(math.degrees(each), 1) for each in (yaw, pitch, roll)))


@cache
def _solver() -> NDArray[np.float64]:
    """(3, 5): takes centred points to the camera."""
    solver: NDArray[np.float64] = np.linalg.pinv(_FACE - _FACE.mean(0))
    return solver
