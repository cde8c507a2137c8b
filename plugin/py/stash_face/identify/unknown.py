"""People without a name across a whole library: each new face joins whom it is like, or is
somebody new; two people who turn out to be alike become one. Arithmetic only.

A person is compared by the mean of their faces, as in the face database, so that the same bar
holds: at most 1 stranger in 100 comes as close.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from .clusters import cluster_vectors

# Faces looked at together, people they are compared with at once (16 MB of similarities), and
# threads that do so: a product of matrices lets the others run.
_FACES, _PEOPLE = 2_048, 2_048
_THREADS = min(os.cpu_count() or 1, 4)

_Matrix = NDArray[np.float32]
_Vectors = NDArray[np.float32] | NDArray[np.float16]
_T = TypeVar("_T")


class Rows(Protocol):
    """Vectors (N, D) of which portions can be had, all at hand or not."""

    def __len__(self) -> int: ...

    def __getitem__(self, rows: slice, /) -> _Vectors: ...


class Crowd:
    """People by their places 0, 1, ...; `capacity` is the most there will be. Nobody is twice
    in one picture."""

    def __init__(self, dimension: int, capacity: int) -> None:
        self._totals: _Matrix = np.zeros((capacity, dimension), np.float32)
        self._pictures: list[set[str]] = []

    def __len__(self) -> int:
        return len(self._pictures)

    def add(self, vectors: _Vectors, pictures: Iterable[str]) -> int:
        """A person with these faces (N, D) of unit length."""
        place = len(self._pictures)
        self._totals[place] = vectors.sum(0, dtype=np.float32)
        self._pictures.append(set(pictures))
        return place

    def join(
        self,
        vectors: Rows,
        pictures: Sequence[str],
        bar: float,
        go_on: Callable[[], bool] = lambda: True,
    ) -> list[int]:
        """The person of each face (N, D); who is like nobody is somebody new. Shorter than the
        faces where `go_on` said no, but one portion is always done."""
        places: list[int] = []
        for start in range(0, len(vectors), _FACES):
            if start and not go_on():
                break
            block = vectors[start : start + _FACES].astype(np.float32)
            places += self._join(block, pictures[start : start + _FACES], bar)
        return places

    def alike(self, places: Sequence[int], bar: float) -> list[tuple[int, int]]:
        """Pairs (one of `places`, anybody else) who are one person, the most alike first."""

        def near(first: int, similar: _Matrix) -> tuple[int, _Matrix, NDArray[np.int64]]:
            pairs = np.argwhere(similar >= bar)
            return first, similar[tuple(pairs.T)], pairs

        found: list[tuple[float, int, int]] = []
        for start in range(0, len(places), _FACES):
            chunk = np.array(places[start : start + _FACES])
            for first, values, pairs in self._compared(_unit(self._totals[chunk]), near):
                for value, (row, column) in zip(values.tolist(), pairs.tolist(), strict=True):
                    one, other = int(chunk[row]), first + column
                    if one != other and not self._pictures[one] & self._pictures[other]:
                        found.append((value, one, other))
        return [(one, other) for _, one, other in sorted(found, reverse=True)]

    def merge(self, place: int, into: int) -> None:
        """`place` is nobody any more."""
        self._totals[into] += self._totals[place]
        self._totals[place] = 0
        self._pictures[into] |= self._pictures[place]
        self._pictures[place] = set()

    def templates(self, places: Sequence[int]) -> _Matrix:
        """The means of these people's faces (N, D), of unit length."""
        return _unit(self._totals[np.array(places, np.intp)])

    def likeness(self, vectors: _Vectors, place: int) -> list[float]:
        """How like the person each of the faces (N, D) is."""
        template = _unit(self._totals[place : place + 1])[0]
        return [float(each) for each in vectors.astype(np.float32) @ template]

    def _join(self, vectors: _Matrix, pictures: Sequence[str], bar: float) -> list[int]:
        best = np.full(len(vectors), -1.0, np.float32)
        nearest = np.full(len(vectors), -1)
        for places_here, value in self._compared(vectors, _nearest):
            closer = value > best
            best[closer], nearest[closer] = value[closer], places_here[closer]
        places = [-1] * len(vectors)
        for row in np.argsort(-best).tolist():
            place = int(nearest[row])
            if best[row] < bar or pictures[row] in self._pictures[place]:
                continue
            places[row] = place
            self._totals[place] += vectors[row]
            self._pictures[place].add(pictures[row])
        left = [row for row, place in enumerate(places) if place < 0]
        for group in cluster_vectors(vectors[left], [pictures[row] for row in left], bar):
            rows = [left[index] for index in group]
            place = self.add(vectors[rows], [pictures[row] for row in rows])
            for row in rows:
                places[row] = place
        return places

    def _compared(self, vectors: _Matrix, told: Callable[[int, _Matrix], _T]) -> list[_T]:
        """What `told` makes of the similarities (N, people) to each portion of the people and the
        first place of these, in the order of the portions."""

        def portion(first: int) -> _T:
            people = self._totals[first : min(first + _PEOPLE, len(self))]
            return told(first, vectors @ _unit(people).T)

        with ThreadPoolExecutor(_THREADS) as pool:
            return list(pool.map(portion, range(0, len(self), _PEOPLE)))


def _nearest(first: int, similar: _Matrix) -> tuple[NDArray[np.int64], _Matrix]:
    """(place, similarity) of the person nearest to each of the faces."""
    column = similar.argmax(1)
    return column + first, similar[np.arange(len(similar)), column]


def _unit(totals: _Matrix) -> _Matrix:
    lengths: _Matrix = np.maximum(np.linalg.norm(totals, axis=1, keepdims=True), 1e-6)
    found: _Matrix = (totals / lengths).astype(np.float32)
    return found
