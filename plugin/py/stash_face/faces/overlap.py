"""Crops embedded on a thread of their own while the next faces are being found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from .engine import Engine
from .types import Detection, Face, Picture


class Embedding:
    """Add crops as they are cut, then ask for their faces; `close` comes last.

    `load` gives the engine, which may be let go whenever nothing waits. Crops are embedded in the
    batches that one call for all of them would make, so that no vector depends on when its crop
    came. One thread: the embedders use all processors by themselves."""

    def __init__(self, load: Callable[[], Engine]) -> None:
        self._load = load
        self._pool = ThreadPoolExecutor(1)
        self._waiting: list[tuple[Picture, Detection]] = []
        self._begun: list[Future[list[Face]]] = []

    def add(self, crops: Sequence[Picture], detections: Sequence[Detection]) -> None:
        """Aligned crops (112, 112, 3) RGB uint8 with their detections; every full batch of them
        is begun at once."""
        self._waiting += zip(crops, detections, strict=True)
        while self._waiting and len(self._waiting) >= self._load().batch:
            self._begin()

    def faces(self) -> list[Face]:
        """Those of all crops since the last call, in their order; a failure of the engine."""
        while self._waiting:
            self._begin()
        begun, self._begun = self._begun, []
        return [face for future in begun for face in future.result()]

    def _begin(self) -> None:
        engine = self._load()
        batch, self._waiting = self._waiting[: engine.batch], self._waiting[engine.batch :]
        crops, detections = zip(*batch, strict=True)
        self._begun.append(self._pool.submit(engine.embed_crops, crops, detections))

    def close(self) -> None:
        """Ends the thread; what has not begun is dropped."""
        self._pool.shutdown(cancel_futures=True)
