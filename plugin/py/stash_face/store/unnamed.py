"""Faces of the whole library to whom nobody gave a name, and their vectors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from .connection import Store

IMAGE, SCENE = "image", "scene"
_CHUNK = 500


class Place(NamedTuple):
    """Where a face is: of an image `picture` is "", of a scene a still; `middle` of its bbox."""

    kind: str
    item_id: str
    picture: str
    middle: tuple[float, float]


class UnknownFace(NamedTuple):
    """A face that nobody gave a name; `corners` x, y, w, h as shares; `gallery_id` that of its
    image. Not `ready`: of other models, or its item has yet to be named."""

    face_id: int
    place: Place
    corners: tuple[float, float, float, float]
    quality: float
    gallery_id: str | None
    ready: bool


def unnamed_faces(store: Store, pack: str, kind: str, least_quality: float) -> list[UnknownFace]:
    """The faces of that quality or better to whom no name was given, whom nobody confirmed and
    nobody wants ignored; those found with `pack` in items that were named are ready."""
    sql, place = (_IMAGES, _image_place) if kind == IMAGE else (_SCENES, _scene_place)
    return [
        UnknownFace(row[0], place(row), row[5:9], row[9], row[10], bool(row[4]))
        for row in store.rows(sql, pack, least_quality)
    ]


def face_vectors(
    store: Store, kind: str, face_ids: Sequence[int]
) -> Iterator[tuple[int, dict[str, bytes]]]:
    """(place in `face_ids`, {embedder: little-endian float16 bytes})."""
    table = "face_embeddings" if kind == IMAGE else "scene_face_embeddings"
    for start in range(0, len(face_ids), _CHUNK):
        chunk = face_ids[start : start + _CHUNK]
        marks = ",".join("?" * len(chunk))
        found: dict[int, dict[str, bytes]] = {}
        for face_id, embedder, vector in store.rows(
            f"SELECT face_id, embedder, vector FROM {table} WHERE face_id IN ({marks})", *chunk
        ):
            found.setdefault(face_id, {})[embedder] = vector
        for offset, face_id in enumerate(chunk):
            yield start + offset, found.get(face_id, {})


def _image_place(row: tuple[Any, ...]) -> Place:
    x, y, w, h = row[5:9]
    return Place(IMAGE, row[1], "", (x + w / 2, y + h / 2))


def _scene_place(row: tuple[Any, ...]) -> Place:
    x, y, w, h = row[5:9]
    return Place(SCENE, row[1], f"{row[2]}:{row[3]}", (x + w / 2, y + h / 2))


# Whether the user confirmed a name for face f of item {item}, in a scene in the still p, or wants
# it left alone. Those of an unknown person who was named stay with that person.
_SPOKEN_FOR = """
    AND NOT EXISTS (SELECT 1 FROM decisions d WHERE d.kind = '{kind}' AND d.item_id = {item}
        AND d.decision = 'confirm' AND NOT EXISTS (SELECT 1 FROM unknown_faces u
            JOIN unknown_people p ON p.id = u.person_id AND p.state = 'named'
            WHERE u.kind = '{kind}' AND u.face_id = f.id)
        AND d.middle_x BETWEEN f.bbox_x AND f.bbox_x + f.bbox_w
        AND d.middle_y BETWEEN f.bbox_y AND f.bbox_y + f.bbox_h{still})
    AND NOT EXISTS (SELECT 1 FROM ignored_faces d WHERE d.kind = '{kind}' AND d.item_id = {item}
        AND d.middle_x BETWEEN f.bbox_x AND f.bbox_x + f.bbox_w
        AND d.middle_y BETWEEN f.bbox_y AND f.bbox_y + f.bbox_h{still})
"""
_IMAGES = """
    SELECT f.id, f.stash_image_id, NULL, NULL, s.pack = ? AND i.db_version IS NOT NULL,
        f.bbox_x, f.bbox_y, f.bbox_w, f.bbox_h, f.quality, i.gallery_id
    FROM faces f JOIN image_scans s USING (stash_image_id)
        JOIN image_fingerprints i USING (stash_image_id)
    WHERE f.quality >= ?
    AND NOT EXISTS (SELECT 1 FROM image_fingerprint_faces n
        WHERE n.stash_image_id = f.stash_image_id
        AND (n.bbox_x, n.bbox_y, n.bbox_w, n.bbox_h) = (f.bbox_x, f.bbox_y, f.bbox_w, f.bbox_h))
""" + _SPOKEN_FOR.format(kind=IMAGE, item="f.stash_image_id", still="")
_SCENES = """
    SELECT f.id, p.stash_scene_id, p.source, p.at, s.pack = ? AND i.db_version IS NOT NULL,
        f.bbox_x, f.bbox_y, f.bbox_w, f.bbox_h, f.quality, NULL
    FROM scene_faces f JOIN scene_pictures p ON p.id = f.picture_id
        JOIN scene_scans s USING (stash_scene_id) JOIN scene_fingerprints i USING (stash_scene_id)
    WHERE f.quality >= ?
    AND NOT EXISTS (SELECT 1 FROM scene_fingerprint_faces n
        WHERE n.stash_scene_id = p.stash_scene_id AND n.at = p.at
        AND (n.bbox_x, n.bbox_y, n.bbox_w, n.bbox_h) = (f.bbox_x, f.bbox_y, f.bbox_w, f.bbox_h))
""" + _SPOKEN_FOR.format(
    kind=SCENE, item="p.stash_scene_id", still=" AND (d.source, d.at) = (p.source, p.at)"
)
