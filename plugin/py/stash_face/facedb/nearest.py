"""The people nearest to probes: everybody's template first, then the best of them exactly.

A template is the mean of a person's references, so a third of the work of comparing with every
reference; the exact similarity of the few that are left is the mean of template and best
reference, fused over the embedders by their mean (measured in docs/accuracy.md).
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .e4m3 import Floats
from .people import Owners

Numbers = NDArray[np.int64]

# References decoded at once, and the people whose scores wait to be sorted out.
_REFERENCES, _WAITING = 4096, 4096
# More gain little, and each holds some 30 MB.
_THREADS = min(os.cpu_count() or 1, 8)


class Vectors(Protocol):
    """References by position, wherever they are kept."""

    def scaled(self, positions: Numbers) -> tuple[Floats, Floats]:
        """(n, D) of any length, a copy, and by what (n,) each has to be multiplied."""
        ...


class Nearest:
    """Search over the references of `owners` in one table of vectors per embedder."""

    def __init__(self, stored: Mapping[str, Vectors], owners: Owners) -> None:
        self._stored = dict(stored)
        self._owners = owners
        # Of each person's references added up, per embedder; known once all were gone through.
        self._lengths = {name: np.zeros(len(owners.keys), np.float32) for name in stored}

    def people(
        self, probes: Mapping[str, Floats], keep: int, without: Numbers | None
    ) -> tuple[Numbers, dict[str, Floats]]:
        """Person numbers (B, K), closest first, K at most `keep`, and their similarities (B, K)
        per embedder. `probes` are (B, D) per embedder; `without` (B,) are left out: their
        similarity is -inf."""
        keep = min(keep, len(self._owners.keys))
        with ThreadPoolExecutor(_THREADS) as pool:
            best = _Best(len(next(iter(probes.values()))), keep, pool)
            for people, scores in self._scored(probes, pool):
                if without is not None:
                    scores[without[:, None] == people] = -np.inf
                best.add(people, scores)
            found = best.people()
            similarities = {
                name: self._exact(name, probes[name], found, pool) for name in self._stored
            }
        nobody = found < 0
        if without is not None:
            nobody |= found == without[:, None]
        for each in similarities.values():
            each[nobody] = -np.inf
        order = np.argsort(-sum(similarities.values()), axis=1, kind="stable")
        ordered = {n: np.take_along_axis(s, order, 1) for n, s in similarities.items()}
        return np.take_along_axis(found, order, 1), ordered

    def _scored(
        self, probes: Mapping[str, Floats], pool: ThreadPoolExecutor
    ) -> Iterator[tuple[Numbers, Floats]]:
        """Everybody in groups: person numbers (n,), and how near their templates are (B, n)."""
        ahead: deque[tuple[Numbers, Future[Floats]]] = deque()
        # The sum of the cosines is one product of the spaces side by side.
        joined = np.concatenate([probes[name] for name in self._stored], axis=1)
        for people, positions in self._groups():
            ahead.append((people, pool.submit(self._scores, joined, people, positions)))
            if len(ahead) > _THREADS:
                yield _done(*ahead.popleft())
        while ahead:
            yield _done(*ahead.popleft())

    def _groups(self) -> Iterator[tuple[Numbers, Numbers]]:
        """People of equally many references: numbers (n,), and positions (n, references)."""
        counts = self._owners.counts
        for count in np.unique(counts).tolist():
            alike = np.flatnonzero(counts == count)
            size = max(_REFERENCES // count, 1)
            for start in range(0, len(alike), size):
                people = alike[start : start + size]
                yield people, self._owners.positions_of(people).reshape(len(people), count)

    def _scores(self, probes: Floats, people: Numbers, positions: Numbers) -> Floats:
        """The sum over the embedders of the cosines (B, n) to the people's templates."""
        templates = []
        for name, stored in self._stored.items():
            vectors, scales = stored.scaled(positions.ravel())
            vectors *= scales[:, None]
            totals = vectors.reshape(*positions.shape, -1).sum(1)
            lengths = np.maximum(np.sqrt(np.einsum("ij,ij->i", totals, totals)), 1e-6)
            self._lengths[name][people] = lengths
            totals /= lengths[:, None]
            templates.append(totals)
        scores: Floats = probes @ np.concatenate(templates, axis=1).T
        return scores

    def _exact(
        self, name: str, probes: Floats, people: Numbers, pool: ThreadPoolExecutor
    ) -> Floats:
        """The similarity (B, K) of each probe to its own people."""
        references = self._owners.counts[people].sum(1)
        everybody = len(self._owners.positions)
        if everybody <= min(_REFERENCES, int(references.sum()) // 2):
            return self._exact_of_all(name, probes, people)
        parts = np.flatnonzero(np.diff(references.cumsum() // _REFERENCES)) + 1
        rows = np.split(np.arange(len(probes)), parts)
        done = pool.map(lambda part: self._exact_part(name, probes[part], people[part]), rows)
        return np.concatenate(list(done))

    def _exact_of_all(self, name: str, probes: Floats, people: Numbers) -> Floats:
        """The same where few are enrolled: each reference is read once, not once a probe."""
        counts = self._owners.counts
        vectors, scales = self._stored[name].scaled(self._owners.positions)
        similar = probes @ vectors.T
        similar *= scales
        starts = np.cumsum(counts) - counts
        best = np.maximum.reduceat(similar, starts, axis=1)
        template = np.add.reduceat(similar, starts, axis=1) / self._lengths[name]
        exact = ((best + template) / 2).astype(np.float32)
        return np.take_along_axis(exact, people, 1)

    def _exact_part(self, name: str, probes: Floats, people: Numbers) -> Floats:
        flat = people.ravel()
        counts = self._owners.counts[flat]
        vectors, scales = self._stored[name].scaled(self._owners.positions_of(flat))
        ends = np.cumsum(counts.reshape(people.shape).sum(1))
        similar = np.concatenate(
            [part @ probe for part, probe in zip(np.split(vectors, ends[:-1]), probes, strict=True)]
        )
        similar *= scales
        starts = np.cumsum(counts) - counts
        best = np.maximum.reduceat(similar, starts)
        template = np.add.reduceat(similar, starts) / self._lengths[name][flat]
        return ((best + template) / 2).reshape(people.shape).astype(np.float32)


def _done(people: Numbers, scores: Future[Floats]) -> tuple[Numbers, Floats]:
    return people, scores.result()


class _Best:
    """The `keep` best people of each row so far; scores wait until there are enough to sort."""

    def __init__(self, rows: int, keep: int, pool: ThreadPoolExecutor) -> None:
        self._keep = keep
        self._pool = pool
        self._people = np.full((rows, keep), -1)
        self._scores = np.full((rows, keep), -np.inf, np.float32)
        self._waiting: list[tuple[Numbers, Floats]] = []

    def add(self, people: Numbers, scores: Floats) -> None:
        """`scores` (rows, n) of the people (n,)."""
        self._waiting.append((people, scores))
        if sum(len(each) for each, _ in self._waiting) >= _WAITING:
            self._sort_out()

    def people(self) -> Numbers:
        """Person numbers (rows, keep), in no order."""
        self._sort_out()
        return self._people

    def _sort_out(self) -> None:
        people = np.concatenate([each for each, _ in self._waiting] or [np.empty(0, np.int64)])
        scores = [each for _, each in self._waiting]
        self._waiting = []
        cuts = np.linspace(0, len(self._people), _THREADS + 1).astype(int).tolist()
        parts = [slice(a, b) for a, b in zip(cuts, cuts[1:], strict=False) if a < b]
        list(self._pool.map(lambda rows: self._sort_rows(rows, people, scores), parts))

    def _sort_rows(self, rows: slice, people: Numbers, scores: list[Floats]) -> None:
        if not scores:
            return
        block = np.concatenate([each[rows] for each in scores], axis=1)
        # After the first few thousand people hardly anybody is better than those held.
        row, column = np.nonzero(block > self._scores[rows].min(1, keepdims=True))
        counts = np.bincount(row, minlength=len(block))
        place = np.arange(len(row)) - (np.cumsum(counts) - counts)[row]
        new: Floats = np.full((len(block), int(counts.max(initial=0))), -np.inf, np.float32)
        whose = np.full(new.shape, -1)
        new[row, place], whose[row, place] = block[row, column], people[column]
        new = np.concatenate([self._scores[rows], new], axis=1)
        whose = np.concatenate([self._people[rows], whose], axis=1)
        chosen = np.argpartition(new, new.shape[1] - self._keep, axis=1)[:, -self._keep :]
        self._people[rows] = np.take_along_axis(whose, chosen, 1)
        self._scores[rows] = np.take_along_axis(new, chosen, 1)
