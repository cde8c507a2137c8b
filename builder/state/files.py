"""What lay at a location when it was last looked at, by content."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import NamedTuple

from builder.state.connection import State


class File(NamedTuple):
    """`sha256` of the bytes, or the `problem` in their place; `validator` is a server's or the
    file system's word for this version of them; `build` the one that looked."""

    sha256: str | None
    validator: str
    problem: str | None
    build: int


def all_files(state: State) -> dict[str, File]:
    return {
        _plain(location): File(*rest)
        for location, *rest in state.stream(
            "SELECT location, sha256, validator, problem, build FROM files"
        )
    }


def save_files(state: State, found: Iterable[tuple[str, File]]) -> None:
    """Inside a transaction of the caller's."""
    state.run_many(
        "INSERT OR REPLACE INTO files (location, sha256, validator, problem, build) "
        "VALUES (?, ?, ?, ?, ?)",
        ((_text(location), *file) for location, file in found),
    )


def _text(location: str) -> str:
    """A path in an old encoding holds what SQLite's text cannot."""
    try:
        location.encode()
    except UnicodeEncodeError:
        return "\n" + json.dumps(location)
    return location


def _plain(text: str) -> str:
    return str(json.loads(text)) if text.startswith("\n") else text
