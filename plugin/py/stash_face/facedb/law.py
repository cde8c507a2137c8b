"""How surprising a similarity is: the law of impostor scores, and what follows from it.

A stranger's best score against N people follows a Gumbel law. Its upper tail gives the bar for
a wanted share of strangers let through (FPIR), and together with the law of genuine scores the
probability that a name is right. Standard library only.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from typing import Any, NamedTuple

# Scales above the location where 1 stranger in 400 comes.
REACHED = 6.0
# Share of strangers that may be given a name: for a suggestion, and for anything automatic.
FPIR_SUGGEST, FPIR_AUTOMATIC = 0.01, 0.001
# Half of the faces asked about are taken to be of people in the database.
PRIOR_KNOWN = 0.5
# Qualities (0..1) under which the impostor and the genuine law begin to move (docs/accuracy.md).
IMPOSTOR_KNEE, GENUINE_KNEE = 0.78, 0.95


class PoorFaces(NamedTuple):
    """How far the laws fall per unit of quality below their knees: a blurred face is less like
    everybody, strangers and its own person. Zeros: one law for all."""

    location: float = 0.0
    scale: float = 0.0
    genuine: float = 0.0


class Law(NamedTuple):
    """Gumbel law (location, scale) of the best impostor similarity among `people`, normal law
    of genuine similarities; `fitted` is false where it is the pack's stated default because
    the database is too small to fit one. All are those of clear faces."""

    location: float
    scale: float
    genuine_mean: float
    genuine_sd: float
    people: int
    probes: int
    fitted: bool
    poor: PoorFaces = PoorFaces()

    def at(self, quality: float) -> Law:
        """The law for faces of this quality."""
        below = max(IMPOSTOR_KNEE - quality, 0.0)
        location = self.location - self.poor.location * below
        scale = max(self.scale - self.poor.scale * below, self.scale / 2)
        mean = self.genuine_mean - self.poor.genuine * max(GENUINE_KNEE - quality, 0.0)
        # Under the strangers' own scores the genuine law would say nothing any more.
        mean = max(mean, location)
        return self._replace(location=location, scale=scale, genuine_mean=mean, poor=PoorFaces())

    def threshold(self, fpir: float) -> float:
        """The similarity that a stranger reaches with probability `fpir`."""
        return self.location - self.scale * math.log(-math.log1p(-fpir))

    def fpir(self, similarity: float) -> float:
        """The probability that a stranger reaches `similarity`."""
        return -math.expm1(-math.exp(-self._z(similarity)))

    def confidence(self, similarity: float) -> float:
        """The probability (0..1) that the best person at `similarity` is the right one.

        Densities are held flat beyond their modes, so that it never falls with similarity."""
        z = max(self._z(similarity), 0.0)
        impostor = math.exp(-z - math.exp(-z)) / self.scale
        g = min((similarity - self.genuine_mean) / self.genuine_sd, 0.0)
        genuine = math.exp(-g * g / 2) / (self.genuine_sd * math.sqrt(2 * math.pi))
        known = PRIOR_KNOWN * genuine
        return known / (known + (1 - PRIOR_KNOWN) * impostor)

    def _z(self, similarity: float) -> float:
        # Beyond these the exponentials overflow, and say 0 or 1 anyhow.
        return min(max((similarity - self.location) / self.scale, -500.0), 500.0)


def fit_gumbel(scores: list[float]) -> tuple[float, float]:
    """(location, scale) of a Gumbel law through the 20-90 % quantiles of `scores`, by least
    squares. Scores that hardly any stranger reaches are left out: there people find themselves
    under a second key, a fifth of all scores where a tenth of the people are doubled."""
    ordered = sorted(scores)
    location, scale = _through_quantiles(ordered, 60)
    for _ in range(5):
        # Of all of them, so that the law settles wherever it began.
        kept = ordered[: bisect_right(ordered, location + REACHED * scale)]
        location, scale = _through_quantiles(kept, 90)
    return location, scale


def _through_quantiles(ordered: list[float], highest: int) -> tuple[float, float]:
    """From 20 % to `highest` %."""
    xs, ys = [], []
    for percent in range(20, highest + 1):
        p = percent / 100
        xs.append(-math.log(-math.log(p)))
        at = p * (len(ordered) - 1)
        low = ordered[math.floor(at)]
        ys.append(low + (ordered[math.ceil(at)] - low) * (at - math.floor(at)))
    mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
    scale = sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True))
    scale /= sum((x - mean_x) ** 2 for x in xs)
    scale = max(scale, 1e-3)
    return mean_y - scale * mean_x, scale


def to_manifest(law: Law, weights: dict[str, str], spoilt_probes: int = 0) -> dict[str, Any]:
    """The `calibration` entry of a manifest; `weights` are the sha256 per embedder, and of
    `spoilt_probes` faces `poor` was measured (0: it is the pack's)."""
    return {
        "law": "gumbel",
        **law._asdict(),
        "poor": law.poor._asdict(),
        "spoilt_probes": spoilt_probes,
        "quantiles": {str(p): law.threshold(p) for p in (FPIR_SUGGEST, FPIR_AUTOMATIC)},
        "weights": weights,
    }


def from_manifest(entry: dict[str, Any] | None, weights: dict[str, str], people: int) -> Law | None:
    """The law of a `calibration` entry; None where it is missing, of other weights or of a
    database of another size, or says what cannot be, so that it is computed anew."""
    if not entry or entry.get("law") != "gumbel" or entry.get("weights") != weights:
        return None
    try:
        location, scale, mean, sd = (float(entry[name]) for name in Law._fields[:4])
        people_then, probes = int(entry["people"]), int(entry["probes"])
        poor = PoorFaces(**{name: float(x) for name, x in (entry.get("poor") or {}).items()})
        law = Law(location, scale, mean, sd, people_then, probes, bool(entry["fitted"]), poor)
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError):
        return None
    sane = (
        -1 < law.location < 1
        and 1e-4 < law.scale < 0.5
        and 0 < law.genuine_mean < 1
        and 1e-3 < law.genuine_sd < 0.5
        and law.people == people
        and all(0 <= fall < 2 for fall in law.poor)
    )
    return law if sane else None
