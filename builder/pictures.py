"""The bytes behind a location: a file on this disk, or the download cache.

What is asked for again and again is what has not changed: then nothing is read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from builder.net.cache import Cache
from builder.state.files import File
from builder.values import PictureRef
from stash_face.errors import MediaError
from stash_face.media.limits import MAX_BYTES
from stash_face.media.naming import titled
from stash_face.media.source import open_file


class Bytes(NamedTuple):
    """A location's file as it is now, with its content where that was read."""

    ref: PictureRef
    file: File
    content: bytes | None


# (picture, what is known of it, this build's number) to its bytes now.
Fetch = Callable[[PictureRef, "File | None", int], Bytes]


def validator_of(location: str) -> str:
    """The file system's word for the version of a file; "" where there is none."""
    try:
        status = Path(location).stat()
    except (OSError, ValueError):
        return ""
    return f"{status.st_size}:{status.st_mtime_ns}"


def read_local(ref: PictureRef, build: int) -> Bytes:
    """A file of this disk; what is wrong with it stands in the answer."""
    title = titled("picture", ref.name.rpartition("/")[2])
    validator = validator_of(ref.location)
    try:
        stream, size = open_file(Path(ref.location), title)
        with stream:
            if size > MAX_BYTES:
                raise MediaError(f"{title} is above {MAX_BYTES // 1_000_000} MB; save it smaller.")
            content = stream.read()
    except MediaError as error:
        return Bytes(ref, File(None, validator, error.sentence, build), None)
    except OSError as error:
        return Bytes(ref, File(None, validator, f"{title} cannot be read ({error}).", build), None)
    return Bytes(ref, File(hashlib.sha256(content).hexdigest(), validator, None, build), content)


def due(ref: PictureRef, known: File | None, build: int, scanned: bool) -> bool:
    """Whether the location has to be looked at in this build."""
    if known is None:
        return True
    if not ref.remote:
        return validator_of(ref.location) != known.validator or not scanned
    if known.sha256 is not None and not scanned:
        return True
    if known.build == build:
        return False
    return known.problem is not None or not ref.frozen


class Stored:
    """Pictures that were scanned already, by sha256, from wherever they lie."""

    def __init__(self, cache: Cache, places: dict[str, PictureRef]) -> None:
        self._cache = cache
        self._places = places

    def get(self, sha256: str) -> bytes | None:
        """None where the picture is gone or another one now."""
        ref = self._places.get(sha256)
        if ref is None or ref.remote:
            return self._cache.get(sha256)
        found = read_local(ref, 0)
        return found.content if found.file.sha256 == sha256 else None
