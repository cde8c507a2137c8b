"""How far the laws fall for poor faces, measured on spoilt copies of a database's references.

A copy is searched with its person left out, as a stranger's face of that quality, and compared
with its person without the reference that it was made from. Knows nothing of pictures.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..faces.types import Vector
from .calibration import similarity_without
from .law import GENUINE_KNEE, IMPOSTOR_KNEE, REACHED, Law, PoorFaces
from .reader import FaceDatabase

# Fewer probes below the knee than this leave a share of the pack's numbers.
ENOUGH = 60
# Beyond these it is the measurement that is wrong.
MOST = PoorFaces(0.2, 0.05, 1.0)
# Mean of the standard Gumbel law, and its mean distance from its mean.
_MEAN, _APART = 0.5772, 0.9834


class SpoiltFace(NamedTuple):
    """A copy of reference `reference` (counted from 0, as written) of person `key`: its
    quality 0..1, and (D,) unit vectors per embedder."""

    key: str
    reference: int
    quality: float
    vectors: dict[str, Vector]


def measure_poor(database: FaceDatabase, law: Law, spoilt: Sequence[SpoiltFace]) -> PoorFaces:
    """Least squares on (quality, score) below the knees, about the clear faces' `law`; the fewer
    probes there are, the more of `law.poor` stays."""
    if not spoilt:
        return law.poor
    by_key = {key: number for number, key in enumerate(database.keys)}
    numbers = [by_key[face.key] for face in spoilt]
    found = database.search([face.vectors for face in spoilt], count=1, without=numbers)
    strangers = [
        (IMPOSTOR_KNEE - face.quality, candidates[0].similarity)
        for face, candidates in zip(spoilt, found, strict=True)
        if candidates
    ]
    own = [
        (GENUINE_KNEE - face.quality, similarity)
        for face, number in zip(spoilt, numbers, strict=True)
        if (similarity := _own_similarity(database, number, face)) is not None
    ]
    location, scale = _impostor_falls(law, strangers)
    genuine = _slope([(below, law.genuine_mean - s) for below, s in own])
    return PoorFaces(*map(_held, (location, scale, genuine), law.poor, MOST))


class _Fall(NamedTuple):
    per_quality: float
    probes: int


def _impostor_falls(law: Law, scores: list[tuple[float, float]]) -> tuple[_Fall, _Fall]:
    # Somebody under a second key is no stranger.
    most = law.location + REACHED * law.scale
    scores = [(below, score) for below, score in scores if score < most]
    mean = law.location + _MEAN * law.scale
    fall = _slope([(below, mean - score) for below, score in scores])
    apart = [(b, abs(mean - fall.per_quality * max(b, 0.0) - score)) for b, score in scores]
    scale = _slope([(below, law.scale - each / _APART) for below, each in apart])
    narrower = min(max(scale.per_quality, 0.0), MOST.scale)
    return _Fall(fall.per_quality - _MEAN * narrower, fall.probes), scale


def _slope(points: list[tuple[float, float]]) -> _Fall:
    """Of the line through the knee: (quality below the knee, fall); others do not count."""
    below = [(x, y) for x, y in points if x > 0]
    total = sum(x * x for x, _ in below)
    return _Fall(sum(x * y for x, y in below) / total if total else 0.0, len(below))


def _held(fall: _Fall, of_pack: float, most: float) -> float:
    share = min(fall.probes / ENOUGH, 1.0)
    measured = min(max(fall.per_quality, 0.0), most)
    return round(share * measured + (1 - share) * of_pack, 4)


def _own_similarity(database: FaceDatabase, number: int, face: SpoiltFace) -> float | None:
    return similarity_without(database.references(number), face.reference, face.vectors)
