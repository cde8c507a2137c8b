"""How many suggestions wait for each of some items."""

from __future__ import annotations

from collections.abc import Sequence

from .connection import Store
from .suggestions import OPEN

# SQLite takes so many values in one statement, of old versions too.
_CHUNK = 500


def waiting(store: Store, kind: str, item_ids: Sequence[str]) -> dict[str, int]:
    """Open suggestions by item; items without any are absent."""
    found: dict[str, int] = {}
    for start in range(0, len(item_ids), _CHUNK):
        chunk = item_ids[start : start + _CHUNK]
        marks = ",".join("?" * len(chunk))
        found.update(
            store.rows(
                "SELECT item_id, count(*) FROM suggestions INDEXED BY suggestions_item "
                f"WHERE state = ? AND kind = ? AND item_id IN ({marks}) GROUP BY item_id",
                OPEN,
                kind,
                *chunk,
            )
        )
    return found
