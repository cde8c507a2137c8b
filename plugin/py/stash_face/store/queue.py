"""Items that wait for a task. Hooks write here, so it is standard library alone."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from .connection import FILE_NAME, Store

# A task that was asked for and did not come in this time may be lost: whoever asks again looks
# first whether it still waits in Stash.
_PATIENCE_SECONDS = 600


class Queued(NamedTuple):
    """An item that something happened to; `number` grows with time."""

    number: int
    kind: str
    item_id: str
    reason: str


def open_store(data_home: Path) -> Store:
    """The store, for those who know only this module."""
    return Store(data_home / FILE_NAME)


def enqueue(store: Store, kind: str, item_id: str, reason: str) -> bool:
    """Notes the item, in place of an older note about it; True where the caller has to ask for
    the task that looks after the queue, because nobody has since the last one began."""
    now = int(time.time())
    with store.transaction() as connection:
        connection.execute(
            "INSERT OR REPLACE INTO queue VALUES (NULL, ?, ?, ?, datetime('now'))",
            (kind, item_id, reason),
        )
        # A clock that was set back must not silence everybody.
        asked = connection.execute(
            "UPDATE queue_asked SET asked_at = ? "
            "WHERE asked_at IS NULL OR asked_at NOT BETWEEN ? AND ?",
            (now, now - _PATIENCE_SECONDS, now),
        )
        return asked.rowcount > 0


def not_asked(store: Store) -> None:
    """The task begins, or could not be asked for: the next item asks for one."""
    with store.transaction() as connection:
        connection.execute("UPDATE queue_asked SET asked_at = NULL")


def peek(store: Store) -> dict[str, int]:
    """How many items wait, by kind."""
    return dict(store.rows("SELECT kind, count(*) FROM queue GROUP BY kind"))


def take(store: Store, count: int) -> list[Queued]:
    """The newest items that wait; they stay until they are `done`, so a kill loses none."""
    rows = store.rows(
        "SELECT number, kind, item_id, reason FROM queue ORDER BY number DESC LIMIT ?", count
    )
    return [Queued(*row) for row in rows]


def done(store: Store, items: Sequence[Queued]) -> None:
    """Removes them, but not what was noted about them meanwhile."""
    with store.transaction() as connection:
        connection.executemany(
            "DELETE FROM queue WHERE number = ?", [(item.number,) for item in items]
        )
