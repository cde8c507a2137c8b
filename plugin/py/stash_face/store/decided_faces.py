"""Decisions about faces of a scene follow their faces when a still of it is looked at again."""

from __future__ import annotations

import sqlite3

from .ignored import Still

KIND = "scene"


def renumber(connection: sqlite3.Connection, scene_id: str, still: Still, picture_id: int) -> None:
    """Gives what was decided about faces of this still the numbers that the faces of its new
    picture have; a face is found again by the middle of its bbox."""
    key = (KIND, scene_id, *still)
    for table in ("decisions", "ignored_faces"):
        where = "kind = ? AND item_id = ? AND (source, at) = (?, ?)"
        if not connection.execute(f"SELECT 1 FROM {table} WHERE {where}", key).fetchone():
            continue
        faces = connection.execute(
            "SELECT id, bbox_x, bbox_x + bbox_w, bbox_y, bbox_y + bbox_h FROM scene_faces "
            "WHERE picture_id = ?",
            (picture_id,),
        ).fetchall()
        connection.executemany(
            f"UPDATE OR IGNORE {table} SET face = ? WHERE {where} "
            "AND middle_x BETWEEN ? AND ? AND middle_y BETWEEN ? AND ?",
            [(number, *key, *bounds) for number, *bounds in faces],
        )
