"""Numbers of eight bits as Voyager stores them: from the lowest bit, sign, exponent, mantissa."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.uint8]
Floats = NDArray[np.float32]


def decode(codes: Codes) -> Floats:
    """The numbers (n, D) of codes (n, D)."""
    if codes.shape[1] % 2:
        return _numbers().take(codes)
    pairs: Floats = _pairs().take(codes.view(np.uint16), mode="clip").view(np.float32)
    return pairs


def encode(numbers: Floats) -> Codes:
    """The codes (n, D) of the nearest numbers that there are, from -448 to 448. Voyager's own
    rounding takes many below 2^-6, a quarter of a unit vector's 512, for others."""
    bits = np.ascontiguousarray(numbers, "<f4").view("<u4")
    codes: Codes = _nearest().take(bits >> 16)
    return codes


@cache
def _numbers() -> Floats:
    """The number of each of the 256 codes."""
    code = np.arange(256)
    exponent, mantissa = (code >> 1) & 15, (code >> 5) / 8
    # The subnormal numbers are half as large in Voyager as they are in the OCP's E4M3.
    size = np.where(exponent > 0, (1 + mantissa) * 2.0 ** (exponent - 7), mantissa * 2.0**-7)
    return np.where(code & 1, -size, size).astype(np.float32)


@cache
def _pairs() -> NDArray[np.float64]:
    """Two numbers at a time, (65536,), each pair of float32 in the clothes of a float64."""
    code = np.arange(65536)
    number = _numbers()
    pairs = np.stack([number[code & 255], number[code >> 8]], axis=1)
    return np.ascontiguousarray(pairs).view(np.float64).ravel()


@cache
def _nearest() -> Codes:
    """The code for each upper half of a float32, (65536,): where one code's numbers end and the
    next one's begin, all lower bits are 0."""
    # The largest code is no number.
    positive = np.arange(0, 254, 2)
    order = positive[np.argsort(_numbers()[positive])]
    sizes = _numbers()[order]
    upper = (np.arange(1 << 15, dtype=np.uint32) << 16).view(np.float32)
    codes = order[np.searchsorted((sizes[1:] + sizes[:-1]) / 2, upper, side="right")]
    both: Codes = np.concatenate([codes, codes | 1]).astype(np.uint8)
    return both
