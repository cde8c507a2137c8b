"""Who was compared with everybody, by which references, and the pairs that were found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

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
