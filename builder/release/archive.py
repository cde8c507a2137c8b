"""Archives of face databases, the same bytes for the same content, and their parts."""

from __future__ import annotations

import gzip
import tarfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import IO, Any

from stash_face.errors import BadRequest
from stash_face.facedb.manifest import FACES, MANIFEST, PERFORMERS, Manifest, sha256_of

FORMS = ("tar.gz", "zip")
_LEVEL = 6
_BLOCK = 1 << 20


def database_files(manifest: Manifest) -> dict[str, Path]:
    """What is published of a database, by name."""
    names = [MANIFEST, FACES, PERFORMERS, *(index.file for index in manifest.indices)]
    return {name: manifest.folder / name for name in sorted(names)}


def pack(target: Path, files: Mapping[str, Path], date: str, form: str) -> None:
    """Writes `files` into the archive `target`, all dated `date` (ISO 8601)."""
    partial = target.with_name(f".{target.name}.partial")
    with _partial(partial) as stream:
        if form == "zip":
            _zip(stream, files, _date(date))
        else:
            _tar(stream, files, _date(date))
    partial.replace(target)


def split(archive: Path, limit: int | None) -> list[Path]:
    """The archive, or its parts of at most `limit` bytes in its place."""
    if limit is None or archive.stat().st_size <= limit:
        return [archive]
    parts = []
    with archive.open("rb") as whole:
        while block := whole.read(min(_BLOCK, limit)):
            part = archive.with_name(f"{archive.name}.{len(parts) + 1:03}")
            with part.open("wb") as out:
                left = limit
                while block:
                    left -= len(block)
                    out.write(block)
                    if not left:
                        break
                    block = whole.read(min(_BLOCK, left))
            parts.append(part)
    archive.unlink()
    return parts


def entry(name: str, parts: list[Path]) -> dict[str, Any]:
    """The archive `name` as the list of databases has it."""
    return {"name": name, "parts": [_part(path) for path in parts]}


def _part(path: Path) -> dict[str, Any]:
    return {"url": path.name, "size": path.stat().st_size, "sha256": sha256_of(path)}


def _tar(stream: IO[bytes], files: Mapping[str, Path], date: datetime) -> None:
    # The head of gzip would say when, and under which name, it was packed.
    with (
        gzip.GzipFile("", "wb", _LEVEL, stream, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as tape,
    ):
        for name, path in files.items():
            info = tarfile.TarInfo(name)
            info.size, info.mode = path.stat().st_size, 0o644
            info.mtime = int(date.timestamp())
            with path.open("rb") as content:
                tape.addfile(info, content)


def _zip(stream: IO[bytes], files: Mapping[str, Path], date: datetime) -> None:
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
        for name, path in files.items():
            info = zipfile.ZipInfo(name, date.timetuple()[:6])
            info.compress_type, info.create_system = zipfile.ZIP_DEFLATED, 3
            info.external_attr = 0o100644 << 16
            # The size decides about the form of the head, and is not known from a stream.
            info.file_size = path.stat().st_size
            with path.open("rb") as content, archive.open(info, "w") as out:
                while block := content.read(_BLOCK):
                    out.write(block)


def _date(text: str) -> datetime:
    try:
        date = datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(timezone.utc)
    except ValueError:
        date = datetime(1980, 1, 1, tzinfo=timezone.utc)
    return max(date, datetime(1980, 1, 1, tzinfo=timezone.utc))


@contextmanager
def _partial(path: Path) -> Iterator[IO[bytes]]:
    try:
        with path.open("wb") as stream:
            yield stream
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def parse_size(text: str) -> int:
    """Bytes of `1900M`, `2G` or a plain number; BadRequest."""
    units = {"K": 1_000, "M": 1_000_000, "G": 1_000_000_000}
    number, unit = (text[:-1], units.get(text[-1:].upper())) if text[-1:].isalpha() else (text, 1)
    try:
        size = int(float(number) * (unit or 0))
    except ValueError:
        size = 0
    if size < 1_000:
        raise BadRequest(f"{text!r} is no size: write it like 1900M or 2G.")
    return size
