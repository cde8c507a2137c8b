"""The face database that was chosen for Set up: which one, from where, and bringing it."""

from __future__ import annotations

import os
import shutil
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from ..environment.fetch import fetch
from ..errors import BadRequest, DownloadError
from ..facedb.installed import choose, databases_folder, installed_if_any
from ..facedb.manifest import Manifest
from ..facedb.unpack import unpack
from ..faces.weights import megabytes
from ..operations.context import Context
from ..protocol import log
from ..protocol.arguments import Arguments
from ..protocol.request import Request

VARIABLE = "STASH_FACE_DATABASE"
_ARCHIVES = (".zip", ".tar.gz", ".tgz", ".tar", ".tar.xz")
_INCOMING = ".chosen"


def install_chosen(request: Request, context: Context, tell: Callable[[float], None]) -> bool:
    """Installs the database that the request, $STASH_FACE_DATABASE, an archive in the data
    folder's facedb/ or the settings name; True where another one is in use afterwards.

    A choice is followed once: the setting and the variable only where no database is installed.
    """
    source = request.args.text("database", "")
    before = installed_if_any(context.data_home)
    if not source and before is None:
        source = os.environ.get(VARIABLE, "") or context.settings.database_url
    given = [] if source else _given(context)
    if given:
        return _unpack_given(context, given, tell)
    if not source:
        return False
    if not _is_address(source):
        return _use(context, _from_file(context, Path(source).expanduser(), tell), before)
    if not _is_archive(urlsplit(source).path):
        return _from_index(request, source)
    return _use(context, _from_address(context, source, tell), before)


def _given(context: Context) -> list[Path]:
    """The archives that a person has put beside the installed databases."""
    try:
        lying = sorted(databases_folder(context.data_home).iterdir())
    except OSError:
        return []
    return [path for path in lying if path.is_file() and _is_archive(path.name)]


def _unpack_given(context: Context, given: Sequence[Path], tell: Callable[[float], None]) -> bool:
    """They are removed once their content stands beside them."""
    before = installed_if_any(context.data_home)
    manifest = before
    for path in given:
        manifest = _from_file(context, path, tell)
        path.unlink()
    return manifest is not None and _use(context, manifest, before)


def _from_file(context: Context, path: Path, tell: Callable[[float], None]) -> Manifest:
    if not path.is_file():
        raise BadRequest(f"There is no file {path}: give the path of a face database's archive.")
    log.info(f"Unpacking the face database {path.name} ({path.stat().st_size / 1e6:,.1f} MB).")
    return unpack(path, context.data_home, lambda done, total: tell(done / max(total, 1)))


def _from_index(request: Request, source: str) -> bool:
    from .update_database import update_database

    asked = Request("update_database", Arguments({"url": source}), request.server_connection)
    return bool(update_database(asked)["changed"])


def _from_address(context: Context, url: str, tell: Callable[[float], None]) -> Manifest:
    """An archive without an index: its own manifest holds the checksums that are verified."""
    folder = databases_folder(context.data_home) / _INCOMING
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / (Path(unquote(urlsplit(url).path)).name or "database.zip")
    size, free = _size_of(url), shutil.disk_usage(folder).free
    told = f" ({megabytes(size)})" if size else ""
    log.info(
        f"Downloading the face database {target.name} from {urlsplit(url).netloc}{told} into "
        f"{folder.parent}, where {megabytes(free)} are free."
    )
    # Its content comes beside it.
    if free < 2 * size:
        raise DownloadError(
            f"The disk of {folder.parent} has {megabytes(free)} free and {megabytes(2 * size)} are "
            "needed: make room there, or set STASH_FACE_DATA to a folder on another disk."
        )

    def progress(done: int, total: int) -> None:
        tell(done / total if total else 0.0)

    fetch(url, target, "", progress, absent="correct its address")
    manifest = _from_file(context, target, tell)
    target.unlink()
    folder.rmdir()
    return manifest


def _size_of(url: str) -> int:
    """Bytes, 0 where the server does not tell; DownloadError for a bad address."""
    try:
        asked = urllib.request.Request(url, method="HEAD")
        with urllib.request.urlopen(asked, timeout=30) as answer:
            size = answer.headers.get("Content-Length") or ""
    except (urllib.error.URLError, OSError):
        return 0
    except ValueError as error:
        raise DownloadError(f"{url} is no address ({error}): check it.") from None
    return int(size) if size.isdigit() else 0


def _use(context: Context, manifest: Manifest, before: Manifest | None) -> bool:
    if before is not None and before.identity == manifest.identity:
        return False
    choose(context.data_home, manifest.folder)
    log.info(f"The face database {manifest.version} is in use now.")
    return True


def _is_address(source: str) -> bool:
    return source.startswith(("http://", "https://"))


def _is_archive(name: str) -> bool:
    return name.lower().endswith(_ARCHIVES)
