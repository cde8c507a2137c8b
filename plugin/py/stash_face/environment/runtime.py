"""A whole Python with its own C library, for systems whose own (musl) loads no ready-made wheels.

Two archives pinned by sha256 in runtime.json: a standalone CPython, and the few libraries of
glibc that it and the wheels need, made by dev/musl_runtime.py, which lie in the package source that
the plugin was installed from.
"""

from __future__ import annotations

import json
import os
import shutil
import tarfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from ..errors import DownloadError, SetupNeeded
from .fetch import fetch, sha256_of
from .source import PLUGIN, beside, folder_of, package_source

# A folder or an address that has both archives under their names.
RUNTIME_VARIABLE = "STASH_FACE_RUNTIME"
_PINS = Path(__file__).with_name("runtime.json")


class Archive(NamedTuple):
    """One archive; `url` is empty where it lies beside the package source's index."""

    name: str
    url: str
    sha256: str


class Runtime(NamedTuple):
    """Both archives, and where the parts lie in the folder that they are unpacked into."""

    version: str
    python: Archive
    glibc: Archive
    interpreter: str
    site_packages: str
    loader: str
    libraries: str


def runtime_for(machine: str, pins: Mapping[str, Any] | None = None) -> Runtime:
    """SetupNeeded for processors that no runtime is made for, with what to do."""
    known = pins or json.loads(_PINS.read_text(encoding="utf-8"))
    if machine not in known:
        raise SetupNeeded(
            f"Set up cannot go on in this container: its system (musl, as in Alpine) has no "
            f"onnxruntime, OpenCV and Voyager for Python, and the plugin brings its own Python "
            f"only for {' and '.join(known)}, not for {machine}; use an image of Stash that is "
            "based on Debian, as docs/install/debian.Dockerfile makes one."
        )
    told = dict(known[machine])
    for name in ("python", "glibc"):
        told[name] = Archive(**told[name])
    return Runtime(**told)


def bring(
    runtime: Runtime,
    given: Path,
    folder: Path,
    tell: Callable[[float, str], None],
    plugin: Path = PLUGIN,
) -> None:
    """Unpacks both archives into `folder`. Each comes from $STASH_FACE_RUNTIME, else from the
    folder `given`, where a person may have put it, from its address or from the package source
    that the folder `plugin` was installed from."""
    source = package_source(plugin)
    # The small one first: it may be one that has to be brought by hand.
    for number, archive in enumerate((runtime.glibc, runtime.python)):
        lines = iter([f"Downloading {archive.name}"])

        def progress(
            done: int, total: int, at: float = number / 2, lines: Iterator[str] = lines
        ) -> None:
            tell(at + (done / total / 2 if total else 0.0), next(lines, ""))

        path, fetched = _obtain(archive, given, source, folder, progress)
        _unpack(path, folder)
        if fetched:
            path.unlink()
    for needed in (runtime.interpreter, runtime.loader):
        if not (folder / needed).is_file():
            raise DownloadError(f"The runtime's archives hold no {needed}: update the plugin.")


def _obtain(
    archive: Archive,
    given: Path,
    source: str,
    folder: Path,
    progress: Callable[[int, int], None],
) -> tuple[Path, bool]:
    """The verified archive, and whether it was fetched."""
    chosen = os.environ.get(RUNTIME_VARIABLE, "")
    web = chosen.startswith(("http://", "https://"))
    of_source = folder_of(source)
    of_user = Path(chosen).expanduser() if chosen and not web else None
    path, wrong = _lying_in([each for each in (of_user, given, of_source) if each], archive)
    if path:
        return path, False
    by_hand = (
        f"put it into {given}, or set {RUNTIME_VARIABLE} to the folder or address that has it, "
        "and run Set up again"
    )
    url = f"{chosen.rstrip('/')}/{archive.name}" if web else archive.url
    if not url and (of_source or not source):
        raise SetupNeeded(
            f"Set up cannot go on: the file {archive.name} of the plugin's release is needed in "
            f"this container (Alpine, musl){wrong}, and the plugin was not installed from a "
            f"package source that has it; {by_hand}."
        )
    target = folder / archive.name
    fetch(url or beside(source, archive.name), target, archive.sha256, progress, absent=by_hand)
    return target, True


def _lying_in(places: Iterable[Path], archive: Archive) -> tuple[Path | None, str]:
    """The archive in the first of the folders that has it, and what is wrong with others."""
    wrong = ""
    for place in places:
        path = place / archive.name
        if path.is_file():
            if sha256_of(path) == archive.sha256:
                return path, ""
            wrong = f"; the one in {place} is another one or cut off"
    return None, wrong


def _unpack(path: Path, folder: Path) -> None:
    try:
        with tarfile.open(path) as bundle:
            for member in bundle:
                _unpack_one(path, bundle, member, folder)
    except (tarfile.TarError, EOFError) as error:
        raise DownloadError(f"The archive {path} is broken ({error}): delete it.") from error


def _unpack_one(path: Path, bundle: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
    name = PurePosixPath(member.name)
    if name.is_absolute() or ".." in name.parts:
        raise DownloadError(f"The archive {path} holds the path {member.name}: delete it.")
    target = folder.joinpath(*name.parts)
    if member.isdir():
        target.mkdir(parents=True, exist_ok=True)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    if member.issym():
        inside = os.path.normpath(target.parent / member.linkname)
        if not Path(inside).is_relative_to(folder):
            raise DownloadError(f"The archive {path} links outside: delete it.")
        target.symlink_to(member.linkname)
    elif member.islnk():
        shutil.copyfile(folder.joinpath(*PurePosixPath(member.linkname).parts), target)
    elif member.isfile():
        content = bundle.extractfile(member)
        assert content is not None
        with content, target.open("wb") as out:
            shutil.copyfileobj(content, out, 1 << 20)
        target.chmod(0o755 if member.mode & 0o111 else 0o644)
