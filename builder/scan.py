"""Pictures to stored faces: read, decode, detect, embed, save, all at the same time.

Embeddings are made in batches of one size, so that a face's vector does not depend on which
faces it happens to be embedded with, nor on where an earlier run was stopped.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np

from builder.flow import Flow
from builder.net.pace import StoppedError
from builder.pictures import Bytes, Fetch, read_local
from builder.progress import Progress
from builder.state.connection import State
from builder.state.faces import StoredFace, joined, save_scan
from builder.state.files import File, save_files
from builder.values import PictureRef
from stash_face.errors import MediaError
from stash_face.faces.alignment import align
from stash_face.faces.engine import Engine
from stash_face.faces.main_face import main_face
from stash_face.faces.types import Detection, Face, Picture
from stash_face.media.image import decode
from stash_face.media.naming import titled

# Faces of a picture that are looked at closer: its main one, then the largest.
MOST_FACES = 6
# Pictures that wait as bytes, decoded, and as faces.
_BYTES, _DECODED, _FOUND = 32, 6, 32


class Due(NamedTuple):
    """A picture to be looked at, and what was known of it."""

    ref: PictureRef
    known: File | None


class _Decoded(NamedTuple):
    got: Bytes
    picture: Picture | None
    problem: str | None


class _Found:
    """A picture's faces on their way through the embedder."""

    def __init__(self, got: Bytes, detections: list[Detection], problem: str | None) -> None:
        self.got = got
        self.detections = detections
        self.size = (0, 0)
        self.problem = problem
        self.faces: list[Face] = []
        self.crops: list[Picture] = []


class Scanner:
    """Looks at pictures that are due and saves what it finds, batch by batch."""

    def __init__(
        self,
        state: State,
        engine: Engine,
        models: str,
        scanned: set[str],
        fetch: Fetch,
        build: int,
        *,
        workers: int,
        downloads: int,
        progress: Progress,
    ) -> None:
        self._state, self._engine, self._models = state, engine, models
        self._fetch, self._build = fetch, build
        self._workers, self._downloads = workers, downloads
        self._progress = progress
        self._claimed = set(scanned)
        self._claim = threading.Lock()
        self._waiting: deque[tuple[_Found, int]] = deque()
        self._ready: list[_Found | Bytes] = []

    def run(self, due: Iterable[Due], stopped: Callable[[], bool]) -> None:
        """Until all are done, or `stopped` says so: then the faces that are found are saved."""

        def unless(work: Callable[[Any], Iterable[Any]]) -> Callable[[Any], Iterable[Any]]:
            return lambda item: () if stopped() else work(item)

        with Flow() as flow:
            flow.feed(due, _BYTES)
            flow.stage(unless(self._read), max(self._downloads, self._workers), _BYTES)
            flow.stage(unless(self._decode), self._workers, _DECODED)
            flow.stage(unless(self._detect), 1, _FOUND)
            for found in flow.results(self._rest):
                self._take(found)
            self._rest()

    def _read(self, due: Due) -> Iterator[Bytes]:
        if not due.ref.remote:
            yield read_local(due.ref, self._build)
            return
        try:
            yield self._fetch(due.ref, due.known, self._build)
        except StoppedError:  # the next build asks for it
            return

    def _decode(self, got: Bytes) -> Iterator[_Decoded]:
        sha256 = got.file.sha256
        with self._claim:
            new = sha256 is not None and sha256 not in self._claimed and got.content is not None
            if new and sha256 is not None:
                self._claimed.add(sha256)
        if not new or got.content is None:
            yield _Decoded(got._replace(content=None), None, None)
            return
        try:
            picture = decode(got.content, got.ref.name.rpartition("/")[2])
        except MediaError as error:
            yield _Decoded(got._replace(content=None), None, error.sentence)
            return
        yield _Decoded(got._replace(content=None), picture, None)

    def _detect(self, decoded: _Decoded) -> Iterator[_Found | Bytes]:
        if decoded.picture is None and decoded.problem is None:
            yield decoded.got
            return
        found = _Found(decoded.got, [], decoded.problem)
        if decoded.picture is not None:
            found.size = (decoded.picture.shape[1], decoded.picture.shape[0])
            try:
                found.detections = _ordered(decoded.picture, self._engine.detect(decoded.picture))
                found.crops = [align(decoded.picture, each.landmarks) for each in found.detections]
            except Exception as error:  # a network's failure is one picture's, and the next build
                # may have more luck with it: it is kept with the location, not with the bytes.
                yield _unlucky(decoded.got, error)
                return
        yield found

    def _take(self, found: _Found | Bytes) -> None:
        if isinstance(found, Bytes) or not found.crops:
            self._ready.append(found)
        else:
            self._waiting += ((found, index) for index in range(len(found.crops)))
        while len(self._waiting) >= self._engine.batch:
            self._embed()
        if len(self._ready) >= self._engine.batch:
            self._save()

    def _rest(self) -> None:
        """Nothing comes at the moment: what waits for company goes on without."""
        while self._waiting:
            self._embed()
        self._save()
        self._progress.told()

    def _embed(self) -> None:
        size = self._engine.batch
        taken = [self._waiting.popleft() for _ in range(min(size, len(self._waiting)))]
        crops = [found.crops[index] for found, index in taken]
        detections = [found.detections[index] for found, index in taken]
        for (found, _), face in zip(
            taken, embed_alike(self._engine, crops, detections), strict=True
        ):
            found.faces.append(face)
            if len(found.faces) == len(found.crops):
                self._ready.append(found)
        self._save()

    def _save(self) -> None:
        if not self._ready:
            return
        with self._state.transaction():
            looked = map(_got, self._ready)
            save_files(self._state, ((got.ref.location, got.file) for got in looked))
            for found in self._ready:
                if isinstance(found, _Found):
                    self._save_faces(found)
        for found in self._ready:
            faces = len(found.faces) if isinstance(found, _Found) else 0
            self._progress.picture(faces, _problem(found))
        self._ready.clear()

    def _save_faces(self, found: _Found) -> None:
        sha256 = found.got.file.sha256
        assert sha256 is not None
        stored = [
            StoredFace(number, face.quality, face.detection, joined(self._engine.pack, face))
            for number, face in enumerate(found.faces)
        ]
        save_scan(self._state, self._models, sha256, found.size, stored, found.problem)


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


def _unlucky(got: Bytes, error: Exception) -> Bytes:
    told = str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
    problem = f"{titled('picture', got.ref.name)} could not be looked at ({told})."
    return got._replace(file=got.file._replace(sha256=None, problem=problem))


def _got(found: _Found | Bytes) -> Bytes:
    return found if isinstance(found, Bytes) else found.got


def _problem(found: _Found | Bytes) -> bool:
    own = found.problem if isinstance(found, _Found) else None
    return bool(own or _got(found).file.problem)
