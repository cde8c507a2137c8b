"""Refuses to work with the data of another Stash: two that share a folder would tag each other's
items."""

from __future__ import annotations

from pathlib import Path

from ..errors import StoreError
from ..protocol import log
from ..stash.library import system_paths
from ..store.installations import FOREIGN, MOVED, Installation, belongs_to
from .context import Context


def check_installation(context: Context) -> None:
    """StoreError where the data folder belongs to another Stash. Called before anything is
    changed in Stash, and before the library is scanned."""
    ours = Installation(*system_paths(context.client))
    standing, before = belongs_to(context.store, ours, lambda path: Path(path).is_file())
    if standing == FOREIGN:
        raise StoreError(
            f"The data folder {context.data_home} belongs to the Stash whose database is "
            f"{before.database_path}, and this one's is {ours.database_path}: give each its own "
            "with STASH_FACE_DATA, or set the file stash_face.sqlite aside and scan again."
        )
    if standing == MOVED:
        log.info(f"Stash's database has moved from {before.database_path}.")
