"""Who it is, or *unknown*: candidates against the bars of the database's law.

A wrong name costs more than a missing one: a face under the bar, or between two people, gets
no name, and the reason says so in words.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..facedb.law import FPIR_SUGGEST, Law
from ..facedb.types import Candidate
from .types import MATCH, UNCERTAIN, UNKNOWN, Limits, Probe, Verdict

# Down to this share of strangers let through a candidate is shown as possible, provided it is
# this far ahead of the next (held-out: no name lost, FPIR 0.5 % at 0.03 under the bar).
FPIR_POSSIBLE = 0.03
POSSIBLE_MARGIN = 0.06
# A match has to be more likely right than wrong, however seldom strangers come as close: true
# matches of clear faces come much closer (no name lost on the development sets).
LIKELY = 0.5
# Closer together than this, two people over the bar cannot be told apart by these models.
TWIN_MARGIN = 0.02
CLEAR_MARGIN = 0.15
POOR = 0.25

Names = Callable[[str], str]


def decide(
    candidates: Sequence[Candidate], quality: float, law: Law, limits: Limits, name: Names
) -> Verdict:
    """The verdict on one probe (a face, or several of one person pooled); `law` is the one that
    holds for it."""
    verdict = _by_law(list(candidates), quality, law, name)
    if verdict.answer != UNKNOWN and _barred(verdict, limits):
        reason = "Somebody comes close, but not within max_distance and min_confidence."
        return verdict._replace(answer=UNKNOWN, reason=reason)
    return verdict


def _by_law(ranked: list[Candidate], quality: float, law: Law, name: Names) -> Verdict:
    def verdict(answer: str, reason: str) -> Verdict:
        return Verdict(answer, reason, ranked, law)

    if not ranked:
        return verdict(UNKNOWN, "The face database has nobody to compare with.")
    best = ranked[0]
    margin = best.similarity - ranked[1].similarity if len(ranked) > 1 else None
    fpir = law.fpir(best.similarity)
    # Not the other way round: NaN, which a faulty GPU driver gives, must name nobody.
    if not fpir <= FPIR_POSSIBLE:
        return verdict(UNKNOWN, _nobody(quality, law))
    if fpir > FPIR_SUGGEST or law.confidence(best.similarity) < LIKELY:
        if margin is not None and margin < POSSIBLE_MARGIN:
            return verdict(UNKNOWN, _nobody(quality, law))
        return verdict(UNCERTAIN, _possible(best, fpir, quality, law, name))
    if margin is not None and margin < TWIN_MARGIN:
        pair = f"{name(best.key)} and {name(ranked[1].key)}"
        return verdict(UNCERTAIN, f"Two people are equally close: {pair}.")
    return verdict(MATCH, _match(margin, law))


def decide_picture(
    probes: Sequence[Probe],
    candidates: Sequence[Sequence[Candidate]],
    law: Law,
    limits: Limits,
    name: Names,
) -> list[Verdict]:
    """The verdicts on all faces of one picture: each name once, for the face it fits best."""
    verdicts = [
        decide(probe.allowed(found), probe.quality, law.at(probe.quality), limits, name)
        for probe, found in zip(probes, candidates, strict=True)
    ]
    taken: set[str] = set()
    for row in sorted(range(len(verdicts)), key=lambda row: -_top(verdicts[row])):
        verdict = verdicts[row]
        if verdict.answer == UNKNOWN:
            continue
        key = verdict.candidates[0].key
        if key in taken:
            reason = f"Another face in this picture fits {name(key)} better."
            verdicts[row] = verdict._replace(answer=UNKNOWN, reason=reason)
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


def _nobody(quality: float, law: Law) -> str:
    if quality < POOR:
        return "The face is too small or too blurred to tell." + _default_bar(law)
    return "Nobody in the face database comes close." + _default_bar(law)


def _possible(best: Candidate, fpir: float, quality: float, law: Law, name: Names) -> str:
    poor = ", and the face is small or blurred" if quality < POOR else ""
    return (
        f"Perhaps {name(best.key)}: about 1 stranger in {round(1 / fpir)} comes as close{poor}."
        + _default_bar(law)
    )


def _match(margin: float | None, law: Law) -> str:
    if margin is None or margin >= CLEAR_MARGIN:
        return "A close match, clearly ahead of the next person." + _default_bar(law)
    return "A close match, ahead of the next person." + _default_bar(law)


def _default_bar(law: Law) -> str:
    if law.fitted:
        return ""
    return (
        f" (With {law.people} people the database is too small to measure its own bar; "
        "a cautious default is used.)"
    )
