"""Log lines and progress on stderr in the form that Stash reads: SOH, level, STX, text.

stashapi's own logger cuts lines at 64,000 characters; Stash's reader gives up for good at
65,536 *bytes*, so lines are cut by bytes here, and a pipe that Stash closed is no failure.
"""

from __future__ import annotations

import os
import time

_MAX_BYTES = 60_000
_STDERR = 2
_open = True


def debug(text: object) -> None:
    _write("d", str(text))


def info(text: object) -> None:
    _write("i", str(text))


def warning(text: object) -> None:
    _write("w", str(text))


def error(text: object) -> None:
    _write("e", str(text))


def progress(share: float) -> None:
    """Progress of a task, 0 to 1; Stash ignores it for operations and hooks."""
    _write("p", f"{min(max(share, 0.0), 1.0):.4f}")


def _write(level: str, text: str) -> None:
    for line in text.splitlines():
        data = line.replace("\x01", " ").replace("\x02", " ").encode("utf-8", "replace")
        while data:
            # A cut inside a character is mended by the reader as a replacement character.
            _emit(b"\x01" + level.encode() + b"\x02" + data[:_MAX_BYTES] + b"\n")
            data = data[_MAX_BYTES:]


def _emit(line: bytes) -> None:
    global _open
    try:
        while _open and line:
            line = line[os.write(_STDERR, line) :]
    except OSError:
        _open = False


def drain(patience: float = 0.2) -> None:
    """Waits until Stash has read what was logged: it closes the pipe once stdout has ended."""
    try:
        import fcntl
        import termios
    except ImportError:  # Windows tells nothing about a pipe's content
        return
    end = time.monotonic() + patience
    waiting = bytearray(4)
    try:
        while _open and time.monotonic() < end:
            fcntl.ioctl(_STDERR, termios.FIONREAD, waiting)
            if not any(waiting):
                return
            time.sleep(0.001)
    except OSError:
        return
