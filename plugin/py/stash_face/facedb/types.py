"""What a face database answers: people, and how close they are to a probe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from ..faces.types import Vector


class Person(NamedTuple):
    """One performer. `key` is the database's own; `performer_id` the universal id
    ("stashdb.org:<uuid>") or, for people of no stash-box, the key."""

    key: str
    performer_id: str
    name: str
    stash_ids: dict[str, str | None]
    country: str | None = None
    image_url: str | None = None


class Candidate(NamedTuple):
    """A person beside a probe: exact cosine similarity fused over the embedders and for each
    embedder; distance is 1 - similarity."""

    key: str
    similarity: float
    similarities: dict[str, float]

    @property
    def distance(self) -> float:
        return 1.0 - self.similarity


class Search(Protocol):
    """What can be asked who is near: a face database, alone or with local references."""

    def search(
        self, probes: Sequence[Mapping[str, Vector]], count: int = ...
    ) -> list[list[Candidate]]: ...

    def compare(self, probes: Sequence[Mapping[str, Vector]], key: str) -> list[Candidate]: ...
