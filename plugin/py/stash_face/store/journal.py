"""The journal: every change in Stash, written before it is made, with what was before it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from .connection import Store
from .suggestions import ACCEPTED

ADD_PERFORMER, ADD_STASH_ID = "add_performer", "add_stash_id"
CREATE_PERFORMER = "create_performer"
BEGUN, DONE, FAILED, UNDONE = "begun", "done", "failed", "undone"


class Intent(NamedTuple):
    """A change that is about to be made: of the items of one kind, for a performer in Stash
    (None: not created yet). `before` is JSON {item id: what it had}."""

    change: str
    kind: str
    item_ids: tuple[str, ...]
    performer_id: str | None
    name: str
    before: Mapping[str, Any]


class Entry(NamedTuple):
    """`told` is why it was not made, or not undone; `begun_at` is UTC."""

    id: int
    run_id: int
    suggestion_id: int | None
    intent: Intent
    state: str
    told: str | None
    begun_at: str


def begin_changes(
    store: Store,
    run_id: int,
    suggestion_id: int | None,
    confidence: float | None,
    intents: Iterable[Intent],
    accept: bool = False,
) -> list[int]:
    """Notes what is about to be changed; with `accept` the suggestion counts as accepted from
    that very instant, so that a kill leaves either nothing or something to finish."""
    numbers = []
    with store.transaction() as connection:
        for intent in intents:
            row = connection.execute(
                "INSERT INTO journal VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, "
                "datetime('now'), NULL)",
                (run_id, suggestion_id, confidence, intent.change, intent.kind,
                 json.dumps(intent.item_ids), intent.performer_id, intent.name,
                 json.dumps(intent.before), BEGUN),
            )  # fmt: skip
            numbers.append(int(row.lastrowid or 0))
        if accept:
            connection.execute(
                "UPDATE suggestions SET state = ?, awake_at = NULL, updated_at = datetime('now') "
                "WHERE id = ?",
                (ACCEPTED, suggestion_id),
            )
    return numbers


def end_change(
    store: Store,
    entry_id: int,
    state: str,
    told: str | None = None,
    performer_id: str | None = None,
    before: Mapping[str, Any] | None = None,
) -> None:
    """`performer_id` and `before` where they came to be known only by the change."""
    with store.transaction() as connection:
        connection.execute(
            "UPDATE journal SET state = ?, told = ?, performer_id = coalesce(?, performer_id), "
            "before = coalesce(?, before), ended_at = datetime('now') WHERE id = ?",
            (state, told, performer_id, None if before is None else json.dumps(before), entry_id),
        )


def begun_changes(store: Store) -> list[Entry]:
    """Those whose process died, oldest first: the caller holds the lock on changes."""
    return _entries(store, "state = 'begun' ORDER BY id")


def changes_of_run(store: Store, run_id: int) -> list[Entry]:
    """The last one first, as they are undone."""
    return _entries(store, "run_id = ? ORDER BY id DESC", run_id)


def changes_of_suggestion(store: Store, suggestion_id: int) -> list[Entry]:
    """The last one first."""
    return _entries(store, "suggestion_id = ? ORDER BY id DESC", suggestion_id)


def _entries(store: Store, where: str, *values: object) -> list[Entry]:
    rows = store.rows(
        "SELECT id, run_id, suggestion_id, change, kind, item_ids, performer_id, name, before, "
        f"state, told, begun_at FROM journal WHERE {where}",
        *values,
    )
    found = []
    for row in rows:
        number, run_id, suggestion_id, change, kind, item_ids = row[:6]
        performer_id, name, before, state, told, begun_at = row[6:]
        ids = tuple(json.loads(item_ids))
        intent = Intent(change, kind, ids, performer_id, name, json.loads(before))
        found.append(Entry(number, run_id, suggestion_id, intent, state, told, begun_at))
    return found
