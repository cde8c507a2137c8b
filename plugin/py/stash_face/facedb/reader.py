"""A face database on disk, and the people closest to a probe.

The approximate index proposes, exact arithmetic on the stored vectors decides: a person's
similarity is the mean of the best reference and the template (the mean of all references),
and the embedders are fused by their mean (measured in docs/accuracy.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import voyager
from numpy.typing import NDArray

from ..errors import DatabaseError
from ..faces.types import Vector
from .manifest import IndexFile, Manifest, read_manifest, verify
from .people import Owners, People
from .types import Candidate, Person

# References asked of each index, and how many times more where they belong to too few people:
# someone with many references must not crowd out the others.
NEIGHBOURS, DEEPER = 100, 8
# Depth of the search: recall of the exact ten is over 0.99 at 100,000 faces (make bench).
SEARCH_DEPTH = 200
# People compared exactly (more where more are asked for), those best placed by either embedder.
PEOPLE = 24


# Per embedder: a person's references (n, D) and their template (D,).
_References = dict[str, tuple[NDArray[np.float32], Vector]]


class FaceDatabase:
    """An open database. Vectors are (D,) float32 unit vectors per embedder key."""

    def __init__(self, manifest: Manifest) -> None:
        """Raises DatabaseError for a wrong checksum, dimension or length, or a broken index."""
        verify(manifest)
        self.manifest = manifest
        with ThreadPoolExecutor(len(manifest.indices)) as pool:
            loading = [pool.submit(_load_index, manifest.folder, i) for i in manifest.indices]
            self._owners = Owners(manifest.folder)
            self._indices = {
                entry.embedder: future.result()
                for entry, future in zip(manifest.indices, loading, strict=True)
            }
        for index in self._indices.values():
            self._check_length(index)
        self._people = People(manifest.folder)

    @classmethod
    def open(cls, folder: Path) -> FaceDatabase:
        return cls(read_manifest(folder))

    @property
    def embedders(self) -> list[str]:
        return list(self._indices)

    @property
    def keys(self) -> list[str]:
        """Everyone with at least one reference."""
        return self._owners.keys

    def person(self, key: str) -> Person:
        return self._people[key]

    def references(self, number: int) -> dict[str, NDArray[np.float32]]:
        """The references (n, D) of person `number` of `keys`, per embedder."""
        positions = self._owners.positions(number)
        return {name: self._vectors(index, positions) for name, index in self._indices.items()}

    def search(
        self,
        probes: Sequence[Mapping[str, Vector]],
        count: int = 10,
        without: Sequence[int] | None = None,
    ) -> list[list[Candidate]]:
        """The closest `count` people of each probe, closest first. `without` names a person
        number per probe who is left out (for impostor scores)."""
        if not len(self._owners.keys) or not probes:
            return [[] for _ in probes]
        stacked = {
            name: np.stack([probe[name] for probe in probes]).astype(np.float32)
            for name in self._indices
        }
        shortlist = self._shortlist(stacked, count + (without is not None))
        cache: dict[int, _References] = {}
        answers = []
        for row, people in enumerate(shortlist):
            if without is not None:
                people = [number for number in people if number != without[row]]
            probe = {name: vectors[row] for name, vectors in stacked.items()}
            compared = people[: max(PEOPLE, count)]
            found = [self._compare(probe, number, cache) for number in compared]
            answers.append(sorted(found, key=lambda c: -c.similarity)[:count])
        return answers

    def compare(self, probes: Sequence[Mapping[str, Vector]], key: str) -> list[Candidate]:
        """The exact similarity of each probe to the person `key`."""
        number = self._owners.number(key)
        cache: dict[int, _References] = {}
        return [self._compare(probe, number, cache) for probe in probes]

    def _shortlist(self, probes: Mapping[str, NDArray[np.float32]], enough: int) -> list[list[int]]:
        """At least `enough` person numbers per probe, those best placed in any index first."""
        everyone = range(len(self._owners.keys))
        if len(everyone) <= PEOPLE:
            return [list(everyone) for _ in next(iter(probes.values()))]
        enough = min(enough, len(everyone))
        neighbours = NEIGHBOURS
        found = self._nearest(probes, neighbours)
        while neighbours < len(self._owners.of):
            short = [row for row, people in enumerate(found) if len(people) < enough]
            if not short:
                break
            neighbours *= DEEPER
            again = self._nearest({n: vectors[short] for n, vectors in probes.items()}, neighbours)
            for row, people in zip(short, again, strict=True):
                found[row] = people
        return found

    def _nearest(
        self, probes: Mapping[str, NDArray[np.float32]], neighbours: int
    ) -> list[list[int]]:
        """The person numbers of the nearest references, those best placed in any index first."""
        places: list[dict[int, int]] = [{} for _ in next(iter(probes.values()))]
        for name, vectors in probes.items():
            index = self._indices[name]
            k = min(neighbours, index.num_elements)
            positions, _ = index.query(vectors, k=k, query_ef=max(SEARCH_DEPTH, k))
            for row, owners in enumerate(self._owners.at(positions.astype(np.int64))):
                rank = places[row]
                for place, owner in enumerate(dict.fromkeys(owners.tolist())):
                    if owner >= 0:
                        rank[owner] = min(place, rank.get(owner, place))
        return [sorted(rank, key=rank.__getitem__) for rank in places]

    def _compare(
        self,
        probe: Mapping[str, Vector],
        number: int,
        cache: dict[int, _References],
    ) -> Candidate:
        if number not in cache:
            cache[number] = {
                name: (vectors, _unit(vectors.sum(0)))
                for name, vectors in self.references(number).items()
            }
        similarities = {}
        for name, (vectors, template) in cache[number].items():
            best = float((vectors @ probe[name]).max())
            similarities[name] = (best + float(template @ probe[name])) / 2
        fused = sum(similarities.values()) / len(similarities)
        return Candidate(self._owners.keys[number], fused, similarities)

    def _vectors(self, index: Any, positions: NDArray[np.int64]) -> NDArray[np.float32]:
        """Stored vectors (n, D), L2-normalised again: E4M3 rounds their length."""
        try:
            vectors = np.asarray(index.get_vectors(positions.tolist()), np.float32)
        except RuntimeError as error:
            raise DatabaseError(
                f"The face database {self.manifest.folder} contradicts itself: faces.json names "
                f"faces that an index does not hold ({error}) Install it again."
            ) from None
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        unit: NDArray[np.float32] = vectors / np.maximum(lengths, 1e-6)
        return unit

    def _check_length(self, index: Any) -> None:
        positions = len(self._owners.of)
        if not self._owners.face_count <= index.num_elements <= positions:
            raise DatabaseError(
                f"The face database {self.manifest.folder} contradicts itself: its index holds "
                f"{index.num_elements} faces, faces.json {positions}. Install it again."
            )


def _load_index(folder: Path, entry: IndexFile) -> Any:
    path = folder / entry.file
    try:
        try:
            index = voyager.Index.load(str(path))
        except ValueError:
            # Files of Voyager before 1.3 do not say what they hold.
            index = voyager.Index.load(
                str(path),
                voyager.Space.Cosine,
                entry.dimension,
                getattr(voyager.StorageDataType, entry.storage),
            )
    except (RuntimeError, ValueError, AttributeError, OSError) as error:
        raise DatabaseError(
            f"The index {path} cannot be loaded ({error}): install the database again."
        ) from None
    if index.num_dimensions != entry.dimension:
        raise DatabaseError(
            f"The index {path} holds vectors of {index.num_dimensions} numbers, its manifest "
            f"says {entry.dimension}: install the database again."
        )
    return index


def _unit(vector: Vector) -> Vector:
    unit: Vector = vector / max(float(np.linalg.norm(vector)), 1e-6)
    return unit
