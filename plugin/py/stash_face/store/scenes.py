"""Scenes as they were looked at: tiles and frames with their faces, how far that is, and who was
named when."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NamedTuple

from .connection import Store
from .decided_faces import renumber
from .images import FaceTables, NamedFace, StoredFace, insert_face, read_faces

SPRITE, FRAME, PLAYER = "sprite", "frame", "player"

_TABLES = FaceTables("scene_faces", "scene_face_embeddings", "picture_id", "scene_pictures", "id")


class SeenPicture(NamedTuple):
    """A tile of the sprite, a frame of the video or one that the player showed, `at` seconds,
    with its faces."""

    source: str
    at: float
    width: int
    height: int
    faces: list[StoredFace]


class SceneFace(NamedTuple):
    """A face with its number in the store and where it was seen."""

    id: int
    source: str
    at: float
    face: StoredFace


class Looked(NamedTuple):
    """How far a scene is looked at. `sprite` and `video`: None until they were looked at, ""
    where that went well, else a sentence. `looked`: None until there is nothing more to look at,
    then the most frames that were allowed. `asked`: the seconds at which frames were wanted,
    whatever came of it."""

    sprite: str | None = None
    video: str | None = None
    looked: int | None = None
    asked: tuple[float, ...] = ()


def begin_scene(store: Store, scene_id: str, file_fingerprint: str, pack: str) -> Looked:
    """How far the scene is with this file and these models; what belongs to others is
    forgotten."""
    with store.transaction() as connection:
        connection.execute(
            "INSERT OR IGNORE INTO scene_fingerprints VALUES (?, 0, NULL, datetime('now'), "
            "datetime('now'))",
            (scene_id,),
        )
        for table in ("scene_scans", "scene_fingerprint_faces"):
            connection.execute(
                f"DELETE FROM {table} WHERE stash_scene_id = ? AND NOT EXISTS (SELECT 1 FROM "
                "scene_scans AS now WHERE (now.stash_scene_id, file_fingerprint, pack) = "
                "(?, ?, ?))",
                (scene_id, scene_id, file_fingerprint, pack),
            )
        connection.execute(
            "INSERT OR IGNORE INTO scene_scans VALUES (?, ?, ?, NULL, NULL, NULL, '[]')",
            (scene_id, file_fingerprint, pack),
        )
        row = connection.execute(
            "SELECT sprite, video, looked, asked FROM scene_scans WHERE stash_scene_id = ?",
            (scene_id,),
        ).fetchone()
    return _looked(*row)


def load_looked(store: Store, scene_id: str, file_fingerprint: str, pack: str) -> Looked | None:
    """How far the scene is with this file and these models, or None."""
    rows = store.rows(
        "SELECT sprite, video, looked, asked FROM scene_scans "
        "WHERE (stash_scene_id, file_fingerprint, pack) = (?, ?, ?)",
        scene_id,
        file_fingerprint,
        pack,
    )
    return _looked(*rows[0]) if rows else None


def _looked(sprite: str | None, video: str | None, looked: int | None, asked: str) -> Looked:
    return Looked(sprite, video, looked, tuple(json.loads(asked)))


def save_looked(
    store: Store, scene_id: str, looked: Looked | None, pictures: Sequence[SeenPicture] = ()
) -> None:
    """How far the scene is (None: as before), with the pictures that were looked at until then,
    in one transaction; the same moment again replaces the first."""
    with store.transaction() as connection:
        if looked:
            connection.execute(
                "UPDATE scene_scans SET sprite = ?, video = ?, looked = ?, asked = ? "
                "WHERE stash_scene_id = ?",
                (*looked[:3], json.dumps(looked.asked), scene_id),
            )
        for picture in pictures:
            key = (scene_id, picture.source, picture.at)
            connection.execute(
                "DELETE FROM scene_pictures WHERE (stash_scene_id, source, at) = (?, ?, ?)", key
            )
            row = connection.execute(
                "INSERT INTO scene_pictures VALUES (NULL, ?, ?, ?, ?, ?)",
                (*key, picture.width, picture.height),
            )
            assert row.lastrowid is not None
            for ordinal, face in enumerate(picture.faces):
                insert_face(connection, row.lastrowid, ordinal, face, _TABLES)
            renumber(connection, scene_id, key[1:], row.lastrowid)
        connection.execute(
            "UPDATE scene_fingerprints SET updated_at = datetime('now'), faces_detected = "
            "(SELECT count(*) FROM scene_faces JOIN scene_pictures "
            "ON scene_pictures.id = picture_id WHERE scene_pictures.stash_scene_id = ?1) "
            "WHERE stash_scene_id = ?1",
            (scene_id,),
        )


def looked_times(store: Store, scene_id: str, source: str | None = None) -> list[float]:
    """The seconds that were looked at, in order; without `source` of all of them."""
    rows = store.rows(
        "SELECT at FROM scene_pictures WHERE stash_scene_id = ? AND source = ifnull(?, source) "
        "ORDER BY at",
        scene_id,
        source,
    )
    return [at for (at,) in rows]


def still_counts(store: Store, scene_id: str) -> dict[str, int]:
    """How many pictures of each source were looked at."""
    rows = store.rows(
        "SELECT source, count(*) FROM scene_pictures WHERE stash_scene_id = ? GROUP BY source",
        scene_id,
    )
    return {**dict.fromkeys((SPRITE, FRAME, PLAYER), 0), **dict(rows)}


def scene_face_count(store: Store, scene_id: str) -> int:
    rows = store.rows(
        "SELECT faces_detected FROM scene_fingerprints WHERE stash_scene_id = ?", scene_id
    )
    return int(rows[0][0]) if rows else 0


def pictures_state(store: Store, scene_id: str) -> str:
    """What changes whenever a picture of the scene is added or replaced."""
    rows = store.rows(
        "SELECT count(*), max(id) FROM scene_pictures WHERE stash_scene_id = ?", scene_id
    )
    return "/".join(map(str, rows[0]))


def load_scene_faces(store: Store, scene_id: str) -> list[SceneFace]:
    """Every face of the scene, without thumbnails, in the order of time."""
    selected = "SELECT id FROM scene_pictures WHERE stash_scene_id = ?"
    with store.snapshot():
        places = {
            (picture_id, ordinal): (face_id, source, at)
            for picture_id, ordinal, face_id, source, at in store.rows(
                "SELECT picture_id, ordinal, scene_faces.id, source, at FROM scene_faces "
                "JOIN scene_pictures ON scene_pictures.id = picture_id WHERE stash_scene_id = ?",
                scene_id,
            )
        }
        found = read_faces(store, selected, [scene_id], False, _TABLES)
    faces = [SceneFace(*places[picture, ordinal], face) for picture, ordinal, face in found]
    return sorted(faces, key=lambda face: (face.at, face.source, face.id))


def load_still(
    store: Store, scene_id: str, source: str, at: float
) -> list[tuple[int, StoredFace]] | None:
    """The faces of one still with their numbers, in the order in which they were saved; None
    where it was not looked at."""
    if at not in looked_times(store, scene_id, source):
        return None
    return [
        (each.id, each.face)
        for each in load_scene_faces(store, scene_id)
        if (each.source, each.at) == (source, at)
    ]


def load_scene_thumbnail(store: Store, face_id: int) -> bytes:
    rows = store.rows("SELECT thumbnail FROM scene_faces WHERE id = ?", face_id)
    return bytes(rows[0][0]) if rows else b""


def save_scene_names(
    store: Store, scene_id: str, named: Sequence[tuple[float, NamedFace]], database_id: int | None
) -> None:
    """Who was named at which second, against which database; replaces earlier names."""
    with store.transaction() as connection:
        connection.execute(
            "UPDATE scene_fingerprints SET db_version = ? WHERE stash_scene_id = ?",
            (database_id, scene_id),
        )
        connection.execute(
            "DELETE FROM scene_fingerprint_faces WHERE stash_scene_id = ?", (scene_id,)
        )
        connection.executemany(
            "INSERT INTO scene_fingerprint_faces VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (scene_id, face.performer_id, face.confidence, face.distance, at, *face.bbox)
                for at, face in named
            ],
        )


def media_due(store: Store, scene_id: str, seconds: float) -> bool:
    """Whether the scene has media that could not be read `seconds` ago or earlier."""
    return bool(
        store.rows(
            "SELECT 1 FROM scene_scans JOIN scene_fingerprints USING (stash_scene_id) "
            "WHERE stash_scene_id = ? AND video != '' AND (updated_at <= datetime('now', ?) "
            "OR updated_at > datetime('now'))",
            scene_id,
            f"-{seconds} seconds",
        )
    )
