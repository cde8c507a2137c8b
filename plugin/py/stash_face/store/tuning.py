"""How sure the suggestions for items are, as counts for each bar, and those next to a bar."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from .connection import Store
from .refused import refused_counts, refused_next_to
from .suggestions import (
    ACCEPTED,
    FACES,
    LATER,
    OPEN,
    REJECTED,
    Item,
    Proposal,
    load_suggestions,
)


class Counts(NamedTuple):
    """Of whom the face database names, at least as sure as a bar: how many wait or would, how many
    of those are wrong by their own confidences, and what the user made of the others."""

    kept: int = 0
    wrong: float = 0.0
    accepted: int = 0
    rejected: int = 0


def counts(store: Store, bars: Sequence[float]) -> list[Counts]:
    """One for each of `bars`, which rise. Only what rests on faces in items counts, and whom the
    user's least confidence has refused."""
    between = [[0, 0.0, 0, 0] for _ in bars]
    for state, confidence, number in _by_confidence(store):
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


def _by_confidence(store: Store) -> list[tuple[str, float, int]]:
    """(state, confidence, how many): ten thousand confidences at most, however many suggestions."""
    group = "GROUP BY state, confidence"
    # The index brings them in order, but not their sources: the others are taken off again, which
    # is three times as quick as sorting.
    everything = store.rows(
        "SELECT state, confidence, count(*) FROM suggestions INDEXED BY suggestions_surest " + group
    )
    others = store.rows(
        "SELECT state, confidence, -count(*) FROM suggestions NOT INDEXED "
        f"WHERE source <> ? {group}",
        FACES,
    )
    return [*everything, *others, *((OPEN, *each) for each in refused_counts(store))]


def next_to(
    store: Store, bar: float, count: int
) -> tuple[list[tuple[Item, Proposal]], list[tuple[Item, Proposal]]]:
    """Who just reaches the bar, and who just misses it, of those that wait or would; the closest
    to it first."""
    sides = []
    refused = refused_next_to(store, bar, count)
    for (side, order), others in zip(((">=", "ASC"), ("<", "DESC")), refused, strict=True):
        rows = store.rows(
            "SELECT id FROM suggestions INDEXED BY suggestions_surest WHERE state = ? "
            f"AND source = ? AND confidence {side} ? ORDER BY confidence {order}, id LIMIT ?",
            OPEN,
            FACES,
            bar,
            count,
        )
        found = load_suggestions(store, [number for (number,) in rows])
        both = [*((each.item, each.proposal) for each in found), *others]
        sides.append(sorted(both, key=lambda each: abs(each[1].confidence - bar))[:count])
    reached, missed = sides
    return reached, missed
