"""Refuses to work with the data of another Stash: two that share a folder would tag each other's
items."""

from __future__ import annotations

from pathlib import Path

from ..protocol import log
from ..stash.library import system_paths
from ..store.installations import Installation, claim
from .context import Context


def check_installation(context: Context) -> None:
    """StoreError where the data folder belongs to another Stash. Called before anything is
    changed in Stash, and before anything is looked at with the models."""
    ours = Installation(*system_paths(context.client))
    before = claim(context.store, ours, lambda path: Path(path).is_file())
    if before:
        log.info(f"Stash's database has moved from {before.database_path}.")
