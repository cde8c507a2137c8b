"""Held-out pictures, asked of a face database as the plugin asks: with its own rule.

Of each picture the main face counts, so that whoever else is in it does no harm.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from builder.choose import SAME
from builder.evaluate.questions import Question
from builder.flow import Flow
from builder.looking.looked import Looked, LookingEngine
from builder.pictures import read_local
from builder.sources.folder import short
from builder.state.faces import apart
from builder.values import PictureRef
from stash_face.facedb.law import Law
from stash_face.facedb.reader import FaceDatabase
from stash_face.facedb.types import Candidate
from stash_face.faces.packs import Pack
from stash_face.faces.types import Vector
from stash_face.identify.decision import decide
from stash_face.identify.types import MATCH, UNCERTAIN, Limits

# People that a true one may stand behind, and faces asked about in one go.
_NEAREST, _BATCH = 10, 64
_READERS, _ROOM = 2, 32


class Asked(NamedTuple):
    """What became of a question. `problem`: why there is no answer. `rank` of the true person,
    1 being first, None beyond the tenth; `right` their distance, `wrong` that of the nearest
    other; `answer` and `named` (a key) are the plugin's. `enrolled`: the picture is in the
    database itself."""

    question: Question
    problem: str | None = None
    rank: int | None = None
    right: float | None = None
    wrong: float | None = None
    answer: str = ""
    named: str | None = None
    enrolled: bool = False


class Judge(NamedTuple):
    """The database, and the law that its bar comes from."""

    database: FaceDatabase
    pack: Pack
    law: Law


def ask(
    judge: Judge,
    questions: Sequence[Question],
    looking: LookingEngine,
    tell: Callable[[int], None],
    stopped: Callable[[], bool],
) -> list[Asked]:
    """In the order of the questions; fewer once `stopped` says so. `tell` hears how many are
    answered."""
    numbers = {str(question.path): number for number, question in enumerate(questions)}
    answers: dict[int, Asked] = {}
    waiting: list[tuple[int, Looked]] = []

    def answer() -> None:
        rows = [looked for _, looked in waiting]
        asked = [questions[number] for number, _ in waiting]
        answers.update(zip((n for n, _ in waiting), _answers(judge, asked, rows), strict=True))
        waiting.clear()
        tell(len(answers))

    for looked in _looked(questions, looking, stopped):
        number = numbers[looked.got.ref.location]
        problem = looked.problem or looked.got.file.problem
        if problem or not looked.faces:
            answers[number] = Asked(questions[number], problem or "no face")
        else:
            waiting.append((number, looked))
        if len(waiting) >= _BATCH:
            answer()
    answer()
    return [answers[number] for number in sorted(answers)]


def _looked(
    questions: Sequence[Question], looking: LookingEngine, stopped: Callable[[], bool]
) -> Iterator[Looked]:
    refs = [PictureRef(str(each.path), short(each.path)) for each in questions]
    try:
        with Flow() as flow:
            flow.feed(refs, _ROOM)
            flow.stage(lambda ref: () if stopped() else (read_local(ref, 0),), _READERS, _ROOM)
            looking.stages(flow, stopped)
            yield from flow.results()
    finally:
        looking.end()


def _answers(
    judge: Judge, questions: Sequence[Question], looked: Sequence[Looked]
) -> Iterator[Asked]:
    probes = [apart(judge.pack, each.faces[0].vectors) for each in looked]
    found = judge.database.search(probes, _NEAREST)
    for question, each, probe, candidates in zip(questions, looked, probes, found, strict=True):
        yield _answer(judge, question, each.faces[0].quality, probe, candidates)


def _answer(
    judge: Judge,
    question: Question,
    quality: float,
    probe: dict[str, Vector],
    candidates: list[Candidate],
) -> Asked:
    database = judge.database
    law = judge.law.at(quality)
    verdict = decide(candidates, quality, law, Limits(), lambda key: database.person(key).name)
    keys = [each.key for each in candidates]
    right = None
    if question.key is not None:
        right = database.compare([probe], question.key)[0].distance
    wrong = next((each.distance for each in candidates if each.key != question.key), None)
    return Asked(
        question,
        None,
        keys.index(question.key) + 1 if question.key in keys else None,
        right,
        wrong,
        verdict.answer,
        verdict.candidates[0].key if verdict.answer in (MATCH, UNCERTAIN) else None,
        any(_is_copy(database, key, probe) for key in keys[:1]),
    )


def _is_copy(database: FaceDatabase, key: str, probe: dict[str, Vector]) -> bool:
    references = database.references_of(key)
    alike = np.stack([vectors @ probe[name] for name, vectors in references.items()])
    return bool(alike.mean(0).max() >= SAME)
