"""What is decided about: probes, and what comes out: verdicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..facedb.law import Law
from ..facedb.types import Candidate
from ..faces.types import Vector

MATCH, UNCERTAIN, UNKNOWN = "match", "uncertain", "unknown"


class Probe(NamedTuple):
    """A face to be named: the picture it was seen in, unit vectors (D,) per embedder, quality
    0..1, and its weight among the faces of one person (any positive scale). It is nobody of
    `rejected` (keys); `flaws` are words for what is bad about the picture ("small")."""

    picture: str
    vectors: dict[str, Vector]
    quality: float
    weight: float
    rejected: frozenset[str] = frozenset()
    flaws: tuple[str, ...] = ()

    def allowed(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        return [each for each in candidates if each.key not in self.rejected]


class Limits(NamedTuple):
    """What the caller adds to the database's own bars; they can only make them stricter.
    `max_distance` None leaves distance to the law."""

    max_distance: float | None = None
    min_confidence: float = 0.0


class Reason(str):
    """A sentence for people, with its `code` and the `values` in it for pages that say the same
    in another language. Values are plain JSON; what does not apply is left out."""

    code: str
    values: dict[str, Any]

    def __new__(cls, sentence: str, code: str = "", **values: Any) -> Reason:
        self = super().__new__(cls, sentence)
        self.code = code
        self.values = {key: value for key, value in values.items() if value not in (None, [])}
        return self

    def after(self, sentence: str, **values: Any) -> Reason:
        """The same with another sentence in front."""
        return Reason(f"{sentence} {self}", self.code, **self.values, **values)

    @property
    def entry(self) -> dict[str, Any]:
        """Its part of an answer."""
        return {"reason": str(self), "reason_code": self.code, "reason_values": self.values}


def code_of(entry: Mapping[str, Any]) -> dict[str, Any]:
    """What a suggestion keeps of an answer's reason beside its sentence; answers of earlier
    versions have none."""
    return {key: entry[key] for key in ("reason_code", "reason_values") if key in entry}


class Verdict(NamedTuple):
    """MATCH, UNCERTAIN or UNKNOWN with the reason as a sentence; `candidates` closest first,
    the named person in front; `law` is the one for faces of this quality; `margin` is how far
    the next person is behind."""

    answer: str
    reason: Reason
    candidates: list[Candidate]
    law: Law

    @property
    def margin(self) -> float | None:
        if len(self.candidates) < 2:
            return None
        return self.candidates[0].similarity - self.candidates[1].similarity


class Sighting(NamedTuple):
    """One face of a gallery's person: its picture, its place in the list of probes, and its
    own distance to the person (None for unknown people)."""

    picture: str
    probe: int
    distance: float | None


class GroupVerdict(NamedTuple):
    """A person of a gallery: the verdict on all their faces together, and where they are seen."""

    verdict: Verdict
    sightings: list[Sighting]

    @property
    def pictures(self) -> list[str]:
        return list(dict.fromkeys(s.picture for s in self.sightings))


class ScenePerson(NamedTuple):
    """A person of a scene: the verdict on all their faces, where they are seen, whether more
    stills are unlikely to change the answer, and whether the user wants them to be left alone."""

    verdict: Verdict
    sightings: list[Sighting]
    decided: bool
    ignored: bool = False

    @property
    def pictures(self) -> list[str]:
        return list(dict.fromkeys(s.picture for s in self.sightings))
