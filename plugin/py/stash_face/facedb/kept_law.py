"""The law of a face database: as its manifest says it, or as computed once and kept in the
data home for those that bring none. Standard library only.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from .installed import databases_folder
from .law import Law, from_manifest, to_manifest
from .manifest import Manifest


def weights_of(manifest: Manifest) -> dict[str, str]:
    """The sha256 of the weights per embedder, to which a law belongs."""
    return {index.embedder: index.weights for index in manifest.indices}


def brought_law(manifest: Manifest, people: int | None = None) -> Law | None:
    """The law in the manifest; None where there is none that can be used. `people` have a face
    in the database; without it the manifest is taken at its word."""
    return _read(manifest.calibration, manifest, people)


def kept_law(data_home: Path, manifest: Manifest, people: int | None = None) -> Law | None:
    """The law that keep_law has kept for this very database."""
    try:
        entry = json.loads(_path(data_home, manifest).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return _read(entry, manifest, people)


def keep_law(data_home: Path, manifest: Manifest, law: Law) -> None:
    """Best effort: where it cannot be kept, the law is computed again next time."""
    path = _path(data_home, manifest)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_suffix(f".{os.getpid()}")
        new.write_text(json.dumps(to_manifest(law, weights_of(manifest))), encoding="utf-8")
        new.replace(path)
    except OSError:
        pass


def _path(data_home: Path, manifest: Manifest) -> Path:
    return databases_folder(data_home) / "calibration" / f"{manifest.identity}.json"


def _read(entry: Any, manifest: Manifest, people: int | None) -> Law | None:
    if not isinstance(entry, dict):
        return None
    if people is None:
        said = entry.get("people")
        people = said if isinstance(said, int) else -1
    return from_manifest(entry, weights_of(manifest), people)
