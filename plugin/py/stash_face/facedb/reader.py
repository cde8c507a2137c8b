"""A face database on disk, and the people closest to a probe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import DatabaseError
from ..faces.types import Vector
from .manifest import Manifest, read_manifest, verify
from .nearest import Nearest
from .people import Owners, People
from .types import Candidate, Person
from .vectors import StoredVectors, load_vectors

# People compared exactly: the closest ten are among them 99 times in 100 (make bench). Where
# more are asked for, that many times as many.
PEOPLE, SPARE = 64, 2
# Probes searched at once: their scores beside a few thousand people stay under 50 MB.
_PROBES = 1024


class FaceDatabase:
    """An open database. Vectors are (D,) float32 unit vectors per embedder key."""

    def __init__(self, manifest: Manifest) -> None:
        """Raises DatabaseError for a wrong checksum, dimension or length, or a broken index."""
        verify(manifest)
        self.manifest = manifest
        with ThreadPoolExecutor(len(manifest.indices)) as pool:
            loading = [pool.submit(load_vectors, manifest.folder, i) for i in manifest.indices]
            self._owners = Owners.read(manifest.folder)
            self._stored = {
                entry.embedder: future.result()
                for entry, future in zip(manifest.indices, loading, strict=True)
            }
        for stored in self._stored.values():
            self._check_length(stored)
        self._nearest = Nearest(self._stored, self._owners)
        self._people = People(manifest.folder)

    @classmethod
    def open(cls, folder: Path) -> FaceDatabase:
        return cls(read_manifest(folder))

    @property
    def embedders(self) -> list[str]:
        return list(self._stored)

    @property
    def keys(self) -> list[str]:
        """Everyone with at least one reference."""
        return self._owners.keys

    def person(self, key: str) -> Person:
        return self._people[key]

    def key_of(self, performer_id: str) -> str | None:
        """The key of someone with a reference, by key or universal id; None for others."""
        if self._owners.has(performer_id):
            return performer_id
        key = self._people.key_of(performer_id)
        return key if key is not None and self._owners.has(key) else None

    def references_of(self, key: str) -> dict[str, NDArray[np.float32]]:
        """The references (n, D) of the person `key`, per embedder."""
        return self.references(self._owners.number(key))

    def references(self, number: int) -> dict[str, NDArray[np.float32]]:
        """The references (n, D) of person `number` of `keys`, per embedder."""
        positions = self._owners.positions_of(np.array([number]))
        return {name: stored.unit(positions) for name, stored in self._stored.items()}

    def search(
        self,
        probes: Sequence[Mapping[str, Vector]],
        count: int = 10,
        without: Sequence[int] | None = None,
    ) -> list[list[Candidate]]:
        """The closest `count` people of each probe, closest first. `without` names a person
        number per probe who is left out (for impostor scores)."""
        return searched(self._nearest, self._owners, probes, count, without)

    def compare(self, probes: Sequence[Mapping[str, Vector]], key: str) -> list[Candidate]:
        """The exact similarity of each probe to the person `key`."""
        return compared(probes, key, self.references_of(key))

    def _check_length(self, stored: StoredVectors) -> None:
        said = f"The face database {self.manifest.folder} contradicts itself: "
        faces = len(self._owners.positions)
        # Removed faces at the end need no nulls, if the manifest counts the others alike.
        cut = faces == self.manifest.face_count
        if not faces <= stored.count or not (cut or stored.count <= self._owners.size):
            raise DatabaseError(
                f"{said}its index holds {stored.count} faces, faces.json {self._owners.size}. "
                "Install it again."
            )
        if not stored.holds(self._owners.positions):
            raise DatabaseError(
                f"{said}faces.json names faces that an index does not hold. Install it again."
            )


def searched(
    nearest: Nearest,
    owners: Owners,
    probes: Sequence[Mapping[str, Vector]],
    count: int,
    without: Sequence[int] | None = None,
) -> list[list[Candidate]]:
    """The closest `count` of the people of `owners`, as FaceDatabase.search gives them."""
    if not owners.keys or not probes or count < 1:
        return [[] for _ in probes]
    keep = max(PEOPLE, SPARE * count)
    answers: list[list[Candidate]] = []
    for start in range(0, len(probes), _PROBES):
        part = slice(start, start + _PROBES)
        left_out = None if without is None else np.array(without[part], np.int64)
        people, similar = nearest.people(_stacked(probes[part]), keep, left_out)
        answers += _candidates(owners.keys, people[:, :count], similar)
    return answers


def compared(
    probes: Sequence[Mapping[str, Vector]], key: str, references: Mapping[str, NDArray[np.float32]]
) -> list[Candidate]:
    """The exact similarity of each probe to the person `key` of these `references` (n, D)."""
    if not probes:
        return []
    found: dict[str, list[float]] = {}
    stacked = _stacked(probes)
    for name, vectors in references.items():
        total = vectors.sum(0)
        template = total / max(float(np.linalg.norm(total)), 1e-6)
        best = (stacked[name] @ vectors.T).max(1)
        found[name] = ((best + stacked[name] @ template) / 2).tolist()
    return [_candidate(key, row, found) for row in range(len(probes))]


def _stacked(probes: Sequence[Mapping[str, Vector]]) -> dict[str, NDArray[np.float32]]:
    return {
        name: np.stack([probe[name] for probe in probes]).astype(np.float32) for name in probes[0]
    }


def _candidates(
    keys: Sequence[str],
    people: NDArray[np.int64],
    similar: Mapping[str, NDArray[np.float32]],
) -> list[list[Candidate]]:
    """Of the people (B, n), without those left out: they come last, at -inf."""
    count = people.shape[1]
    real = np.isfinite(next(iter(similar.values())))[:, :count].sum(1)
    rows = {name: each[:, :count].tolist() for name, each in similar.items()}
    return [
        [
            _candidate(keys[number], place, {name: each[row] for name, each in rows.items()})
            for place, number in enumerate(numbers[: real[row]])
        ]
        for row, numbers in enumerate(people.tolist())
    ]


def _candidate(key: str, at: int, similarities: Mapping[str, list[float]]) -> Candidate:
    each = {name: values[at] for name, values in similarities.items()}
    return Candidate(key, sum(each.values()) / len(each), each)
