"""Builds of one output, and which face lies at which position of its index."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone
from typing import NamedTuple

from builder.state.connection import State
from builder.state.contributions import is_contributed

# With more than this share given up, positions are counted anew.
MOST_NULLS = 0.1


class Build(NamedTuple):
    """`version` and `created_at` (UTC, ISO 8601) are the face database's, and stay those of the
    first try: a build that was stopped ends as it would have."""

    number: int
    version: str
    created_at: str
    resumed: bool


class Reference(NamedTuple):
    """A person's face: its picture's sha256, and its number there."""

    key: str
    picture: str
    number: int


def begin_build(state: State, settings: str) -> Build:
    """The unfinished build with these settings, or a new one."""
    row = state.row("SELECT number, version, created_at, settings, finished FROM builds "
                    "ORDER BY number DESC LIMIT 1")  # fmt: skip
    if row and not row[4] and row[3] == settings:
        return Build(row[0], row[1], row[2], resumed=True)
    number = row[0] + 1 if row else 1
    now = datetime.now(timezone.utc)
    if row and now.isoformat(timespec="seconds") <= row[2]:
        # The clock went back: what is newer must still say so.
        now = max(now, datetime.fromisoformat(row[2]))
    version = _free(state, now.strftime("%Y.%m.%d"))
    created_at = now.isoformat(timespec="seconds")
    with state.transaction():
        # One that was stopped and is not gone on with leaves no number behind.
        state.run("DELETE FROM builds WHERE NOT finished")
        state.run(
            "INSERT INTO builds (number, version, created_at, settings) VALUES (?, ?, ?, ?)",
            number, version, created_at, settings,
        )  # fmt: skip
    return Build(number, version, created_at, resumed=False)


def unfinished(state: State) -> bool:
    return bool(state.row("SELECT 1 FROM builds WHERE NOT finished"))


def drop_build(state: State, build: Build) -> None:
    """For one that had nothing to write."""
    state.run("DELETE FROM builds WHERE number = ?", build.number)


def save_content(state: State, build: Build, content: str) -> None:
    """`content`, a digest of all that goes into the face database, before it is written."""
    state.run("UPDATE builds SET content = ? WHERE number = ?", content, build.number)


def was_written(state: State, build: Build, content: str, version: str | None) -> bool:
    """Whether this build, before it was stopped, has put the database with `content` where one
    of `version` is now."""
    (saved,) = state.row("SELECT content FROM builds WHERE number = ?", build.number)
    return bool(saved == content and version == build.version)


def end_build(state: State, build: Build, content: str) -> None:
    with state.transaction():
        state.run(
            "UPDATE builds SET finished = 1, content = ? WHERE number = ?", content, build.number
        )
        written = f"{build.version} {_generation(state)}"
        state.run("INSERT OR REPLACE INTO meta VALUES ('written', ?)", written)


def can_grow(state: State, version: str | None) -> bool:
    """Whether the positions of the last database, if `version` is it, are still as they were."""
    row = state.row("SELECT value FROM meta WHERE key = 'written'")
    return bool(row and row[0] == f"{version} {_generation(state)}")


def _generation(state: State) -> int:
    """How often positions were counted anew."""
    row = state.row("SELECT value FROM meta WHERE key = 'generation'")
    return int(row[0]) if row else 0


def last_content(state: State) -> tuple[str, str]:
    """(version, digest) of the last finished build; empty before the first."""
    row = state.row(
        "SELECT version, content FROM builds WHERE finished ORDER BY number DESC LIMIT 1"
    )
    return (row[0], row[1] or "") if row else ("", "")


def place(state: State, models: str, wanted: Sequence[Reference]) -> list[Reference | None]:
    """The references by index position. One that has a position keeps it, a new one is put at
    the end, None is where one was given up; counted anew where too many were, or where other
    models have made them."""
    had = state.rows("SELECT key, picture, number FROM positions ORDER BY position")
    if state.row("SELECT value FROM meta WHERE key = 'positions'") != (models,):
        had = []
    left = set(wanted)
    placed: list[Reference | None] = []
    for key, picture, number in had:
        reference = None if key is None else Reference(key, picture, number)
        placed.append(reference if reference in left else None)
        left.discard(reference) if reference else None
    # What others gave lies behind, so that all is as before once it is taken out again.
    while placed and placed[-1] is None and is_contributed(had[len(placed) - 1][1]):
        placed.pop()
    cut = len(placed) < len(had)
    placed += [reference for reference in wanted if reference in left]
    anew = not had or placed.count(None) > MOST_NULLS * len(placed)
    if anew:
        placed = list(wanted)
    with state.transaction():
        if anew or cut:
            generation = str(_generation(state) + 1)
            state.run("INSERT OR REPLACE INTO meta VALUES ('generation', ?)", generation)
        state.run("DELETE FROM positions")
        state.run_many(
            "INSERT INTO positions VALUES (?, ?, ?, ?)",
            ((n, *(r if r else (None, "", 0))) for n, r in enumerate(placed)),
        )
        state.run("INSERT OR REPLACE INTO meta VALUES ('positions', ?)", models)
    return placed


def _free(state: State, day: str) -> str:
    taken = {version for (version,) in state.rows("SELECT version FROM builds WHERE finished")}
    numbers = (f"{day}.{number}" for number in range(2, len(taken) + 3))
    return next(version for version in (day, *numbers) if version not in taken)
