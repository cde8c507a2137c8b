"""A face database out of its archive (zip or tar), checked, into the data home.

Only what a face database consists of is taken, whatever else the archive holds: plain files
beside its manifest, no links, no paths. It stands under its own name only once it is complete.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from ..errors import DatabaseError, StoreError
from ..file_lock import file_lock
from .archive import ERRORS, Member, members
from .delta import HEAD, SUFFIX, Changed, apply, read_head
from .installed import databases_folder
from .manifest import MANIFEST, Manifest, read_manifest, verify

Progress = Callable[[int, int], None]
# Unpacked folders begin with this until they are complete.
_COMING = ".coming-"
# Bytes that stay free on the disk.
_SPARE = 32_000_000
_BLOCK = 1 << 20


def unpack(
    archive: Path,
    data_home: Path,
    progress: Progress = lambda done, total: None,
    base: Manifest | None = None,
) -> Manifest:
    """The manifest of the database that was in `archive`, now in the data home; one that is
    there already is left as it is. A delta is applied to `base`. `progress` gets bytes done and
    in all.

    DatabaseError says what is wrong with the archive, StoreError with the disk."""
    folder = databases_folder(data_home)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with file_lock(folder / ".unpack.lock"):
            _sweep(folder)
            with members(archive) as found:
                coming = Path(tempfile.mkdtemp(prefix=_COMING, dir=folder))
                try:
                    return _put(folder, _written(found, coming, archive, progress, base))
                finally:
                    shutil.rmtree(coming, ignore_errors=True)
    except ERRORS as error:
        raise DatabaseError(
            f"The archive {archive} is broken ({error}): get it again from its source."
        ) from None
    except OSError as error:
        raise StoreError(
            f"The face database cannot be unpacked into {folder} ({error.strerror or error}): "
            "make room there, and give Stash's user the right to write."
        ) from None


def _written(
    found: dict[str, Member],
    coming: Path,
    archive: Path,
    progress: Progress,
    base: Manifest | None,
) -> Manifest:
    changed: list[Changed] = []
    if HEAD in found:
        if base is None:
            raise DatabaseError(f"{archive} holds only changes: install the whole database first.")
        with found[HEAD].open() as content:
            changed = read_head(content.read(), base)
        total = sum(file.size for file in changed)
    elif MANIFEST in found:
        total = sum(member.size for member in found.values())
    else:
        raise DatabaseError(
            f"The archive {archive} holds no face database (no {MANIFEST}): take another file."
        )
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

    if base is not None and HEAD in found:
        _apply(changed, found, base, coming, count)
    else:
        for name, member in found.items():
            _copy(member, coming / name, count)
    manifest = read_manifest(coming)
    verify(manifest)
    return manifest


def _apply(
    changed: list[Changed],
    found: dict[str, Member],
    base: Manifest,
    coming: Path,
    count: Callable[[int], None],
) -> None:
    for file in changed:
        member = found.get(f"{file.name}{SUFFIX}")
        if member is None:
            raise DatabaseError(f"The delta lacks {file.name}: take the whole database.")
        with member.open() as delta:
            apply(delta, base.folder / file.name, coming / file.name, file)
        count(file.size)


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


def _copy(member: Member, target: Path, count: Callable[[int], None]) -> None:
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
