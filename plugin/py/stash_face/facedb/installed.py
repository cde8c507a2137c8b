"""Which face database is in use: a pointer in the data home, or the newest one lying there.

Standard library only, so that a stored answer is given without loading anything.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from ..errors import DatabaseError, StoreError
from .manifest import MANIFEST, Manifest, read_manifest

_POINTER = "current.json"


def databases_folder(data_home: Path) -> Path:
    return data_home / "facedb"


class Found(NamedTuple):
    """The database in use, and a sentence for each other one that cannot be."""

    manifest: Manifest
    broken: list[str]


def installed(data_home: Path) -> Manifest:
    """The manifest of the database in use; DatabaseError (code no_database) where none is."""
    return find_installed(data_home).manifest


def installed_if_any(data_home: Path) -> Manifest | None:
    """The same, None where there is none; DatabaseError where what is there cannot be used."""
    try:
        return installed(data_home)
    except DatabaseError as error:
        if error.code != "no_database":
            raise
        return None


def find_installed(data_home: Path) -> Found:
    """The database in use: the one that was chosen, or the newest that can be read.
    DatabaseError where none is."""
    folder = databases_folder(data_home)
    try:
        return Found(read_manifest(folder / _chosen(folder)), [])
    except (FileNotFoundError, NotADirectoryError):
        pass
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DatabaseError(
            f"{folder / _POINTER} cannot be read ({error}): choose the database again."
        ) from None
    complete = [path.parent for path in folder.glob(f"*/{MANIFEST}") if path.parent.name[0] != "."]
    if not complete:
        raise DatabaseError(
            f"No face database is installed: put one into {folder}/<version>/ (or its archive into "
            f"{folder}, and run Set up), or make one with 'python -m builder build --source "
            "folder:DIR --output DIR'.",
            "no_database",
        )
    return _newest(complete)


def _chosen(folder: Path) -> str:
    return str(json.loads((folder / _POINTER).read_text(encoding="utf-8"))["path"])


def _newest(folders: Sequence[Path]) -> Found:
    readable, failures = [], []
    for folder in sorted(folders):
        try:
            readable.append(read_manifest(folder))
        except DatabaseError as error:
            failures.append(error)
    if not readable:
        raise failures[0]
    newest = max(readable, key=lambda m: (m.created_at, m.version))
    return Found(
        newest, [f"{each.sentence} Until then {newest.folder} is used." for each in failures]
    )


def choose(data_home: Path, database: Path) -> None:
    """Makes `database` the one in use, atomically; nothing is written where it was chosen."""
    folder = databases_folder(data_home)
    target = database.resolve()
    inside = target.is_relative_to(folder.resolve())
    text = str(target.relative_to(folder.resolve())) if inside else str(target)
    with suppress(OSError, ValueError, KeyError, TypeError):
        if _chosen(folder) == text:
            return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        new = folder / f"{_POINTER}.{os.getpid()}"
        new.write_text(json.dumps({"path": text}), encoding="utf-8")
        new.replace(folder / _POINTER)
    except OSError as error:
        raise StoreError(
            f"The choice of face database cannot be written to {folder} ({error.strerror}): "
            "give Stash's user the right to write there."
        ) from None
