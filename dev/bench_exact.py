"""`python -m dev.bench_exact DATABASE FACES PROBES`: what a face database of made-up faces
(dev.bench_faces) finds and decides, beside the same arithmetic in float32, everybody compared with.
Prints one JSON object.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dev.bench_faces import MadeUpFaces, key
from stash_face.facedb.calibration import calibrate
from stash_face.facedb.kept_law import brought_law
from stash_face.facedb.law import Law
from stash_face.facedb.reader import FaceDatabase
from stash_face.facedb.types import Candidate
from stash_face.faces.packs import load_pack
from stash_face.identify.decision import decide
from stash_face.identify.types import Limits

Floats = NDArray[np.float32]
TOP = 10
# Probes multiplied at once: 80 MB of scores at 100,000 faces.
_BLOCK = 200


class Exact:
    """Everybody compared with, in float32. `references` (faces, D) per embedder are those of
    `owners`, in ascending order."""

    def __init__(self, owners: NDArray[np.int64], references: dict[str, Floats]) -> None:
        self._references = references
        self._starts = np.flatnonzero(np.diff(owners, prepend=-1))
        self._templates = {}
        for name, each in self._references.items():
            totals = np.add.reduceat(each, self._starts, axis=0)
            self._templates[name] = totals / np.linalg.norm(totals, axis=1, keepdims=True)
        self.keys = [key(person) for person in range(len(self._starts))]

    def references(self, number: int) -> dict[str, Floats]:
        ends = [*self._starts[1:].tolist(), None]
        own = slice(int(self._starts[number]), ends[number])
        return {name: each[own] for name, each in self._references.items()}

    def search(
        self,
        probes: Sequence[Mapping[str, Floats]],
        count: int = 10,
        without: Sequence[int] | None = None,
    ) -> list[list[Candidate]]:
        """As FaceDatabase.search."""
        found: list[list[Candidate]] = []
        for start in range(0, len(probes), _BLOCK):
            scores = self._scores(probes[start : start + _BLOCK])
            if without is not None:
                numbers = without[start : start + _BLOCK]
                scores[np.arange(len(scores)), numbers] = -np.inf
            found += self._best(scores, min(count, len(self.keys) - (without is not None)))
        return found

    def _scores(self, probes: Sequence[Mapping[str, Floats]]) -> Floats:
        """The mean over the embedders of the mean of best reference and template (B, people)."""
        total = np.zeros((len(probes), len(self.keys)), np.float32)
        for name, each in self._references.items():
            rows = np.stack([probe[name] for probe in probes])
            total += np.maximum.reduceat(rows @ each.T, self._starts, axis=1)
            total += rows @ self._templates[name].T
        total /= 2 * len(self._references)
        return total

    def _best(self, scores: Floats, count: int) -> Iterator[list[Candidate]]:
        for row, near in zip(scores, np.argpartition(-scores, count - 1)[:, :count], strict=True):
            ranked = near[np.argsort(-row[near], kind="stable")].tolist()
            yield [Candidate(self.keys[number], float(row[number]), {}) for number in ranked]


def main(folder: Path, faces: int, count: int) -> dict[str, Any]:
    """recall: the share of the ten closest that the database finds, of the vectors as stored and
    (`before`) as they were; different: how many probes get another answer or another name than
    they would have before; matches: how many got a name."""
    made_up, pack = MadeUpFaces(faces), load_pack("dev")
    database = FaceDatabase.open(folder)
    columns = made_up.probes(count)
    probes = [{name: each[row] for name, each in columns.items()} for row in range(count)]
    found = database.search(probes, TOP)
    recall = _recall(found, Exact(made_up.owners, _stored(database)).search(probes, TOP))
    exact = Exact(made_up.owners, made_up.references())
    wanted = exact.search(probes, TOP)
    law = brought_law(database.manifest) or calibrate(database, pack)
    before = calibrate(exact, pack)._replace(poor=law.poor)
    ours = [_decided(each, law) for each in found]
    theirs = [_decided(each, before) for each in wanted]
    return {
        "recall": recall,
        "before": _recall(found, wanted),
        "different": sum(a != b for a, b in zip(ours, theirs, strict=True)),
        "matches": sum(answer == "match" for answer, _ in theirs),
    }


def _stored(database: FaceDatabase) -> dict[str, Floats]:
    people = [database.references(number) for number in range(len(database.keys))]
    return {name: np.concatenate([each[name] for each in people]) for name in people[0]}


def _recall(found: list[list[Candidate]], wanted: list[list[Candidate]]) -> float:
    pairs = [({c.key for c in a}, {c.key for c in b}) for a, b in zip(found, wanted, strict=True)]
    return sum(len(a & b) for a, b in pairs) / sum(len(b) for _, b in pairs)


def _decided(candidates: Sequence[Candidate], law: Law) -> tuple[str, str]:
    verdict = decide(candidates, 1.0, law, Limits(), str)
    named = candidates and verdict.answer != "unknown"
    return verdict.answer, candidates[0].key if named else ""


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), *map(int, sys.argv[2:]))))
