"""Whether the embedders name the same person. Shown, and no part of the decision: their mean
already knows (docs/accuracy.md)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..facedb.types import Candidate


class Agreement(NamedTuple):
    """`other` is whom one embedder finds closest instead of the closest person of all, None
    where all agree; `apart` by how much their distances to that person differ."""

    other: str | None
    apart: float


def agreement(candidates: Sequence[Candidate]) -> Agreement | None:
    """Of the candidates, closest first; None without any, or with a single embedder."""
    if not candidates or len(candidates[0].similarities) < 2:
        return None
    best = candidates[0]
    closest = [_closest(candidates, embedder) for embedder in best.similarities]
    other = next((key for key in closest if key != best.key), None)
    each = best.similarities.values()
    return Agreement(other, max(each) - min(each))


def _closest(candidates: Sequence[Candidate], embedder: str) -> str:
    return max(candidates, key=lambda each: each.similarities[embedder]).key
