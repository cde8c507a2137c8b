"""How sure the suggestions for items are, as counts for each bar, and those next to a bar."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from .connection import Store
from .suggestions import ACCEPTED, FACES, LATER, OPEN, REJECTED, Suggestion, load_suggestions


class Counts(NamedTuple):
    """Of the suggestions at least as sure as a bar: how many wait, how many of those are wrong by
    their own confidences, and what the user made of the others."""

    kept: int = 0
    wrong: float = 0.0
    accepted: int = 0
    rejected: int = 0


def counts(store: Store, bars: Sequence[float]) -> list[Counts]:
    """One for each of `bars`, which rise. Only what rests on faces in items counts."""
    between = [[0, 0.0, 0, 0] for _ in bars]
    # By confidence first: there are ten thousand of them at most, however many suggestions.
    for state, confidence, number in store.rows(
        "SELECT state, confidence, count(*) FROM suggestions NOT INDEXED WHERE source = ? "
        "GROUP BY state, confidence",
        FACES,
    ):
        at = bisect_right(bars, confidence) - 1
        if at < 0:
            continue
        here = between[at]
        if state in (OPEN, LATER):
            here[0] += number
            here[1] += number * (1 - confidence)
        here[2] += number * (state == ACCEPTED)
        here[3] += number * (state == REJECTED)
    found: list[Counts] = []
    above = Counts()
    for here in reversed(between):
        above = Counts(
            above.kept + int(here[0]),
            above.wrong + here[1],
            above.accepted + int(here[2]),
            above.rejected + int(here[3]),
        )
        found.append(above)
    return found[::-1]


def next_to(store: Store, bar: float, count: int) -> tuple[list[Suggestion], list[Suggestion]]:
    """The open suggestions that just reach the bar, and those that just miss it; the closest to
    it first."""
    found = [
        store.rows(
            "SELECT id FROM suggestions INDEXED BY suggestions_surest WHERE state = ? "
            f"AND source = ? AND confidence {side} ? ORDER BY confidence {order}, id LIMIT ?",
            OPEN,
            FACES,
            bar,
            count,
        )
        for side, order in ((">=", "ASC"), ("<", "DESC"))
    ]
    reached, missed = (load_suggestions(store, [number for (number,) in rows]) for rows in found)
    return reached, missed
