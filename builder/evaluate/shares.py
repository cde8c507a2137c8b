"""A share of a sample, and where the true one lies. Standard library only."""

from __future__ import annotations

import math


def likely_range(share: float, count: int) -> tuple[float, float]:
    """Where the true share lies with 95 % probability (Wilson's interval)."""
    z = 1.96
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    half /= 1 + z * z / count
    return middle - half, middle + half
