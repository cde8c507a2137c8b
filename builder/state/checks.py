"""Who was compared with everybody, by which references, and the pairs that were found.

`compared` and `alike` are of the database's people, `likened` and `likenesses` of one source's
people beside those of later ones.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from builder.state.connection import State


def compared(state: State) -> dict[str, str]:
    """Key of a person to the digest of the references that they were compared by."""
    return dict(state.rows("SELECT key, digest FROM compared"))


def pairs(state: State) -> list[tuple[str, str]]:
    return [(one, other) for one, other in state.rows("SELECT one, other FROM alike")]


def save_pairs(
    state: State,
    changed: Mapping[str, str],
    everybody: set[str],
    found: Iterable[tuple[str, str]],
) -> None:
    """What was known of the `changed` (key to digest), or of people who are no more, is replaced
    by what was `found`."""
    with state.transaction():
        kept = [pair for pair in pairs(state)
                if not {*pair} & changed.keys() and {*pair} <= everybody]  # fmt: skip
        state.run("DELETE FROM alike")
        state.run_many("INSERT OR IGNORE INTO alike VALUES (?, ?)", iter([*kept, *found]))
        gone = compared(state).keys() - everybody
        state.run_many("DELETE FROM compared WHERE key = ?", ((key,) for key in gone))
        state.run_many("INSERT OR REPLACE INTO compared VALUES (?, ?)", iter(changed.items()))


class Bars(NamedTuple):
    """Similarities that a source's own people, whose digest `own` is, have set: over `sure` it is
    one face, below `unclear` another. All pairs above `floor` are kept."""

    own: str
    sure: float
    unclear: float
    floor: float


def bars(state: State, source: str) -> Bars | None:
    row = state.row("SELECT value FROM meta WHERE key = ?", f"bars {source}")
    return Bars(*json.loads(row[0])) if row else None


def save_bars(state: State, source: str, new: Bars, *, forget: bool) -> None:
    """`forget`: nobody of the source was compared by now."""
    with state.transaction():
        if forget:
            _forget(state, source)
        state.run("INSERT OR REPLACE INTO meta VALUES (?, ?)", f"bars {source}", json.dumps(new))


def likened(state: State, source: str) -> set[str]:
    """Whoever was compared, of the source and of later ones."""
    return {key for (key,) in state.rows("SELECT key FROM likened WHERE source = ?", source)}


def similarities(state: State, source: str) -> dict[tuple[str, str], float]:
    """By the keys of (the source's own, the other)."""
    rows = state.rows("SELECT one, other, similarity FROM likenesses WHERE source = ?", source)
    return {(one, other): similarity for one, other, similarity in rows}


def save_similarities(
    state: State,
    source: str,
    found: Mapping[tuple[str, str], float],
    by: Mapping[str, str],
) -> None:
    """What was `found`, and who is compared now, `by` which references (key to digest)."""
    with state.transaction():
        state.run_many(
            "INSERT OR REPLACE INTO likenesses VALUES (?, ?, ?, ?)",
            ((source, *pair, similarity) for pair, similarity in found.items()),
        )
        state.run_many(
            "INSERT OR REPLACE INTO likened VALUES (?, ?, ?)",
            ((source, key, digest) for key, digest in by.items()),
        )


def forget_changed(state: State, source: str, now: Mapping[str, str]) -> None:
    """All of those whose digest is not that of `now` any more."""
    before = state.rows("SELECT key, digest FROM likened WHERE source = ?", source)
    gone = [key for key, digest in before if now.get(key) != digest]
    with state.transaction():
        for column in ("one", "other"):
            state.run_many(
                f"DELETE FROM likenesses WHERE source = ? AND {column} = ?",
                ((source, key) for key in gone),
            )
        state.run_many(
            "DELETE FROM likened WHERE source = ? AND key = ?", ((source, key) for key in gone)
        )


def forget_comparisons(state: State, kept: Sequence[str]) -> None:
    """Those of all sources but the `kept` ones."""
    with state.transaction():
        for (source,) in state.rows("SELECT DISTINCT source FROM likened"):
            if source not in kept:
                _forget(state, source)


def _forget(state: State, source: str) -> None:
    state.run("DELETE FROM likened WHERE source = ?", source)
    state.run("DELETE FROM likenesses WHERE source = ?", source)
    state.run("DELETE FROM meta WHERE key = ?", f"bars {source}")
