"""What the user said of faces, and the references that follow from it."""

from __future__ import annotations

import sqlite3

STATEMENTS = (
    # What the user said of a face, or of all faces of the item where `face` is null; the middle
    # of its bbox finds it again after another scan. names is JSON: all ids of the performer.
    """CREATE TABLE decisions (
        id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, item_id TEXT NOT NULL,
        face INT, middle_x REAL, middle_y REAL, performer_id TEXT NOT NULL,
        names TEXT NOT NULL, decision TEXT NOT NULL CHECK (decision IN ('confirm', 'reject')),
        created_at TEXT NOT NULL)""",
    "CREATE INDEX decisions_item ON decisions (kind, item_id)",
    # The user's own faces of performers; a confirmed one goes with its decision. stash_ids is
    # JSON {host: uuid}, checksum that of the picture.
    """CREATE TABLE local_references (
        id INTEGER PRIMARY KEY AUTOINCREMENT, performer_id TEXT NOT NULL,
        local_performer_id TEXT, name TEXT NOT NULL, stash_ids TEXT NOT NULL,
        source TEXT NOT NULL CHECK (source IN ('picture', 'confirmed')),
        decision_id INT REFERENCES decisions (id) ON DELETE CASCADE,
        stash_image_id TEXT, face INT, picture_checksum TEXT NOT NULL,
        quality REAL NOT NULL, pack TEXT NOT NULL, created_at TEXT NOT NULL)""",
    "CREATE INDEX local_references_local ON local_references (local_performer_id)",
    "CREATE INDEX local_references_decision ON local_references (decision_id)",
    """CREATE TABLE local_reference_embeddings (
        reference_id INT NOT NULL REFERENCES local_references (id) ON DELETE CASCADE,
        embedder TEXT NOT NULL, vector BLOB NOT NULL,
        PRIMARY KEY (reference_id, embedder)) WITHOUT ROWID""",
    # Which picture of a performer was looked at, with which models, and why it gave no
    # reference.
    """CREATE TABLE performer_pictures (
        local_performer_id TEXT PRIMARY KEY, version TEXT NOT NULL, pack TEXT NOT NULL,
        problem TEXT, tried_at TEXT NOT NULL)""",
    # Counts every change of the references, so that answers given before are known to be old.
    "CREATE TABLE reference_changes (changes INT NOT NULL)",
    "INSERT INTO reference_changes VALUES (0)",
    *(
        f"""CREATE TRIGGER local_references_{change.lower()} AFTER {change} ON local_references
        BEGIN UPDATE reference_changes SET changes = changes + 1; END"""
        for change in ("INSERT", "UPDATE", "DELETE")
    ),
)


def m002_decisions_and_references(connection: sqlite3.Connection) -> None:
    for statement in STATEMENTS:
        connection.execute(statement)
