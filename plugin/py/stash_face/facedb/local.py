"""The user's own people beside those of the face database: who is in both is one person.

They are searched as the database's own are; knows nothing of where the references came from.
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
from .nearest import Nearest
from .people import Owners
from .reader import FaceDatabase, compared, searched
from .types import Candidate, Person
from .vectors import HeldVectors

LOCAL = "local:"

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
        self._held = {key: self._references(key, those) for key, those in held.items()}
        self._nearest, self._owners = self._search_of(self._held)

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
        if not self._held:
            return found
        answers = []
        closest = searched(self._nearest, self._owners, probes, count)
        for theirs, own in zip(found, closest, strict=True):
            others = [each for each in theirs if each.key not in self._held]
            ranked = sorted([*others, *own], key=lambda each: -each.similarity)
            answers.append(ranked[:count])
        return answers

    def compare(self, probes: Sequence[Mapping[str, Vector]], key: str) -> list[Candidate]:
        """The exact similarity of each probe to the person `key`."""
        held = self._held.get(key)
        return self.base.compare(probes, key) if held is None else compared(probes, key, held)

    def _join(self, reference: LocalReference) -> str:
        person = reference.person
        ids = [f"{host}:{uuid}" for host, uuid in person.stash_ids.items() if uuid]
        names = [person.performer_id, *ids]
        if reference.local_id is not None:
            names.append(f"{LOCAL}{reference.local_id}")
        known = (self.key_of(name) for name in names)
        key = next((each for each in known if each is not None), None)
        if key is None:
            key = person.performer_id
            self._local[key] = person
        self._keys.update((name.lower(), key) for name in names)
        return key

    def _references(self, key: str, local: list[LocalReference]) -> dict[str, _Floats]:
        """The references (n, D) of a person: the local ones, then those of the database."""
        base = {} if key in self._local else self.base.references_of(key)
        return {
            name: np.concatenate(
                [
                    np.stack([each.vectors[name] for each in local]).astype(np.float32),
                    *([base[name]] if base else []),
                ]
            )
            for name in self.base.embedders
        }

    def _search_of(self, held: Mapping[str, dict[str, _Floats]]) -> tuple[Nearest, Owners]:
        some = self.base.embedders[0]
        owners = Owners([key for key, each in held.items() for _ in each[some]])
        stored = {
            name: HeldVectors(np.concatenate([each[name] for each in held.values()]))
            for name in self.base.embedders
            if held
        }
        return Nearest(stored, owners), owners


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
