"""Faces that the user wants to be left alone: nobody is proposed for them any more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from .connection import Store
from .images import ShareBox

Still = tuple[str, float]
"""Of a scene: its source and its seconds."""

_CHUNK = 500


class IgnoredFace(NamedTuple):
    """`face` is its place in an image, of a scene its number in the store; the `middle` of its
    bbox, in a scene with the still, finds it again after another scan."""

    face: int
    middle: tuple[float, float]
    still: Still | None = None


def ignore(
    store: Store,
    kind: str,
    item_id: str,
    faces: Iterable[tuple[int, ShareBox, Still | None]],
) -> None:
    """Faces of one item, in one transaction."""
    with store.transaction() as connection:
        connection.executemany(
            "INSERT OR REPLACE INTO ignored_faces VALUES (?, ?, ?, ?, ?, datetime('now'), ?, ?)",
            [
                (kind, item_id, face, x + w / 2, y + h / 2, *(still or (None, None)))
                for face, (x, y, w, h), still in faces
            ],
        )


def heed_again(store: Store, kind: str, item_id: str, faces: Iterable[int] | None) -> None:
    """Takes it back, without `faces` for all of the item."""
    only = "" if faces is None else " AND face = ?"
    rows = [()] if faces is None else [(face,) for face in faces]
    with store.transaction() as connection:
        connection.executemany(
            f"DELETE FROM ignored_faces WHERE kind = ? AND item_id = ?{only}",
            [(kind, item_id, *row) for row in rows],
        )


def ignored(store: Store, kind: str, item_ids: Sequence[str]) -> dict[str, list[IgnoredFace]]:
    """The ignored faces of each item that has some."""
    found: dict[str, list[IgnoredFace]] = {}
    for start in range(0, len(item_ids), _CHUNK):
        chunk = item_ids[start : start + _CHUNK]
        marks = ",".join("?" * len(chunk))
        for item_id, face, x, y, source, at in store.rows(
            "SELECT item_id, face, middle_x, middle_y, source, at FROM ignored_faces "
            f"WHERE kind = ? AND item_id IN ({marks}) ORDER BY item_id, face",
            kind,
            *chunk,
        ):
            still = None if source is None else (source, at)
            found.setdefault(item_id, []).append(IgnoredFace(face, (x, y), still))
    return found
