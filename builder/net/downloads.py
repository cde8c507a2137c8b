"""Pictures behind addresses into the cache: only what is new, and only pictures."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from urllib.parse import urlsplit

from builder.net.cache import Cache
from builder.net.web import Web
from builder.net.wire import Answer, DroppedError, RefusedError
from builder.pictures import Bytes
from builder.state.files import File
from builder.values import PictureRef
from stash_face.media import formats
from stash_face.media.naming import titled

MAX_BYTES = 30_000_000
# Pictures in a row that a host did not give before it is left alone for this build.
MOST_FAILURES = 8


class Downloads:
    """`fetch` for the pipeline. `secrets`: headers for addresses that begin so, as a Stash's own
    pictures need its key."""

    def __init__(
        self,
        web: Web,
        cache: Cache,
        say: Callable[[str], None],
        secrets: dict[str, dict[str, str]] | None = None,
    ) -> None:
        self._web, self._cache, self._say = web, cache, say
        self._secrets = secrets or {}
        self._failures: dict[str, int] = {}
        self._lock = threading.Lock()

    def fetch(self, ref: PictureRef, known: File | None, build: int) -> Bytes:
        """From the cache where it is the same still, else from the server; a server that fails
        leaves what was known."""
        cached = self._cache.get(known.sha256) if known and known.sha256 else None
        if known and cached is not None and (ref.frozen or known.build == build):
            return Bytes(ref, known._replace(build=build), cached)
        host = urlsplit(ref.location).netloc
        if self._failures.get(host, 0) >= MOST_FAILURES:
            return self._unheard(ref, known, cached, f"{host} does not answer", build)
        headers = {"Accept": "image/*,*/*;q=0.5", **self._secret(ref.location)}
        if known and cached is not None:
            headers.update(_conditions(known.validator))
        try:
            answer = self._web.get(ref.location, headers, MAX_BYTES)
        except DroppedError as error:
            self._failed(host)
            return self._unheard(ref, known, cached, str(error), build)
        except RefusedError as error:
            return _without(ref, f"is not downloaded: {error}", build)
        if answer.status in (429, 500, 502, 503, 504):
            self._failed(host)
            return self._unheard(ref, known, cached, f"{host} says {answer.status}", build)
        self._failures[host] = 0
        if answer.status == 304 and known and cached is not None:
            return Bytes(ref, known._replace(build=build), cached)
        return self._new(ref, answer, build)

    def _new(self, ref: PictureRef, answer: Answer, build: int) -> Bytes:
        problem = _wrong(answer)
        if problem:
            return _without(ref, problem, build)
        sha256 = self._cache.put(answer.body)
        return Bytes(ref, File(sha256, _validator(answer), None, build), answer.body)

    def _secret(self, location: str) -> dict[str, str]:
        return next((own for start, own in self._secrets.items() if location.startswith(start)), {})

    def _failed(self, host: str) -> None:
        with self._lock:
            self._failures[host] = self._failures.get(host, 0) + 1
            if self._failures[host] == MOST_FAILURES:
                self._say(f"{host} does not answer: its pictures are left for the next build.")

    def _unheard(
        self, ref: PictureRef, known: File | None, cached: bytes | None, why: str, build: int
    ) -> Bytes:
        if known and known.sha256:
            return Bytes(ref, known._replace(build=build), cached)
        return _without(ref, f"could not be downloaded: {why}", build)


def _without(ref: PictureRef, problem: str, build: int) -> Bytes:
    sentence = f"{titled('picture', ref.name)} {problem}."
    return Bytes(ref, File(None, "", sentence, build), None)


def _wrong(answer: Answer) -> str:
    """Why this is no picture, or ""."""
    if answer.large:
        return f"is above the limit of {MAX_BYTES // 1_000_000} MB"
    if answer.status in (404, 410):
        return "is not there any more"
    if answer.status != 200:
        return f"could not be downloaded: the server says {answer.status}"
    kind = answer.headers.get_content_type()
    if kind in ("text/html", "application/xhtml+xml"):
        return "is a web page, not a picture"
    if not answer.body:
        return "is an empty file"
    if formats.sniff(answer.body[: formats.HEAD_BYTES]) == formats.TEXT:
        return "is text, not a picture"
    return ""


def _validator(answer: Answer) -> str:
    told = {
        "If-None-Match": answer.headers.get("ETag"),
        "If-Modified-Since": answer.headers.get("Last-Modified"),
    }
    return json.dumps({name: value for name, value in told.items() if value})


def _conditions(validator: str) -> dict[str, str]:
    try:
        found = json.loads(validator)
    except ValueError:
        return {}
    return {str(name): str(value) for name, value in found.items()} if found else {}
