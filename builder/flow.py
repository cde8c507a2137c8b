"""Threads joined by bounded queues: each stage takes items, gives items, and waits for room.

A failure in any stage ends them all and is raised where the results are read. Knows nothing of
pictures.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import Any

_END = object()
# Seconds between two looks at whether everything is to end.
_LOOK = 0.1


class Flow:
    """`with Flow() as flow:` add stages, read `flow.results()`. Leaving ends the threads; what
    was still on its way is lost."""

    def __init__(self) -> None:
        self._threads: list[threading.Thread] = []
        self._over = threading.Event()
        self._failure: BaseException | None = None
        self._last: queue.Queue[Any] | None = None

    def feed(self, items: Iterable[Any], room: int) -> None:
        """The first stage: `items` as far as there is room for them."""
        given: queue.Queue[Any] = queue.Queue(room)
        self._last = given

        def work() -> None:
            for item in items:
                self._put(given, item)
            self._put(given, _END)

        self._start(work)

    def stage(self, work: Callable[[Any], Iterable[Any]], threads: int, room: int) -> None:
        """`work` gives any number of items for each that it gets, in `threads` at once; at most
        `room` of them wait for the next stage."""
        taken, given = self._last, queue.Queue[Any](room)
        assert taken is not None
        self._last = given
        left = [threads]
        lock = threading.Lock()

        def run() -> None:
            while (item := self._get(taken)) is not _END:
                for result in work(item):
                    self._put(given, result)
            self._put(taken, _END)
            with lock:
                left[0] -= 1
                last = not left[0]
            if last:
                self._put(given, _END)

        for _ in range(threads):
            self._start(run)

    def pipe(self, work: Callable[[Iterator[Any]], Generator[Any, None, None]], room: int) -> None:
        """A stage of one thread that keeps what it has: `work` gets all that comes, None where
        nothing does at the moment, and gives what it likes, None where there is nothing yet."""
        taken, given = self._last, queue.Queue[Any](room)
        assert taken is not None
        self._last = given

        def run() -> None:
            with contextlib.closing(work(self._incoming(taken))) as results:
                for result in results:
                    if result is not None:
                        self._put(given, result)
                    elif self._over.is_set():
                        raise _OverError
            self._put(given, _END)

        self._start(run)

    def results(self, idle: Callable[[], None] = lambda: None) -> Iterator[Any]:
        """What comes out of the last stage; `idle` is called while nothing does."""
        assert self._last is not None
        while True:
            try:
                item = self._last.get(timeout=_LOOK)
            except queue.Empty:
                if self._failure is not None:
                    raise self._failure from None
                idle()
                continue
            if item is _END:
                break
            yield item
        if self._failure is not None:
            raise self._failure

    def __enter__(self) -> Flow:
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _start(self, work: Callable[[], None]) -> None:
        def run() -> None:
            try:
                work()
            except _OverError:
                pass
            except BaseException as failure:
                self._failure = self._failure or failure
                self._over.set()

        thread = threading.Thread(target=run, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _incoming(self, taken: queue.Queue[Any]) -> Iterator[Any]:
        while not self._over.is_set():
            try:
                item = taken.get(timeout=_LOOK)
            except queue.Empty:
                yield None
                continue
            if item is _END:
                return
            yield item
        raise _OverError

    def _put(self, given: queue.Queue[Any], item: Any) -> None:
        while not self._over.is_set():
            try:
                given.put(item, timeout=_LOOK)
                return
            except queue.Full:
                continue
        raise _OverError

    def _get(self, taken: queue.Queue[Any]) -> Any:
        while not self._over.is_set():
            try:
                return taken.get(timeout=_LOOK)
            except queue.Empty:
                continue
        raise _OverError


class _OverError(Exception):
    """Everything is to end."""
