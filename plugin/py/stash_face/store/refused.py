"""Whom only the user's least confidence keeps from being proposed for an item: what a lower one
would bring."""

from __future__ import annotations

import json
from collections.abc import Sequence

from .connection import Store
from .references import Who
from .suggestions import Item, Proposal, rejected


def note_refused(store: Store, item: Item, proposals: Sequence[Proposal]) -> None:
    """Replaces what was noted of the item; whom the user rejected for it is left out."""
    place = (item.kind, item.id)
    known = store.rows("SELECT 1 FROM refused WHERE kind = ? AND item_id = ? LIMIT 1", *place)
    if not known and not proposals:
        return  # nearly always, and a commit costs more than all of the rest
    with store.transaction() as connection:
        nobody = rejected(connection, item)
        connection.execute("DELETE FROM refused WHERE kind = ? AND item_id = ?", place)
        connection.executemany(
            "INSERT OR REPLACE INTO refused VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [_row(item, each) for each in proposals if not nobody & set(each.who.names)],
        )


def refused_counts(store: Store) -> list[tuple[float, int]]:
    """(confidence, how many)."""
    return store.rows("SELECT confidence, count(*) FROM refused GROUP BY confidence")


def refused_next_to(
    store: Store, bar: float, count: int
) -> tuple[list[tuple[Item, Proposal]], list[tuple[Item, Proposal]]]:
    """Those that would reach the bar, and those that would miss it; the closest to it first."""
    reached, missed = (
        store.rows(
            f"SELECT * FROM refused WHERE confidence {side} ? ORDER BY confidence {order} LIMIT ?",
            bar,
            count,
        )
        for side, order in ((">=", "ASC"), ("<", "DESC"))
    )
    return [_read(*row) for row in reached], [_read(*row) for row in missed]


def _row(item: Item, proposal: Proposal) -> tuple[object, ...]:
    who = proposal.who
    return (
        item.kind, item.id, who.performer_id, item.title, who.name, json.dumps(who.stash_ids),
        who.local_performer_id, proposal.decision, proposal.confidence, proposal.distance,
        proposal.margin, proposal.sure, proposal.reason, json.dumps(proposal.evidence),
    )  # fmt: skip


def _read(
    kind: str, item_id: str, performer_id: str, title: str, name: str, stash_ids: str,
    local_id: str | None, decision: str, confidence: float, distance: float, margin: float | None,
    sure: int, reason: str, evidence: str,
) -> tuple[Item, Proposal]:  # fmt: skip
    who = Who(performer_id, name, json.loads(stash_ids), local_id)
    return Item(kind, item_id, title), Proposal(
        who, decision, confidence, distance, reason, json.loads(evidence), margin, bool(sure)
    )
