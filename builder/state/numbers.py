"""The numbers by which people of several stash-boxes are called, the same from build to build."""

from __future__ import annotations

from collections.abc import Sequence

from builder.state.connection import State


def numbered(state: State, groups: Sequence[Sequence[str]]) -> list[int]:
    """A number for each group of keys: the lowest that one of them had, else a new one. A number
    never goes to anybody else."""
    had: dict[str, int] = dict(state.rows("SELECT key, number FROM numbers"))
    highest = max(had.values(), default=0)
    taken: set[int] = set()
    found = []
    for keys in groups:
        free = {had[key] for key in keys if key in had} - taken
        highest += not free
        number = min(free) if free else highest
        taken.add(number)
        found.append(number)
    with state.transaction():
        state.run_many(
            "INSERT OR REPLACE INTO numbers VALUES (?, ?)",
            ((key, number) for keys, number in zip(groups, found, strict=True) for key in keys),
        )
    return found
