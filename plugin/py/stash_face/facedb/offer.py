"""What the database's source offered when it was last asked, for those who only want to know.

Standard library only; asks nobody.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import NamedTuple

from .installed import databases_folder
from .manifest import Manifest

_FILE = "offer.json"


class Offer(NamedTuple):
    """The newest `version` at `checked_at`, seconds since 1970."""

    version: str
    created_at: str
    checked_at: float

    def newer_than(self, manifest: Manifest) -> bool:
        return (self.created_at, self.version) > (manifest.created_at, manifest.version)


def keep_offer(data_home: Path, version: str, created_at: str, checked_at: float) -> None:
    """Best effort: where it cannot be kept, nothing is known of it later."""
    path = databases_folder(data_home) / _FILE
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_suffix(f".{os.getpid()}")
        new.write_text(json.dumps(Offer(version, created_at, checked_at)._asdict()))
        new.replace(path)
    except OSError:
        pass


def last_offer(data_home: Path) -> Offer | None:
    try:
        said = json.loads((databases_folder(data_home) / _FILE).read_text(encoding="utf-8"))
        return Offer(str(said["version"]), str(said["created_at"]), float(said["checked_at"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
