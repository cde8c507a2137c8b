"""One file on its way over HTTP: what is here of it, and one try to get the rest.

Knows nothing of hashes, retries or where the file belongs.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ..errors import DownloadError

if TYPE_CHECKING:
    from requests import Response

Progress = Callable[[int, int], None]

# Bytes a read, which is also what a broken connection loses; progress is told as often.
CHUNK = 1 << 15


class DroppedError(Exception):
    """A try that may go better the next time; says why in a few words."""


@dataclass
class Transfer:
    """`size` bytes of `url` into the file `part`; beside it a note of the server's name for this
    version, so that a later process continues only what is still the same.

    `done`: bytes that are here. `heard`: the server has answered. `progress` gets bytes done and
    bytes in all. `timeout`: seconds without an answer."""

    url: str
    part: Path
    size: int
    progress: Progress
    timeout: float
    done: int = 0
    heard: bool = False
    validator: str | None = None

    def begin(self) -> bool:
        """Whether an earlier process left something to continue."""
        try:
            notes = json.loads(self._notes.read_text(encoding="utf-8"))
            same = notes["url"] == self.url
            self.validator = notes["validator"]
        except (OSError, ValueError, KeyError, TypeError):
            same = False
        self.done = size_of(self.part)
        if not same or self.done > self.size:
            self.restart()
        return self.done > 0

    def restart(self) -> None:
        """Drops what is here."""
        self.part.unlink(missing_ok=True)
        self.forget()
        self.done, self.validator = 0, None

    def forget(self) -> None:
        """Removes the note; without one, what is here is not continued."""
        self._notes.unlink(missing_ok=True)

    def attempt(self) -> None:
        """Appends what one response gives. DroppedError where that is not all; DownloadError
        where another try would be no better."""
        import requests

        try:
            with requests.get(
                self.url, headers=self._headers(), stream=True, timeout=self.timeout
            ) as response:
                self.heard = True
                self._accept(response)
                self._receive(response)
        except (
            requests.ConnectionError,
            requests.Timeout,
            requests.exceptions.ChunkedEncodingError,
        ) as error:
            raise DroppedError(_reason(error)) from error
        except requests.RequestException as error:
            raise DownloadError(
                f"{self.url} cannot be fetched ({_reason(error)}): check the address."
            ) from error
        if self.done < self.size:
            raise DroppedError("the connection ended early")

    @property
    def _notes(self) -> Path:
        return self.part.with_name(f"{self.part.name}.json")

    def _headers(self) -> dict[str, str]:
        headers = {"Accept-Encoding": "identity"}
        if self.done:
            headers["Range"] = f"bytes={self.done}-"
            if self.validator:
                headers["If-Range"] = self.validator
        return headers

    def _accept(self, response: Response) -> None:
        """Refuses what is not the file, and settles at which byte this body begins."""
        status = response.status_code
        if status == 416:
            self.restart()
            raise DroppedError("the server does not continue this file")
        if status in (408, 429) or status >= 500:
            raise DroppedError(f"HTTP {status}")
        if status not in (200, 206):
            raise DownloadError(_refusal(self.url, status))
        if status == 206 and not self._continues(response):
            self.restart()
            raise DroppedError("the server sent another range")
        if status == 200:
            self._refuse_pages(response)
            self.restart()
        self._remember(response)

    def _continues(self, response: Response) -> bool:
        stated = response.headers.get("Content-Range", "")
        return stated.startswith(f"bytes {self.done}-") and stated.endswith(f"/{self.size}")

    def _refuse_pages(self, response: Response) -> None:
        length = response.headers.get("Content-Length", "")
        if length.isdigit() and int(length) != self.size:
            raise self._not_the_file(f"{int(length):,} bytes", response)
        if _kind(response) == "text/html":
            raise self._not_the_file("a page", response)

    def _remember(self, response: Response) -> None:
        tag = response.headers.get("ETag", "")
        # If-Range takes no weak tags.
        strong = tag if tag.startswith('"') else None
        self.validator = strong or response.headers.get("Last-Modified")
        notes = {"url": self.url, "validator": self.validator}
        self._notes.write_text(json.dumps(notes), encoding="utf-8")

    def _receive(self, response: Response) -> None:
        with self.part.open("ab") as out:
            for chunk in response.iter_content(CHUNK):
                if self.done + len(chunk) > self.size:
                    self.forget()
                    raise self._not_the_file(f"more than {self.size:,} bytes", response)
                out.write(chunk)
                self.done += len(chunk)
                self.progress(self.done, self.size)
            out.flush()
            os.fsync(out.fileno())

    def _not_the_file(self, sent: str, response: Response) -> DownloadError:
        return DownloadError(
            f"{self.url} is not the file expected: it sent {sent} of {_kind(response)} where "
            f"{self.size:,} bytes are pinned; see in a browser what that address shows (a login "
            "page of the network?), or update the plugin."
        )


def read_small(url: str, limit: int, timeout: float = 30.0) -> bytes:
    """What `url` answers, at most `limit` bytes; DownloadError says why that is not to be had."""
    import requests

    try:
        with requests.get(url, stream=True, timeout=timeout) as response:
            if response.status_code != 200:
                raise DownloadError(_refusal(url, response.status_code))
            content = b""
            for chunk in response.iter_content(CHUNK):
                content += chunk
                if len(content) > limit:
                    raise DownloadError(f"{url} is larger than {limit:,} bytes: check the address.")
            return content
    except requests.RequestException as error:
        raise DownloadError(
            f"{url} cannot be fetched ({_reason(error)}): check the address and the network."
        ) from error


def host_of(url: str) -> str:
    """The server of an address, as people name it."""
    return urlsplit(url).netloc or url


def size_of(path: Path) -> int:
    """Bytes of a file, 0 where there is none."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _kind(response: Response) -> str:
    return response.headers.get("Content-Type", "unknown content").partition(";")[0]


def _refusal(url: str, status: int) -> str:
    if status in (404, 410):
        return f"{url} is not there (HTTP {status}): the file has moved, update the plugin."
    return (
        f"{host_of(url)} refuses {url} (HTTP {status}): try again later, "
        "or fetch the file with a browser."
    )


def _reason(error: Exception) -> str:
    """The innermost cause, which says in words what the layers above only wrap."""
    cause: BaseException = error
    while cause.__context__ is not None:
        cause = cause.__context__
    return str(getattr(cause, "strerror", None) or cause) or type(cause).__name__
