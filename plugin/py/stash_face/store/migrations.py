"""The store's tables, as numbered steps that are only ever added to.

`image_fingerprints` and `image_fingerprint_faces` are named as in earlier tools of this kind,
so that what reads those can read these.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from ..errors import StoreError
from .backup import back_up
from .steps.m001 import m001_faces_and_answers
from .steps.m002 import m002_decisions_and_references
from .steps.m003 import m003_scenes
from .steps.m004 import m004_suggestions_and_changes
from .steps.m005 import m005_unknown_people
from .steps.m006 import m006_sharpness
from .steps.m009 import m009_refused
from .steps.m010 import m010_decisions_about_scenes

MIGRATIONS: tuple[Callable[[sqlite3.Connection], None], ...] = (
    m001_faces_and_answers,
    m002_decisions_and_references,
    m003_scenes,
    m004_suggestions_and_changes,
    m005_unknown_people,
    m006_sharpness,
    m009_refused,
    m010_decisions_about_scenes,
)


def migrate(connection: sqlite3.Connection) -> None:
    """Applies what is missing, all in one transaction with the rows that record it; a store that
    holds something is copied before."""
    known = {step.__name__ for step in MIGRATIONS}
    applied = _applied(connection)
    if applied - known:
        raise StoreError(
            "The plugin's store was written by a newer version of the plugin "
            f"({', '.join(sorted(applied - known))}): update the plugin."
        )
    if applied == known:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute(
            "CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY, applied_at TEXT)"
        )
        # Another process may have been quicker while this one waited for the lock.
        applied = _applied(connection)
        missing = [step.__name__ for step in MIGRATIONS if step.__name__ not in applied]
        if applied and missing:
            back_up(connection, missing[0])
        for step in MIGRATIONS:
            if step.__name__ not in applied:
                step(connection)
                connection.execute(
                    "INSERT INTO migrations VALUES (?, datetime('now'))", (step.__name__,)
                )
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _applied(connection: sqlite3.Connection) -> set[str]:
    exists = connection.execute(
        "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'migrations'"
    ).fetchone()
    if not exists:
        return set()
    return {name for (name,) in connection.execute("SELECT name FROM migrations")}
