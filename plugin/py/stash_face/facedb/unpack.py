"""A face database out of its archive (zip or tar), checked, into the data home.

Only what a face database consists of is taken, whatever else the archive holds: plain files
beside its manifest, no links, no paths. It stands under its own name only once it is complete.
"""

from __future__ import annotations

import contextlib
import lzma
import os
import re
import shutil
import stat
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple

from ..errors import DatabaseError, StoreError
from ..file_lock import file_lock
from .installed import databases_folder
from .manifest import MANIFEST, STAMP, Manifest, read_manifest, verify

Progress = Callable[[int, int], None]
# Unpacked folders begin with this until they are complete.
_COMING = ".coming-"
# Bytes that stay free on the disk.
_SPARE = 32_000_000
_BLOCK = 1 << 20
_TAKEN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}\.(json|voy)")


_ARCHIVE_ERRORS = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError,
    NotImplementedError, RuntimeError,
)  # fmt: skip


class _Member(NamedTuple):
    name: str
    size: int
    open: Callable[[], IO[bytes]]


def unpack(
    archive: Path, data_home: Path, progress: Progress = lambda done, total: None
) -> Manifest:
    """The manifest of the database that was in `archive`, now in the data home; one that is
    there already is left as it is. `progress` gets bytes done and in all.

    DatabaseError says what is wrong with the archive, StoreError with the disk."""
    folder = databases_folder(data_home)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with file_lock(folder / ".unpack.lock"):
            _sweep(folder)
            with _members(archive) as members:
                coming = Path(tempfile.mkdtemp(prefix=_COMING, dir=folder))
                try:
                    return _put(folder, _written(members, coming, archive, progress))
                finally:
                    shutil.rmtree(coming, ignore_errors=True)
    except _ARCHIVE_ERRORS as error:
        raise DatabaseError(
            f"The archive {archive} is broken ({error}): get it again from its source."
        ) from None
    except OSError as error:
        raise StoreError(
            f"The face database cannot be unpacked into {folder} ({error.strerror or error}): "
            "make room there, and give Stash's user the right to write."
        ) from None


def _written(
    members: dict[str, _Member], coming: Path, archive: Path, progress: Progress
) -> Manifest:
    if MANIFEST not in members:
        raise DatabaseError(
            f"The archive {archive} holds no face database (no {MANIFEST}): take another file."
        )
    total = sum(member.size for member in members.values())
    if shutil.disk_usage(coming).free < total + _SPARE:
        raise DatabaseError(
            f"The face database needs {total // 1_000_000} MB on the disk of {coming.parent}: "
            "make room there and try again."
        )
    done = 0

    def count(block: int) -> None:
        nonlocal done
        done += block
        progress(done, total)

    for name, member in members.items():
        _copy(member, coming / name, count)
    manifest = read_manifest(coming)
    verify(manifest)
    return manifest


def _put(folder: Path, manifest: Manifest) -> Manifest:
    """Renames the complete folder to its version; another database under that name stays."""
    version = re.sub(r"[^A-Za-z0-9._-]", "_", manifest.version).strip(".") or "database"
    for name in (version, f"{version}-{manifest.identity[:8]}"):
        target = folder / name
        if not target.exists():
            os.chmod(manifest.folder, 0o755)
            manifest.folder.rename(target)
            return read_manifest(target)
        with contextlib.suppress(DatabaseError):
            there = read_manifest(target)
            if there.identity == manifest.identity:
                return there
    raise DatabaseError(f"There are two other face databases under {target}: move them away.")


def _sweep(folder: Path) -> None:
    """Removes what a killed process has left."""
    for left in folder.glob(f"{_COMING}*"):
        shutil.rmtree(left, ignore_errors=True)


@contextlib.contextmanager
def _members(archive: Path) -> Iterator[dict[str, _Member]]:
    """The plain files beside the archive's manifest, by name."""
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as bundle:
            yield _beside_manifest([
                _Member(entry.filename, entry.file_size, partial(bundle.open, entry))
                for entry in bundle.infolist()
                if not (entry.is_dir() or entry.flag_bits & 0x1)
                and stat.S_IFMT(entry.external_attr >> 16) in (0, stat.S_IFREG)
            ])  # fmt: skip
        return
    with tarfile.open(archive) as tape:
        yield _beside_manifest([
            _Member(entry.name, entry.size, partial(_taped, tape, entry))
            for entry in tape
            if entry.isreg()
        ])  # fmt: skip


def _taped(tape: tarfile.TarFile, entry: tarfile.TarInfo) -> IO[bytes]:
    content = tape.extractfile(entry)
    if content is None:
        raise tarfile.ReadError(f"{entry.name} is no file")
    return content


def _beside_manifest(entries: list[_Member]) -> dict[str, _Member]:
    placed = [(PurePosixPath(entry.name), entry) for entry in entries]
    places = [path.parent for path, _ in placed if path.name == MANIFEST]
    if not places:
        return {}
    place = min(places, key=lambda place: len(place.parts))
    return {
        path.name: entry
        for path, entry in placed
        if path.parent == place and _TAKEN.fullmatch(path.name) and path.name != STAMP
    }


def _copy(member: _Member, target: Path, count: Callable[[int], None]) -> None:
    left = member.size
    with member.open() as content, target.open("xb") as out:
        while block := content.read(_BLOCK):
            left -= len(block)
            if left < 0:
                raise DatabaseError(
                    f"{member.name} in the archive is larger than the archive says: "
                    "get it again from its source."
                )
            out.write(block)
            count(len(block))
        out.flush()
        os.fsync(out.fileno())
