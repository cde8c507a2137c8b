"""What was answered about an item, how far its scan is, and against which database."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from .connection import Store

_CHUNK = 500
# Beside the answers of a kind: an answer may have been given where nobody makes suggestions.
PROPOSED = "_proposed"


class Progress(NamedTuple):
    """Of `total` pictures `done` are known, with `faces` faces; `scanned` of them took
    `seconds` of work."""

    done: int
    total: int
    faces: int
    seconds: float
    scanned: int

    @property
    def eta_s(self) -> float | None:
        """Seconds left at the pace so far; None before the first picture."""
        if self.done >= self.total:
            return 0.0
        if not self.scanned:
            return None
        return round((self.total - self.done) * self.seconds / self.scanned, 1)


def save_answer(store: Store, kind: str, item_id: str, state: str, answer: dict[str, Any]) -> None:
    save_answers(store, kind, [(item_id, state, answer)])


def save_answers(
    store: Store, kind: str, answers: Iterable[tuple[str, str, dict[str, Any]]]
) -> None:
    """Many (item id, state, answer) in one transaction."""
    rows = [
        (kind, item_id, state, json.dumps(answer, ensure_ascii=False))
        for item_id, state, answer in answers
    ]
    with store.transaction() as connection:
        connection.executemany(
            "INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, datetime('now'))", rows
        )


def load_answer(
    store: Store, kind: str, item_id: str, state: str | None = None
) -> dict[str, Any] | None:
    """The stored answer; with `state`, only if it was given for that very state."""
    rows = store.rows(
        "SELECT state, answer FROM answers WHERE kind = ? AND item_id = ?", kind, item_id
    )
    if not rows or (state is not None and rows[0][0] != state):
        return None
    answer: dict[str, Any] = json.loads(rows[0][1])
    return answer


def answer_states(store: Store, kind: str, item_ids: Sequence[str]) -> dict[str, str]:
    """For which state each item was answered; items without an answer are absent."""
    found: dict[str, str] = {}
    for start in range(0, len(item_ids), _CHUNK):
        chunk = item_ids[start : start + _CHUNK]
        marks = ",".join("?" * len(chunk))
        found.update(
            store.rows(
                f"SELECT item_id, state FROM answers WHERE kind = ? AND item_id IN ({marks})",
                kind,
                *chunk,
            )
        )
    return found


def proposed_states(store: Store, kind: str, item_ids: Sequence[str]) -> dict[str, str]:
    """For which state of the answer each item's suggestions were made."""
    return answer_states(store, kind + PROPOSED, item_ids)


def note_proposed(store: Store, kind: str, states: Iterable[tuple[str, str]]) -> None:
    """The suggestions of items (id, state) were made from the answer for this state."""
    save_answers(store, kind + PROPOSED, [(item_id, state, {}) for item_id, state in states])


def propose_again(store: Store, items: Iterable[tuple[str, str]]) -> None:
    """The suggestions of items (kind, id) are to be made anew, whatever they were made for."""
    with store.transaction() as connection:
        connection.executemany(
            "DELETE FROM answers WHERE kind = ? AND item_id = ?",
            [(kind + PROPOSED, item_id) for kind, item_id in items],
        )


def save_progress(store: Store, kind: str, item_id: str, progress: Progress) -> None:
    with store.transaction() as connection:
        connection.execute(
            "INSERT OR REPLACE INTO progress VALUES (?, ?, ?, ?, ?, ?, ?)",
            (kind, item_id, *progress),
        )


def load_progress(store: Store, kind: str, item_id: str) -> Progress | None:
    rows = store.rows(
        "SELECT done, total, faces, seconds, scanned FROM progress WHERE kind = ? AND item_id = ?",
        kind,
        item_id,
    )
    return Progress(*rows[0]) if rows else None


def database_number(store: Store, version: str, pack: str, identity: str) -> int:
    """The number of a face database in this store; entered at its first use."""
    with store.transaction() as connection:
        connection.execute(
            "INSERT OR IGNORE INTO face_databases VALUES (NULL, ?, ?, ?, datetime('now'))",
            (version, pack, identity),
        )
        row = connection.execute(
            "SELECT id FROM face_databases WHERE identity = ?", (identity,)
        ).fetchone()
    return int(row[0])


# Which rows say with which face database an item was named.
_NAMED = {
    "image": "SELECT db_version FROM image_fingerprints WHERE stash_image_id = ?",
    "gallery": "SELECT DISTINCT db_version FROM image_fingerprints WHERE gallery_id = ?",
    "scene": "SELECT db_version FROM scene_fingerprints WHERE stash_scene_id = ?",
}


def is_outdated(store: Store, kind: str, item_id: str, identity: str) -> bool:
    """Whether the stored answer was given with another face database than that of `identity`."""
    current = store.rows("SELECT id, installed_at FROM face_databases WHERE identity = ?", identity)
    if not current:
        return True
    number, installed_at = current[0]
    answered = store.rows(
        "SELECT answered_at < ? FROM answers WHERE kind = ? AND item_id = ?",
        installed_at,
        kind,
        item_id,
    )
    # Naming a gallery also names its images, and the other way round: the times tell them apart.
    return (1,) in answered or any(row != (number,) for row in store.rows(_NAMED[kind], item_id))
