"""The plugin's SQLite file: opening it, its transactions, and its failures as sentences.

WAL, so that an operation reads while a task writes; a busy timeout instead of "locked". One
item is one transaction: a kill at any instant leaves whole items.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType

from ..errors import StoreError
from .migrations import migrate

FILE_NAME = "stash_face.sqlite"
# Longer than any transaction of ours; a user waits rather than reads "database is locked".
BUSY_SECONDS = 15.0
# What SQLite says of a store that was handed over.
MOVED = "this store has moved"


class DamagedError(StoreError):
    """The file is no database, or not whole any more."""


class Store:
    """An open store; use as a context manager. `connection` is for this room only."""

    def __init__(self, path: Path) -> None:
        """Opens or makes the file and brings it up to date. StoreError says what is wrong."""
        self.path = path
        with failures(path):
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise StoreError(
                    f"The plugin's data folder {path.parent} cannot be made ({error.strerror}): "
                    "give Stash's user the right to write there, or set STASH_FACE_DATA."
                ) from None
            if path.is_dir():
                raise StoreError(
                    f"The plugin's store {path} is a folder: move it away, or set STASH_FACE_DATA."
                )
            self.connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
            try:
                self._prepare()
            except BaseException:
                self.connection.close()
                raise

    def _prepare(self) -> None:
        self.connection.execute("PRAGMA foreign_keys = ON")
        self._use_wal()
        # With WAL this loses at most the last commits in a power cut, never the file.
        self.connection.execute("PRAGMA synchronous = NORMAL")
        if suspicion(self.path).exists():
            self._check()
        migrate(self.connection)

    def _check(self) -> None:
        """Reads the whole file, because somebody met a page that made no sense."""
        if self.connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
            raise sqlite3.DatabaseError("database disk image is malformed")
        suspicion(self.path).unlink(missing_ok=True)

    def _use_wal(self) -> None:
        """Where several processes begin a new file at once, SQLite refuses some without waiting."""
        end = time.monotonic() + BUSY_SECONDS
        while True:
            try:
                self.connection.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() >= end:
                    raise
            time.sleep(0.01)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing; takes the write lock at once, so that nothing read in it can change."""
        with failures(self.path):
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield self.connection
                self.connection.execute("COMMIT")
            except BaseException:
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                raise

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """What is read inside belongs together, whatever others write meanwhile."""
        with failures(self.path):
            self.connection.execute("BEGIN")
            try:
                yield
            finally:
                if self.connection.in_transaction:
                    self.connection.execute("COMMIT")

    def rows(self, sql: str, *values: object) -> list[tuple]:  # type: ignore[type-arg]
        with failures(self.path):
            return self.connection.execute(sql, values).fetchall()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.connection.close()


def suspicion(path: Path) -> Path:
    """The file whose presence says that the store may be damaged."""
    return path.with_name(f"{path.name}.suspect")


@contextmanager
def failures(path: Path) -> Iterator[None]:
    """sqlite3's errors as sentences that say what to do."""
    try:
        yield
    except sqlite3.Error as error:
        text = str(error)
        if "readonly" in text or "unable to open" in text:
            cure = "give Stash's user the right to write there, or set STASH_FACE_DATA"
        elif "full" in text or "disk I/O" in text:
            cure = "free some space on that disk; nothing already stored is lost"
        elif MOVED in text:
            cure = "the data have been moved meanwhile; start the work again"
        elif "locked" in text:
            cure = "another run is writing; try again in a moment"
        elif "malformed" in text or "not a database" in text:
            with suppress(OSError):
                suspicion(path).touch()
            cure = "set the file aside (rename it) and scan again"
            raise DamagedError(f"The plugin's store {path} failed ({text}): {cure}.") from None
        else:
            cure = "please report it"
        raise StoreError(f"The plugin's store {path} failed ({text}): {cure}.") from None
