"""Does a confidence keep its word? Of all names given at 80 %, four in five should be right.

Predictions and truth to reliability bins and to the expected calibration error (ECE): the mean
distance between the confidence that is stated and the share that is right. Standard library only.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from dev.evaluate_queries import Answer

BINS = 10


class Stated(NamedTuple):
    """A confidence (0..1), and whether the name that it was stated for was right."""

    confidence: float
    right: bool


class Bin(NamedTuple):
    """The names of one tenth of the scale: how many, their mean confidence, the share right."""

    names: int
    confidence: float
    right: float


def stated(
    queries: Mapping[str, Mapping[str, Any]],
    predictions: Mapping[str, Sequence[Answer]],
    kinds: Iterable[str],
) -> list[Stated]:
    """The surest name of each photo of these `kinds`, suggested or not; a photo without a face
    states nothing. `queries` are those of a truth.json: {query: {kind, truth}}."""
    wanted = frozenset(kinds)
    found = []
    for name, query in queries.items():
        answers = predictions.get(name, [])
        if query["kind"] in wanted and answers:
            best = max(answers, key=lambda answer: answer["confidence"])
            confidence = min(max(best["confidence"], 0.0), 1.0)
            found.append(Stated(confidence, best["performer"] in query["truth"]))
    return found


def bins(rows: Sequence[Stated], number: int = BINS) -> list[Bin]:
    """`number` bins of equal width from 0 to 1; NaN stands for the means of an empty one."""
    sorted_in: list[list[Stated]] = [[] for _ in range(number)]
    for row in rows:
        sorted_in[min(int(row.confidence * number), number - 1)].append(row)
    return [
        Bin(
            len(held),
            sum(row.confidence for row in held) / len(held) if held else math.nan,
            sum(row.right for row in held) / len(held) if held else math.nan,
        )
        for held in sorted_in
    ]


def calibration_error(rows: Sequence[Stated], number: int = BINS) -> float:
    """ECE (0..1): the distance of each bin's confidence from its share right, by its count."""
    if not rows:
        return math.nan
    held = [each for each in bins(rows, number) if each.names]
    return sum(each.names * abs(each.confidence - each.right) for each in held) / len(rows)
