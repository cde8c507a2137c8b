"""The user's own people beside those of the face database: who is in both is one person.

A few thousand people at most, so everybody is compared exactly; knows nothing of where the
references came from.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..faces.packs import Pack
from ..faces.types import Vector
from .calibration import default_law
from .law import Law
from .reader import FaceDatabase
from .types import Candidate, Person

LOCAL = "local:"
# Probes compared at once: their scores beside some 10,000 references stay under 50 MB.
_PROBES = 1024

_Floats = NDArray[np.float32]


class LocalReference(NamedTuple):
    """One face of a person: unit vectors (D,) per embedder. `local_id` is the user's own
    performer, None for someone the user only named."""

    person: Person
    local_id: str | None
    vectors: dict[str, Vector]


class JoinedDatabase:
    """A face database and local references, searched as one.

    Whoever is in both keeps the database's key, and the references of both count; the others
    have their `performer_id` as key."""

    def __init__(self, base: FaceDatabase, local: Sequence[LocalReference] = ()) -> None:
        self.base = base
        self._local: dict[str, Person] = {}
        self._keys: dict[str, str] = {}
        held: dict[str, list[LocalReference]] = {}
        for reference in local:
            key = self._join(reference)
            held.setdefault(key, []).append(reference)
        self._order = {key: number for number, key in enumerate(held)}
        references = [self._references(key, held[key]) for key in held]
        # Where each person's references begin, and where the last one's end.
        self._bounds = np.cumsum([0] + [len(each) for each in references])
        self._vectors = self._stacked([each for those in references for each in those])
        self._templates = {
            name: _template(np.add.reduceat(vectors, self._bounds[:-1]))
            for name, vectors in self._vectors.items()
        }

    @property
    def keys(self) -> list[str]:
        """Everyone with at least one reference."""
        return [*self.base.keys, *self._local]

    @property
    def local_people(self) -> int:
        """How many people the database itself does not have."""
        return len(self._local)

    def person(self, key: str) -> Person:
        return self._local[key] if key in self._local else self.base.person(key)

    def key_of(self, performer_id: str) -> str | None:
        """The key of a universal id or `local:<id>`; None for people who are in neither."""
        return self._keys.get(performer_id.lower()) or self.base.key_of(performer_id)

    def search(
        self, probes: Sequence[Mapping[str, Vector]], count: int = 10
    ) -> list[list[Candidate]]:
        """The closest `count` people of each probe, closest first."""
        found = self.base.search(probes, count)
        if not self._order or not probes or count < 1:
            return found
        answers = []
        for start in range(0, len(probes), _PROBES):
            for row, local in enumerate(self._closest(probes[start : start + _PROBES], count)):
                others = [each for each in found[start + row] if each.key not in self._order]
                ranked = sorted([*others, *local], key=lambda each: -each.similarity)
                answers.append(ranked[:count])
        return answers

    def compare(self, probes: Sequence[Mapping[str, Vector]], key: str) -> list[Candidate]:
        """The exact similarity of each probe to the person `key`."""
        if key not in self._order:
            return self.base.compare(probes, key)
        number = self._order[key]
        scores = self._scores(probes, slice(number, number + 1)) if probes else {}
        return [self._candidate(key, [row, 0], scores) for row in range(len(probes))]

    def _join(self, reference: LocalReference) -> str:
        person = reference.person
        names = [person.performer_id, *(f"{h}:{uuid}" for h, uuid in person.stash_ids.items())]
        if reference.local_id is not None:
            names.append(f"{LOCAL}{reference.local_id}")
        known = (self.key_of(name) for name in names)
        key = next((each for each in known if each is not None), None)
        if key is None:
            key = person.performer_id
            self._local[key] = person
        self._keys.update((name.lower(), key) for name in names)
        return key

    def _references(self, key: str, local: list[LocalReference]) -> list[Mapping[str, Vector]]:
        """The local references of a person, then those of the database."""
        found: list[Mapping[str, Vector]] = [reference.vectors for reference in local]
        if key not in self._local:
            theirs = self.base.references_of(key)
            rows = range(len(next(iter(theirs.values()))))
            found += [{name: each[row] for name, each in theirs.items()} for row in rows]
        return found

    def _stacked(self, references: Sequence[Mapping[str, Vector]]) -> dict[str, _Floats]:
        """(references, D) per embedder; empty without references."""
        if not references:
            return {}
        return {
            name: np.stack([each[name] for each in references]).astype(np.float32)
            for name in self.base.embedders
        }

    def _scores(self, probes: Sequence[Mapping[str, Vector]], people: slice) -> dict[str, _Floats]:
        """Similarity (B, people) per embedder: the mean of the best reference and the template."""
        first, last = self._bounds[people.start], self._bounds[people.stop]
        starts = self._bounds[people] - first
        scores: dict[str, _Floats] = {}
        for name, vectors in self._vectors.items():
            stacked = np.stack([probe[name] for probe in probes]).astype(np.float32)
            best = np.maximum.reduceat(vectors[first:last] @ stacked.T, starts, axis=0)
            best += self._templates[name][people] @ stacked.T
            scores[name] = (best.T / 2).astype(np.float32, copy=False)
        return scores

    def _closest(self, probes: Sequence[Mapping[str, Vector]], count: int) -> list[list[Candidate]]:
        scores = self._scores(probes, slice(0, len(self._order)))
        fused = np.asarray(sum(scores.values()))
        kept = min(count, len(self._order))
        order = np.argpartition(-fused, kept - 1, axis=1)[:, :kept]
        keys = list(self._order)
        return [
            [self._candidate(keys[number], [row, number], scores) for number in numbers]
            for row, numbers in enumerate(order.tolist())
        ]

    @staticmethod
    def _candidate(key: str, at: Sequence[int], scores: Mapping[str, _Floats]) -> Candidate:
        row, column = at
        each = {name: float(found[row, column]) for name, found in scores.items()}
        return Candidate(key, sum(each.values()) / len(each), each)


def _template(totals: _Floats) -> _Floats:
    """(people, D) of unit length."""
    lengths: _Floats = np.maximum(np.linalg.norm(totals, axis=1, keepdims=True), 1e-6)
    return totals / lengths


def law_with(law: Law, pack: Pack, database: JoinedDatabase) -> Law:
    """The database's `law` where its local people count as well.

    The best of more strangers is nearer: the law's location moves by the pack's slope times
    ln((N + L) / N), which needs no search. Where there was no law to fit, the pack's default
    is that of N + L people."""
    if not database.local_people:
        return law
    own = len(database.base.keys)
    everyone = own + database.local_people
    if not law.fitted:
        return default_law(pack, everyone)
    shift = pack.prior.slope * math.log(everyone / own)
    return law._replace(location=law.location + shift, people=everyone)
