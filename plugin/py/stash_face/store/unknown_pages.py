"""Unknown people as they are listed: how often they are seen, and where."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from .connection import Store
from .unknown import Member
from .unnamed import Place

_CHUNK = 500


class Seen(NamedTuple):
    """A person, and how many scenes, galleries and images without a gallery they are seen in."""

    person_id: int
    scenes: int
    galleries: int
    images: int
    faces: int

    @property
    def items(self) -> int:
        return self.scenes + self.galleries + self.images


class SeenFace(NamedTuple):
    """A face of a person; `ordinal` is its place in its image, `at` its second in its scene,
    `gallery_id` that of its image."""

    member: Member
    ordinal: int | None
    at: float | None
    corners: tuple[float, float, float, float]
    gallery_id: str | None


def seen_people(
    store: Store, state: str, least_items: int, count: int, after: tuple[int, int] | None = None
) -> list[Seen]:
    """Who is seen most comes first; `after` is (items, person) of the last one before."""
    return [
        Seen(*row[:5])
        for row in store.rows(
            f"SELECT person_id, scenes, galleries, images, faces FROM ({_COUNTED}) "
            "WHERE items >= ? AND (items, person_id) < (?, ?) "
            "ORDER BY items DESC, person_id DESC LIMIT ?",
            state,
            least_items,
            *(after or (1 << 62, 0)),
            count,
        )
    ]


def count_people(store: Store, state: str, least_items: int) -> int:
    sql = f"SELECT count(*) FROM ({_COUNTED}) WHERE items >= ?"
    return int(store.rows(sql, state, least_items)[0][0])


def seen_faces(store: Store, people: Iterable[int], count: int | None = None) -> list[SeenFace]:
    """The faces of each person, the best first; at most `count` of each."""
    found = []
    wanted = list(people)
    for start in range(0, len(wanted), _CHUNK):
        chunk = wanted[start : start + _CHUNK]
        rows = store.rows(_FACES.format(marks=",".join("?" * len(chunk))), *chunk, count, count)
        for row in rows:
            kind, face_id, item_id, picture, x, y, quality, person_id = row[:8]
            place = Place(kind, item_id, picture, (x, y))
            member = Member(face_id, place, quality, person_id)
            found.append(SeenFace(member, row[8], row[9], row[10:14], row[14]))
    return found


_COUNTED = """
    SELECT *, scenes + galleries + images AS items FROM (
        SELECT u.person_id, count(DISTINCT iif(u.kind = 'scene', u.item_id, NULL)) AS scenes,
            count(DISTINCT i.gallery_id) AS galleries,
            count(DISTINCT iif(u.kind = 'image' AND i.gallery_id IS NULL, u.item_id, NULL))
                AS images,
            count(*) AS faces
        FROM unknown_faces u JOIN unknown_people p ON p.id = u.person_id AND p.state = ?
            LEFT JOIN image_fingerprints i ON u.kind = 'image' AND i.stash_image_id = u.item_id
        GROUP BY u.person_id)
"""
_FACES = """
    SELECT * FROM (
        SELECT u.kind, u.face_id, u.item_id, u.picture, u.middle_x, u.middle_y, u.quality,
            u.person_id, f.ordinal, p.at,
            coalesce(f.bbox_x, s.bbox_x), coalesce(f.bbox_y, s.bbox_y),
            coalesce(f.bbox_w, s.bbox_w), coalesce(f.bbox_h, s.bbox_h), i.gallery_id,
            row_number() OVER (PARTITION BY u.person_id ORDER BY u.quality DESC, u.kind, u.face_id)
                AS rank
        FROM unknown_faces u
            LEFT JOIN faces f ON u.kind = 'image' AND f.id = u.face_id
            LEFT JOIN image_fingerprints i ON u.kind = 'image' AND i.stash_image_id = u.item_id
            LEFT JOIN scene_faces s ON u.kind = 'scene' AND s.id = u.face_id
            LEFT JOIN scene_pictures p ON p.id = s.picture_id
        WHERE u.person_id IN ({marks}) AND (f.id IS NOT NULL OR s.id IS NOT NULL))
    WHERE ? IS NULL OR rank <= ?
    ORDER BY person_id, rank
"""
