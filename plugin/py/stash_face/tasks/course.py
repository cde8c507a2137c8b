"""How far a long run is: Stash's progress bar, and a line in its log now and then."""

from __future__ import annotations

import time
from collections import deque

from ..protocol import log

_SAY_SECONDS, _LINE_SECONDS, _PACE_SECONDS = 0.5, 60.0, 120.0
# Until the pace is known.
_LEAST_SECONDS = 5.0


class Course:
    """Of `total` pictures some are done; `said` is what else the line in the log tells."""

    def __init__(self, total: float) -> None:
        self.total = max(total, 1.0)
        self.done = 0.0
        self._said = self._told = time.monotonic()
        self._pace: deque[tuple[float, float]] = deque([(self._said, 0.0)])

    def restart(self) -> None:
        """The work begins anew; what is known by now goes by quickly."""
        self.done = 0.0
        self._pace = deque([(time.monotonic(), 0.0)])

    def advance(self, pictures: float, said: str = "") -> None:
        self.done += pictures
        now = time.monotonic()
        if now - self._said < _SAY_SECONDS:
            return
        self._said = now
        self._pace.append((now, self.done))
        while len(self._pace) > 2 and now - self._pace[0][0] > _PACE_SECONDS:
            self._pace.popleft()
        log.progress(self.done / self.total)
        if now - self._told > _LINE_SECONDS:
            self._told = now
            log.info(f"{self.done:,.0f} of about {self.total:,.0f} pictures{said}{self._left()}.")

    @property
    def eta_s(self) -> float | None:
        """Seconds left at the pace of the last two minutes; None before it is known."""
        (since, then), (now, done) = self._pace[0], self._pace[-1]
        if now - since < _LEAST_SECONDS or done <= then:
            return None
        return max(self.total - done, 0.0) * (now - since) / (done - then)

    def _left(self) -> str:
        seconds = self.eta_s
        return "" if seconds is None else f", about {duration(seconds)} left"


def duration(seconds: float) -> str:
    """`3 min`, `5 h 20 min`."""
    minutes = max(round(seconds / 60), 1)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
