"""The user's own references: faces they confirmed and pictures of their performers, and what
they decided about the faces of an item."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Sequence
from typing import NamedTuple

from .connection import Store
from .ignored import Still, ignored
from .images import StoredFace

CONFIRM, REJECT, IGNORE, UNDO = "confirm", "reject", "ignore", "undo"
PICTURE, CONFIRMED = "picture", "confirmed"
_CHUNK = 500
# In the place of a face: only what was said of the whole item.
_WHOLE = -1


class Who(NamedTuple):
    """A performer as references name them: universal id or `local:<Stash id>`, and
    `stash_ids` {host: uuid}."""

    performer_id: str
    name: str
    stash_ids: dict[str, str]
    local_performer_id: str | None = None

    @property
    def names(self) -> list[str]:
        """Every id the performer is known by."""
        own = [f"local:{self.local_performer_id}"] if self.local_performer_id else []
        boxes = [f"{host}:{uuid}" for host, uuid in self.stash_ids.items()]
        return list(dict.fromkeys([self.performer_id, *boxes, *own]))


class Reference(NamedTuple):
    """A face of a performer; embeddings {embedder: little-endian float16 bytes}, quality 0..1."""

    who: Who
    source: str
    embeddings: dict[str, bytes]
    quality: float


class Decision(NamedTuple):
    """`names` are the performer's ids, none where the face is ignored; `face` is its place in an
    image, of a scene its number in the store, None for all of them; `middle` is the middle of its
    bbox in shares of the picture, which in a scene is `still`."""

    performer_id: str
    names: tuple[str, ...]
    decision: str
    face: int | None
    middle: tuple[float, float] | None
    still: Still | None = None


class Picture(NamedTuple):
    """The picture of a performer: `version` changes with it, `problem` says why it gives no
    reference."""

    version: str
    checksum: str
    face: StoredFace | None
    problem: str | None = None


class Origin(NamedTuple):
    """The file a confirmed face was seen in, of a scene also the still, and the models it was
    found with."""

    checksum: str
    pack: str
    still: Still | None = None


def confirm(
    store: Store, kind: str, item_id: str, ordinal: int, face: StoredFace, who: Who, origin: Origin
) -> None:
    """The face is this performer and nobody else; it becomes a reference. What was said before
    against it, of the face or of the whole item, is over."""
    with store.transaction() as connection:
        connection.execute(
            "DELETE FROM decisions WHERE kind = ? AND item_id = ? AND face = ? AND decision = ?",
            (kind, item_id, ordinal, CONFIRM),
        )
        for meant in (ordinal, _WHOLE):
            _take_back(connection, kind, item_id, who.names, meant)
        decision = _decide(connection, kind, item_id, who, CONFIRM, ordinal, face, origin.still)
        row = (CONFIRMED, decision, item_id, ordinal, origin.checksum, origin.pack)
        _insert_reference(connection, who, row, face)


def reject(
    store: Store, kind: str, item_id: str, ordinal: int | None, face: StoredFace | None, who: Who
) -> None:
    """The face, or without one any face of the item, is not this performer."""
    with store.transaction() as connection:
        _take_back(connection, kind, item_id, who.names, ordinal)
        _decide(connection, kind, item_id, who, REJECT, ordinal, face)


def take_back(store: Store, kind: str, item_id: str, ordinal: int | None, who: Who) -> None:
    """Forgets what was decided, with the reference that came of it; without `ordinal` for all
    faces of the item."""
    with store.transaction() as connection:
        _take_back(connection, kind, item_id, who.names, ordinal)


def decisions(store: Store, kind: str, item_ids: Sequence[str]) -> dict[str, list[Decision]]:
    """What was decided about each item, in that order; items without a decision are absent."""
    found: dict[str, list[Decision]] = {}
    for start in range(0, len(item_ids), _CHUNK):
        chunk = item_ids[start : start + _CHUNK]
        marks = ",".join("?" * len(chunk))
        for item_id, performer_id, names, decision, face, x, y, source, at in store.rows(
            "SELECT item_id, performer_id, names, decision, face, middle_x, middle_y, source, at "
            "FROM decisions "
            f"WHERE kind = ? AND item_id IN ({marks}) ORDER BY id",
            kind,
            *chunk,
        ):
            middle = None if x is None else (x, y)
            still = None if source is None else (source, at)
            found.setdefault(item_id, []).append(
                Decision(performer_id, tuple(json.loads(names)), decision, face, middle, still)
            )
    for item_id, faces in ignored(store, kind, item_ids).items():
        found.setdefault(item_id, []).extend(Decision("", (), IGNORE, *each) for each in faces)
    return found


def rejected_names(store: Store, kind: str, item_id: str) -> set[str]:
    """Every id of those who are not on the item at all."""
    held = decisions(store, kind, [item_id]).get(item_id, [])
    whole = (each for each in held if each.decision == REJECT and each.face is None)
    return {name for each in whole for name in each.names}


def decided_state(store: Store, kind: str, item_ids: Sequence[str]) -> str:
    """What changes whenever references, or decisions about these items, do."""
    changes = store.rows("SELECT changes FROM reference_changes")[0][0]
    return f"{changes} {json.dumps(decisions(store, kind, item_ids), sort_keys=True)}"


def load_references(store: Store, pack: str) -> list[Reference]:
    """All references made with the models of `pack`, oldest first."""
    with store.snapshot():
        vectors: dict[int, dict[str, bytes]] = {}
        for reference_id, embedder, vector in store.rows(
            "SELECT reference_id, embedder, vector FROM local_reference_embeddings "
            "JOIN local_references ON id = reference_id WHERE pack = ?",
            pack,
        ):
            vectors.setdefault(reference_id, {})[embedder] = vector
        rows = store.rows(
            "SELECT id, performer_id, name, stash_ids, local_performer_id, source, quality "
            "FROM local_references WHERE pack = ? ORDER BY id",
            pack,
        )
    return [
        Reference(
            Who(performer_id, name, json.loads(stash_ids), local_id),
            source,
            vectors.get(reference_id, {}),
            quality,
        )
        for reference_id, performer_id, name, stash_ids, local_id, source, quality in rows
    ]


def reference_counts(store: Store, pack: str) -> dict[str, int]:
    """How many references of each source there are for `pack`, and of how many people."""
    counts = dict(
        store.rows(
            "SELECT source, count(*) FROM local_references WHERE pack = ? GROUP BY source", pack
        )
    )
    people = "SELECT count(DISTINCT performer_id) FROM local_references WHERE pack = ?"
    return {
        "people": store.rows(people, pack)[0][0],
        "pictures": counts.get(PICTURE, 0),
        "confirmed": counts.get(CONFIRMED, 0),
    }


def picture_versions(store: Store, pack: str) -> dict[str, tuple[str, str | None]]:
    """(version, problem) of the performers' pictures that were looked at with `pack`."""
    rows = store.rows(
        "SELECT local_performer_id, version, problem FROM performer_pictures WHERE pack = ?", pack
    )
    return {local_id: (version, problem) for local_id, version, problem in rows}


def save_picture(store: Store, who: Who, pack: str, picture: Picture) -> None:
    """Replaces the reference that came of the performer's picture; a picture that is the same
    as before changes nothing."""
    with store.transaction() as connection:
        connection.execute(
            "INSERT OR REPLACE INTO performer_pictures VALUES (?, ?, ?, ?, datetime('now'))",
            (who.local_performer_id, picture.version, pack, picture.problem),
        )
        held = "FROM local_references WHERE local_performer_id = ? AND source = ?"
        key = (who.local_performer_id, PICTURE)
        known = connection.execute(f"SELECT picture_checksum, pack {held}", key).fetchall()
        if picture.face and known == [(picture.checksum, pack)]:
            return
        connection.execute(f"DELETE {held}", key)
        if picture.face:
            row = (PICTURE, None, None, None, picture.checksum, pack)
            _insert_reference(connection, who, row, picture.face)


def rename(store: Store, everyone: Collection[Who]) -> None:
    """Gives references the names and ids that their performers have in Stash now."""
    with store.transaction() as connection:
        connection.executemany(
            "UPDATE local_references SET performer_id = ?, name = ?, stash_ids = ? "
            "WHERE local_performer_id = ? AND (performer_id, name, stash_ids) != (?, ?, ?)",
            [
                (*row, who.local_performer_id, *row)
                for who in everyone
                for row in [(who.performer_id, who.name, json.dumps(who.stash_ids))]
            ],
        )


def forget_pictures(store: Store, kept: Collection[str]) -> None:
    """Drops what came of pictures of performers who are not among `kept` (Stash ids); what the
    user confirmed stays."""
    with store.transaction() as connection:
        known = connection.execute(
            "SELECT local_performer_id FROM local_references WHERE source = ? "
            "UNION SELECT local_performer_id FROM performer_pictures",
            (PICTURE,),
        ).fetchall()
        gone = [(each,) for (each,) in known if each not in kept]
        connection.executemany(
            f"DELETE FROM local_references WHERE local_performer_id = ? AND source = '{PICTURE}'",
            gone,
        )
        connection.executemany("DELETE FROM performer_pictures WHERE local_performer_id = ?", gone)


def _take_back(
    connection: sqlite3.Connection,
    kind: str,
    item_id: str,
    names: Sequence[str],
    face: int | None,
) -> None:
    held = connection.execute(
        "SELECT id, names FROM decisions WHERE kind = ? AND item_id = ? "
        "AND (? IS NULL OR ifnull(face, ?) = ?)",
        (kind, item_id, face, _WHOLE, face),
    ).fetchall()
    meant = [(row,) for row, theirs in held if set(names) & set(json.loads(theirs))]
    connection.executemany("DELETE FROM decisions WHERE id = ?", meant)


def _decide(
    connection: sqlite3.Connection,
    kind: str,
    item_id: str,
    who: Who,
    decision: str,
    ordinal: int | None,
    face: StoredFace | None,
    still: Still | None = None,
) -> int | None:
    middle: tuple[float | None, float | None] = (None, None)
    if face:
        x, y, w, h = face.bbox
        middle = (x + w / 2, y + h / 2)
    return connection.execute(
        "INSERT INTO decisions VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, datetime('now'), ?, ?)",
        (kind, item_id, ordinal, *middle, who.performer_id, json.dumps(who.names), decision,
         *(still or (None, None))),
    ).lastrowid  # fmt: skip


def _insert_reference(
    connection: sqlite3.Connection, who: Who, row: tuple[object, ...], face: StoredFace
) -> None:
    """`row` is source, decision, image, face, checksum and pack."""
    source, decision, image_id, ordinal, checksum, pack = row
    reference = connection.execute(
        "INSERT INTO local_references VALUES "
        "(NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, datetime('now'))",
        (who.performer_id, who.local_performer_id, who.name, json.dumps(who.stash_ids), source,
         decision, image_id, ordinal, checksum, face.quality, pack),
    )  # fmt: skip
    connection.executemany(
        "INSERT INTO local_reference_embeddings VALUES (?, ?, ?)",
        [(reference.lastrowid, key, vector) for key, (_, vector) in face.embeddings.items()],
    )
