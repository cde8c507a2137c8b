"""Runs a plugin process as Stash does: one JSON object in, stdout read to its end, coded stderr.

It knows nothing of HTTP or GraphQL.
"""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Callable, Mapping
from typing import IO, Any

LEVELS = {"t": "trace", "d": "debug", "i": "info", "w": "warning", "e": "error", "p": "progress"}
# Go's bufio.Scanner: a line that does not fit ends the reading, and the pipe is closed.
LONGEST_LINE = 64 * 1024
Output = tuple[str | None, Any]


class PluginError(Exception):
    """The text that Stash shows for a plugin that failed."""


class PluginProcess:
    """One run. `on_line(level, text)` gets each stderr line; level "progress" has the number.

    `finished` is set once `result` is there, with `stdout` and `exit_code` beside it."""

    def __init__(
        self,
        command: list[str],
        document: Mapping[str, Any],
        *,
        environment: Mapping[str, str],
        cwd: str | None,
        default_level: str,
        on_line: Callable[[str, str], None],
    ) -> None:
        self.finished = threading.Event()
        self.result: Output = (None, None)
        self.stdout = ""
        self.exit_code: int | None = None
        self._default_level = default_level
        self._on_line = on_line
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env={**os.environ, **environment},
                cwd=cwd,
            )
        except OSError as error:
            raise PluginError(f"error running plugin: {error}") from error
        self._stderr = threading.Thread(target=self._read_stderr, daemon=True)
        self._stderr.start()
        document_bytes = json.dumps(document, ensure_ascii=False).encode()
        threading.Thread(target=self._write_stdin, args=(document_bytes,), daemon=True).start()
        threading.Thread(target=self._read_stdout, daemon=True).start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def kill(self) -> None:
        """Kills the process itself and none of its children."""
        self._process.kill()

    def _write_stdin(self, document: bytes) -> None:
        stdin = _pipe(self._process.stdin)
        try:
            stdin.write(document)
        except OSError as error:
            self._on_line("warning", f"error writing input to plugins stdin: {error}")
        finally:
            try:
                stdin.close()
            except OSError:
                pass

    def _read_stdout(self) -> None:
        with _pipe(self._process.stdout) as stdout:
            self.stdout = stdout.read().decode("utf-8", "replace")
        error, output = decode_output(self.stdout)
        code = self.exit_code = self._process.wait()
        if code and error is None:
            error = f"exit status {code}" if code > 0 else f"signal: {_signal_name(-code)}"
        # A grandchild may hold stderr open for ever; Stash does not wait for it either.
        self._stderr.join(1.0)
        self.result = (error, output)
        self.finished.set()

    def _read_stderr(self) -> None:
        pending = b""
        with _pipe(self._process.stderr) as stderr:
            while chunk := os.read(stderr.fileno(), 65536):
                *lines, pending = (pending + chunk).split(b"\n")
                for line in lines:
                    if len(line) >= LONGEST_LINE:
                        return
                    self._hand_on(line)
                if len(pending) >= LONGEST_LINE:
                    return
            self._hand_on(pending)

    def _hand_on(self, raw: bytes) -> None:
        line = raw.removesuffix(b"\r").decode("utf-8", "replace")
        if not line:
            return
        level, text = decode_line(line, self._default_level)
        if level == "progress" and not _is_number(text):
            level, text = "error", f"Error parsing progress value '{text}': invalid syntax"
        if level != "none":
            self._on_line(level, text)


def decode_line(line: str, default_level: str) -> tuple[str, str]:
    """(level, text) of one stderr line: SOH, a level letter, STX, text; else the default level."""
    coded = len(line.encode()) >= 4 and line[0] == "\x01" and line[2] == "\x02"
    if coded and line[1] in LEVELS:
        return LEVELS[line[1]], line[3:].strip()
    return default_level, line


def decode_output(text: str) -> Output:
    """(error, output) as encoding/json decodes stdout; what it cannot decode is all output."""
    try:
        decoded = json.loads(text, parse_constant=_refuse)
    except ValueError:
        return None, text
    if decoded is None:
        return None, None
    if not isinstance(decoded, dict):
        return None, text
    folded = {key.lower(): value for key, value in decoded.items()}
    error = folded.get("error")
    if not (error is None or isinstance(error, str)):
        return None, text
    return error, folded.get("output")


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _signal_name(number: int) -> str:
    return {9: "killed", 15: "terminated", 11: "segmentation fault", 6: "aborted"}.get(
        number, str(number)
    )


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise AssertionError("the process was started with three pipes")
    return stream
