"""Suggestions: who was found in an item, or for a performer, and what the user made of it.

One row for each (kind, item, performer); what the user decided is never overwritten.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from .connection import Store
from .references import REJECT, Who

KINDS = ("image", "gallery", "scene", "performer")
OPEN, ACCEPTED, REJECTED, LATER = "open", "accepted", "rejected", "later"
STATES = (OPEN, ACCEPTED, REJECTED, LATER)
# What a suggestion rests on. Each withdraws only its own.
FACES, UNKNOWN_PEOPLE, PICTURE, STASH_IDS = "faces", "unknown_people", "picture", "stash_ids"
# The user chose this person where nothing was proposed.
USER = "user"


class Item(NamedTuple):
    """What is proposed for: kind, Stash's id, and what the user knows it by."""

    kind: str
    id: str
    title: str = ""


class Proposal(NamedTuple):
    """Somebody for an item: `decision` match or uncertain with its `reason`, `sure` where at
    most 1 stranger in 1,000 comes as close. `evidence` is plain JSON; its `faces` are
    {image_id, face} or {face_id, at} with `bbox`."""

    who: Who
    decision: str
    confidence: float
    distance: float
    reason: str
    evidence: Mapping[str, Any]
    margin: float | None = None
    sure: bool = False


class Proposed(NamedTuple):
    """How many rows came, changed their answer, and went."""

    new: int = 0
    changed: int = 0
    withdrawn: int = 0


class Suggestion(NamedTuple):
    """`run_id` is the run that gave this answer first; times are UTC."""

    id: int
    item: Item
    proposal: Proposal
    source: str
    state: str
    run_id: int | None
    created_at: str
    updated_at: str


def propose(
    store: Store,
    run_id: int | None,
    item: Item,
    proposals: Sequence[Proposal],
    source: str = FACES,
) -> Proposed:
    """Makes these the item's open suggestions of this source: new ones come, those that do not
    hold any more go, a row whose answer is the same keeps its run and its time. Whoever was
    rejected for the item, or accepted, is left as the user decided."""
    new = changed = 0
    with store.transaction() as connection:
        nobody = rejected(connection, item)
        known = _known(connection, item)
        kept: set[int] = set()
        for proposal in proposals:
            if nobody & set(proposal.who.names):
                continue
            row = _meant(known, proposal.who)
            if row is None:
                known.append(_insert(connection, run_id, item, proposal, source))
                kept.add(known[-1].id)
                new += 1
                continue
            if row.id in kept:
                continue  # two proposals of one person: the first is the surer one
            kept.add(row.id)
            if row.state in (OPEN, LATER):
                changed += _update(connection, run_id, row, item, proposal, source)
        gone = [
            (row.id,)
            for row in known
            if row.id not in kept and row.source == source and row.state in (OPEN, LATER)
        ]
        connection.executemany("DELETE FROM suggestions WHERE id = ?", gone)
    return Proposed(new, changed, len(gone))


def add_decided(store: Store, item: Item, proposal: Proposal) -> int:
    """The suggestion of this person for the item, made if there is none: for what the user
    chose by themselves."""
    with store.transaction() as connection:
        row = _meant(_known(connection, item), proposal.who)
        return (row or _insert(connection, None, item, proposal, USER)).id


def set_state(store: Store, suggestion_id: int, state: str, awake_at: int | None = None) -> None:
    """`awake_at` in seconds since 1970, for LATER."""
    with store.transaction() as connection:
        connection.execute(
            "UPDATE suggestions SET state = ?, awake_at = ?, updated_at = datetime('now') "
            "WHERE id = ?", (state, awake_at, suggestion_id),
        )  # fmt: skip


def reopen(store: Store, suggestion_id: int) -> None:
    """What was done is taken back; whom only the user had proposed is proposed no more."""
    with store.transaction() as connection:
        chosen = (suggestion_id, USER)
        connection.execute("DELETE FROM suggestions WHERE id = ? AND source = ?", chosen)
    set_state(store, suggestion_id, OPEN)


def set_local_performer(store: Store, who: Who, local_performer_id: str) -> None:
    """The performer is in Stash under this number, for all suggestions of them."""
    with store.transaction() as connection:
        connection.execute(
            "UPDATE suggestions SET local_performer_id = ? WHERE performer_id = ?",
            (local_performer_id, who.performer_id),
        )


def forget_local_performer(store: Store, local_performer_id: str) -> None:
    """The performer is not in Stash any more."""
    with store.transaction() as connection:
        connection.execute(
            "UPDATE suggestions SET local_performer_id = NULL WHERE local_performer_id = ?",
            (local_performer_id,),
        )


def forget_item(store: Store, kind: str, item_id: str) -> None:
    """The item is gone from Stash: nothing is proposed for it any more. What was decided stays,
    as the journal speaks of it."""
    with store.transaction() as connection:
        connection.execute(
            "DELETE FROM suggestions WHERE kind = ? AND item_id = ? AND state IN (?, ?)",
            (kind, item_id, OPEN, LATER),
        )


def load_suggestions(store: Store, ids: Iterable[int]) -> list[Suggestion]:
    """In the order of the ids; those that are gone are left out."""
    found: dict[int, Suggestion] = {}
    wanted = list(ids)
    for start in range(0, len(wanted), 500):
        chunk = wanted[start : start + 500]
        marks = ",".join("?" * len(chunk))
        rows = store.rows(
            f"SELECT {_COLUMNS} FROM suggestions JOIN suggestion_evidence ON suggestion_id = id "
            f"WHERE id IN ({marks})",
            *chunk,
        )
        found.update((row[0], _suggestion(row)) for row in rows)
    return [found[each] for each in wanted if each in found]


def find_suggestion(store: Store, item: Item, names: Iterable[str]) -> int | None:
    """The row about this item and a performer with one of these ids."""
    wanted = set(names)
    with store.snapshot():
        rows = _known(store.connection, item)
    return next((row.id for row in rows if row.names & wanted), None)


class _Known(NamedTuple):
    id: int
    performer_id: str
    state: str
    source: str
    answer: tuple[str, bool]
    names: set[str]


_COLUMNS = (
    "id, kind, item_id, title, performer_id, name, stash_ids, local_performer_id, decision, "
    "confidence, distance, reason, evidence, margin, sure, source, state, run_id, created_at, "
    "updated_at"
)


def _suggestion(row: tuple[Any, ...]) -> Suggestion:
    number, kind, item_id, title, performer_id, name, stash_ids, local_id = row[:8]
    decision, confidence, distance, reason, evidence, margin, sure = row[8:15]
    who = Who(performer_id, name, json.loads(stash_ids), local_id)
    proposal = Proposal(
        who, decision, confidence, distance, reason, json.loads(evidence), margin, bool(sure)
    )
    return Suggestion(number, Item(kind, item_id, title), proposal, *row[15:])


def _known(connection: sqlite3.Connection, item: Item) -> list[_Known]:
    rows = connection.execute(
        "SELECT id, performer_id, state, source, decision, sure, local_performer_id, stash_ids "
        "FROM suggestions JOIN suggestion_evidence ON suggestion_id = id "
        "WHERE kind = ? AND item_id = ? ORDER BY id",
        (item.kind, item.id),
    ).fetchall()
    return [
        _Known(
            number, performer_id, state, source, (decision, bool(sure)),
            set(Who(performer_id, "", json.loads(stash_ids), local_id).names),
        )
        for number, performer_id, state, source, decision, sure, local_id, stash_ids in rows
    ]  # fmt: skip


def _meant(known: Iterable[_Known], who: Who) -> _Known | None:
    """The row of this performer, best under the very same id."""
    theirs = [row for row in known if row.names & set(who.names)]
    return min(theirs, key=lambda row: row.performer_id != who.performer_id, default=None)


def rejected(connection: sqlite3.Connection, item: Item) -> set[str]:
    """Every id of those whom nobody proposes for all of this item again."""
    rows = connection.execute(
        "SELECT names FROM decisions "
        "WHERE kind = ? AND item_id = ? AND decision = ? AND face IS NULL",
        (item.kind, item.id, REJECT),
    )
    return {name for (names,) in rows for name in json.loads(names)}


def _insert(
    connection: sqlite3.Connection, run_id: int | None, item: Item, proposal: Proposal, source: str
) -> _Known:
    row = connection.execute(
        "INSERT INTO suggestions (kind, item_id, title, performer_id, name, local_performer_id, "
        "words, decision, confidence, distance, margin, sure, source, state, run_id, created_at, "
        "updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, datetime('now'), "
        "datetime('now'))",
        (item.kind, item.id, *_values(item, proposal), source, OPEN, run_id),
    )
    number = int(row.lastrowid or 0)
    connection.execute(
        "INSERT INTO suggestion_evidence VALUES (?, ?, ?, ?)", (number, *_why(proposal))
    )
    answer, names = (proposal.decision, proposal.sure), set(proposal.who.names)
    return _Known(number, proposal.who.performer_id, OPEN, source, answer, names)


def _update(
    connection: sqlite3.Connection,
    run_id: int | None,
    row: _Known,
    item: Item,
    proposal: Proposal,
    source: str,
) -> bool:
    """Brings numbers and evidence up to date; tells whether the answer is another one."""
    connection.execute(
        "UPDATE suggestions SET title = ?, performer_id = ?, name = ?, local_performer_id = ?, "
        "words = ?, decision = ?, confidence = ?, distance = ?, margin = ?, sure = ?, source = ? "
        "WHERE id = ?",
        (*_values(item, proposal), source, row.id),
    )
    connection.execute(
        "UPDATE suggestion_evidence SET reason = ?, stash_ids = ?, evidence = ? "
        "WHERE suggestion_id = ?",
        (*_why(proposal), row.id),
    )
    if row.answer == (proposal.decision, proposal.sure):
        return False
    connection.execute(
        "UPDATE suggestions SET run_id = ?, updated_at = datetime('now') WHERE id = ?",
        (run_id, row.id),
    )
    return True


def _values(item: Item, proposal: Proposal) -> tuple[object, ...]:
    who = proposal.who
    return (
        item.title, who.performer_id, who.name, who.local_performer_id,
        f"{who.name}\n{item.title}".casefold(), proposal.decision, proposal.confidence,
        proposal.distance, proposal.margin, proposal.sure,
    )  # fmt: skip


def _why(proposal: Proposal) -> tuple[str, str, str]:
    told = json.dumps(proposal.evidence, ensure_ascii=False, sort_keys=True)
    return proposal.reason, json.dumps(proposal.who.stash_ids), told
