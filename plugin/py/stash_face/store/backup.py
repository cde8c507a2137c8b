"""Copies of the store: before its tables are changed, so that an older plugin can go on with it,
and for another folder."""

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
    copy_committed(path, target)
    for older in path.parent.glob(f"{path.name}{_MARK}*"):
        if older != target:
            with contextlib.suppress(OSError):
                older.unlink()
    return target


def copy_committed(path: Path, target: Path) -> None:
    """Copies what is committed, checks it, and puts it in the place of `target` at once."""
    partial = target.with_name(f"{target.name}.part")
    try:
        with (
            contextlib.closing(sqlite3.connect(path)) as source,
            contextlib.closing(sqlite3.connect(partial)) as copy,
        ):
            source.backup(copy, pages=4096)
            if copy.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
                raise sqlite3.DatabaseError("database disk image is malformed")
        os.replace(partial, target)
    except BaseException:
        with contextlib.suppress(OSError):
            partial.unlink()
        raise
