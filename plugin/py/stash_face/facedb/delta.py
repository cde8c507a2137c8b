"""A newer face database out of an older one and what has changed: standard library only.

A delta is an archive with `delta.json` (from which database to which files) and for each file
`<name>.delta`: copies out of the old file of that name, and new bytes.
"""

from __future__ import annotations

import hashlib
import io
import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

from ..errors import DatabaseError
from .manifest import Manifest

FORMAT = 1
HEAD, SUFFIX = "delta.json", ".delta"
COPY, NEW = 0, 1
# Kind, where in the old file, how many bytes; new bytes follow.
_OPERATION = struct.Struct("<BQQ")
_BLOCK = 1 << 20


class Operation(NamedTuple):
    """`size` bytes: from `start` of the old file (COPY), or `content` (NEW)."""

    kind: int
    start: int
    size: int
    content: bytes = b""

    def encode(self) -> bytes:
        return _OPERATION.pack(self.kind, self.start, self.size) + self.content


class Changed(NamedTuple):
    """A file of the new database."""

    name: str
    size: int
    sha256: str


def head(base: Manifest, version: str, files: list[Changed]) -> bytes:
    """delta.json."""
    told = {
        "format": FORMAT,
        "from": {"version": base.version, "manifest": base.identity},
        "version": version,
        "files": [file._asdict() for file in files],
    }
    return json.dumps(told, indent=1).encode()


def read_head(content: bytes, base: Manifest) -> list[Changed]:
    """The files of the new database; DatabaseError where the delta is not one of `base`."""
    try:
        data: Any = json.loads(content)
        if data["format"] > FORMAT:
            raise DatabaseError("The delta is of a newer form: update the plugin.")
        begins = data["from"]["manifest"]
        files = [Changed(str(f["name"]), int(f["size"]), str(f["sha256"])) for f in data["files"]]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise DatabaseError(f"The delta is not understood ({error!r}): get it again.") from None
    if begins != base.identity:
        raise DatabaseError(
            f"The delta does not begin at the face database {base.folder}: take the whole one."
        )
    if any(Path(file.name).name != file.name for file in files):
        raise DatabaseError("The delta names files outside its folder: do not use it.")
    return files


def apply(delta: IO[bytes], old: Path, target: Path, wanted: Changed) -> None:
    """Writes the new file to `target`; DatabaseError where what comes out is not `wanted`."""
    digest, size = hashlib.sha256(), 0
    # A file that the old database does not have begins from nothing.
    with old.open("rb") if old.is_file() else io.BytesIO() as source, target.open("xb") as out:
        for block in _blocks(delta, source):
            size += len(block)
            if size > wanted.size:
                break
            digest.update(block)
            out.write(block)
    if size != wanted.size or digest.hexdigest() != wanted.sha256:
        raise DatabaseError(
            f"The delta does not make the {wanted.name} that it names: take the whole database."
        )


def _blocks(delta: IO[bytes], source: IO[bytes]) -> Iterator[bytes]:
    while packed := delta.read(_OPERATION.size):
        try:
            kind, start, left = _OPERATION.unpack(packed)
        except struct.error:
            return
        stream = source if kind == COPY else delta
        if kind == COPY:
            source.seek(start)
        while left:
            block = stream.read(min(_BLOCK, left))
            if not block:
                return
            left -= len(block)
            yield block
