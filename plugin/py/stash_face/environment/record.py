"""Which environment is in use: one small file, replaced at once when a new one is complete.

All paths in it are relative to its folder, so that a volume may be mounted elsewhere.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

FOLDER = "stash_face_venv"
FOLDER_VARIABLE = "STASH_FACE_ENVIRONMENT"
_FILE = "current.json"
_FIELDS = ("key", "version", "python", "site_packages", "loader", "libraries")


class Record(NamedTuple):
    """`key` names the lock and the Python it was made for, `version` is "3.11". `loader` and
    `libraries` are those of an interpreter that brings its own C library, else empty."""

    folder: Path
    key: str
    version: str
    python: str
    site_packages: str
    loader: str = ""
    libraries: str = ""

    @property
    def interpreter(self) -> Path:
        return self.folder / self.python

    @property
    def packages(self) -> Path:
        return self.folder / self.site_packages

    def command(self) -> list[str]:
        """What starts this Python. Through its own loader no variable has to be set, which
        programs started later (ffmpeg) would inherit."""
        python = str(self.interpreter)
        if not self.loader:
            return [python]
        libraries = str(self.folder / self.libraries)
        loader = str(self.folder / self.loader)
        return [loader, "--library-path", libraries, "--argv0", python, python]


def environments_folder(server_connection: Mapping[str, Any]) -> Path | None:
    """$STASH_FACE_ENVIRONMENT, else `stash_face_venv` beside Stash's configuration, else one that
    is found above the plugin's own folder. None where nothing tells."""
    chosen = os.environ.get(FOLDER_VARIABLE)
    if chosen:
        return Path(chosen).expanduser().absolute()
    home = server_connection.get("Dir")
    if isinstance(home, str) and home:
        return Path(home).absolute() / FOLDER
    above = Path(__file__).absolute().parents[4:8]
    return next((place / FOLDER for place in above if (place / FOLDER / _FILE).is_file()), None)


def read_record(folder: Path) -> Record | None:
    """The environment in use, None where there is none or its interpreter is gone."""
    try:
        told = json.loads((folder / _FILE).read_text(encoding="utf-8"))
        record = Record(folder, *(str(told[name]) for name in _FIELDS))
        return record if record.interpreter.exists() and record.packages.is_dir() else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_record(record: Record) -> None:
    """From now on `record` is in use."""
    told = {name: getattr(record, name) for name in _FIELDS}
    new = record.folder / f"{_FILE}.new"
    with new.open("w", encoding="utf-8") as stream:
        json.dump(told, stream)
        stream.flush()
        os.fsync(stream.fileno())
    new.replace(record.folder / _FILE)
