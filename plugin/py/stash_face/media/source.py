"""Files on disk, opened for reading, with a sentence for each way in which that fails."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import BinaryIO

from stash_face.errors import MediaError


def open_file(path: Path, title: str) -> tuple[BinaryIO, int]:
    """An ordinary file and its size in bytes; MediaError otherwise. Never waits for a pipe."""
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise MediaError(f"{title} is a folder; give the path of a file in it.")
        if not stat.S_ISREG(status.st_mode):
            raise MediaError(f"{title} is a device or a pipe; give the path of an ordinary file.")
        return path.open("rb"), status.st_size
    except OSError as error:
        raise unreadable(error, title) from error
    except ValueError as error:  # a path that no file can have, such as one with a null byte
        raise _gone(title) from error


def unreadable(error: OSError, title: str) -> MediaError:
    """The sentence for what the operating system says about a file."""
    if isinstance(error, (FileNotFoundError, NotADirectoryError)):
        return _gone(title)
    if isinstance(error, PermissionError):
        return MediaError(f"{title} may not be read by this program; give it the right to read.")
    reason = error.strerror or type(error).__name__
    return MediaError(f"{title} cannot be read ({reason}); check the disk or the connection to it.")


def _gone(title: str) -> MediaError:
    return MediaError(f"{title} is not where it should be; put it back or scan again.")
