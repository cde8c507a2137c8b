"""One process at a time: a lock that the operating system takes back when its holder dies."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path


@contextlib.contextmanager
def file_lock(path: Path, waiting: Callable[[], None] = lambda: None) -> Iterator[bool]:
    """Holds the lock file at `path`, waiting for other processes (and calling `waiting` five
    times a second meanwhile).

    Gives False where this file system has no locks, as some network shares: then nothing is
    held, and the caller must do without. OSError where the file cannot be made."""
    descriptor, held = _acquire(path, waiting)
    try:
        yield held
    finally:
        if os.name != "nt":
            # While it is still held: later, it might already be another one's.
            with contextlib.suppress(OSError):
                path.unlink()
        os.close(descriptor)
        if os.name == "nt":
            with contextlib.suppress(OSError):
                path.unlink()


def _acquire(path: Path, waiting: Callable[[], None]) -> tuple[int, bool]:
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            while (held := _try_lock(descriptor)) is None:
                waiting()
                time.sleep(0.2)
            if held is False or _is_still(path, descriptor):
                return descriptor, held
        except BaseException:
            os.close(descriptor)
            raise
        # The one before us removed the file that we waited for: lock the new one.
        os.close(descriptor)


def _is_still(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(os.stat(path), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _try_lock(descriptor: int) -> bool | None:
    """True: ours now. None: somebody else's. False: there are no locks here."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        taken = error.errno in (errno.EACCES, errno.EAGAIN, errno.EDEADLK)
        return None if taken else False
    return True
