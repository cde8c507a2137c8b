"""A copy of the store before its tables are changed, so that an older plugin can go on with it."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path

_MARK = ".before-"


def back_up(connection: sqlite3.Connection, step: str) -> Path | None:
    """Copies what is committed, beside the file, under the name of the first step to come, and
    removes older copies; None for a store that is no file. The caller holds the write lock."""
    path = Path(connection.execute("PRAGMA database_list").fetchone()[2] or "")
    if not path.name:
        return None
    target = path.with_name(f"{path.name}{_MARK}{step}")
    partial = target.with_name(f"{target.name}.part")
    try:
        with (
            contextlib.closing(sqlite3.connect(path)) as source,
            contextlib.closing(sqlite3.connect(partial)) as copy,
        ):
            source.backup(copy, pages=4096)
        os.replace(partial, target)
    except BaseException:
        with contextlib.suppress(OSError):
            partial.unlink()
        raise
    for older in path.parent.glob(f"{path.name}{_MARK}*"):
        if older != target:
            with contextlib.suppress(OSError):
                older.unlink()
    return target
