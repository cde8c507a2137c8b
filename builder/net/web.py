"""The builder's one way to ask a server: at its pace, patiently, and never where it must not.

Everything that leaves the machine goes through `Web.get` and `Web.post`.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import timezone
from email.message import Message
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin

from builder.net.pace import Paces, StoppedError
from builder.net.wire import Answer, DroppedError, Question, RefusedError, Target, Wire

# Tries of one request, and seconds before the second, which double.
TRIES, PAUSE = 5, 1.0
# The longest that a server may ask to be left alone, in seconds.
MOST_PATIENCE = 900.0
MAX_REDIRECTS = 3
JSON_BYTES = 64_000_000
_REDIRECTS = (301, 302, 303, 307, 308)
_AGAIN = (429, 500, 502, 503, 504)


class Web:
    """`inside`: addresses whose hosts may lie in the home network, because the user has named
    them. Waits end when `stopped` says so, with StoppedError."""

    def __init__(
        self,
        paces: Paces,
        inside: Iterable[str] = (),
        *,
        stopped: Callable[[], bool] = lambda: False,
        pause: float = PAUSE,
        wire: Wire | None = None,
    ) -> None:
        places = frozenset(Target.of(url).place for url in inside)
        self._wire = wire or Wire(places)
        self.paces = paces
        self._stopped = stopped
        self._pause = pause

    def get(self, url: str, headers: Mapping[str, str], max_bytes: int) -> Answer:
        """The answer behind redirects; a host that may be inside leads to no other such, and
        `headers` go to the first host only where they hold a secret. DroppedError after several
        tries, RefusedError for an address that is not asked."""
        for _ in range(1 + MAX_REDIRECTS):
            answer = self._patiently("GET", url, headers, None, max_bytes)
            leads = answer.headers.get("Location")
            if answer.status not in _REDIRECTS or not leads:
                return answer
            here, url = Target.of(url), urljoin(url, leads)
            there = Target.of(url)
            if there.place != here.place:
                if there.place in self._wire.inside:
                    raise RefusedError(f"{here.host} leads into the home network")
                headers = {}
        raise RefusedError(f"more than {MAX_REDIRECTS} redirects")

    def post(self, url: str, headers: Mapping[str, str], content: Any) -> Answer:
        """The answer to JSON; no redirect is followed, so that no key goes elsewhere. For
        questions only: it is asked again where no answer came."""
        body = json.dumps(content).encode()
        own = {"Content-Type": "application/json", "Accept": "application/json"}
        return self._patiently("POST", url, {**own, **headers}, body, JSON_BYTES)

    def _patiently(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, most: int
    ) -> Answer:
        question, pace = Question(method, Target.of(url), headers, body, most), self.paces.of(url)
        wait = self._pause
        for number in range(1, TRIES + 1):
            try:
                with pace.turn(self._stopped) as left:
                    answer = self._wire.ask(question, left)
            except DroppedError:
                if number == TRIES:
                    raise
                self._sleep(wait * random.uniform(0.8, 1.2))
            else:
                # A stash-box answers a malformed key with 500, each time.
                last = number == TRIES or (answer.status == 500 and method == "POST" and number > 1)
                if answer.status not in _AGAIN or last:
                    return answer
                asked = retry_after(answer.headers)
                pause = wait if asked is None else min(asked, MOST_PATIENCE)
                if answer.status == 429 or asked is not None:
                    pace.hold(pause)
                self._sleep(pause)
            wait *= 2
        raise AssertionError("the last try always ends")

    def _sleep(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if self._stopped():
                raise StoppedError
            time.sleep(min(left, 0.2))


def retry_after(headers: Message) -> float | None:
    """Seconds for which the server asks to be left alone; its own clock counts, not ours."""
    text = (headers.get("Retry-After") or "").strip()
    if text.isdigit():
        return float(text)
    try:
        until = parsedate_to_datetime(text)
        now = parsedate_to_datetime(headers.get("Date") or "")
        if until.tzinfo is None:
            until = until.replace(tzinfo=timezone.utc)
        if now.tzinfo is None:
            now = now.replace(tzinfo=timezone.utc)
    except (TypeError, ValueError, IndexError):
        return None
    return max((until - now).total_seconds(), 0.0)
