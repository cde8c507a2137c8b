"""Suggestions and what was done with them: runs, the journal of changes, and the queue."""

from __future__ import annotations

import sqlite3

STATEMENTS = (
    # One piece of work: a task, or a review by the user. counts is JSON {what: how many}.
    """CREATE TABLE runs (
        id INTEGER PRIMARY KEY AUTOINCREMENT, task TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('running', 'done', 'stopped', 'failed')),
        db_version INT REFERENCES face_databases (id), counts TEXT NOT NULL, told TEXT,
        started_at TEXT NOT NULL, ended_at TEXT)""",
    # Somebody proposed for an item. Rows are kept narrow, as a page of them is sought among all.
    # words: what is searched for text; sure: at most 1 stranger in 1,000 comes as close;
    # awake_at: when `later` is over, in seconds since 1970.
    """CREATE TABLE suggestions (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        kind TEXT NOT NULL CHECK (kind IN ('image', 'gallery', 'scene', 'performer')),
        item_id TEXT NOT NULL, title TEXT NOT NULL,
        performer_id TEXT NOT NULL, name TEXT NOT NULL, local_performer_id TEXT,
        words TEXT NOT NULL,
        decision TEXT NOT NULL, confidence REAL NOT NULL, distance REAL NOT NULL, margin REAL,
        sure INT NOT NULL, source TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('open', 'accepted', 'rejected', 'later')),
        awake_at INT, run_id INT REFERENCES runs (id),
        created_at TEXT NOT NULL, updated_at TEXT NOT NULL,
        UNIQUE (kind, item_id, performer_id))""",
    "CREATE INDEX suggestions_surest ON suggestions (state, confidence, id)",
    "CREATE INDEX suggestions_surest_of_a_kind ON suggestions (state, kind, confidence, id)",
    "CREATE INDEX suggestions_item ON suggestions (state, kind, item_id, confidence)",
    "CREATE INDEX suggestions_person ON suggestions (state, performer_id, confidence, name, kind)",
    "CREATE INDEX suggestions_run ON suggestions (run_id)",
    "CREATE INDEX suggestions_asleep ON suggestions (awake_at) WHERE awake_at IS NOT NULL",
    # Why: JSON, with the faces it rests on. names is JSON: all ids of the performer.
    """CREATE TABLE suggestion_evidence (
        suggestion_id INTEGER PRIMARY KEY REFERENCES suggestions (id) ON DELETE CASCADE,
        reason TEXT NOT NULL, stash_ids TEXT NOT NULL, evidence TEXT NOT NULL)""",
    # Faces that the user wants to be left alone, found again by the middle of their bbox.
    """CREATE TABLE ignored_faces (
        kind TEXT NOT NULL, item_id TEXT NOT NULL, face INT NOT NULL,
        middle_x REAL NOT NULL, middle_y REAL NOT NULL, created_at TEXT NOT NULL,
        PRIMARY KEY (kind, item_id, face)) WITHOUT ROWID""",
    # Every change in Stash, written before it is made. item_ids and before are JSON: what is
    # changed, and how it was. told: why it was not made, or not undone.
    """CREATE TABLE journal (
        id INTEGER PRIMARY KEY AUTOINCREMENT, run_id INT NOT NULL REFERENCES runs (id),
        suggestion_id INT REFERENCES suggestions (id) ON DELETE SET NULL, confidence REAL,
        change TEXT NOT NULL, kind TEXT NOT NULL, item_ids TEXT NOT NULL,
        performer_id TEXT, name TEXT NOT NULL, before TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('begun', 'done', 'failed', 'undone')),
        told TEXT, begun_at TEXT NOT NULL, ended_at TEXT)""",
    "CREATE INDEX journal_run ON journal (run_id)",
    "CREATE INDEX journal_suggestion ON journal (suggestion_id)",
    "CREATE INDEX journal_begun ON journal (id) WHERE state = 'begun'",
    # Items that wait for a task, noted by hooks; a newer note replaces an older one. asked_at:
    # when a task was last asked for to look after them, in seconds since 1970.
    """CREATE TABLE queue (
        number INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, item_id TEXT NOT NULL,
        reason TEXT NOT NULL, queued_at TEXT NOT NULL, UNIQUE (kind, item_id))""",
    "CREATE TABLE queue_asked (asked_at INT)",
    "INSERT INTO queue_asked VALUES (NULL)",
)


def m004_suggestions_and_changes(connection: sqlite3.Connection) -> None:
    for statement in STATEMENTS:
        connection.execute(statement)
