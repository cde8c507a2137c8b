"""How sharp each face is; unknown for those that were stored before."""

from __future__ import annotations

import sqlite3

STATEMENTS = tuple(
    f"ALTER TABLE {table} ADD COLUMN sharpness REAL" for table in ("faces", "scene_faces")
)


def m006_sharpness(connection: sqlite3.Connection) -> None:
    for statement in STATEMENTS:
        connection.execute(statement)
