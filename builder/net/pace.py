"""How often, and by how many at once, a host is asked."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

# Seconds between two looks at whether the build is to stop.
_LOOK = 0.2


class StoppedError(Exception):
    """The build is to stop, and what was waited for is not worth waiting."""


class Pace:
    """One host: `delay` seconds between two requests, at most `parallel` on their way. What was
    not used is not made up for, so no stretch of time ever holds more than is allowed."""

    def __init__(self, delay: float, parallel: int) -> None:
        self._delay = delay
        self._room = threading.BoundedSemaphore(parallel)
        self._gate = threading.Lock()
        self._next = 0.0
        self._held = 0.0

    def hold(self, seconds: float) -> None:
        """Nobody asks for so long, as the host has wished."""
        self._held = max(self._held, time.monotonic() + seconds)

    @contextmanager
    def turn(self, stopped: Callable[[], bool]) -> Iterator[Callable[[], None]]:
        """Waits for its turn and has it; StoppedError where `stopped` says so meanwhile. Gives
        what is called when the request leaves: until then nobody else has a turn."""
        _acquire(self._room, stopped)
        try:
            _acquire(self._gate, stopped)
            with ExitStack() as gate:
                gate.callback(self._gate.release)
                while (left := max(self._next, self._held) - time.monotonic()) > 0:
                    if stopped():
                        raise StoppedError
                    time.sleep(min(left, _LOOK))
                gate.callback(self._leave)
                yield gate.close
        finally:
            self._room.release()

    def _leave(self) -> None:
        self._next = time.monotonic() + self._delay


def _acquire(lock: threading.Lock | threading.Semaphore, stopped: Callable[[], bool]) -> None:
    while not lock.acquire(timeout=_LOOK):
        if stopped():
            raise StoppedError


class Paces:
    """The pace of every host; those that nobody has spoken of get the usual one."""

    def __init__(self, delay: float, parallel: int) -> None:
        self._usual = (delay, parallel)
        self._known: dict[str, Pace] = {}
        self._lock = threading.Lock()

    def set(self, url: str, delay: float, parallel: int) -> None:
        """For the host of `url`; the slower of two that are told."""
        with self._lock:
            self._known[_host(url)] = Pace(delay, parallel)

    def of(self, url: str) -> Pace:
        with self._lock:
            return self._known.setdefault(_host(url), Pace(*self._usual))


def _host(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port or parts.scheme}"
