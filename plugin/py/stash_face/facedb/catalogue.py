"""The list of what a source of face databases offers (`index.json`), read strictly.

Standard library only; fetches nothing. docs/face-database.md has the form.
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

from .. import __version__
from ..errors import DatabaseError
from .manifest import version_numbers

FORMAT = 1
INDEX = "index.json"
# A list of years of releases is far smaller.
MAX_BYTES = 4_000_000
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


class Part(NamedTuple):
    """One download: where, how many bytes, and which."""

    url: str
    size: int
    sha256: str


class Archive(NamedTuple):
    """A zip or tar.gz, in parts where a host has a limit."""

    name: str
    parts: tuple[Part, ...]

    @property
    def size(self) -> int:
        return sum(part.size for part in self.parts)


class Release(NamedTuple):
    """One version on offer; `deltas` are archives by the version that they start from."""

    version: str
    created_at: str
    pack: str
    performer_count: int
    face_count: int
    archive: Archive
    deltas: dict[str, Archive]


def newest(content: bytes, url: str) -> Release:
    """The newest release of the list at `url` that this plugin can read; DatabaseError says what
    is off. Addresses in it may be relative to `url`."""
    try:
        data = json.loads(content)
        if not isinstance(data, dict) or "databases" not in data:
            raise ValueError("it has no databases")
    except (ValueError, RecursionError) as error:
        raise DatabaseError(
            f"{url} is not a list of face databases ({error}): give the address of an index.json "
            "that 'builder index' wrote."
        ) from None
    if not isinstance(data.get("format"), int) or data["format"] > FORMAT:
        raise DatabaseError(f"The list {url} is of a newer form: update the plugin.")
    try:
        offered = [_release(entry, url) for entry in data["databases"] if _readable(entry)]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DatabaseError(
            f"The list {url} is not understood ({error!r}): tell whoever publishes it."
        ) from None
    if not offered:
        raise DatabaseError(
            f"The list {url} offers no face database for this version of the plugin "
            f"({__version__}): update the plugin."
        )
    return max(offered, key=lambda release: (release.created_at, release.version))


def _readable(entry: dict[str, Any]) -> bool:
    least = str(entry.get("min_plugin_version", "0"))
    return version_numbers(least) <= version_numbers(__version__)


def _release(entry: dict[str, Any], url: str) -> Release:
    deltas = {str(d["from"]): _archive(d["archive"], url) for d in entry.get("deltas", [])}
    return Release(
        _plain(entry["version"]),
        str(entry["created_at"]),
        str(entry["pack"]),
        int(entry["performer_count"]),
        int(entry["face_count"]),
        _archive(entry["archive"], url),
        deltas,
    )


def _archive(entry: dict[str, Any], url: str) -> Archive:
    parts = tuple(_part(part, url) for part in entry["parts"])
    if not parts:
        raise ValueError("an archive without parts")
    return Archive(_plain(entry["name"]), parts)


def _part(entry: dict[str, Any], url: str) -> Part:
    address, sha256 = urljoin(url, entry["url"]), str(entry["sha256"])
    if urlsplit(address).scheme not in ("http", "https") or not _SHA256.fullmatch(sha256):
        raise ValueError(f"{entry['url']!r} is no download")
    size = entry["size"]
    if not isinstance(size, int) or size <= 0:
        raise ValueError(f"{size!r} is no size")
    return Part(address, size, sha256)


def _plain(name: Any) -> str:
    """A name that is safe as one of a file."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name")
    return name
