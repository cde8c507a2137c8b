"""Unknown people across the library: who they are, and the faces they are seen by."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from .connection import Store
from .references import Who

OPEN, IGNORED, NAMED, MERGED = "open", "ignored", "named", "merged"
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


class Member(NamedTuple):
    """A face of a person, as it was noted."""

    face_id: int
    place: Place
    quality: float
    person_id: int


class Person(NamedTuple):
    """`who` is whom the user named, `guess` whom the database would name."""

    id: int
    state: str
    by_user: bool
    who: Who | None
    guess: dict[str, Any] | None
    guessed: str | None
    merged_into: int | None


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


def load_members(store: Store) -> list[Member]:
    return [
        Member(face_id, Place(kind, item_id, picture, (x, y)), quality, person_id)
        for kind, face_id, item_id, picture, x, y, quality, person_id in store.rows(
            "SELECT kind, face_id, item_id, picture, middle_x, middle_y, quality, person_id "
            "FROM unknown_faces"
        )
    ]


def save_members(
    store: Store, gone: Iterable[Member], members: Iterable[Member], new_people: int = 0
) -> list[int]:
    """Takes faces out and puts faces in, in one transaction. A person_id of -1, -2, ... stands
    for the first, second, ... of `new_people`, whose numbers are answered."""
    with store.transaction() as connection:
        connection.executemany(
            "DELETE FROM unknown_faces WHERE kind = ? AND face_id = ?",
            [(each.place.kind, each.face_id) for each in gone],
        )
        numbers = [_new_person(connection, by_user=False) for _ in range(new_people)]
        connection.executemany(
            "INSERT OR REPLACE INTO unknown_faces VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (place.kind, face_id, place.item_id, place.picture, *place.middle, quality,
                 person_id if person_id > 0 else numbers[-person_id - 1])
                for face_id, place, quality, person_id in members
            ],
        )  # fmt: skip
    return numbers


def forget_nobodies(store: Store) -> None:
    """People without a face whom the user never touched."""
    with store.transaction() as connection:
        connection.execute(
            "DELETE FROM unknown_people WHERE state = ? AND NOT by_user AND id NOT IN "
            "(SELECT person_id FROM unknown_faces) AND id NOT IN "
            "(SELECT merged_into FROM unknown_people WHERE merged_into IS NOT NULL)",
            (OPEN,),
        )


def load_people(store: Store, ids: Iterable[int] | None = None) -> dict[int, Person]:
    """Everybody, or those of `ids` who are there."""
    wanted = None if ids is None else list(ids)
    where, values = "", []
    if wanted is not None:
        where, values = f"WHERE id IN ({','.join('?' * len(wanted))})", wanted
    rows = store.rows(
        "SELECT id, state, by_user, who, guess, guessed, merged_into FROM unknown_people " + where,
        *values,
    )
    return {
        number: Person(
            number, state, bool(by_user), _who(who), json.loads(guess or "null"), guessed, merged
        )
        for number, state, by_user, who, guess, guessed, merged in rows
    }


def people_in(store: Store, item_ids: Iterable[str]) -> set[int]:
    """Who is seen in these items, and in others of the same galleries."""
    found: set[int] = set()
    wanted = list(item_ids)
    for start in range(0, len(wanted), _CHUNK):
        chunk = wanted[start : start + _CHUNK]
        marks = ",".join("?" * len(chunk))
        found |= {
            number
            for (number,) in store.rows(
                "SELECT person_id FROM unknown_faces WHERE item_id IN ("
                f"SELECT other.stash_image_id FROM image_fingerprints "
                f"JOIN image_fingerprints other USING (gallery_id) "
                f"WHERE image_fingerprints.stash_image_id IN ({marks})) "
                f"OR item_id IN ({marks})",
                *chunk,
                *chunk,
            )
        }
    return found


def merge_people(store: Store, one: int, into: int, by_user: bool) -> None:
    """All faces of `one` belong to `into`; the number `one` leads there from now on."""
    with store.transaction() as connection:
        connection.execute(
            "UPDATE unknown_faces SET person_id = ? WHERE person_id = ?", (into, one)
        )
        connection.execute(
            "UPDATE unknown_people SET state = ?, merged_into = ? WHERE id = ?",
            (MERGED, into, one),
        )
        connection.execute(
            "UPDATE unknown_people SET merged_into = ? WHERE merged_into = ?", (into, one)
        )
        connection.execute(
            "UPDATE unknown_people SET by_user = max(by_user, ?), guessed = NULL, "
            "updated_at = datetime('now') WHERE id = ?",
            (by_user, into),
        )


def split_person(store: Store, person_id: int, faces: Iterable[tuple[str, int]]) -> int:
    """A new person with these faces (kind, face id), who is never joined with this one."""
    with store.transaction() as connection:
        number = _new_person(connection, by_user=True)
        connection.executemany(
            "UPDATE unknown_faces SET person_id = ? "
            "WHERE kind = ? AND face_id = ? AND person_id = ?",
            [(number, kind, face_id, person_id) for kind, face_id in faces],
        )
        connection.execute("INSERT INTO unknown_apart VALUES (?, ?)", (person_id, number))
        connection.execute(
            "UPDATE unknown_people SET by_user = 1, guessed = NULL WHERE id = ?", (person_id,)
        )
    return number


def apart(store: Store) -> set[frozenset[int]]:
    """Pairs whom the user told apart, as whoever they were merged into."""
    rows = store.rows(
        "SELECT coalesce(a.merged_into, a.id), coalesce(b.merged_into, b.id) FROM unknown_apart "
        "JOIN unknown_people a ON a.id = one JOIN unknown_people b ON b.id = other"
    )
    return {frozenset(row) for row in rows}


def set_person(store: Store, person_id: int, state: str, who: Who | None = None) -> None:
    with store.transaction() as connection:
        connection.execute(
            "UPDATE unknown_people SET state = ?, who = ?, updated_at = datetime('now') "
            "WHERE id = ?",
            (state, None if who is None else json.dumps(who), person_id),
        )


def save_guesses(
    store: Store, guesses: Mapping[int, Mapping[str, Any] | None], guessed: str
) -> None:
    """Whom the database (`guessed` tells which, and of which faces) would name; None: nobody."""
    with store.transaction() as connection:
        connection.executemany(
            "UPDATE unknown_people SET guess = ?, guessed = ? WHERE id = ?",
            [
                (None if guess is None else json.dumps(guess), guessed, number)
                for number, guess in guesses.items()
            ],
        )


def _new_person(connection: sqlite3.Connection, by_user: bool) -> int:
    row = connection.execute(
        "INSERT INTO unknown_people VALUES (NULL, ?, ?, NULL, NULL, NULL, NULL, datetime('now'), "
        "datetime('now'))",
        (OPEN, by_user),
    )
    return int(row.lastrowid or 0)


def _who(text: str | None) -> Who | None:
    return None if text is None else Who(*json.loads(text))


def _image_place(row: tuple[Any, ...]) -> Place:
    x, y, w, h = row[5:9]
    return Place(IMAGE, row[1], "", (x + w / 2, y + h / 2))


def _scene_place(row: tuple[Any, ...]) -> Place:
    x, y, w, h = row[5:9]
    return Place(SCENE, row[1], f"{row[2]}:{row[3]}", (x + w / 2, y + h / 2))


# Whether the user confirmed a name for face f of item {item}, or wants it left alone. Those of
# an unknown person who was named stay with that person.
_SPOKEN_FOR = """
    AND NOT EXISTS (SELECT 1 FROM decisions d WHERE d.kind = '{kind}' AND d.item_id = {item}
        AND d.decision = 'confirm' AND NOT EXISTS (SELECT 1 FROM unknown_faces u
            JOIN unknown_people p ON p.id = u.person_id AND p.state = 'named'
            WHERE u.kind = '{kind}' AND u.face_id = f.id)
        AND d.middle_x BETWEEN f.bbox_x AND f.bbox_x + f.bbox_w
        AND d.middle_y BETWEEN f.bbox_y AND f.bbox_y + f.bbox_h)
    AND NOT EXISTS (SELECT 1 FROM ignored_faces d WHERE d.kind = '{kind}' AND d.item_id = {item}
        AND d.middle_x BETWEEN f.bbox_x AND f.bbox_x + f.bbox_w
        AND d.middle_y BETWEEN f.bbox_y AND f.bbox_y + f.bbox_h)
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
""" + _SPOKEN_FOR.format(kind=IMAGE, item="f.stash_image_id")
_SCENES = """
    SELECT f.id, p.stash_scene_id, p.source, p.at, s.pack = ? AND i.db_version IS NOT NULL,
        f.bbox_x, f.bbox_y, f.bbox_w, f.bbox_h, f.quality, NULL
    FROM scene_faces f JOIN scene_pictures p ON p.id = f.picture_id
        JOIN scene_scans s USING (stash_scene_id) JOIN scene_fingerprints i USING (stash_scene_id)
    WHERE f.quality >= ?
    AND NOT EXISTS (SELECT 1 FROM scene_fingerprint_faces n
        WHERE n.stash_scene_id = p.stash_scene_id AND n.at = p.at
        AND (n.bbox_x, n.bbox_y, n.bbox_w, n.bbox_h) = (f.bbox_x, f.bbox_y, f.bbox_w, f.bbox_h))
""" + _SPOKEN_FOR.format(kind=SCENE, item="p.stash_scene_id")
