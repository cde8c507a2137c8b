"""Which Stash this store belongs to: numbers of items mean nothing in another one."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from .connection import Store

OURS, MOVED, FOREIGN = "ours", "moved", "foreign"


class Installation(NamedTuple):
    """Where a Stash keeps its own database and settings, and its system."""

    database_path: str
    config_path: str
    system: str


def belongs_to(
    store: Store, installation: Installation, is_there: Callable[[str], bool]
) -> tuple[str, Installation]:
    """Whether the store is this Stash's: OURS; MOVED, and from now on its, where the one before
    has no database any more (`is_there`); FOREIGN where both exist, or take turns. With it the
    one that the store belonged to until now."""
    with store.transaction() as connection:
        rows = connection.execute(
            "SELECT database_path, config_path, system FROM installations ORDER BY number"
        ).fetchall()
        known = [Installation(*row) for row in rows]
        if known and known[-1] == installation:
            return OURS, installation
        if known and (installation in known or is_there(known[-1].database_path)):
            return FOREIGN, known[-1]
        connection.execute(
            "INSERT INTO installations VALUES (NULL, ?, ?, ?, datetime('now'))", installation
        )
    return (MOVED, known[-1]) if known else (OURS, installation)
