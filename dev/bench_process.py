"""Whole processes, timed from their start to their end, and what a benchmark says of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
_COMPILE_EACH_TIME = "PYTHONDONTWRITEBYTECODE"


class CannotMeasureError(Exception):
    """One sentence: what is missing for a figure, and how to get it."""


class Figure(NamedTuple):
    """One measured figure. `limit` is the most that `value` may be, or the least where
    `at_least`; `detail` says in words what it was made of."""

    name: str
    value: float
    unit: str
    limit: float
    detail: str = ""
    at_least: bool = False

    @property
    def ok(self) -> bool:
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def row(self) -> dict[str, Any]:
        """The entry of build/bench.json."""
        return {
            "name": self.name,
            "value": round(self.value, 4),
            "unit": self.unit,
            "limit": self.limit,
            "ok": self.ok,
        }


class Run(NamedTuple):
    """A process that has ended well: seconds from start to end, seconds of all its threads on
    a processor, the most memory it held (bytes), and what it wrote to stdout. Windows does not
    tell the middle two: 0."""

    seconds: float
    cpu: float
    peak: int
    stdout: bytes

    def json(self) -> Any:
        return json.loads(self.stdout)


def run(
    command: Sequence[str], stdin: bytes = b"", environment: Mapping[str, str] | None = None
) -> Run:
    """Runs `command` with these additions to the environment; CannotMeasureError if it fails."""
    started = time.perf_counter()
    # What a process writes to stderr is small, or read in full only when it has failed.
    with tempfile.TemporaryFile() as stderr:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr, cwd=ROOT,
            env=_installed() | dict(environment or {}),
        )  # fmt: skip
        stdout = _talk(process, stdin)
        code, cpu, peak = _wait(process)
        seconds = time.perf_counter() - started
        stderr.seek(0)
        said = stderr.read().decode("utf-8", "replace").strip().splitlines()
    if code:
        raise CannotMeasureError(f"{' '.join(command)} ended with {code}: {said[-1:]}")
    return Run(seconds, cpu, peak, stdout)


def _installed() -> dict[str, str]:
    """As where it is installed: a module is compiled once, and not for each process."""
    return {name: value for name, value in os.environ.items() if name != _COMPILE_EACH_TIME}


def _talk(process: subprocess.Popen[bytes], stdin: bytes) -> bytes:
    """Everything the process writes to stdout."""
    assert process.stdin is not None
    assert process.stdout is not None
    with process.stdin as theirs:
        theirs.write(stdin)
    with process.stdout as ours:
        return ours.read()


def _wait(process: subprocess.Popen[bytes]) -> tuple[int, float, int]:
    """(exit code, seconds on a processor, peak resident bytes)."""
    if sys.platform == "win32":
        return process.wait(), 0.0, 0
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    # Kilobytes on Linux, bytes on macOS.
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return process.returncode, usage.ru_utime + usage.ru_stime, peak


def run_python(*arguments: str, environment: Mapping[str, str] | None = None) -> Run:
    """A Python of this environment that finds the product and the benchmark."""
    path = os.pathsep.join((str(ROOT / "plugin" / "py"), str(ROOT)))
    own = {"PYTHONPATH": path, **(environment or {})}
    return run([sys.executable, *arguments], environment=own)


def alternate(
    rounds: int, floor: Callable[[], Run], product: Callable[[], Run]
) -> tuple[list[Run], list[Run]]:
    """floor, product, floor, product, …: what slows the machine down slows both."""
    floors, products = [], []
    for _ in range(rounds):
        floors.append(floor())
        products.append(product())
    return floors, products


def fastest(runs: Sequence[Run]) -> float:
    """Seconds of the run that other programs disturbed least."""
    return min(run.seconds for run in runs)


def setting(name: str, default: int) -> int:
    """A whole number from the environment."""
    text = os.environ.get(name) or str(default)
    if not text.isdigit():
        raise CannotMeasureError(f"{name} must be a whole number, not {text!r}.")
    return int(text)
