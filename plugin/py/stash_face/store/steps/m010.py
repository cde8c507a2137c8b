"""Decisions about faces of scenes: in which still the face was seen."""

from __future__ import annotations

import sqlite3

# Of images both are null. With the middle of its bbox they find the face again after another
# look at the scene.
STATEMENTS = tuple(
    f"ALTER TABLE {table} ADD COLUMN {column}"
    for table in ("decisions", "ignored_faces")
    for column in ("source TEXT", "at REAL")
)


def m010_decisions_about_scenes(connection: sqlite3.Connection) -> None:
    for statement in STATEMENTS:
        connection.execute(statement)
