"""Weight files out of a zip: only the members asked for, no links, no surprises of size."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from ..errors import DownloadError
from .packs import WeightFile

_ENCRYPTED = 0x1


def extract(archive: Path, files: Sequence[WeightFile], folder: Path) -> None:
    """Writes the weight files that `archive` holds into `folder`, each at once and under its own
    name whatever the archive calls its folders. The content is the caller's to verify.

    DownloadError where the archive is broken or does not hold a file as pinned."""
    try:
        with zipfile.ZipFile(archive) as bundle:
            for file in files:
                _extract_one(bundle, _member(bundle, file), folder / file.name)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise DownloadError(
            f"The archive {archive} is broken ({error}): delete it and run Set up again."
        ) from error


def _member(bundle: zipfile.ZipFile, file: WeightFile) -> zipfile.ZipInfo:
    found = [e for e in bundle.infolist() if PurePosixPath(e.filename).name == file.name]
    # The upper half of the attributes is the Unix mode; 0 where another system wrote the zip.
    plain = [e for e in found if stat.S_IFMT(e.external_attr >> 16) in (0, stat.S_IFREG)]
    usable = [e for e in plain if e.file_size == file.size and not e.flag_bits & _ENCRYPTED]
    if len(usable) != 1:
        raise DownloadError(
            f"The archive {bundle.filename} does not hold {file.name} as a plain file of "
            f"{file.size:,} bytes: delete it and run Set up again."
        )
    return usable[0]


def _extract_one(bundle: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path) -> None:
    handle, temporary = tempfile.mkstemp(prefix=f".{target.name}-", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as out, bundle.open(member) as content:
            # zipfile ends a member at the size its directory states, and checks its CRC there.
            while block := content.read(1 << 20):
                out.write(block)
        os.chmod(temporary, 0o644)
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
