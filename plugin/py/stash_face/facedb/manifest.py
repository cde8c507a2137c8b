"""What a face database says of itself, read strictly. Standard library only.

Three forms are read: format 1 (this project's), and the two that are published for stash-sense
(`models` with facenet_dim and arcface_dim, no pack). docs/face-database.md describes them.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, NamedTuple

from .. import __version__
from ..errors import DatabaseError

FORMAT_VERSION = 1
MANIFEST, FACES, PERFORMERS = "manifest.json", "faces.json", "performers.json"
STAMP = "verified.json"


class IndexFile(NamedTuple):
    """One embedder's index: file name, dimension, storage, sha256 of the weights ("" where the
    published form does not say)."""

    embedder: str
    file: str
    dimension: int
    storage: str
    weights: str


class Manifest(NamedTuple):
    """A complete database on disk; `identity` changes with any of its content."""

    folder: Path
    version: str
    created_at: str
    pack: str
    performer_count: int
    face_count: int
    sources: list[str]
    indices: list[IndexFile]
    checksums: dict[str, str]
    calibration: dict[str, Any] | None
    identity: str
    models: dict[str, Any]


def index_file_name(embedder: str) -> str:
    return f"face_{embedder}.voy"


def read_manifest(folder: Path) -> Manifest:
    """The manifest of `folder`; DatabaseError says what is missing, newer or contradictory."""
    if not folder.is_dir():
        put_back(folder)
    if not folder.is_dir():
        raise DatabaseError(f"There is no face database at {folder}: install one.", "no_database")
    path = folder / MANIFEST
    try:
        text = path.read_bytes()
        data = json.loads(text)
        if not isinstance(data, dict):
            raise ValueError("not an object")
    except FileNotFoundError:
        raise DatabaseError(
            f"The face database {folder} has no manifest.json, so it was only half written: "
            "build or install it again."
        ) from None
    except (OSError, ValueError, RecursionError) as error:
        raise DatabaseError(
            f"The face database's {path} cannot be read ({error}): get it again from its source."
        ) from None
    try:
        _check_version(data)
        manifest = _parse(folder, data, hashlib.sha256(text).hexdigest())
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise DatabaseError(
            f"The manifest of the face database {folder} is not understood ({error!r}): "
            "get it again from its source."
        ) from None
    _check_files(manifest)
    return manifest


def _check_version(data: dict[str, Any]) -> None:
    found = data.get("format_version", 1)
    if not isinstance(found, int) or found > FORMAT_VERSION:
        raise DatabaseError(
            f"The face database has format {found}, this plugin reads up to {FORMAT_VERSION}: "
            "update the plugin."
        )
    least = str(data.get("min_plugin_version", "0"))
    if version_numbers(least) > version_numbers(__version__):
        raise DatabaseError(
            f"The face database needs plugin version {least}, this is {__version__}: "
            "update the plugin."
        )


def version_numbers(version: str) -> list[int]:
    """A version of the plugin in a form that sorts: "1.10" comes after "1.9"."""
    return [int("".join(filter(str.isdigit, part)) or 0) for part in version.split(".")]


def _parse(folder: Path, data: dict[str, Any], digest: str) -> Manifest:
    models = data.get("models") or {}
    if "embedders" in data:
        pack = str(data["pack"])
        indices = [
            IndexFile(
                str(e["name"]),
                str(e["file"]),
                int(e["dimension"]),
                str(e["storage"]),
                str(e["sha256"]),
            )
            for e in data["embedders"]
        ]
    else:
        pack = "stash-sense"
        indices = [
            IndexFile("facenet", "face_facenet.voy", int(models["facenet_dim"]), "Float32", ""),
            IndexFile("arcface", "face_arcface.voy", int(models["arcface_dim"]), "Float32", ""),
        ]
    if not indices:
        raise ValueError("no embedders")
    for index in indices:
        if Path(index.file).name != index.file:
            raise ValueError(f"index file {index.file!r} lies elsewhere")
    sources = data.get("sources") or []
    calibration = data.get("calibration")
    return Manifest(
        folder, str(data["version"]), str(data.get("created_at", "")), pack,
        int(data["performer_count"]), int(data["face_count"]),
        [str(s) for s in sources], indices,
        {str(k): str(v) for k, v in (data.get("checksums") or {}).items()},
        calibration if isinstance(calibration, dict) else None, digest, dict(models),
    )  # fmt: skip


def set_aside(folder: Path) -> Path:
    """Where a writer keeps the old database between the two renames of a replacement."""
    return folder.with_name(f".{folder.name}.old")


def put_back(folder: Path) -> None:
    """The old database, where a writer was stopped between its two renames."""
    try:
        set_aside(folder).rename(folder)
    except (OSError, ValueError):  # there is none, as nearly always, or the path has no name
        pass


def _files(manifest: Manifest) -> list[str]:
    return [FACES, PERFORMERS] + [index.file for index in manifest.indices]


def _check_files(manifest: Manifest) -> None:
    missing = [name for name in _files(manifest) if not (manifest.folder / name).is_file()]
    if missing:
        raise DatabaseError(
            f"The face database {manifest.folder} lacks {', '.join(missing)}: install it again."
        )


def verify(manifest: Manifest) -> None:
    """Holds every file that is read against its checksum once, after that against size and time.

    What else a published database holds (SQLite, tattoos) does not matter here, and its SQLite
    file is known to differ. The stamp lies beside the files; in a folder that cannot be written
    each call reads all."""
    stamp = manifest.folder / STAMP
    names = [name for name in _files(manifest) if name in manifest.checksums]
    try:
        state = {"manifest": manifest.identity} | {
            name: _size_and_time(manifest.folder / name) for name in names
        }
        if _stamped(stamp) == state:
            return
        wrong = [n for n in names if sha256_of(manifest.folder / n) != _checksum(manifest, n)]
    except OSError as error:
        raise DatabaseError(
            f"The face database {manifest.folder} cannot be read ({error.strerror}): check that "
            "it is still there and that Stash's user may read it."
        ) from None
    if wrong:
        raise DatabaseError(
            f"{', '.join(wrong)} of the face database {manifest.folder} is not the file its "
            "manifest names (checksum differs): install the database again."
        )
    try:
        stamp.write_text(json.dumps(state))
    except OSError:
        pass


def _size_and_time(path: Path) -> list[int]:
    stat = path.stat()
    return [stat.st_size, stat.st_mtime_ns]


def _stamped(stamp: Path) -> Any:
    try:
        return json.loads(stamp.read_text())
    except (OSError, ValueError):
        return None


def _checksum(manifest: Manifest, name: str) -> str:
    """In plain hexadecimal; some forms put the algorithm before it."""
    return manifest.checksums[name].rpartition(":")[2].lower()


def sha256_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        for chunk in iter(lambda: stream.read(1 << 20), b""):
            digest.update(chunk)
    return digest.hexdigest()
