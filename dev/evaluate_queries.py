"""The queries of an evaluation set, and their answers as the plugin would give them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple, TypedDict

from builder.folder import PICTURES
from stash_face.errors import MediaError
from stash_face.faces.engine import Engine
from stash_face.identify.types import MATCH, Verdict
from stash_face.media.image import decode
from stash_face.operations.recognition import Recognition
from stash_face.operations.scan import faces_of
from stash_face.store.images import StoredFace

PHOTOS, GALLERIES = ("images", "hard"), "galleries"


class Query(NamedTuple):
    """What is asked about: one photo, or the pictures of a gallery."""

    name: str
    pictures: list[Path]
    is_gallery: bool


class Answer(TypedDict):
    """Somebody who may be in a query; `suggest` is false for those whom the plugin would not
    name, which serve only to try other bars."""

    performer: str
    confidence: float
    suggest: bool


def queries(root: Path) -> Iterator[Query]:
    """Every query below `root`, photos first, in the order of their names."""
    for kind in PHOTOS:
        for path in _pictures(root / kind):
            yield Query(path.stem, [path], False)
    if (root / GALLERIES).is_dir():
        for folder in sorted(p for p in (root / GALLERIES).iterdir() if p.is_dir()):
            yield Query(folder.name, _pictures(folder), True)


def _pictures(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(p for p in folder.iterdir() if p.suffix.lower() in PICTURES and p.name[0] != ".")


class Asker:
    """Answers queries with one engine and one face database; `say` is told of every picture
    that cannot be read, which counts as one without a face."""

    def __init__(
        self, engine: Engine, recognition: Recognition, say: Callable[[str], None]
    ) -> None:
        self._engine = engine
        self._recognition = recognition
        self._say = say

    def answer(self, query: Query) -> list[Answer]:
        """The first candidate of every face, or of every person of a gallery."""
        if not query.is_gallery:
            faces = self._faces(query.pictures[0])
            return _answers(self._recognition.picture_verdicts(faces, query.name))
        seen = [
            (path.name, ordinal, face)
            for path in query.pictures
            for ordinal, face in enumerate(self._faces(path))
        ]
        groups = self._recognition.gallery_verdicts(seen, len(query.pictures))
        return _answers([group.verdict for group in groups])

    def _faces(self, path: Path) -> list[StoredFace]:
        try:
            return faces_of(self._engine, decode(path))
        except MediaError as error:
            self._say(f"{path.parent.name}/{path.name}: {error.sentence}")
            return []


def _answers(verdicts: list[Verdict]) -> list[Answer]:
    return [
        {
            "performer": best.key,
            # Nearly all sure ones are 1.0: the similarity keeps their order.
            "confidence": verdict.law.confidence(best.similarity) + 1e-6 * best.similarity,
            "suggest": verdict.answer == MATCH,
        }
        for verdict in verdicts
        for best in verdict.candidates[:1]
    ]
