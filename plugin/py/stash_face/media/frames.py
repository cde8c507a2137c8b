"""A decoded frame to the upright RGB picture that a player shows, of the size that is wanted."""

from __future__ import annotations

from struct import unpack
from typing import Any

import numpy as np
from numpy.typing import NDArray

PQ = 16
"""Transfer of HDR10 and Dolby Vision (SMPTE ST 2084), by ITU-T H.273."""

# Reference white of HDR pictures in cd/m2 (ITU-R BT.2408), and the peak of PQ.
_WHITE, _PEAK = 203.0, 10_000.0


def upright(frame: Any, pixel_aspect: Any, scale: float) -> NDArray[np.uint8]:
    """RGB uint8 (H, W, 3), C-contiguous: pixels made square, turned and mirrored as the file
    says, sides multiplied by `scale`, and HDR brought down to what a plain screen shows."""
    wide = float(pixel_aspect) if pixel_aspect and 0.25 <= pixel_aspect <= 4 else 1.0
    width = max(1, round(frame.width * wide * scale))
    height = max(1, round(frame.height * scale))
    rgb = frame.reformat(width, height, "rgb24", interpolation="AREA").to_ndarray()
    if getattr(frame, "color_trc", None) == PQ:
        rgb = _CURVE.table()[rgb]
    matrix = _display_matrix(frame)
    return rgb if matrix is None else _turned(rgb, matrix)


class _Curve:
    """PQ values 0..255 to those of a plain screen, made when the first HDR frame comes."""

    def __init__(self) -> None:
        self._table: NDArray[np.uint8] | None = None

    def table(self) -> NDArray[np.uint8]:
        if self._table is None:
            self._table = _tone_curve()
        return self._table


_CURVE = _Curve()


def _tone_curve() -> NDArray[np.uint8]:
    # SMPTE ST 2084, then Reinhard's curve, which keeps faces (under reference white) as they
    # are and squeezes lights, then the gamma of a screen.
    m1, m2, c1, c2, c3 = 0.1593017578125, 78.84375, 0.8359375, 18.8515625, 18.6875
    value = (np.arange(256) / 255) ** (1 / m2)
    light = _PEAK / _WHITE * (np.maximum(value - c1, 0) / (c2 - c3 * value)) ** (1 / m1)
    peak = 1000.0 / _WHITE
    shown = light * (1 + light / peak**2) / (1 + light)
    curve: NDArray[np.uint8] = np.rint(255 * np.clip(shown, 0, 1) ** (1 / 2.2)).astype(np.uint8)
    return curve


def _display_matrix(frame: Any) -> tuple[int, ...] | None:
    try:
        data = frame.side_data.get("DISPLAYMATRIX")
    except ValueError:
        # A frame may carry data that this PyAV has no name for: then the angle must do.
        quarters = round(frame.rotation / 90) % 4
        cos, sin = ((1, 0), (0, -1), (-1, 0), (0, 1))[quarters]
        return cos, sin, 0, -sin, cos
    return unpack("=9i", bytes(data)) if data is not None else None


def _turned(rgb: NDArray[np.uint8], matrix: tuple[int, ...]) -> NDArray[np.uint8]:
    # ISO/IEC 14496-12: (x, y) is shown at (a x + c y, b x + d y); a video is turned by quarters.
    a, b, _, c, d = matrix[:5]
    if abs(b) > abs(a):
        right, down = c, b
        rgb = rgb.transpose(1, 0, 2)
    else:
        right, down = a, d
    rgb = rgb[:: -1 if down < 0 else 1, :: -1 if right < 0 else 1]
    return np.ascontiguousarray(rgb)
