"""Unknown people across the library: who they are, and the faces that are theirs."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from .connection import Store
from .references import Who
from .unnamed import Place

OPEN, IGNORED, NAMED, MERGED = "open", "ignored", "named", "merged"
_CHUNK = 500


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
    sql = "SELECT id, state, by_user, who, guess, guessed, merged_into FROM unknown_people"
    if ids is None:
        return _people(store.rows(sql))
    found: dict[int, Person] = {}
    wanted = list(ids)
    for start in range(0, len(wanted), _CHUNK):
        chunk = wanted[start : start + _CHUNK]
        found |= _people(store.rows(f"{sql} WHERE id IN ({','.join('?' * len(chunk))})", *chunk))
    return found


def _people(rows: Iterable[tuple[Any, ...]]) -> dict[int, Person]:
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
        _move(connection, person_id, number, faces)
        connection.execute("INSERT INTO unknown_apart VALUES (?, ?)", (person_id, number))
    return number


def part_again(store: Store, person_id: int, merged: int, faces: Iterable[tuple[str, int]]) -> None:
    """These faces belong to `merged` again, who was merged into the person."""
    with store.transaction() as connection:
        _move(connection, person_id, merged, faces)
        connection.execute(
            "UPDATE unknown_people SET state = ?, merged_into = NULL, by_user = 1 WHERE id = ?",
            (OPEN, merged),
        )


def _move(
    connection: sqlite3.Connection, person_id: int, other: int, faces: Iterable[tuple[str, int]]
) -> None:
    connection.executemany(
        "UPDATE unknown_faces SET person_id = ? WHERE kind = ? AND face_id = ? AND person_id = ?",
        [(other, kind, face_id, person_id) for kind, face_id in faces],
    )
    connection.execute(
        "UPDATE unknown_people SET by_user = 1, guessed = NULL WHERE id = ?", (person_id,)
    )


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


def stale_guesses(store: Store, database: str) -> list[int]:
    """People with several faces about whom this database was not asked."""
    rows = store.rows(
        "SELECT id FROM unknown_people WHERE state = ? "
        "AND substr(coalesce(guessed, ''), 1, ?) != ? "
        "AND (SELECT count(*) FROM unknown_faces WHERE person_id = unknown_people.id) > 1",
        OPEN,
        len(database),
        database,
    )
    return [number for (number,) in rows]


def save_guesses(store: Store, guesses: Mapping[int, tuple[Mapping[str, Any] | None, str]]) -> None:
    """Of each person: whom the database would name, or None, and which database that is and of
    which faces."""
    with store.transaction() as connection:
        connection.executemany(
            "UPDATE unknown_people SET guess = ?, guessed = ? WHERE id = ?",
            [
                (None if guess is None else json.dumps(guess), guessed, number)
                for number, (guess, guessed) in guesses.items()
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
