"""A store that is damaged is set aside, and what the user said and did is read out of it, row by
row: scans can be made again, decisions cannot."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path
from typing import NamedTuple

from ..errors import StoreError
from ..file_lock import file_lock
from .connection import DamagedError, Store, suspicion

# In an order in which every row finds what it refers to.
_KEPT = (
    "face_databases",
    "runs",
    "decisions",
    "ignored_faces",
    "local_references",
    "local_reference_embeddings",
    "suggestions",
    "suggestion_evidence",
    "journal",
    "unknown_people",
    "unknown_faces",
    "unknown_apart",
    "installations",
    "queue",
)


class Rebuilt(NamedTuple):
    """Where the damaged file is now, and how many rows of each table could be read."""

    aside: Path
    rows: dict[str, int]

    @property
    def sentence(self) -> str:
        saved = sum(self.rows.get(name, 0) for name in ("decisions", "suggestions", "journal"))
        return (
            f"The plugin's store was damaged: it is set aside as {self.aside.name}, {saved} "
            "decisions, suggestions and changes were read out of it, and images and scenes have "
            "to be scanned again."
        )


def open_or_rebuild(path: Path) -> tuple[Store, Rebuilt | None]:
    """The open store, rebuilt where it was damaged. Raises StoreError for everything else."""
    with contextlib.suppress(DamagedError):
        return Store(path), None
    lock = path.parent / "locks" / "store.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    with file_lock(lock):
        # Another process may have been quicker while this one waited for the lock.
        with contextlib.suppress(DamagedError):
            return Store(path), None
        try:
            rebuilt = _rebuild(path)
        except OSError as error:
            raise StoreError(
                f"The plugin's store {path} is damaged and cannot be set aside ({error.strerror}): "
                "stop the plugin's tasks, rename the file, and scan again."
            ) from None
        store = Store(path)
        with store.transaction() as connection:
            connection.execute(
                "INSERT INTO runs VALUES (NULL, 'rebuild', 'done', NULL, '{}', ?, "
                "datetime('now'), datetime('now'))",
                (rebuilt.sentence,),
            )
        return store, rebuilt


def _rebuild(path: Path) -> Rebuilt:
    aside = _set_aside(path)
    rows: dict[str, int] = {}
    with Store(path) as store, contextlib.closing(sqlite3.connect(aside)) as damaged:
        # What refers to something that could not be read is kept all the same.
        store.connection.execute("PRAGMA foreign_keys = OFF")
        with store.transaction() as connection:
            for table in _KEPT:
                rows[table] = _copy(damaged, connection, table)
            _drop_lost_references(connection)
    return Rebuilt(aside, rows)


def _set_aside(path: Path) -> Path:
    number = 1
    while (aside := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    os.replace(path, aside)
    for suffix in ("-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            os.replace(path.with_name(path.name + suffix), aside.with_name(aside.name + suffix))
    suspicion(path).unlink(missing_ok=True)
    return aside


def _copy(damaged: sqlite3.Connection, sound: sqlite3.Connection, table: str) -> int:
    """How many rows could be read, up to the first that cannot; then from the other end."""
    columns = [row[1] for row in sound.execute(f"PRAGMA table_info({table})")]
    copied = 0
    for order in ("", " ORDER BY 1 DESC"):
        try:
            known = {row[1] for row in damaged.execute(f"PRAGMA table_info({table})")}
            shared = [name for name in columns if name in known]
            if not shared:
                return copied
            names = ", ".join(shared)
            marks = ", ".join("?" * len(shared))
            for row in damaged.execute(f"SELECT {names} FROM {table}{order}"):
                copied += _insert(sound, f"{table} ({names}) VALUES ({marks})", row)
            return copied
        except sqlite3.DatabaseError:
            continue
    return copied


def _insert(connection: sqlite3.Connection, into: str, row: tuple[object, ...]) -> int:
    try:
        return connection.execute(f"INSERT OR IGNORE INTO {into}", row).rowcount
    except sqlite3.IntegrityError:  # a value that cannot be, read from a damaged page
        return 0


def _drop_lost_references(connection: sqlite3.Connection) -> None:
    """Rows whose other half was lost; the others are as they were."""
    for table, rowid, _, _ in connection.execute("PRAGMA foreign_key_check").fetchall():
        if rowid is not None:
            connection.execute(f"DELETE FROM {table} WHERE rowid = ?", (rowid,))
    for table, column, other in (
        ("local_reference_embeddings", "reference_id", "local_references"),
        ("unknown_faces", "person_id", "unknown_people"),
        ("unknown_apart", "one", "unknown_people"),
        ("unknown_apart", "other", "unknown_people"),
    ):
        connection.execute(f"DELETE FROM {table} WHERE {column} NOT IN (SELECT id FROM {other})")
    connection.execute(
        "DELETE FROM suggestions WHERE id NOT IN (SELECT suggestion_id FROM suggestion_evidence)"
    )
