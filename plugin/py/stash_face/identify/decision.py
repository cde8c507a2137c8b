"""Who it is, or *unknown*: candidates against the bars of the database's law.

A wrong name costs more than a missing one: a face under the bar, or between two people, gets
no name, and the reason says so in words.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..facedb.law import FPIR_SUGGEST, Law
from ..facedb.types import Candidate
from .reasons import (
    BARRED,
    NOBODY_LEFT,
    POOR,
    Names,
    equally_close,
    fits_better,
    match,
    nobody,
    possible,
)
from .types import MATCH, UNCERTAIN, UNKNOWN, Limits, Probe, Reason, Verdict

# Down to this share of strangers let through a candidate is shown as possible, provided it is
# this far ahead of the next (held-out: no name lost, FPIR 0.5 % at 0.03 under the bar).
FPIR_POSSIBLE = 0.03
POSSIBLE_MARGIN = 0.06
# A match has to be more likely right than wrong, however seldom strangers come as close: true
# matches of clear faces come much closer (no name lost on the development sets).
LIKELY = 0.5
# Closer together than this, two people over the bar cannot be told apart by these models.
TWIN_MARGIN = 0.02

__all__ = ["LIKELY", "POOR", "TWIN_MARGIN", "Names", "decide", "decide_picture"]


def decide(
    candidates: Sequence[Candidate],
    quality: float,
    law: Law,
    limits: Limits,
    name: Names,
    flaws: Sequence[str] = (),
    likely: float = LIKELY,
) -> Verdict:
    """The verdict on one probe (a face, or several of one person pooled); `law` is the one that
    holds for it, `flaws` are words for what is bad about the picture, `likely` is the least
    confidence of a match."""
    verdict = _by_law(list(candidates), quality, law, name, flaws, likely)
    if verdict.answer != UNKNOWN and _barred(verdict, limits):
        return verdict._replace(answer=UNKNOWN, reason=BARRED)
    return verdict


def _by_law(
    ranked: list[Candidate],
    quality: float,
    law: Law,
    name: Names,
    flaws: Sequence[str],
    likely: float,
) -> Verdict:
    def verdict(answer: str, reason: Reason) -> Verdict:
        return Verdict(answer, reason, ranked, law)

    if not ranked:
        return verdict(UNKNOWN, NOBODY_LEFT)
    best = ranked[0]
    margin = best.similarity - ranked[1].similarity if len(ranked) > 1 else None
    fpir = law.fpir(best.similarity)
    # Not the other way round: NaN, which a faulty GPU driver gives, must name nobody.
    if not fpir <= FPIR_POSSIBLE:
        return verdict(UNKNOWN, nobody(quality, flaws, law))
    if fpir > FPIR_SUGGEST or law.confidence(best.similarity) < likely:
        if margin is not None and margin < POSSIBLE_MARGIN:
            return verdict(UNKNOWN, nobody(quality, flaws, law))
        return verdict(UNCERTAIN, possible(best, fpir, quality, flaws, law, name))
    if margin is not None and margin < TWIN_MARGIN:
        return verdict(UNCERTAIN, equally_close(best, ranked[1], name))
    return verdict(MATCH, match(ranked, margin, law, name))


def decide_picture(
    probes: Sequence[Probe],
    candidates: Sequence[Sequence[Candidate]],
    law: Law,
    limits: Limits,
    name: Names,
) -> list[Verdict]:
    """The verdicts on all faces of one picture: each name once, for the face it fits best."""
    verdicts = [
        decide(
            probe.allowed(found), probe.quality, law.at(probe.quality), limits, name, probe.flaws
        )
        for probe, found in zip(probes, candidates, strict=True)
    ]
    taken: set[str] = set()
    for row in sorted(range(len(verdicts)), key=lambda row: -_top(verdicts[row])):
        verdict = verdicts[row]
        if verdict.answer == UNKNOWN:
            continue
        key = verdict.candidates[0].key
        if key in taken:
            verdicts[row] = verdict._replace(answer=UNKNOWN, reason=fits_better(name(key)))
        taken.add(key)
    return verdicts


def _top(verdict: Verdict) -> float:
    similarity = verdict.candidates[0].similarity if verdict.candidates else -1.0
    # Also for NaN, which has no place in an order.
    return similarity if similarity > -1.0 else -1.0


def _barred(verdict: Verdict, limits: Limits) -> bool:
    best = verdict.candidates[0]
    if limits.max_distance is not None and best.distance > limits.max_distance:
        return True
    return verdict.law.confidence(best.similarity) < limits.min_confidence
