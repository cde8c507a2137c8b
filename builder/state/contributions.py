"""Faces that others gave: which contribution each came from, and whom it is said to show.

Each stands in scans and faces as a picture of its own, which nobody has.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from builder.state.connection import State
from builder.state.faces import StoredFace, save_scan
from stash_face.faces.types import Detection, Vector

_PICTURE = "contribution:"
_UNSEEN = Detection((0.0, 0.0, 0.0, 0.0), np.zeros((5, 2), np.float32), 0.0)


class Contribution(NamedTuple):
    """`id` is the file's sha256; `faces` were accepted of it."""

    id: str
    name: str
    accepted_at: str
    models: str
    faces: int = 0


class Contributed(NamedTuple):
    """Face `number` of a contribution, as `picture`; `performers` are universal ids of one
    person."""

    contribution: str
    number: int
    picture: str
    performers: tuple[str, ...]


def is_contributed(picture: str) -> bool:
    return picture.startswith(_PICTURE)


def save_contribution(
    state: State,
    told: Contribution,
    faces: Sequence[tuple[tuple[str, ...], float, Vector]],
) -> None:
    """`faces` are (performers, quality, vector row), all or none of them."""
    with state.transaction():
        state.run(
            "INSERT INTO contributions (id, name, accepted_at, models) VALUES (?, ?, ?, ?)",
            *told[:4],
        )
        (number,) = state.row("SELECT number FROM contributions WHERE id = ?", told.id)
        for face, (performers, quality, row) in enumerate(faces, 1):
            picture = _picture(quality, row)
            stored = StoredFace(0, quality, _UNSEEN, row)
            save_scan(state, told.models, picture, (0, 0), [stored], None)
            state.run("INSERT INTO contributed VALUES (?, ?, ?, ?)",
                      number, face, picture, json.dumps(performers))  # fmt: skip


def contributions(state: State) -> list[Contribution]:
    """In the order in which they were accepted."""
    return [
        Contribution(*row)
        for row in state.rows(
            "SELECT id, name, accepted_at, models, "
            "(SELECT COUNT(*) FROM contributed WHERE contribution = number) "
            "FROM contributions ORDER BY number"
        )
    ]


def contributed(state: State, models: str) -> list[Contributed]:
    """All faces that these models have made, those accepted first in front."""
    return [
        Contributed(ident, number, picture, tuple(json.loads(performers)))
        for ident, number, picture, performers in state.rows(
            "SELECT c.id, d.face, d.picture, d.performers FROM contributed d "
            "JOIN contributions c ON c.number = d.contribution WHERE c.models = ? "
            "ORDER BY c.number, d.face",
            models,
        )
    ]


def remove_contribution(state: State, ident: str) -> None:
    """With its faces, but those that another one has given too."""
    with state.transaction():
        state.run(
            "DELETE FROM contributed WHERE contribution IN "
            "(SELECT number FROM contributions WHERE id = ?)", ident,
        )  # fmt: skip
        state.run("DELETE FROM contributions WHERE id = ?", ident)
        for table in ("faces", "scans"):
            state.run(
                f"DELETE FROM {table} WHERE picture LIKE ? || '%' "
                "AND picture NOT IN (SELECT picture FROM contributed)", _PICTURE,
            )  # fmt: skip


def _picture(quality: float, row: Vector) -> str:
    told = f"{quality:.4f}".encode() + row.astype("<f4").tobytes()
    return _PICTURE + hashlib.sha256(told).hexdigest()
