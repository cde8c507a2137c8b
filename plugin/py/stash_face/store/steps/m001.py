"""Images, their faces, and what was answered."""

from __future__ import annotations

import sqlite3

STATEMENTS = (
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


def m001_faces_and_answers(connection: sqlite3.Connection) -> None:
    for statement in STATEMENTS:
        connection.execute(statement)
