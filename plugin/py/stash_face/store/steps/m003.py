"""Scenes: the pictures that were looked at, their faces, and who was named."""

from __future__ import annotations

import sqlite3

STATEMENTS = (
    """CREATE TABLE scene_fingerprints (
        stash_scene_id TEXT PRIMARY KEY, faces_detected INT NOT NULL,
        db_version INT REFERENCES face_databases (id),
        created_at TEXT NOT NULL, updated_at TEXT NOT NULL)""",
    # Who was named in it, and when they are seen: `at` in seconds.
    """CREATE TABLE scene_fingerprint_faces (
        stash_scene_id TEXT NOT NULL
            REFERENCES scene_fingerprints (stash_scene_id) ON DELETE CASCADE,
        performer_id TEXT NOT NULL, confidence REAL NOT NULL, distance REAL NOT NULL,
        at REAL NOT NULL,
        bbox_x REAL NOT NULL, bbox_y REAL NOT NULL, bbox_w REAL NOT NULL, bbox_h REAL NOT NULL)""",
    "CREATE INDEX scene_fingerprint_faces_scene ON scene_fingerprint_faces (stash_scene_id)",
    "CREATE INDEX scene_fingerprint_faces_performer ON scene_fingerprint_faces (performer_id)",
    # With which file and models it is looked at, and how far that is. sprite and video: null
    # until they were looked at, '' where that went well, else a sentence; looked: null until
    # there is nothing more to look at, then the most frames that were allowed; asked: JSON, the
    # seconds at which frames were wanted, whatever came of it.
    """CREATE TABLE scene_scans (
        stash_scene_id TEXT PRIMARY KEY
            REFERENCES scene_fingerprints (stash_scene_id) ON DELETE CASCADE,
        file_fingerprint TEXT NOT NULL, pack TEXT NOT NULL,
        sprite TEXT, video TEXT, looked INT, asked TEXT NOT NULL DEFAULT '[]')""",
    # A tile of the sprite, a frame of the video, or a frame that the player showed; one without
    # faces is there as well, so that nothing is looked at twice.
    """CREATE TABLE scene_pictures (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        stash_scene_id TEXT NOT NULL REFERENCES scene_scans (stash_scene_id) ON DELETE CASCADE,
        source TEXT NOT NULL CHECK (source IN ('sprite', 'frame', 'player')),
        at REAL NOT NULL, width INT NOT NULL, height INT NOT NULL,
        UNIQUE (stash_scene_id, source, at))""",
    # As the faces of images; a number is never given again.
    """CREATE TABLE scene_faces (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        picture_id INT NOT NULL REFERENCES scene_pictures (id) ON DELETE CASCADE,
        ordinal INT NOT NULL, bbox_x REAL NOT NULL, bbox_y REAL NOT NULL,
        bbox_w REAL NOT NULL, bbox_h REAL NOT NULL, landmarks BLOB NOT NULL,
        score REAL NOT NULL, quality REAL NOT NULL, turn INT NOT NULL, thumbnail BLOB NOT NULL,
        UNIQUE (picture_id, ordinal))""",
    """CREATE TABLE scene_face_embeddings (
        face_id INT NOT NULL REFERENCES scene_faces (id) ON DELETE CASCADE,
        embedder TEXT NOT NULL, norm REAL NOT NULL, vector BLOB NOT NULL,
        PRIMARY KEY (face_id, embedder)) WITHOUT ROWID""",
)


def m003_scenes(connection: sqlite3.Connection) -> None:
    for statement in STATEMENTS:
        connection.execute(statement)
