"""The files of a face database inside an archive (zip or tar): plain ones beside its manifest.

No links, no paths, nothing of another kind. Standard library only.
"""

from __future__ import annotations

import contextlib
import lzma
import re
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple

from .delta import HEAD
from .manifest import MANIFEST, STAMP

# What opening or reading an archive that is broken raises.
ERRORS = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError,
    NotImplementedError, RuntimeError,
)  # fmt: skip
_TAKEN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}\.(json|voy|delta)")


class Member(NamedTuple):
    """A file of the archive, `size` bytes; `open` gives its content from the start."""

    name: str
    size: int
    open: Callable[[], IO[bytes]]


@contextlib.contextmanager
def members(archive: Path) -> Iterator[dict[str, Member]]:
    """The plain files beside the archive's manifest, by name."""
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as bundle:
            yield _beside_manifest([
                Member(entry.filename, entry.file_size, partial(bundle.open, entry))
                for entry in bundle.infolist()
                if not (entry.is_dir() or entry.flag_bits & 0x1)
                and stat.S_IFMT(entry.external_attr >> 16) in (0, stat.S_IFREG)
            ])  # fmt: skip
        return
    with tarfile.open(archive) as tape:
        yield _beside_manifest([
            Member(entry.name, entry.size, partial(_taped, tape, entry))
            for entry in tape
            if entry.isreg()
        ])  # fmt: skip


def _taped(tape: tarfile.TarFile, entry: tarfile.TarInfo) -> IO[bytes]:
    content = tape.extractfile(entry)
    if content is None:
        raise tarfile.ReadError(f"{entry.name} is no file")
    return content


def _beside_manifest(entries: list[Member]) -> dict[str, Member]:
    placed = [(PurePosixPath(entry.name), entry) for entry in entries]
    places = [path.parent for path, _ in placed if path.name in (MANIFEST, HEAD)]
    if not places:
        return {}
    place = min(places, key=lambda place: len(place.parts))
    return {
        path.name: entry
        for path, entry in placed
        if path.parent == place and _TAKEN.fullmatch(path.name) and path.name != STAMP
    }
