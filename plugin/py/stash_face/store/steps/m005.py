"""Unknown people of the whole library, and the faces they are seen by."""

from __future__ import annotations

import sqlite3

STATEMENTS = (
    # A number stands for the same person for ever: who was joined with another one leads there.
    # by_user: merged or split by hand, so that no grouping undoes it. who and guess are JSON:
    # whom the user named, and whom the database that `guessed` tells would name.
    """CREATE TABLE unknown_people (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        state TEXT NOT NULL CHECK (state IN ('open', 'ignored', 'named', 'merged')),
        by_user INT NOT NULL, who TEXT, guess TEXT, guessed TEXT,
        merged_into INT REFERENCES unknown_people (id),
        created_at TEXT NOT NULL, updated_at TEXT NOT NULL)""",
    # The middle of the bbox finds the face again after another scan. picture tells the stills of
    # a scene apart; of a scene each person has one face, the best.
    """CREATE TABLE unknown_faces (
        kind TEXT NOT NULL, face_id INT NOT NULL, item_id TEXT NOT NULL, picture TEXT NOT NULL,
        middle_x REAL NOT NULL, middle_y REAL NOT NULL, quality REAL NOT NULL,
        person_id INT NOT NULL REFERENCES unknown_people (id) ON DELETE CASCADE,
        PRIMARY KEY (kind, face_id)) WITHOUT ROWID""",
    "CREATE INDEX unknown_faces_person ON unknown_faces (person_id, quality)",
    # Two whom the user told apart.
    """CREATE TABLE unknown_apart (
        one INT NOT NULL REFERENCES unknown_people (id) ON DELETE CASCADE,
        other INT NOT NULL REFERENCES unknown_people (id) ON DELETE CASCADE,
        PRIMARY KEY (one, other)) WITHOUT ROWID""",
    # Which Stash this store belongs to, with those it belonged to before.
    """CREATE TABLE installations (
        number INTEGER PRIMARY KEY AUTOINCREMENT, database_path TEXT NOT NULL,
        config_path TEXT NOT NULL, system TEXT NOT NULL, seen_at TEXT NOT NULL,
        UNIQUE (database_path, config_path, system))""",
)


def m005_unknown_people(connection: sqlite3.Connection) -> None:
    for statement in STATEMENTS:
        connection.execute(statement)
