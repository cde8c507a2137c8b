"""Each process begins in whatever Python Stash found, and goes on in the one with the packages.

On POSIX the process becomes that Python (`execv`): the number stays, so Stash's SIGKILL ends it,
and nothing of the first Python's packages is mixed in. Windows cannot replace a process, and a
child would outlive its parent's end, so there the packages are put on the path.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any

from ..errors import SetupNeeded, set_up_first
from .record import Record, environments_folder, read_record

# Set for the process that was entered; whoever starts one from there begins anew.
INSIDE = "STASH_FACE_INSIDE"
SET_UP = "set_up"
# They tell what is missing, also before Set up.
BARE_MODES = ("health", "doctor")
# They run for every file of a scan, with the standard library alone.
HOOK_MODES = ("item_changed", "item_destroyed")
NEEDED = (
    "onnxruntime", "voyager", "insightface", "cv2", "av", "numpy", "PIL", "pillow_heif",
    "requests", "stashapi",
)  # fmt: skip
_MAIN = Path(__file__).resolve().parents[2] / "main.py"


def enter(
    mode: str, server_connection: Mapping[str, Any], document: bytes, stdout: int | None
) -> None:
    """Goes on in the environment that Set up made; comes back where this Python is the right one
    or the mode needs none. `document` is put back to stdin, `stdout` to descriptor 1.

    SetupNeeded where there is no environment; Set up makes it on its way."""
    inside = os.environ.pop(INSIDE, None)
    if inside or mode in HOOK_MODES or is_complete():
        return
    folder = environments_folder(server_connection)
    if mode == SET_UP:
        from .making import make

        record: Record | None = make(folder)
    else:
        record = read_record(folder) if folder else None
    if record is None:
        if mode in BARE_MODES:
            return
        raise set_up_first("the Python packages of stash_face are not installed yet")
    _go_on(record, [str(_MAIN)], document, stdout)


def enter_by_hand(module: str, arguments: list[str]) -> None:
    """The same for a command line, `python -m module arguments`, where nothing is on stdin."""
    if os.environ.pop(INSIDE, None) or is_complete():
        return
    folder = environments_folder({})
    record = read_record(folder) if folder else None
    if record is not None:
        os.environ["PYTHONPATH"] = str(_MAIN.parent)
        _go_on(record, ["-m", module, *arguments], None, None)


def is_complete() -> bool:
    """Whether this Python has all packages itself, as one that the user has named may."""
    return not missing_packages()


def missing_packages() -> list[str]:
    """The import names of the packages that this Python lacks."""
    return [name for name in NEEDED if not _is_there(name)]


def _is_there(name: str) -> bool:
    spec = PathFinder.find_spec(name)
    if spec is None:
        return False
    # A folder without code, such as that of another plugin, is no package.
    folders = spec.submodule_search_locations or ()
    return bool(spec.origin) or any(next(Path(each).glob("*.py"), None) for each in folders)


def _go_on(record: Record, program: list[str], document: bytes | None, stdout: int | None) -> None:
    if os.name == "nt":
        _take_packages(record)
        return
    variables = {**os.environ, INSIDE: str(record.folder)}
    if record.loader:
        # They name libraries of the other C library.
        for name in ("LD_PRELOAD", "LD_LIBRARY_PATH"):
            variables.pop(name, None)
    # Neither folders of other plugins, which Stash puts into PYTHONPATH, nor the user's own
    # packages may come before those of the lock.
    isolated = ["-E", "-s"] if document is not None else ["-s"]
    if document is not None:
        _put_back(document)
    if stdout is not None:
        os.dup2(stdout, 1)
    command = [*record.command(), *isolated, *program]
    try:
        os.execve(command[0], command, variables)
    except OSError as error:
        if stdout is not None:
            os.dup2(2, 1)
        raise _unfit(record, error.strerror or str(error)) from None


def _take_packages(record: Record) -> None:
    running = "{}.{}".format(*sys.version_info[:2])
    if record.version != running:
        raise _unfit(record, f"it was made for Python {record.version}, and this is {running}")
    sys.path.insert(0, str(record.packages))


def _unfit(record: Record, why: str) -> SetupNeeded:
    return set_up_first(f"the Python in {record.folder} cannot be started any more ({why})")


def _put_back(document: bytes) -> None:
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("request")
        with os.fdopen(descriptor, "wb", closefd=False) as stream:
            stream.write(document)
    else:
        import tempfile  # not above: most systems do without

        with tempfile.TemporaryFile() as file:
            file.write(document)
            file.flush()
            descriptor = os.dup(file.fileno())
    os.lseek(descriptor, 0, os.SEEK_SET)
    os.dup2(descriptor, 0)
    os.close(descriptor)
