"""What a face database answers: people, and how close they are to a probe."""

from __future__ import annotations

from typing import NamedTuple


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
