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
    to case."""

    state: str | None = OPEN
    kind: str | None = None
    item_id: str | None = None
    performer_id: str | None = None
    source: str | None = None
    run_id: int | None = None
    low: float = 0.0
    high: float = 1.0
    text: str = ""


class Place(NamedTuple):
    """The last row of a page: what it is sorted by (best confidence), and what settles ties."""

    confidence: float
    key: str


class Group(NamedTuple):
    """All suggestions of an item, or of a person: `key` is `kind:id`, or the performer's id."""

    key: str
    title: str
    confidence: float
    size: int


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
    conditions, values = _conditions(wanted)
    column, key = _GROUPED[by]
    having = ""
    if after:
        having = f"HAVING (max(confidence), {key}) < (?, ?)"
        values += [after.confidence, after.key]
    rows = store.rows(
        f"SELECT {key}, '', max(confidence), count(*) FROM {_table(wanted)} "
        f"WHERE {_all(conditions)} GROUP BY {column} {having} "
        f"ORDER BY max(confidence) DESC, {key} DESC LIMIT ?",
        *values,
        count,
    )
    found = [Group(*row) for row in rows]
    return [each._replace(title=_title(store, each, by)) for each in found]


def total(store: Store, wanted: Wanted, by: str | None = None) -> int:
    """How many suggestions, or groups of them, there are."""
    conditions, values = _conditions(wanted)
    what = f"SELECT 1 FROM {_table(wanted)} WHERE {_all(conditions)}"
    if by:
        what += f" GROUP BY {_GROUPED[by][0]}"
    return int(store.rows(f"SELECT count(*) FROM ({what})", *values)[0][0])


def tallies(store: Store) -> dict[str, dict[str, int]]:
    """How many there are, by state and kind."""
    found: dict[str, dict[str, int]] = {}
    for state, kind, number in store.rows(
        "SELECT state, kind, count(*) FROM suggestions GROUP BY state, kind"
    ):
        found.setdefault(state, {})[kind] = number
    return found


# By: the columns of a group, and its key.
_GROUPED = {
    ITEM: ("kind, item_id", "kind || ':' || item_id"),
    PERSON: ("performer_id", "performer_id"),
}
# What the indices for all of a state are for.
_INDEXED = {"state", "kind", "low", "high"}


def _table(wanted: Wanted) -> str:
    """Reading the whole narrow table takes a tenth of the time of an index that fits badly."""
    if wanted.state and wanted.kind and wanted.item_id:
        return "suggestions INDEXED BY suggestions_item"
    if wanted.state and wanted.performer_id:
        return "suggestions INDEXED BY suggestions_person"
    others = any(
        value != Wanted._field_defaults[field]
        for field, value in wanted._asdict().items()
        if field not in _INDEXED
    )
    return "suggestions NOT INDEXED" if others or wanted.state is None else "suggestions"


def _title(store: Store, group: Group, by: str) -> str:
    if by == PERSON:
        sql, values = "SELECT name FROM suggestions WHERE performer_id = ?", (group.key,)
    else:
        sql = "SELECT title FROM suggestions WHERE kind = ? AND item_id = ?"
        values = tuple(group.key.split(":", 1))  # type: ignore[assignment]
    return str(store.rows(f"{sql} ORDER BY id DESC LIMIT 1", *values)[0][0])


def _conditions(wanted: Wanted) -> tuple[list[str], list[object]]:
    conditions, values = [], []
    for column in ("state", "kind", "item_id", "performer_id", "source", "run_id"):
        value = getattr(wanted, column)
        if value is not None:
            conditions.append(f"{column} = ?")
            values.append(value)
    if wanted.low > 0 or wanted.high < 1:
        conditions.append("confidence BETWEEN ? AND ?")
        values += [wanted.low, wanted.high]
    if wanted.text:
        conditions.append("instr(words, ?) > 0")
        values.append(wanted.text.casefold())
    return conditions, values


def _all(conditions: list[str]) -> str:
    return " AND ".join(conditions) or "1"
