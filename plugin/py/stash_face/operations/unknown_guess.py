"""Whom the face database would name when it sees all faces of an unknown person together."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..identify.decision import decide
from ..identify.types import MATCH
from ..store.unknown import OPEN, load_people, save_guesses
from ..store.unknown_pages import SeenFace, seen_faces
from .context import Context
from .recognition import Recognition
from .unknown_faces import Vectors, parted, vectors_of_people

_CANDIDATES = 10
# A single face was asked about already, when its item was.
_LEAST_FACES = 2


class CrowdRecognition(Recognition):
    """The face database as it is asked about unknown people."""

    def guess(self, people: Iterable[Vectors]) -> list[dict[str, Any] | None]:
        """A match for each person's faces (N, D), or None."""
        pools = [parted(self.pack, _mean(each)) for each in people]
        found = []
        for candidates in self.database.search(pools, _CANDIDATES):
            verdict = decide(candidates, 1.0, self.law.at(1.0), self._limits, self._name)
            named = verdict.answer == MATCH
            told = {"decision": verdict.answer, **verdict.reason.entry}
            found.append({**self._match(verdict, 0), **told} if named else None)
        return found


def guess_people(
    context: Context, recognition: CrowdRecognition, people: Sequence[int]
) -> list[int]:
    """Asks about these people, unless the same database was asked about the same faces; answers
    whose guess came, changed or went."""
    known = load_people(context.store, people)
    faces: dict[int, list[SeenFace]] = {}
    for each in seen_faces(context.store, people):
        faces.setdefault(each.member.person_id, []).append(each)
    due = {
        number: _state(context.manifest.identity, theirs)
        for number, theirs in faces.items()
        if len(theirs) >= _LEAST_FACES and known[number].state == OPEN
    }
    due = {number: state for number, state in due.items() if known[number].guessed != state}
    if not due:
        return []
    theirs = [[(f.member.face_id, f.member.place) for f in faces[number]] for number in due]
    vectors = vectors_of_people(context.store, context.pack, theirs)
    found = dict(zip(due, recognition.guess(vectors), strict=True))
    save_guesses(context.store, {number: (guess, due[number]) for number, guess in found.items()})
    return [number for number, guess in found.items() if guess != known[number].guess]


def _mean(vectors: Vectors) -> NDArray[np.float32]:
    total: NDArray[np.float32] = vectors.astype(np.float32).sum(0)
    return total


def _state(database: str, faces: Sequence[SeenFace]) -> str:
    told = json.dumps(sorted(each.member.face_id for each in faces))
    return f"{database} {hashlib.sha256(told.encode()).hexdigest()}"
