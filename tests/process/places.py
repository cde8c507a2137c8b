"""Places where the plugin's data cannot be written, and Pythons for Stash's python_path that meet
them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

# Python ignores the signal that would end a process at this limit; writing fails instead.
LIMITED = """#!{python}
import os, resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}))
os.execv({python!r}, [{python!r}, *sys.argv[1:]])
"""
# PR_CAPBSET_DROP of CAP_DAC_OVERRIDE: rights then bind root, too.
BOUND_BY_RIGHTS = """#!{python}
import ctypes, os, sys
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(24, 1, 0, 0, 0)
os.execv({python!r}, [{python!r}, *sys.argv[1:]])
"""
# -S: without the folders that packages are installed into.
BARE = """#!/bin/sh
exec {python} -S "$@"
"""


def limited(where: Path, size: int) -> str:
    """A Python whose files cannot grow over `size` bytes."""
    return _script(where / "limited", LIMITED.format(python=sys.executable, size=size))


@contextmanager
def read_only(where: Path, folder: Path) -> Iterator[str]:
    """Nobody may write in `folder`; a Python for which that holds whoever runs it."""
    protected = [folder, *folder.rglob("*")]
    modes = [path.stat().st_mode for path in protected]
    for path, mode in zip(protected, modes, strict=True):
        path.chmod(mode & ~0o222)
    try:
        yield _script(where / "bound", BOUND_BY_RIGHTS.format(python=sys.executable))
    finally:
        for path, mode in zip(protected, modes, strict=True):
            path.chmod(mode)


@contextmanager
def small_disk(folder: Path, free: int) -> Iterator[Callable[[], None] | None]:
    """`folder` with what is in it on a disk of its own that has `free` bytes left; a function
    that frees more. None where this user may not mount a disk."""
    used = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    kept = folder.with_name(f"{folder.name}.kept")
    folder.rename(kept)
    folder.mkdir()
    mounted = _mount(f"size={used + free}", folder)
    shutil.copytree(kept, folder, dirs_exist_ok=True)
    try:
        yield (lambda: _grow(folder)) if mounted else None
    finally:
        if mounted:
            subprocess.run(["umount", str(folder)], check=True)


def _mount(options: str, folder: Path) -> bool:
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    return sys.platform == "linux" and subprocess.run(command, capture_output=True).returncode == 0


def _grow(folder: Path) -> None:
    subprocess.run(["mount", "-o", "remount,size=100m", str(folder)], check=True)


def _script(path: Path, text: str) -> str:
    path.write_text(text)
    path.chmod(0o755)
    return str(path)


def bare_python(where: Path) -> str:
    """A Python that finds no installed package."""
    return _script(where / "bare", BARE.format(python=_base()))


def _base() -> str:
    return str(getattr(sys, "_base_executable", sys.executable))
