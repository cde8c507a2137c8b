"""A pinned file by address with the standard library alone: resumed, checked, put in place at
once.
"""

from __future__ import annotations

import hashlib
import os
import time
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from ..errors import DownloadError

TRIES = 5
_BLOCK = 1 << 16


def fetch(
    url: str,
    target: Path,
    sha256: str,
    progress: Callable[[int, int], None] = lambda done, total: None,
    *,
    timeout: float = 30.0,
    pause: float = 0.5,
    absent: str = "update the plugin",
) -> None:
    """Fetches `url` into `target`, whatever it is where `sha256` is empty. What an interrupted
    call has fetched is continued from `<target>.part`. `progress` gets bytes done and in all (0
    where the server does not tell); after the n-th failure the next try waits `pause` * 2^n s.
    `absent` is the advice where the server has no such file."""
    part = target.with_name(f"{target.name}.part")
    told = _without_secrets(url)
    for attempt in range(TRIES):
        try:
            _attempt(url, part, progress, timeout)
        except urllib.error.HTTPError as error:
            error.close()
            if error.code == 416:
                part.unlink(missing_ok=True)
            elif error.code < 500 and error.code not in (408, 429):
                raise DownloadError(f"{told} is not there (HTTP {error.code}): {absent}.") from None
            reason = f"HTTP {error.code}"
        except (urllib.error.URLError, HTTPException, ConnectionError, TimeoutError) as error:
            reason = str(getattr(error, "reason", None) or error)
        else:
            if not sha256 or sha256_of(part) == sha256:
                os.replace(part, target)
                return
            part.unlink()
            reason = "other content than expected"
        time.sleep(pause * 2.0**attempt)
    raise DownloadError(
        f"{urlsplit(told).netloc} did not send {target.name} ({reason}): check the connection and "
        "run Set up again; it continues where it stopped."
    )


def sha256_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb", buffering=0) as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _attempt(url: str, part: Path, progress: Callable[[int, int], None], timeout: float) -> None:
    here = part.stat().st_size if part.is_file() else 0
    request = urllib.request.Request(
        _without_secrets(url, query=True), headers={"Range": f"bytes={here}-"} if here else {}
    )
    parts = urlsplit(url)
    if parts.username is not None:
        login = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
        # Not to whom an answer leads on to.
        request.add_unredirected_header("Authorization", f"Basic {b64encode(login).decode()}")
    with urllib.request.urlopen(request, timeout=timeout) as answer:
        # Whoever ignores the range sends all from the beginning.
        if answer.status != 206:
            here = 0
        length = answer.headers.get("Content-Length") or ""
        total = here + int(length) if length.isdigit() else 0
        with part.open("ab" if here else "wb") as out:
            while block := answer.read(_BLOCK):
                out.write(block)
                here += len(block)
                progress(here, total)
    if total and here < total:
        raise ConnectionError("the connection ended early")


def _without_secrets(url: str, query: bool = False) -> str:
    """Without a name and a password, and unless `query` without what may hold a key."""
    parts = urlsplit(url)
    return urlunsplit(
        parts._replace(
            netloc=parts.netloc.rpartition("@")[2], query=parts.query if query else "", fragment=""
        )
    )
