"""Downloaded pictures on disk, named by their content."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from pathlib import Path

from stash_face.errors import DownloadError


class Cache:
    """A folder of files named by their sha256; what is not what its name says does not count."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, content: bytes) -> str:
        """The sha256 of `content`, which lies in the folder now. DownloadError where it cannot."""
        sha256 = hashlib.sha256(content).hexdigest()
        path = self._path(sha256)
        if path.is_file() and path.stat().st_size == len(content):
            return sha256
        temporary = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(prefix=".new-", dir=path.parent)
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
            os.replace(temporary, path)
        except OSError as error:
            if temporary:
                with contextlib.suppress(OSError):
                    os.unlink(temporary)
            raise DownloadError(
                f"Pictures cannot be written into {self.folder} ({error.strerror}): make room "
                "there or name another cache, and run the same command again; it goes on."
            ) from None
        return sha256

    def get(self, sha256: str) -> bytes | None:
        """The content, or None where it is not there or has been damaged."""
        try:
            content = self._path(sha256).read_bytes()
        except OSError:
            return None
        if hashlib.sha256(content).hexdigest() != sha256:
            with contextlib.suppress(OSError):
                self._path(sha256).unlink()
            return None
        return content

    def _path(self, sha256: str) -> Path:
        return self.folder / sha256[:2] / sha256
