"""Which Stash this store belongs to: numbers of items mean nothing in another one. Hooks use it,
so it is standard library alone."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import NamedTuple

from ..errors import StoreError
from .connection import Store

OURS, MOVED, FOREIGN = "ours", "moved", "foreign"


class Installation(NamedTuple):
    """Where a Stash keeps its own database and settings, and its system."""

    database_path: str
    config_path: str
    system: str


def claim(
    store: Store, installation: Installation, is_there: Callable[[str], bool]
) -> Installation | None:
    """StoreError where the store is another Stash's; the one before where it has moved."""
    standing, before = belongs_to(store, installation, is_there)
    if standing == FOREIGN:
        raise StoreError(
            f"The data folder {store.path.parent} belongs to the Stash whose database is "
            f"{before.database_path}, and this one's is {installation.database_path}: give each "
            "its own with STASH_FACE_DATA, or set the file stash_face.sqlite aside and scan again."
        )
    return before if standing == MOVED else None


def may_be_foreign(store: Store, config_folder: str) -> bool:
    """Whether a Stash with its settings in this folder is to be asked who it is: it has another
    one than the store's."""
    known = _known(store)
    return bool(known) and os.path.dirname(known[-1].config_path) != config_folder


def belongs_to(
    store: Store, installation: Installation, is_there: Callable[[str], bool]
) -> tuple[str, Installation]:
    """Whether the store is this Stash's: OURS; MOVED, and from now on its, where the one before
    has no database any more (`is_there`); FOREIGN where both exist, or take turns. With it the
    one that the store belonged to until now."""
    # Mostly nothing is new: hundreds of hooks need not wait for each other.
    if _known(store)[-1:] == [installation]:
        return OURS, installation
    with store.transaction() as connection:
        known = _known(store)
        if known[-1:] == [installation]:
            return OURS, installation
        if known and (installation in known or is_there(known[-1].database_path)):
            return FOREIGN, known[-1]
        connection.execute(
            "INSERT INTO installations VALUES (NULL, ?, ?, ?, datetime('now'))", installation
        )
    return (MOVED, known[-1]) if known else (OURS, installation)


def _known(store: Store) -> list[Installation]:
    rows = store.rows(
        "SELECT database_path, config_path, system FROM installations ORDER BY number"
    )
    return [Installation(*row) for row in rows]
