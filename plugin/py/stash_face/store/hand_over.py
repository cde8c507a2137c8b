"""The store moves to another folder: whole, and so that nobody goes on writing to the old one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from .backup import copy_committed
from .connection import MOVED, Store, failures


def hand_over(store: Store, target: Path, switch: Callable[[], None]) -> None:
    """Copies the store to the file `target` while nobody can write, and calls `switch`, which
    makes the copy the one in use. Whoever still has the old one open gets a StoreError."""
    with store.transaction() as connection, failures(store.path):
        tables = [
            name
            for (name,) in connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            )
        ]
        copy_committed(store.path, target)
        for table in tables:
            for event in ("INSERT", "UPDATE", "DELETE"):
                connection.execute(
                    f"CREATE TRIGGER moved_{event}_{table} BEFORE {event} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{MOVED}'); END"
                )
        switch()
