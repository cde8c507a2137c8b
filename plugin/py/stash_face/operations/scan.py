"""Pictures to stored faces: decode, detect and embed overlap, and each picture is one commit.

Pictures are decoded ahead on threads (a bounded few); crops of several pictures share a run
of the embedders while the next faces are found; a picture is let go as soon as its crops are cut.
"""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from typing import NamedTuple

import numpy as np

from ..errors import MediaError, NotFound, StashError
from ..faces.alignment import align
from ..faces.engine import Engine
from ..faces.overlap import Embedding
from ..faces.recognizer import BATCH
from ..faces.types import Box, Detection, Face, Picture
from ..media.archive import read_entry
from ..media.crop import thumbnail
from ..media.image import decode
from ..media.limits import MAX_BYTES
from ..protocol import log
from ..stash.client import StashClient
from ..stash.entities import ImageItem
from ..stash.library import stash_version
from ..stash.pictures import ZipEntry, download_picture, open_picture
from ..store.images import Scan, ShareBox, StoredFace

# Pictures decoded ahead of the detector: enough to hide a slow disk, few enough to stay small.
AHEAD = 3
# Pictures whose faces wait for a full batch: a stop loses at most these.
_WAITING = 8
# One picture that nobody thought of must not end the work on thousands; so many are a fault of
# the models or the machine.
_IN_A_ROW = 5


class _Pending(NamedTuple):
    item: ImageItem
    size: tuple[int, int]
    detections: list[Detection]
    crops: list[Picture]
    thumbnails: list[bytes]


class Scanner:
    """Finds the faces of images with one engine, which is loaded for the first that can be
    read."""

    def __init__(self, client: StashClient, pack: str, load: Callable[[], Engine]) -> None:
        self._client = client
        self._pack = pack
        self._load = load
        self._stumbled = 0

    @property
    def _engine(self) -> Engine:
        # Not kept: whoever loads it may let it go between two pictures.
        return self._load()

    def scan(
        self, items: Iterable[ImageItem], keep: Callable[[Scan], None], go_on: Callable[[], bool]
    ) -> None:
        """Calls `keep` with each scan in turn, until the items end or `go_on` says no.

        An image that cannot be read becomes a scan with a problem, so that it does not hold up
        the others. StashError when Stash itself does not answer; what was kept until then stays.
        """
        waiting: list[_Pending] = []
        with closing(Embedding(self._load)) as embedding:
            for item, opened in self._opened(items, go_on):
                seen = self._seen(item, opened)
                if isinstance(seen, Scan):
                    log.warning(f"Image {item.id}: {seen.problem}")
                    keep(seen)
                else:
                    embedding.add(seen.crops, seen.detections)
                    waiting.append(seen)
                if len(waiting) >= _WAITING or sum(len(p.crops) for p in waiting) >= BATCH:
                    self._keep(waiting, embedding.faces(), keep)
                    waiting = []
            self._keep(waiting, embedding.faces(), keep)

    def _seen(self, item: ImageItem, opened: Future[Picture]) -> _Pending | Scan:
        """The faces that were found, or the problem."""
        try:
            picture = opened.result()
        except (MediaError, NotFound, StashError) as error:
            if isinstance(error, StashError) and not self._stash_answers():
                raise
            return _problem(item, self._pack, error.sentence)
        # Before the next `try`: what is wrong with the models is wrong with no picture.
        self._engine  # noqa: B018
        try:
            seen = self._detect(item, picture)
        except Exception as error:
            self._stumbled += 1
            if self._stumbled >= _IN_A_ROW:
                raise
            return _problem(item, self._pack, _unexpected(error))
        self._stumbled = 0
        return seen

    def _opened(
        self, items: Iterable[ImageItem], go_on: Callable[[], bool]
    ) -> Iterator[tuple[ImageItem, Future[Picture]]]:
        ahead: deque[tuple[ImageItem, Future[Picture]]] = deque()
        with ThreadPoolExecutor(min(AHEAD, os.cpu_count() or 1)) as pool:
            try:
                for item in items:
                    ahead.append((item, pool.submit(self._picture, item)))
                    if len(ahead) > AHEAD:
                        yield ahead.popleft()
                        if not go_on():
                            return
                while ahead:
                    yield ahead.popleft()
                    if not go_on():
                        return
            finally:
                for _, future in ahead:
                    future.cancel()

    def _stash_answers(self) -> bool:
        try:
            stash_version(self._client)
        except StashError:
            return False
        return True

    def _picture(self, item: ImageItem) -> Picture:
        source = open_picture(self._client, item)
        if isinstance(source, ZipEntry):
            source = self._from_archive(source, item)
        return decode(source, re.split(r"[/\\]", item.path)[-1])

    def _from_archive(self, source: ZipEntry, item: ImageItem) -> bytes:
        try:
            return read_entry(source.archive, source.entry, MAX_BYTES)
        except MediaError as error:
            # Names in old encodings: Stash knows its own way into the archive.
            try:
                return download_picture(self._client, item.id)
            except (StashError, NotFound, MediaError):
                raise error from None

    def _detect(self, item: ImageItem, picture: Picture) -> _Pending:
        detections = self._engine.detect(picture)
        crops = [align(picture, d.landmarks) for d in detections]
        thumbnails = [thumbnail(picture, d.bbox) for d in detections]
        height, width = picture.shape[:2]
        return _Pending(item, (width, height), detections, crops, thumbnails)

    def _keep(
        self, waiting: list[_Pending], found: Iterable[Face], keep: Callable[[Scan], None]
    ) -> None:
        faces = iter(found)
        for pending in waiting:
            stored = [stored_face(next(faces), pending.size, jpeg) for jpeg in pending.thumbnails]
            keep(
                Scan(
                    pending.item.id,
                    fingerprint(pending.item),
                    self._pack,
                    *pending.size,
                    stored,
                )
            )


def faces_of(engine: Engine, picture: Picture) -> list[StoredFace]:
    """The faces of a picture that is not going to be stored."""
    height, width = picture.shape[:2]
    return [
        stored_face(face, (width, height), thumbnail(picture, face.detection.bbox))
        for face in engine.faces(picture)
    ]


def fingerprint(item: ImageItem) -> str:
    """What changes when the image's file does."""
    return item.file.fingerprint() if item.file else ""


def stored_face(face: Face, size: tuple[int, int], jpeg: bytes) -> StoredFace:
    """A face as the store keeps it; `size` is (width, height) of its picture in pixels."""
    detection = face.detection
    return StoredFace(
        share_box(detection.bbox, size),
        (detection.landmarks / np.array(size)).astype("<f4").tobytes(),
        round(detection.score, 4),
        face.quality,
        detection.turn,
        jpeg,
        {
            key: (embedding.norm, embedding.vector.astype("<f2").tobytes())
            for key, embedding in face.embeddings.items()
        },
        face.sharpness,
        size,
    )


def share_box(box: Box, size: tuple[int, int]) -> ShareBox:
    """(x, y, w, h) in shares of the picture, cut at its border."""
    width, height = size
    x1, x2 = (min(max(v / width, 0.0), 1.0) for v in (box[0], box[2]))
    y1, y2 = (min(max(v / height, 0.0), 1.0) for v in (box[1], box[3]))
    return tuple(round(v, 5) for v in (x1, y1, x2 - x1, y2 - y1))  # type: ignore[return-value]


def _problem(item: ImageItem, pack: str, sentence: str) -> Scan:
    return Scan(item.id, fingerprint(item), pack, 0, 0, [], sentence)


def _unexpected(error: Exception) -> str:
    told = " ".join(str(error).split())[:200]
    return f"No face could be looked for ({type(error).__name__}: {told}): please report it."
