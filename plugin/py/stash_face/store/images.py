"""Images as they were scanned: their faces with embeddings, and who was named in them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from .connection import Store

_CHUNK = 500

# bbox as x, y, w, h in shares (0..1) of the upright image.
ShareBox = tuple[float, float, float, float]


class StoredFace(NamedTuple):
    """A face as it is kept: landmarks are 10 little-endian float32 in shares of the image,
    embeddings {embedder: (norm, little-endian float16 bytes)}, thumbnail a JPEG, sharpness 0..1
    or None where not noted, `size` (width, height) of its picture in pixels, 0 if not known."""

    bbox: ShareBox
    landmarks: bytes
    score: float
    quality: float
    turn: int
    thumbnail: bytes
    embeddings: dict[str, tuple[float, bytes]]
    sharpness: float | None = None
    size: tuple[int, int] = (0, 0)


class Scan(NamedTuple):
    """One image after detection. `problem` is a sentence for a file that cannot be read."""

    image_id: str
    file_fingerprint: str
    pack: str
    width: int
    height: int
    faces: list[StoredFace]
    problem: str | None = None


class FaceTables(NamedTuple):
    """Where faces lie, which column names their picture, and where that has its width."""

    faces: str
    embeddings: str
    owner: str
    pictures: str
    picture: str


_TABLES = FaceTables("faces", "face_embeddings", "stash_image_id", "image_scans", "stash_image_id")


class NamedFace(NamedTuple):
    """A row of image_fingerprint_faces."""

    performer_id: str
    confidence: float
    distance: float
    bbox: ShareBox


def save_scan(store: Store, scan: Scan, gallery_id: str | None = None) -> None:
    """Replaces what is known of the image, in one transaction; an image that was scanned in a
    gallery before keeps that gallery."""
    with store.transaction() as connection:
        connection.execute(
            """INSERT INTO image_fingerprints VALUES (?, ?, ?, NULL, datetime('now'),
                datetime('now'))
            ON CONFLICT (stash_image_id) DO UPDATE SET
                gallery_id = coalesce(excluded.gallery_id, gallery_id), db_version = NULL,
                faces_detected = excluded.faces_detected, updated_at = datetime('now')""",
            (scan.image_id, gallery_id, len(scan.faces)),
        )
        for table in ("image_scans", "image_fingerprint_faces"):
            connection.execute(f"DELETE FROM {table} WHERE stash_image_id = ?", (scan.image_id,))
        # An answer that is given again without a look would leave the names out.
        own = "DELETE FROM answers WHERE kind = 'image' AND item_id = ?"
        connection.execute(own, (scan.image_id,))
        values = (*scan[:5], scan.problem)
        connection.execute("INSERT INTO image_scans VALUES (?, ?, ?, ?, ?, ?)", values)
        for ordinal, face in enumerate(scan.faces):
            insert_face(connection, scan.image_id, ordinal, face)


def insert_face(
    connection: sqlite3.Connection,
    owner: str | int,
    ordinal: int,
    face: StoredFace,
    tables: FaceTables = _TABLES,
) -> None:
    row = connection.execute(
        f"INSERT INTO {tables.faces} VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (owner, ordinal, *face.bbox, face.landmarks, face.score, face.quality, face.turn,
         face.thumbnail, face.sharpness),
    )  # fmt: skip
    connection.executemany(
        f"INSERT INTO {tables.embeddings} VALUES (?, ?, ?, ?)",
        [(row.lastrowid, key, norm, vector) for key, (norm, vector) in face.embeddings.items()],
    )


def scanned(store: Store, files: dict[str, str], pack: str) -> dict[str, str | None]:
    """Which of `files` (image id: file fingerprint) were scanned as they are now with `pack`:
    image id to problem, or None where there was none."""
    found: dict[str, str | None] = {}
    for marks, chunk in _chunks(list(files)):
        for image_id, fingerprint, problem in store.rows(
            "SELECT stash_image_id, file_fingerprint, problem FROM image_scans "
            f"WHERE pack = ? AND stash_image_id IN ({marks})",
            pack,
            *chunk,
        ):
            if files[image_id] == fingerprint:
                found[image_id] = problem
    return found


def scanned_since(store: Store, image_ids: Sequence[str], since: str) -> set[str]:
    """Those of the images that were scanned, or named, from `since` (UTC) to now."""
    found: set[str] = set()
    for marks, chunk in _chunks(image_ids):
        rows = store.rows(
            "SELECT stash_image_id FROM image_fingerprints "
            f"WHERE updated_at BETWEEN ? AND datetime('now') AND stash_image_id IN ({marks})",
            since,
            *chunk,
        )
        found.update(image_id for (image_id,) in rows)
    return found


def load_scan(store: Store, image_id: str) -> Scan | None:
    """The image as it was last scanned, or None."""
    return load_scans(store, [image_id]).get(image_id)


def load_scans(store: Store, image_ids: Sequence[str]) -> dict[str, Scan]:
    """The images as they were last scanned; those that never were are absent."""
    found: dict[str, Scan] = {}
    for marks, chunk in _chunks(image_ids):
        with store.snapshot():
            rows = store.rows(
                "SELECT stash_image_id, file_fingerprint, pack, width, height, problem "
                f"FROM image_scans WHERE stash_image_id IN ({marks})",
                *chunk,
            )
            faces = _faces(store, marks, chunk, thumbnails=True)
        for image_id, fingerprint, pack, width, height, problem in rows:
            found[image_id] = Scan(image_id, fingerprint, pack, width, height, [], problem)
        for image_id, _, face in faces:
            found[image_id].faces.append(face)
    return found


def load_faces(
    store: Store, image_ids: Sequence[str], *, thumbnails: bool = True
) -> Iterator[tuple[str, int, StoredFace]]:
    """(image id, ordinal, face) of the images, in the order of the ids given."""
    for marks, chunk in _chunks(image_ids):
        with store.snapshot():
            found = _faces(store, marks, chunk, thumbnails)
        yield from found


def _faces(
    store: Store, marks: str, image_ids: Sequence[str], thumbnails: bool
) -> list[tuple[str, int, StoredFace]]:
    place = {image_id: n for n, image_id in enumerate(image_ids)}
    found = read_faces(store, marks, image_ids, thumbnails)
    return sorted(found, key=lambda row: (place[row[0]], row[1]))


def read_faces(
    store: Store,
    marks: str,
    owners: Sequence[Any],
    thumbnails: bool,
    tables: FaceTables = _TABLES,
) -> list[tuple[Any, int, StoredFace]]:
    """(owner, ordinal, face) of what `marks` selects, in no order."""
    faces, embeddings, owner, pictures, picture = tables
    vectors: dict[int, dict[str, tuple[float, bytes]]] = {}
    for face_id, key, norm, vector in store.rows(
        f"SELECT face_id, embedder, norm, vector FROM {embeddings} JOIN {faces} "
        f"ON {faces}.id = face_id WHERE {owner} IN ({marks})",
        *owners,
    ):
        vectors.setdefault(face_id, {})[key] = (norm, vector)
    thumbnail = "thumbnail" if thumbnails else "x''"
    found = []
    for row in store.rows(
        f"SELECT f.id, f.{owner}, ordinal, bbox_x, bbox_y, bbox_w, bbox_h, landmarks, score, "
        f"quality, turn, {thumbnail}, sharpness, p.width, p.height FROM {faces} AS f "
        f"JOIN {pictures} AS p ON p.{picture} = f.{owner} WHERE f.{owner} IN ({marks})",
        *owners,
    ):
        face_id, owned_by, ordinal, *box, points, score, quality, turn, jpeg, sharp, w, h = row
        face = StoredFace(
            tuple(box), points, score, quality, turn, jpeg, vectors.get(face_id, {}), sharp, (w, h)
        )
        found.append((owned_by, ordinal, face))
    return found


def load_thumbnail(store: Store, image_id: str, ordinal: int) -> bytes:
    rows = store.rows(
        "SELECT thumbnail FROM faces WHERE stash_image_id = ? AND ordinal = ?", image_id, ordinal
    )
    return bytes(rows[0][0]) if rows else b""


def stored_counts(store: Store) -> tuple[int, int]:
    """How many images were scanned, and how many faces they hold."""
    counts = "SELECT (SELECT count(*) FROM image_scans), (SELECT count(*) FROM faces)"
    images, faces = store.rows(counts)[0]
    return images, faces


def face_counts(store: Store, image_ids: Sequence[str]) -> int:
    """How many faces the images hold together."""
    return sum(
        store.rows(f"SELECT count(*) FROM faces WHERE stash_image_id IN ({marks})", *chunk)[0][0]
        for marks, chunk in _chunks(image_ids)
    )


def save_names(store: Store, names: dict[str, list[NamedFace]], database_id: int | None) -> None:
    """Who was named in each image, against which database; replaces earlier names."""
    with store.transaction() as connection:
        for image_id, faces in names.items():
            connection.execute(
                "UPDATE image_fingerprints SET db_version = ?, updated_at = datetime('now') "
                "WHERE stash_image_id = ?",
                (database_id, image_id),
            )
            connection.execute(
                "DELETE FROM image_fingerprint_faces WHERE stash_image_id = ?", (image_id,)
            )
            connection.executemany(
                "INSERT INTO image_fingerprint_faces VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (image_id, face.performer_id, face.confidence, face.distance, *face.bbox)
                    for face in faces
                ],
            )


def problems_due(store: Store, image_ids: Sequence[str], seconds: int) -> set[str]:
    """The images that could not be read, last tried so long ago, or by a clock set back since."""
    due: set[str] = set()
    for marks, chunk in _chunks(image_ids):
        rows = store.rows(
            "SELECT stash_image_id FROM image_scans JOIN image_fingerprints USING (stash_image_id) "
            "WHERE problem IS NOT NULL AND (updated_at <= datetime('now', ?) OR "
            f"updated_at > datetime('now')) AND stash_image_id IN ({marks})",
            f"-{seconds} seconds",
            *chunk,
        )
        due.update(image_id for (image_id,) in rows)
    return due


def assign_gallery(store: Store, image_ids: Iterable[str], gallery_id: str) -> None:
    """Notes the gallery of its images that were first scanned alone, and forgets it for those
    that have left it."""
    present = set(image_ids)
    with store.transaction() as connection:
        held = connection.execute(
            "SELECT stash_image_id FROM image_fingerprints WHERE gallery_id = ?", (gallery_id,)
        )
        connection.executemany(
            "UPDATE image_fingerprints SET gallery_id = NULL WHERE stash_image_id = ?",
            [(image_id,) for (image_id,) in held.fetchall() if image_id not in present],
        )
        connection.executemany(
            "UPDATE image_fingerprints SET gallery_id = ? "
            "WHERE stash_image_id = ? AND gallery_id IS NULL",
            [(gallery_id, image_id) for image_id in present],
        )


def images_of_gallery(store: Store, gallery_id: str) -> list[str]:
    """The images that were scanned as those of the gallery."""
    rows = store.rows(
        "SELECT stash_image_id FROM image_fingerprints WHERE gallery_id = ?", gallery_id
    )
    return [image_id for (image_id,) in rows]


def _chunks(ids: Sequence[str]) -> Iterator[tuple[str, Sequence[str]]]:
    """(question marks, ids) below SQLite's limit of variables."""
    for start in range(0, len(ids), _CHUNK):
        chunk = ids[start : start + _CHUNK]
        yield ",".join("?" * len(chunk)), chunk
