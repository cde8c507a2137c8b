"""The store's tables, as numbered steps that are only ever added to.

`image_fingerprints` and `image_fingerprint_faces` are named as in earlier tools of this kind,
so that what reads those can read these.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from ..errors import StoreError


def m001_faces_and_answers(connection: sqlite3.Connection) -> None:
    for statement in _M001:
        connection.execute(statement)


_M001 = (
    # A face database as it was when something was matched against it.
    """CREATE TABLE face_databases (
        id INTEGER PRIMARY KEY, version TEXT NOT NULL, pack TEXT NOT NULL,
        identity TEXT NOT NULL UNIQUE, installed_at TEXT NOT NULL)""",
    # One row an image, whether it was scanned alone or in a gallery.
    """CREATE TABLE image_fingerprints (
        stash_image_id TEXT PRIMARY KEY, gallery_id TEXT, faces_detected INT NOT NULL,
        db_version INT REFERENCES face_databases (id),
        created_at TEXT NOT NULL, updated_at TEXT NOT NULL)""",
    "CREATE INDEX image_fingerprints_gallery ON image_fingerprints (gallery_id)",
    # Who was named in it.
    """CREATE TABLE image_fingerprint_faces (
        stash_image_id TEXT NOT NULL
            REFERENCES image_fingerprints (stash_image_id) ON DELETE CASCADE,
        performer_id TEXT NOT NULL, confidence REAL NOT NULL, distance REAL NOT NULL,
        bbox_x REAL NOT NULL, bbox_y REAL NOT NULL, bbox_w REAL NOT NULL, bbox_h REAL NOT NULL)""",
    "CREATE INDEX image_fingerprint_faces_image ON image_fingerprint_faces (stash_image_id)",
    "CREATE INDEX image_fingerprint_faces_performer ON image_fingerprint_faces (performer_id)",
    # With which file and models its faces were found; `problem` is a sentence when the file
    # cannot be read.
    """CREATE TABLE image_scans (
        stash_image_id TEXT PRIMARY KEY
            REFERENCES image_fingerprints (stash_image_id) ON DELETE CASCADE,
        file_fingerprint TEXT NOT NULL, pack TEXT NOT NULL,
        width INT NOT NULL, height INT NOT NULL, problem TEXT)""",
    # Every face, named or not, so that a new database needs no media: bbox in shares of the
    # upright image, thumbnail a JPEG.
    """CREATE TABLE faces (
        id INTEGER PRIMARY KEY,
        stash_image_id TEXT NOT NULL REFERENCES image_scans (stash_image_id) ON DELETE CASCADE,
        ordinal INT NOT NULL, bbox_x REAL NOT NULL, bbox_y REAL NOT NULL,
        bbox_w REAL NOT NULL, bbox_h REAL NOT NULL, landmarks BLOB NOT NULL,
        score REAL NOT NULL, quality REAL NOT NULL, turn INT NOT NULL, thumbnail BLOB NOT NULL,
        UNIQUE (stash_image_id, ordinal))""",
    # Unit vectors as little-endian float16.
    """CREATE TABLE face_embeddings (
        face_id INT NOT NULL REFERENCES faces (id) ON DELETE CASCADE,
        embedder TEXT NOT NULL, norm REAL NOT NULL, vector BLOB NOT NULL,
        PRIMARY KEY (face_id, embedder)) WITHOUT ROWID""",
    # What was answered, and for which state of file, models, database and settings.
    """CREATE TABLE answers (
        kind TEXT NOT NULL, item_id TEXT NOT NULL, state TEXT NOT NULL, answer TEXT NOT NULL,
        answered_at TEXT NOT NULL, PRIMARY KEY (kind, item_id)) WITHOUT ROWID""",
    """CREATE TABLE progress (
        kind TEXT NOT NULL, item_id TEXT NOT NULL, done INT NOT NULL, total INT NOT NULL,
        faces INT NOT NULL, seconds REAL NOT NULL, scanned INT NOT NULL,
        PRIMARY KEY (kind, item_id)) WITHOUT ROWID""",
)


def m002_decisions_and_references(connection: sqlite3.Connection) -> None:
    for statement in _M002:
        connection.execute(statement)


_M002 = (
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

MIGRATIONS: tuple[Callable[[sqlite3.Connection], None], ...] = (
    m001_faces_and_answers,
    m002_decisions_and_references,
)


def migrate(connection: sqlite3.Connection) -> None:
    """Applies what is missing, each step in a transaction with the row that records it."""
    known = {step.__name__ for step in MIGRATIONS}
    applied = _applied(connection)
    if applied - known:
        raise StoreError(
            "The plugin's store was written by a newer version of the plugin "
            f"({', '.join(sorted(applied - known))}): update the plugin."
        )
    if applied == known:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute(
            "CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY, applied_at TEXT)"
        )
        # Another process may have been quicker while this one waited for the lock.
        applied = _applied(connection)
        for step in MIGRATIONS:
            if step.__name__ not in applied:
                step(connection)
                connection.execute(
                    "INSERT INTO migrations VALUES (?, datetime('now'))", (step.__name__,)
                )
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _applied(connection: sqlite3.Connection) -> set[str]:
    exists = connection.execute(
        "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'migrations'"
    ).fetchone()
    if not exists:
        return set()
    return {name for (name,) in connection.execute("SELECT name FROM migrations")}
