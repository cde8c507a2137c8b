"""What a source is to the builder. Adding one means writing this and a line in `kinds`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, Protocol

from builder.values import SourcePerformer


class Known(NamedTuple):
    """What the builder has of a source. `cursor`: the last page of an unfinished reading, "" at
    its beginning; `mark`: what the last finished reading ended with, "" before the first; `ids`
    gives everyone who is known now, `unseen` those of them whom this reading has not met."""

    cursor: str = ""
    mark: str = ""
    ids: Callable[[], set[str]] = set
    unseen: Callable[[], set[str]] = set


class Page(NamedTuple):
    """Some performers, and where to go on after a stop. `gone`: ids that are no more; `total`:
    how many there will be, where the source knows. The last page of a reading has an `end`."""

    performers: Sequence[SourcePerformer]
    cursor: str = ""
    gone: Sequence[str] = ()
    total: int | None = None
    end: End | None = None


class End(NamedTuple):
    """`whole`: whoever was on no page is no more. `mark`: for the next reading."""

    whole: bool
    mark: str = ""


class Source(Protocol):
    """`name` is in the manifest and in reports; it holds no secret, no folder of this machine."""

    @property
    def name(self) -> str: ...

    def read(self, known: Known) -> Iterator[Page]:
        """Pages in any order; a performer on several of them counts as told last. Raises a
        StashFaceError where it cannot be read."""
        ...
