"""The data go where the setting dataFolder says: copied, read again, switched over in one step, and
only then removed from where they were. Stopped at any time, the next call goes on."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from ..errors import BusyError, StoreError
from ..operations.alone import alone
from ..operations.context import Context
from ..operations.installation import check_store
from ..protocol import log
from ..protocol.request import Request
from ..stash.home import POINTER, SIGN, VARIABLE, own_folder
from ..store.connection import FILE_NAME, Store
from ..store.hand_over import hand_over

# In a folder that is being filled: from where.
_FILLING = "stash_face_moving.json"
_STORE = (FILE_NAME, f"{FILE_NAME}-wal", f"{FILE_NAME}-shm")
_OURS = ("facedb", "models", "reports", "last_errors.json")
# What a disk or a system puts into every folder.
_NOBODYS = ("lost+found", "System Volume Information", "$RECYCLE.BIN")
_CHUNK = 1 << 20


def move_data(request: Request) -> bool:
    """Whether the data lie elsewhere from now on. StoreError where they cannot."""
    with Context(request) as context:
        wanted = context.settings.data_folder
        if os.environ.get(VARIABLE):
            if wanted:
                log.info(f"{VARIABLE} says where the data lie; the setting dataFolder does not.")
            return False
        own = own_folder(context.connection.plugin_dir)
        here, there = context.data_home, Path(wanted) if wanted else own
        if _is_same(here, there):
            _remove_rest(here, own)
            return False
        _refuse_nested(here, there)
        log.info(f"Moving the plugin's data from {here} to {there}.")
        with alone(context, "task", "library", end=0.0) as ours:
            if not ours:
                raise BusyError(
                    "Another task of this plugin works on the library just now: run Set up again "
                    "when it has ended, so that the data can be moved."
                )
            try:
                _move(context, here, there, own)
            except OSError as error:
                raise StoreError(
                    f"The data cannot be moved to {there} ({error.strerror or error}), and are "
                    f"used where they were: see whether Stash's user may write there and there is "
                    "room, and run Set up again."
                ) from None
    _remove_rest(there, own)
    log.info(f"The plugin's data lie in {there} now.")
    return True


def _move(context: Context, here: Path, there: Path, own: Path) -> None:
    def switch() -> None:
        _write(there / SIGN, {"from": str(here)})
        if there == own:
            (own / POINTER).unlink()
        else:
            own.mkdir(parents=True, exist_ok=True)
            _write(own / POINTER, {"path": str(there)})
        (there / _FILLING).unlink(missing_ok=True)

    if _holds_ours(context, here, there):
        _write(there / SIGN, {})
        _write(own / POINTER, {"path": str(there)})
        return
    there.mkdir(parents=True, exist_ok=True)
    _write(there / _FILLING, {"from": str(here)})
    _check_room(here, there)
    for path in _files(here):
        _copy(path, there / path.relative_to(here))
    if not (here / FILE_NAME).is_file():
        switch()
        return
    with Store(here / FILE_NAME) as store:
        hand_over(store, there / FILE_NAME, switch)


def _holds_ours(context: Context, here: Path, there: Path) -> bool:
    """Whether the folder holds this Stash's data already, and nothing is to be brought there.
    StoreError where it holds another's, or anything else."""
    if there == own_folder(context.connection.plugin_dir):
        found = {FILE_NAME} & _names(there)
    else:
        found = _names(there)
    if not found or _read(there / _FILLING).get("from") == str(here):
        return False
    if FILE_NAME not in found:
        raise StoreError(
            f"The folder {there} holds other files: name a new or empty one in the setting "
            "dataFolder, and run Set up again."
        )
    if (here / FILE_NAME).is_file():
        raise StoreError(
            f"Both {here} and {there} hold data of this plugin: set the file {FILE_NAME} of the "
            "one that is not to be used aside, and run Set up again."
        )
    with Store(there / FILE_NAME) as store:
        check_store(store, context.client)
    return True


def _names(folder: Path) -> set[str]:
    try:
        names = os.listdir(folder)
    except FileNotFoundError:
        return set()
    except OSError as error:
        raise StoreError(
            f"The data folder {folder} cannot be used ({error.strerror}): name another one in the "
            "setting dataFolder, and run Set up again."
        ) from None
    return {each for each in names if each[0] != "." and each not in _NOBODYS}


def _refuse_nested(here: Path, there: Path) -> None:
    if here in there.parents or there in here.parents:
        raise StoreError(
            f"The data in {here} cannot be moved to {there}, as one lies in the other: name "
            "another folder in the setting dataFolder."
        )


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one == other or os.path.samefile(one, other)
    except OSError:
        return False


def _is_ours(name: str) -> bool:
    return name in _OURS or name.startswith(FILE_NAME)


def _files(here: Path) -> Iterator[Path]:
    """All files and links but the store itself, which goes last and whole."""
    for top in sorted(here.iterdir() if here.is_dir() else ()):
        if _is_ours(top.name) and top.name not in _STORE:
            if top.is_dir() and not top.is_symlink():
                yield from sorted(p for p in top.rglob("*") if p.is_symlink() or p.is_file())
            else:
                yield top


def _check_room(here: Path, there: Path) -> None:
    store = here / FILE_NAME
    sizes = [path.lstat().st_size for path in _files(here) if not _is_copied(path, here, there)]
    needed = sum(sizes) + (store.stat().st_size if store.is_file() else 0)
    free = shutil.disk_usage(there).free
    if free < needed:
        raise StoreError(
            f"The disk of {there} has {free / 1e6:,.0f} MB free and {needed / 1e6:,.0f} MB are "
            "needed: make room there, or name another folder in the setting dataFolder."
        )


def _is_copied(path: Path, here: Path, there: Path) -> bool:
    """Size and time of a copy are given to it once it was read again."""
    try:
        copy, known = (there / path.relative_to(here)).lstat(), path.lstat()
    except OSError:
        return False
    if path.is_symlink():
        return True
    return (copy.st_size, copy.st_mtime_ns) == (known.st_size, known.st_mtime_ns)


def _copy(path: Path, target: Path) -> None:
    if _is_copied(path, path.parent, target.parent):
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    if path.is_symlink():
        # What the user has laid elsewhere stays there.
        target.symlink_to(path.resolve())
        return
    known = path.stat()
    partial = target.with_name(f"{target.name}.part")
    with path.open("rb") as source, partial.open("wb") as copy:
        shutil.copyfileobj(source, copy, _CHUNK)
        copy.flush()
        os.fsync(copy.fileno())
    if _digest(partial) != _digest(path):
        raise OSError(f"{target.name} was not written as it was read")
    os.utime(partial, ns=(known.st_atime_ns, known.st_mtime_ns))
    partial.replace(target)


def _digest(path: Path) -> bytes:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.digest()


def _remove_rest(there: Path, own: Path) -> None:
    """What lies where the data were before; best effort, as a process may still use it."""
    before = _read(there / SIGN).get("from")
    if not before or not Path(before).is_dir() or _is_same(Path(before), there):
        return
    for top in Path(before).iterdir():
        if top.name in (SIGN, "locks") or _is_ours(top.name):
            if top.is_dir() and not top.is_symlink():
                shutil.rmtree(top, ignore_errors=True)
            else:
                with suppress(OSError):
                    top.unlink()
    with suppress(OSError):
        Path(before).rmdir()
    with suppress(OSError):
        if there == own:
            (there / SIGN).unlink()
        else:
            _write(there / SIGN, {})


def _read(path: Path) -> dict[str, str]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _write(path: Path, content: dict[str, str]) -> None:
    new = path.with_name(f"{path.name}.{os.getpid()}")
    new.write_text(json.dumps(content), encoding="utf-8")
    new.replace(path)
