"""Pages of suggestions, sought among a hundred thousand: filters, counts, and groups by item or
by person. Where a page begins is told by the last row before it, not by counting rows."""

from __future__ import annotations

import time
from typing import NamedTuple

from .connection import Store
from .suggestions import OPEN, Suggestion, load_suggestions

ITEM, PERSON = "item", "person"


class Wanted(NamedTuple):
    """What to look for; None is no limit. `text` is sought in names and titles, without regard
    to case; `id` is one suggestion."""

    state: str | None = OPEN
    kind: str | None = None
    item_id: str | None = None
    performer_id: str | None = None
    source: str | None = None
    run_id: int | None = None
    low: float = 0.0
    high: float = 1.0
    text: str = ""
    id: int | None = None


class Place(NamedTuple):
    """The last row of a page: what it is sorted by (best confidence), and what settles ties."""

    confidence: float
    key: str


class Group(NamedTuple):
    """All suggestions of an item, or of a person: `key` is `kind:id`, or the performer's id;
    `place` leads to the groups after it."""

    key: str
    title: str
    confidence: float
    size: int
    place: Place


def wake(store: Store) -> None:
    """Opens again what was put off until now."""
    with store.transaction() as connection:
        connection.execute(
            "UPDATE suggestions SET state = ?, awake_at = NULL "
            "WHERE awake_at IS NOT NULL AND awake_at <= ?",
            (OPEN, int(time.time())),
        )


def page(store: Store, wanted: Wanted, count: int, after: Place | None = None) -> list[Suggestion]:
    """The surest first."""
    conditions, values = _conditions(wanted)
    if after:
        conditions.append("(confidence, id) < (?, ?)")
        values += [after.confidence, int(after.key)]
    rows = store.rows(
        f"SELECT id FROM {_table(wanted)} WHERE {_all(conditions)} "
        "ORDER BY confidence DESC, id DESC LIMIT ?",
        *values,
        count,
    )
    return load_suggestions(store, [number for (number,) in rows])


def groups(
    store: Store, wanted: Wanted, by: str, count: int, after: Place | None = None
) -> list[Group]:
    """The groups with the surest suggestions first."""
    found = (_items if by == ITEM else _people)(store, wanted, count, after)
    return [each._replace(title=_title(store, each, by)) for each in found]


def _people(store: Store, wanted: Wanted, count: int, after: Place | None) -> list[Group]:
    conditions, values = _conditions(wanted)
    having = ""
    if after:
        having = "HAVING (max(confidence), performer_id) < (?, ?)"
        values += [after.confidence, after.key]
    rows = store.rows(
        f"SELECT performer_id, max(confidence), count(*) FROM {_table(wanted)} "
        f"WHERE {_all(conditions)} GROUP BY performer_id {having} "
        "ORDER BY max(confidence) DESC, performer_id DESC LIMIT ?",
        *values,
        count,
    )
    return [
        Group(key, "", confidence, size, Place(confidence, key)) for key, confidence, size in rows
    ]


def _items(store: Store, wanted: Wanted, count: int, after: Place | None) -> list[Group]:
    """By the surest suggestion of each item, in the order of the index: an item has few, so that
    hardly more rows are read than a page has, however many there are."""
    conditions, values = _conditions(wanted, "s.")
    own, theirs = _conditions(wanted, "other.")
    of_item = f"other.kind = s.kind AND other.item_id = s.item_id AND {_all(own)}"
    others = "suggestions other" + (" INDEXED BY suggestions_item" if wanted.state else "")
    placed = [*values]
    if after:
        conditions.append("(s.confidence, s.id) < (?, ?)")
        placed += [after.confidence, int(after.key)]
    rows = store.rows(
        "SELECT s.kind || ':' || s.item_id, s.confidence, s.id, "
        f"(SELECT count(*) FROM {others} WHERE {of_item}) "
        f"FROM {_table(wanted, 's')} WHERE {_all(conditions)} AND NOT EXISTS ("
        f"SELECT 1 FROM {others} WHERE {of_item} "
        "AND (other.confidence, other.id) > (s.confidence, s.id)) "
        "ORDER BY s.confidence DESC, s.id DESC LIMIT ?",
        *theirs,
        *placed,
        *theirs,
        count,
    )
    return [
        Group(key, "", confidence, size, Place(confidence, str(number)))
        for key, confidence, number, size in rows
    ]


def total(store: Store, wanted: Wanted, by: str | None = None) -> int:
    """How many suggestions, or groups of them, there are."""
    conditions, values = _conditions(wanted)
    what = f"SELECT 1 FROM {_table(wanted)} WHERE {_all(conditions)}"
    if by:
        what += " GROUP BY " + ("kind, item_id" if by == ITEM else "performer_id")
    return int(store.rows(f"SELECT count(*) FROM ({what})", *values)[0][0])


def tallies(store: Store) -> dict[str, dict[str, int]]:
    """How many there are, by state and kind."""
    found: dict[str, dict[str, int]] = {}
    for state, kind, number in store.rows(
        "SELECT state, kind, count(*) FROM suggestions GROUP BY state, kind"
    ):
        found.setdefault(state, {})[kind] = number
    return found


# What the indices for all of a state are for.
_INDEXED = {"state", "kind", "low", "high"}


def _table(wanted: Wanted, name: str = "") -> str:
    """Reading the whole narrow table takes a tenth of the time of an index that fits badly."""
    table = f"suggestions {name}"
    if wanted.id is not None:
        return table
    if wanted.state and wanted.kind and wanted.item_id:
        return f"{table} INDEXED BY suggestions_item"
    if wanted.state and wanted.performer_id:
        return f"{table} INDEXED BY suggestions_person"
    others = any(
        value != Wanted._field_defaults[field]
        for field, value in wanted._asdict().items()
        if field not in _INDEXED
    )
    return f"{table} NOT INDEXED" if others or wanted.state is None else table


def _title(store: Store, group: Group, by: str) -> str:
    if by == PERSON:
        sql, values = "SELECT name FROM suggestions WHERE performer_id = ?", (group.key,)
    else:
        sql = "SELECT title FROM suggestions WHERE kind = ? AND item_id = ?"
        values = tuple(group.key.split(":", 1))  # type: ignore[assignment]
    return str(store.rows(f"{sql} ORDER BY id DESC LIMIT 1", *values)[0][0])


def _conditions(wanted: Wanted, table: str = "") -> tuple[list[str], list[object]]:
    conditions, values = [], []
    for column in ("id", "state", "kind", "item_id", "performer_id", "source", "run_id"):
        value = getattr(wanted, column)
        if value is not None:
            conditions.append(f"{table}{column} = ?")
            values.append(value)
    if wanted.low > 0 or wanted.high < 1:
        conditions.append(f"{table}confidence BETWEEN ? AND ?")
        values += [wanted.low, wanted.high]
    if wanted.text:
        conditions.append(f"instr({table}words, ?) > 0")
        values.append(wanted.text.casefold())
    return conditions, values


def _all(conditions: list[str]) -> str:
    return " AND ".join(conditions) or "1"
