"""Whom only the user's least confidence keeps from being proposed."""

from __future__ import annotations

import sqlite3

STATEMENTS = (
    # As in suggestions and their evidence; made anew whenever an item is answered.
    """CREATE TABLE refused (
        kind TEXT NOT NULL, item_id TEXT NOT NULL, performer_id TEXT NOT NULL, title TEXT NOT NULL,
        name TEXT NOT NULL, stash_ids TEXT NOT NULL, local_performer_id TEXT,
        decision TEXT NOT NULL, confidence REAL NOT NULL, distance REAL NOT NULL, margin REAL,
        sure INT NOT NULL, reason TEXT NOT NULL, evidence TEXT NOT NULL,
        PRIMARY KEY (kind, item_id, performer_id)) WITHOUT ROWID""",
    "CREATE INDEX refused_surest ON refused (confidence)",
)


def m009_refused(connection: sqlite3.Connection) -> None:
    for statement in STATEMENTS:
        connection.execute(statement)
