"""Who the sources have: performers as read, how far a reading is, and who is no more.

A reading becomes visible at its end only: until then the performers of the last one are live.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from builder.state.connection import State
from builder.values import SourcePerformer


class Reading(NamedTuple):
    """Where a source's reading stands. `cursor`: go on from here, "" at the beginning; `mark`:
    what the last finished reading left for the next, "" before the first."""

    number: int
    cursor: str
    mark: str


def begin_reading(state: State, source: str, ordinal: int) -> Reading:
    """The unfinished reading of `source`, or a new one."""
    with state.transaction():
        state.run(
            "INSERT INTO sources (name, ordinal) VALUES (?, ?) "
            "ON CONFLICT (name) DO UPDATE SET ordinal = excluded.ordinal", source, ordinal,
        )  # fmt: skip
        state.run(
            "UPDATE sources SET running = 1, reading = reading + 1, cursor = NULL "
            "WHERE name = ? AND NOT running", source,
        )  # fmt: skip
    number, cursor, mark = state.row(
        "SELECT reading, cursor, mark FROM sources WHERE name = ?", source
    )
    return Reading(number, cursor or "", mark or "")


def save_page(
    state: State,
    source: str,
    reading: int,
    found: Iterable[SourcePerformer],
    gone: Iterable[str],
    cursor: str,
) -> None:
    """One page of a reading: who is in it, who is told to be no more, and where to go on."""
    with state.transaction():
        state.run_many(
            "INSERT INTO performers (source, id, place, record, seen) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (source, id) DO UPDATE SET record = excluded.record, "
            "place = excluded.place, seen = excluded.seen, gone = 0",
            ((source, each.id, each.place, each.to_json(), reading) for each in found),
        )
        state.run_many(
            "UPDATE performers SET gone = ? WHERE source = ? AND id = ?",
            ((reading, source, ident) for ident in gone),
        )
        state.run("UPDATE sources SET cursor = ? WHERE name = ?", cursor, source)


def would_go(state: State, source: str, reading: int, whole: bool) -> tuple[int, int]:
    """(how many the end of this reading would remove, how many live before it); a `whole`
    reading removes everybody whom it has not met."""
    went = "gone = ?2 OR (?3 AND seen < ?2)"
    removed, live = state.row(
        f"SELECT COALESCE(SUM({went}), 0), COUNT(*) FROM performers WHERE source = ?1 AND live",
        source, reading, whole,
    )  # fmt: skip
    return int(removed), int(live)


def end_reading(state: State, source: str, reading: int, whole: bool, mark: str) -> None:
    """What was read is what there is."""
    with state.transaction():
        state.run(
            "UPDATE performers SET live = CASE WHEN gone = ?2 THEN 0 WHEN seen = ?2 THEN 1 "
            "WHEN ?3 THEN 0 ELSE live END WHERE source = ?1", source, reading, whole,
        )  # fmt: skip
        state.run(
            "UPDATE sources SET running = 0, cursor = NULL, mark = ? WHERE name = ?", mark, source
        )


def restart_reading(state: State, source: str) -> None:
    """The next reading begins at the beginning, behind the last that was finished."""
    state.run("UPDATE sources SET running = 0, cursor = NULL WHERE name = ?", source)


def forget_other_sources(state: State, names: Iterable[str]) -> None:
    """Sources that are not asked for any more have nobody; their pictures' faces stay known."""
    wanted = list(names)
    with state.transaction():
        others = [name for (name,) in state.rows("SELECT name FROM sources") if name not in wanted]
        for name in others:
            state.run("UPDATE performers SET live = 0 WHERE source = ?", name)
            state.run("UPDATE sources SET running = 0, cursor = NULL, mark = NULL WHERE name = ?",
                      name)  # fmt: skip


def known_ids(state: State, source: str, reading: int) -> set[str]:
    """Everyone who is live, or was met by this reading."""
    rows = state.rows(
        "SELECT id FROM performers WHERE source = ? AND (live OR seen = ?) AND gone < ?",
        source, reading, reading,
    )  # fmt: skip
    return {ident for (ident,) in rows}


def unseen_ids(state: State, source: str, reading: int) -> set[str]:
    """Everyone who is live and was not met by this reading yet."""
    rows = state.rows(
        "SELECT id FROM performers WHERE source = ? AND live AND seen < ? AND gone < ?",
        source, reading, reading,
    )  # fmt: skip
    return {ident for (ident,) in rows}


def performers(state: State) -> Iterator[tuple[str, SourcePerformer]]:
    """(source, performer) of everyone live, always in the same order."""
    for source, record in state.stream(
        "SELECT p.source, p.record FROM performers p JOIN sources s ON s.name = p.source "
        "WHERE p.live ORDER BY s.ordinal, p.source, p.place, p.id"
    ):
        yield source, SourcePerformer.from_json(record)


def counts(state: State) -> dict[str, int]:
    """How many performers are live, by source."""
    return dict(
        state.rows(
            "SELECT s.name, COUNT(p.id) FROM sources s LEFT JOIN performers p "
            "ON p.source = s.name AND p.live GROUP BY s.name ORDER BY s.ordinal"
        )
    )
