"""A file that lies elsewhere, read like one on disk: ranges are fetched when they are asked for.

Knows nothing of where it lies; memory is the same for a minute and for a day of video.
"""

from __future__ import annotations

import io
from collections import OrderedDict
from collections.abc import Callable

from stash_face.errors import MediaError, StashFaceError
from stash_face.media.naming import titled

BLOCK = 1 << 19
"""Bytes fetched at once; a key frame of 1080p has about a fifth of it."""

KEPT = 8
"""Blocks that are kept: readers go to and fro between the table of contents and the pictures."""

ReadRange = Callable[[int, int], bytes]


class RangedStream(io.RawIOBase):
    """A seekable binary stream of `size` bytes over `read_range(start, length)`.

    `read_range` returns the bytes from `start` on, exactly `length` of them, and limits the time
    that it takes itself: a StashFaceError of its own is passed on, an OSError (as TimeoutError)
    becomes a sentence. What went wrong stays in `failure`, as FFmpeg takes it for the end.
    """

    def __init__(self, read_range: ReadRange, size: int, name: str = "") -> None:
        super().__init__()
        self.failure: StashFaceError | None = None
        self._read_range = read_range
        self._size = size
        self._title = titled("video", name)
        self._at = 0
        self._blocks: OrderedDict[int, bytes] = OrderedDict()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def read(self, size: int = -1) -> bytes:
        """Up to the end of a block, as streams may: readers ask again."""
        if self.failure is not None or self._at >= self._size or size == 0:
            return b""
        number, start = divmod(self._at, BLOCK)
        block = self._block(number)
        part = block[start:] if size < 0 else block[start : start + size]
        self._at += len(part)
        return part

    def _block(self, number: int) -> bytes:
        if number in self._blocks:
            self._blocks.move_to_end(number)
            return self._blocks[number]
        start = number * BLOCK
        length = min(BLOCK, self._size - start)
        block = self._fetched(start, length)
        if len(block) == length:
            self._blocks[number] = block
            if len(self._blocks) > KEPT:
                self._blocks.popitem(last=False)
        return block

    def _fetched(self, start: int, length: int) -> bytes:
        try:
            block = self._read_range(start, length)
        except StashFaceError as error:
            self.failure = error
            return b""
        except OSError as error:
            reason = error.strerror or type(error).__name__
            self.failure = MediaError(
                f"{self._title} stopped coming ({reason}); check the connection and try again."
            )
            return b""
        if len(block) != length:
            self.failure = MediaError(
                f"{self._title} broke off at byte {start + len(block)} of {self._size}; "
                "check the connection and try again."
            )
            return b""
        return block
