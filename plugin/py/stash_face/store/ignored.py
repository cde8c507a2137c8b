"""Faces that the user wants to be left alone: nobody is proposed for them any more."""

from __future__ import annotations

from collections.abc import Sequence

from .connection import Store
from .images import ShareBox

_CHUNK = 500


def ignore(store: Store, kind: str, item_id: str, face: int, bbox: ShareBox) -> None:
    """`face` is its place in the item."""
    x, y, w, h = bbox
    with store.transaction() as connection:
        connection.execute(
            "INSERT OR REPLACE INTO ignored_faces VALUES (?, ?, ?, ?, ?, datetime('now'))",
            (kind, item_id, face, x + w / 2, y + h / 2),
        )


def heed_again(store: Store, kind: str, item_id: str, face: int | None) -> None:
    """Takes it back, without `face` for all faces of the item."""
    with store.transaction() as connection:
        connection.execute(
            "DELETE FROM ignored_faces WHERE kind = ? AND item_id = ? AND (? IS NULL OR face = ?)",
            (kind, item_id, face, face),
        )


def ignored(
    store: Store, kind: str, item_ids: Sequence[str]
) -> dict[str, list[tuple[int, float, float]]]:
    """(place, middle x, middle y) of the ignored faces of each item that has some; the middle
    finds a face again after another scan."""
    found: dict[str, list[tuple[int, float, float]]] = {}
    for start in range(0, len(item_ids), _CHUNK):
        chunk = item_ids[start : start + _CHUNK]
        marks = ",".join("?" * len(chunk))
        for item_id, face, x, y in store.rows(
            "SELECT item_id, face, middle_x, middle_y FROM ignored_faces "
            f"WHERE kind = ? AND item_id IN ({marks}) ORDER BY item_id, face",
            kind,
            *chunk,
        ):
            found.setdefault(item_id, []).append((face, x, y))
    return found
