"""Which pictures go to which worker, and what becomes of them when one dies.

Arithmetic only: knows nothing of how pictures reach workers.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from typing import Generic, NamedTuple, TypeVar

from builder.pictures import Bytes

# The largest chunk, in pictures and bytes.
MOST, MOST_BYTES = 16, 16_000_000
# Chunks that a worker has: the one that it looks at, and the one on its way to it.
AHEAD = 2
# Workers that may die of one picture, with which they were alone.
DEATHS = 2

WorkerT = TypeVar("WorkerT")
Chunk = tuple[Bytes, ...]


class Given(NamedTuple, Generic[WorkerT]):
    worker: WorkerT
    chunk: Chunk


class Handout(Generic[WorkerT]):
    """Pictures come by `add`, workers by `join`; `give` says who gets what. In the end each
    picture is `done`, or given up because workers die of it."""

    def __init__(self) -> None:
        self._loose: deque[Bytes] = deque()
        self._bytes = 0
        self._chunks: deque[Chunk] = deque()
        self._has: dict[WorkerT, deque[Chunk]] = {}
        self._deaths: Counter[str] = Counter()

    @property
    def workers(self) -> list[WorkerT]:
        return list(self._has)

    @property
    def full(self) -> bool:
        """Whether so much waits that no more should come."""
        return bool(self._chunks)

    @property
    def busy(self) -> bool:
        """Whether any picture is not done."""
        return bool(self._loose or self._chunks or any(self._has.values()))

    def add(self, got: Bytes) -> None:
        self._loose.append(got)
        self._bytes += len(got.content or b"")
        if len(self._loose) >= MOST or self._bytes >= MOST_BYTES:
            self._close()

    def join(self, worker: WorkerT) -> None:
        self._has[worker] = deque()

    def give(self, rest: bool) -> Iterator[Given[WorkerT]]:
        """What is to be sent now, to those who have least. `rest`: nothing else comes at the
        moment, so that a smaller chunk does too where a worker has nothing to do."""
        while self._has:
            worker = min(self._has, key=lambda each: len(self._has[each]))
            own = self._has[worker]
            if rest and self._loose and not own and not self._chunks:
                self._close()
            if len(own) >= AHEAD or not self._chunks:
                return
            own.append(self._chunks.popleft())
            yield Given(worker, own[-1])

    def done(self, given: Given[WorkerT]) -> None:
        self._has[given.worker].remove(given.chunk)

    def died(self, worker: WorkerT) -> list[Bytes]:
        """Its pictures go to others: those that it was looking at one by one, to see which it
        was. What is given up because worker after worker dies of it."""
        lost = self._has.pop(worker, deque())
        if not lost:
            return []
        suspect = lost.popleft()
        self._chunks.extendleft(reversed(lost))
        if len(suspect) > 1:
            self._chunks.extendleft((each,) for each in reversed(suspect))
            return []
        self._deaths[suspect[0].ref.location] += 1
        if self._deaths[suspect[0].ref.location] >= DEATHS:
            return list(suspect)
        self._chunks.appendleft(suspect)
        return []

    def drop(self) -> None:
        """What no worker has is not given to any."""
        self._loose.clear()
        self._chunks.clear()
        self._bytes = 0

    def _close(self) -> None:
        self._chunks.append(tuple(self._loose))
        self._loose.clear()
        self._bytes = 0
