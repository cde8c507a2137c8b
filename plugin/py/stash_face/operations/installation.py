"""Refuses to work with the data of another Stash: two that share a folder would tag each other's
items."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..protocol import log
from ..stash.library import system_paths
from ..store.connection import Store
from ..store.installations import Installation, claim

if TYPE_CHECKING:
    from ..stash.client import StashClient
    from .context import Context


def check_installation(context: Context) -> None:
    """StoreError where the data folder belongs to another Stash. Called before anything is
    changed in Stash, and before the library is scanned."""
    check_store(context.store, context.client)


def check_store(store: Store, client: StashClient) -> None:
    """The same for a store and the Stash that asks."""
    ours = Installation(*system_paths(client))
    before = claim(store, ours, lambda path: Path(path).is_file())
    if before:
        log.info(f"Stash's database has moved from {before.database_path}.")
