"""Runs: pieces of work whose outcome can be looked at, and undone, as a whole."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple

from .connection import Store

RUNNING, DONE, STOPPED, FAILED = "running", "done", "stopped", "failed"
# What the user decides in one sitting is a run as well.
REVIEW = "review"


class Run(NamedTuple):
    """`counts` {what: how many}; `suggested` rows it brought that are still there, `changed`
    changes in Stash that hold. Times are UTC, `told` a sentence."""

    id: int
    task: str
    state: str
    counts: dict[str, int]
    told: str | None
    started_at: str
    ended_at: str | None
    suggested: int
    changed: int


def begin_run(store: Store, task: str, database_id: int | None = None) -> int:
    with store.transaction() as connection:
        row = connection.execute(
            "INSERT INTO runs VALUES (NULL, ?, ?, ?, '{}', NULL, datetime('now'), NULL)",
            (task, RUNNING, database_id),
        )
    return int(row.lastrowid or 0)


def count(store: Store, run_id: int, counts: Mapping[str, int]) -> None:
    """Adds to the run's counts."""
    with store.transaction() as connection:
        rows = connection.execute("SELECT counts FROM runs WHERE id = ?", (run_id,)).fetchall()
        known: dict[str, int] = json.loads(rows[0][0]) if rows else {}
        for what, number in counts.items():
            known[what] = known.get(what, 0) + number
        connection.execute("UPDATE runs SET counts = ? WHERE id = ?", (json.dumps(known), run_id))


def end_run(store: Store, run_id: int, state: str = DONE, told: str | None = None) -> None:
    with store.transaction() as connection:
        connection.execute(
            "UPDATE runs SET state = ?, told = ?, ended_at = datetime('now') WHERE id = ?",
            (state, told, run_id),
        )


def stop_lost_runs(store: Store, task: str) -> list[int]:
    """Runs of the task whose process has died; the caller holds the lock that only one of them
    can hold."""
    lost = [
        run_id
        for (run_id,) in store.rows(
            "SELECT id FROM runs WHERE task = ? AND state = ? ORDER BY id", task, RUNNING
        )
    ]
    for run_id in lost:
        end_run(store, run_id, STOPPED, "It was stopped before it had ended.")
    return lost


def load_runs(store: Store, before: int | None = None, limit: int = 20) -> list[Run]:
    """The newest runs, or those older than the run `before`; by number, as clocks are set back."""
    rows = store.rows(
        """SELECT id, task, state, counts, told, started_at, ended_at,
            (SELECT count(*) FROM suggestions WHERE run_id = runs.id),
            (SELECT count(*) FROM journal WHERE run_id = runs.id AND state = 'done')
        FROM runs WHERE ? IS NULL OR id < ? ORDER BY id DESC LIMIT ?""",
        before,
        before,
        limit,
    )
    return [
        Run(i, task, state, json.loads(counts), told, start, end, suggested, changed)
        for i, task, state, counts, told, start, end, suggested, changed in rows
    ]


def run_exists(store: Store, run_id: int) -> bool:
    return bool(store.rows("SELECT 1 FROM runs WHERE id = ?", run_id))
