"""Looking at pictures in this process: decode, detect and embed side by side.

Embeddings are made in batches of one size, so that a face's vector does not depend on which
faces it happens to be embedded with, nor on where an earlier run was stopped.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np

from builder.flow import Flow
from builder.looking.looked import Looked, unlucky, untouched
from builder.pictures import Bytes
from builder.state.faces import StoredFace, joined
from stash_face.errors import MediaError
from stash_face.faces.alignment import align
from stash_face.faces.engine import Engine
from stash_face.faces.main_face import main_face
from stash_face.faces.types import Detection, Face, Picture
from stash_face.media.image import decode

# Faces of a picture that are looked at closer: its main one, then the largest.
MOST_FACES = 6
# Pictures that wait decoded, with their faces, and done.
_DECODED, _FOUND, _DONE = 6, 32, 32


class LocalEngine:
    """`models` are loaded when the first picture is to be looked at; `workers` threads decode."""

    def __init__(self, models: Callable[[], Engine], workers: int) -> None:
        self._models, self._workers = models, workers

    def stages(self, flow: Flow, stopped: Callable[[], bool] = lambda: False) -> None:
        looking = _Looking(self._models())

        def unless(work: Callable[[Any], Iterable[Any]]) -> Callable[[Any], Iterable[Any]]:
            return lambda item: () if stopped() else work(item)

        flow.stage(unless(looking.decode), self._workers, _DECODED)
        flow.stage(unless(looking.detect), 1, _FOUND)
        flow.pipe(looking.embed, _DONE)

    def end(self) -> None:
        pass


class _Decoded(NamedTuple):
    got: Bytes
    picture: Picture


class _Found:
    """A picture's faces on their way through the embedder."""

    def __init__(self, decoded: _Decoded, detections: list[Detection]) -> None:
        self.got = decoded.got
        self.size = (decoded.picture.shape[1], decoded.picture.shape[0])
        self.detections = detections
        self.crops = [align(decoded.picture, each.landmarks) for each in detections]
        self.faces: list[StoredFace] = []

    @property
    def looked(self) -> Looked:
        return Looked(self.got, self.size, self.faces, None)


class _Looking:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._waiting: deque[tuple[_Found, int]] = deque()

    def decode(self, got: Bytes) -> Iterator[_Decoded | Looked]:
        if got.content is None:
            yield untouched(got)
            return
        empty = got._replace(content=None)
        try:
            yield _Decoded(empty, decode(got.content, got.ref.name.rpartition("/")[2]))
        except MediaError as error:
            yield Looked(empty, (0, 0), [], error.sentence)

    def detect(self, decoded: _Decoded | Looked) -> Iterator[_Found | Looked]:
        if isinstance(decoded, Looked):
            yield decoded
            return
        try:
            yield _Found(decoded, _ordered(decoded.picture, self._engine.detect(decoded.picture)))
        except Exception as error:  # a network's failure is one picture's
            yield unlucky(decoded.got, _told(error))

    def embed(self, incoming: Iterator[_Found | Looked | None]) -> Generator[Looked, None, None]:
        """A batch as soon as it is full, and the rest at the end."""
        for found in incoming:
            if isinstance(found, Looked):
                yield found
            elif found is not None and not found.crops:
                yield found.looked
            elif found is not None:
                self._waiting += ((found, number) for number in range(len(found.crops)))
            while len(self._waiting) >= self._engine.batch:
                yield from self._batch()
        while self._waiting:
            yield from self._batch()

    def _batch(self) -> Iterator[Looked]:
        size = min(self._engine.batch, len(self._waiting))
        taken = [self._waiting.popleft() for _ in range(size)]
        crops = [found.crops[number] for found, number in taken]
        detections = [found.detections[number] for found, number in taken]
        faces = embed_alike(self._engine, crops, detections)
        for (found, number), face in zip(taken, faces, strict=True):
            vectors = joined(self._engine.pack, face)
            found.faces.append(StoredFace(number, face.quality, face.detection, vectors))
            if len(found.faces) == len(found.crops):
                yield found.looked


def embed_alike(engine: Engine, crops: list[Picture], detections: list[Detection]) -> list[Face]:
    """Faces of at most `engine.batch` crops, run as that many: kernels are chosen by the shape
    of a batch, and another kernel rounds otherwise."""
    empty = engine.batch - len(crops)
    filled = crops + [np.zeros_like(crops[0])] * empty
    faces = engine.embed_crops(filled, detections + [detections[0]] * empty)
    return faces[: len(crops)]


def _ordered(picture: Picture, detections: list[Detection]) -> list[Detection]:
    if not detections:
        return []
    main = main_face(picture, detections)
    others = [each for each in detections if each is not main]
    return [main, *sorted(others, key=_area, reverse=True)][:MOST_FACES]


def _area(detection: Detection) -> float:
    x1, y1, x2, y2 = detection.bbox
    return (x2 - x1) * (y2 - y1)


def _told(error: Exception) -> str:
    text = str(error).strip()
    return text.splitlines()[0][:200] if text else type(error).__name__
