"""The state file: opening it, its tables, its transactions, and its failures as sentences.

WAL: a commit costs no wait for the disk, and a kill at any instant leaves whole transactions.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from stash_face.errors import StoreError

FORMAT = 1
# sources.cursor: where an unfinished reading goes on; mark: what the last finished one has seen.
# performers.seen, .gone: the reading that last met them, or was told that they are no more.
# files: what lay at a location when it was last looked at; `validator` tells whether it still
# does. scans, faces and spoilt belong to bytes and weights, whoever is in the picture.
# numbers: what people of several stash-boxes are called by.
# contributed: faces that others gave; `picture` stands for one in scans and faces.
# positions: the face database's index positions; a null key is one that was given up.
_TABLES = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sources (
    name TEXT PRIMARY KEY, ordinal INTEGER NOT NULL, reading INTEGER NOT NULL DEFAULT 0,
    running INTEGER NOT NULL DEFAULT 0, cursor TEXT, mark TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS performers (
    source TEXT NOT NULL, id TEXT NOT NULL, place TEXT NOT NULL, record TEXT NOT NULL,
    live INTEGER NOT NULL DEFAULT 0, seen INTEGER NOT NULL, gone INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (source, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS files (
    location TEXT PRIMARY KEY, sha256 TEXT, validator TEXT NOT NULL, problem TEXT,
    build INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS scans (
    picture TEXT NOT NULL, models TEXT NOT NULL, width INTEGER NOT NULL,
    height INTEGER NOT NULL, problem TEXT,
    PRIMARY KEY (picture, models)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS faces (
    picture TEXT NOT NULL, models TEXT NOT NULL, number INTEGER NOT NULL, quality REAL NOT NULL,
    detection BLOB NOT NULL, vectors BLOB NOT NULL, PRIMARY KEY (picture, models, number));
CREATE TABLE IF NOT EXISTS spoilt (
    picture TEXT NOT NULL, models TEXT NOT NULL, number INTEGER NOT NULL, copy INTEGER NOT NULL,
    quality REAL, vectors BLOB, PRIMARY KEY (picture, models, number, copy));
CREATE TABLE IF NOT EXISTS positions (
    position INTEGER PRIMARY KEY, key TEXT, picture TEXT NOT NULL, number INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS compared (key TEXT PRIMARY KEY, digest TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS alike (
    one TEXT NOT NULL, other TEXT NOT NULL, PRIMARY KEY (one, other)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS likened (
    source TEXT NOT NULL, key TEXT NOT NULL, digest TEXT NOT NULL,
    PRIMARY KEY (source, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS likenesses (
    source TEXT NOT NULL, one TEXT NOT NULL, other TEXT NOT NULL, similarity REAL NOT NULL,
    PRIMARY KEY (source, one, other)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS likenesses_other ON likenesses (source, other);
CREATE TABLE IF NOT EXISTS numbers (key TEXT PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS contributions (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
    accepted_at TEXT NOT NULL, models TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS contributed (
    contribution INTEGER NOT NULL, face INTEGER NOT NULL, picture TEXT NOT NULL,
    performers TEXT NOT NULL, PRIMARY KEY (contribution, face)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS builds (
    number INTEGER PRIMARY KEY, version TEXT NOT NULL, created_at TEXT NOT NULL,
    settings TEXT NOT NULL, content TEXT, finished INTEGER NOT NULL DEFAULT 0);
"""


class State:
    """An open state file, made where there is none. For one thread, and one process."""

    def __init__(self, path: Path) -> None:
        """StoreError for a file that cannot be used, or one of a newer builder."""
        self.path = path
        with failures(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(path, isolation_level=None)
            try:
                self._prepare()
            except BaseException:
                self._connection.close()
                raise

    def _prepare(self) -> None:
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.execute("PRAGMA wal_autocheckpoint = 4000")
        found = self._connection.execute("PRAGMA user_version").fetchone()[0]
        if found > FORMAT:
            raise StoreError(
                f"{self.path} was written by a newer builder: update this one, or name another "
                "--work folder."
            )
        with self.transaction():
            for statement in _TABLES.split(";"):
                self._connection.execute(statement)
            self._connection.execute(f"PRAGMA user_version = {FORMAT}")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing."""
        with failures(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def run(self, sql: str, *values: object) -> int:
        """One statement; the number of rows that it changed."""
        with failures(self.path):
            return self._connection.execute(sql, values).rowcount

    def run_many(self, sql: str, rows: Iterator[tuple[object, ...]]) -> None:
        with failures(self.path):
            self._connection.executemany(sql, rows)

    def rows(self, sql: str, *values: object) -> list[Any]:
        with failures(self.path):
            return self._connection.execute(sql, values).fetchall()

    def stream(self, sql: str, *values: object) -> Iterator[Any]:
        """Rows as they are read: nothing may be written meanwhile."""
        with failures(self.path):
            yield from self._connection.execute(sql, values)

    def row(self, sql: str, *values: object) -> Any:
        """The first row, or None."""
        with failures(self.path):
            return self._connection.execute(sql, values).fetchone()

    def __enter__(self) -> State:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.close()


@contextmanager
def failures(path: Path) -> Iterator[None]:
    """sqlite3's errors, and the disk's, as sentences that say what to do."""
    try:
        yield
    except sqlite3.Error as error:
        text = str(error)
        if "full" in text or "disk I/O" in text:
            cure = "make room on that disk and run the same command again; nothing saved is lost"
        elif "malformed" in text or "not a database" in text:
            cure = "rename it and run the same command again, which begins anew"
        else:
            cure = "check that you may write there, or name another --work folder"
        raise StoreError(f"The builder's memory {path} failed ({text}): {cure}.") from None
