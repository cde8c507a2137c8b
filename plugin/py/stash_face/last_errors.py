"""The last failures, kept in the data home for the doctor. Standard library only."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .errors import StashFaceError
from .stash.home import data_folder

FILE_NAME = "last_errors.json"
KEPT = 20
# The caller's own mistakes, and items that went away.
_EXPECTED = ("bad_request", "not_found")


def note_error(server_connection: Mapping[str, Any], mode: str, code: str, sentence: str) -> None:
    """Best effort; where there is no data home yet, nothing is made."""
    if code in _EXPECTED:
        return
    try:
        home = data_folder(str(server_connection.get("PluginDir") or ""))
    except StashFaceError:
        return
    entry = {"at": time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime()), "mode": mode, "code": code,
             "sentence": sentence}  # fmt: skip
    path = home / FILE_NAME
    try:
        new = path.with_suffix(f".{os.getpid()}")
        new.write_text(json.dumps([*last_errors(home), entry][-KEPT:]), encoding="utf-8")
        new.replace(path)
    except (OSError, ValueError):
        pass


def last_errors(data_home: Path) -> list[dict[str, str]]:
    """`at` (UTC), `mode`, `code` and `sentence` of each, the newest last."""
    try:
        told = json.loads((data_home / FILE_NAME).read_text(encoding="utf-8"))
        return [{key: str(each[key]) for key in ("at", "mode", "code", "sentence")}
                for each in told]  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError):
        return []
