"""How far a build is: rates and time left, for a terminal, a log and other programs.

Prints nothing itself: lines go to whoever is told, and progress.json beside the state.
"""

from __future__ import annotations

import json
import os
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

# Seconds between two states on a terminal and in progress.json, and the pictures of a saved line.
SHOWN_EVERY, LINE_EVERY = 0.5, 100
# The rate is that of so many seconds.
_MEMORY = 60.0


class Tell(NamedTuple):
    """`line`: a sentence that stays; `status`: one that the next replaces (a terminal's)."""

    line: Callable[[str], None]
    status: Callable[[str], None] = lambda text: None


class Progress:
    """Counts pictures of one build; every hundred are told, with rate and time left."""

    def __init__(self, tell: Tell, path: Path | None) -> None:
        self._tell, self._path = tell, path
        self._stage = ""
        self._total = self._done = self._faces = self._problems = 0
        self._began = self._shown = time.monotonic()
        self._recent: deque[tuple[float, int]] = deque()

    def line(self, sentence: str) -> None:
        self._tell.line(sentence)

    def stage(self, name: str, total: int = 0) -> None:
        """What is done now, and how many pictures it is about."""
        self._stage, self._total, self._done = name, total, 0
        self._faces = self._problems = 0
        self._recent.clear()
        self._began = time.monotonic()
        self._show(force=True)

    def performers(self, source: str, done: int, total: int | None) -> None:
        """A source has told of so many."""
        self._stage, self._done, self._total = f"reading {source}", done, total or 0
        self._show()

    def picture(self, faces: int, problem: bool) -> None:
        """One more is saved."""
        self._done += 1
        self._faces += faces
        self._problems += problem
        self._recent.append((time.monotonic(), self._done))
        if self._done % LINE_EVERY == 0:
            self._tell.line(self.sentence())
        self._show()

    def told(self) -> None:
        """Time has passed."""
        self._show()

    def end(self, sentence: str) -> None:
        self._stage, self._total = "done", self._done
        self._show(force=True)
        self._tell.line(sentence)

    @property
    def rate(self) -> float:
        """Pictures a second, of late."""
        now = time.monotonic()
        while self._recent and now - self._recent[0][0] > _MEMORY:
            self._recent.popleft()
        if not self._recent:
            return 0.0
        since, first = self._recent[0]
        if now - self._began < _MEMORY:
            since, first = self._began, 0
        return (self._done - first) / max(now - since, 1e-3)

    def sentence(self) -> str:
        counted = f"{self._done:,} of {self._total:,}" if self._total else f"{self._done:,}"
        if not self._recent:
            return f"{self._stage[:1].upper()}{self._stage[1:]}: {counted}"
        left = f", {_duration(self._left())} left" if self._total and self.rate else ""
        return (
            f"{counted} pictures, {self._faces:,} faces, {self._problems:,} with a problem, "
            f"{self.rate:.1f} a second{left}"
        )

    def _left(self) -> float:
        return (self._total - self._done) / max(self.rate, 1e-6)

    def _show(self, force: bool = False) -> None:
        now = time.monotonic()
        if not force and now - self._shown < SHOWN_EVERY:
            return
        self._shown = now
        self._tell.status(self.sentence())
        if self._path is None:
            return
        content = {
            "stage": self._stage, "done": self._done, "total": self._total,
            "faces": self._faces, "problems": self._problems, "per_second": round(self.rate, 2),
            "eta_s": round(self._left()) if self.rate and self._total else None,
        }  # fmt: skip
        new = self._path.with_suffix(".new")
        try:
            new.write_text(json.dumps(content), encoding="utf-8")
            os.replace(new, self._path)
        except OSError:  # it is only a courtesy
            pass


def _duration(seconds: float) -> str:
    minutes = int(seconds + 59) // 60
    if minutes < 2:
        return f"{int(seconds) + 1} s"
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60:02} min"
