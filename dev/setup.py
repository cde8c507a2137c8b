"""`python dev/setup.py [TARGET] [arguments]`: sets up .venv, then runs the target (see TARGETS).

Needs nothing but a Python: every package comes from the hashed dev/lock.txt. A second call finds
the stamp of the first and does nothing. What the targets do is theirs to know.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "dev" / "lock.txt"
VENV = ROOT / ".venv"
STAMP = VENV / "lock.sha256"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

OLDEST, NEWEST = (3, 10), (3, 13)
TARGETS = {
    "test": (("pytest",),),
    "demo": (("dev.demo",),),
    "eval": (("dev.evaluate",),),
    "eval-dev": (("dev.evaluate_dev",),),
    "bench": (("dev.bench",),),
    "lint": (("ruff", "check"), ("ruff", "format", "--check"), ("mypy",)),
    "lock": (("dev.lock",),),
    "package": (("dev.package",),),
    "musl-runtime": (("dev.musl_runtime",),),
}


class SetupError(Exception):
    """One sentence for the person at the terminal."""


def main(words: list[str]) -> int:
    """Set up, then run the target that `words` begins with; its exit code, 1 if setting up failed.

    Every command of a target runs, so that one call shows all there is to mend.
    """
    target, arguments = (words[0], words[1:]) if words else ("", [])
    if target and target not in TARGETS:
        print(f"There is no target {target!r}: choose one of {', '.join(TARGETS)}.")
        return 2
    try:
        set_up()
    except SetupError as failure:
        print(failure, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped; the next call begins .venv anew.")
        return 130
    if target == "test":
        run(str(PYTHON), "-c", "from dev.browser import install; install()")
    codes = [run_module(*command, *arguments) for command in TARGETS.get(target, ())]
    return next((code for code in codes if code), 0)


def set_up() -> None:
    """Make .venv hold exactly the lock; nothing to do when the stamp says that it does."""
    running = sys.version_info[:2]
    if not OLDEST <= running <= NEWEST:
        raise SetupError(
            f"This is Python {dotted(running)}, and stash_face needs {dotted(OLDEST)} to "
            f"{dotted(NEWEST)}: name another one, as in `make PYTHON=python3.12` or "
            "`python3.12 dev/setup.py`."
        )
    wanted = f"{hashlib.sha256(LOCK.read_bytes()).hexdigest()} {dotted(running)}\n"
    if PYTHON.exists() and STAMP.exists() and STAMP.read_text(encoding="ascii") == wanted:
        return
    print("Setting up .venv: some 330 MB of packages, once.", flush=True)
    make_environment()
    install()
    # Written last: a .venv without it is half done and made anew.
    STAMP.write_text(wanted, encoding="ascii")


def make_environment() -> None:
    """Put an empty environment in the place of whatever .venv is now."""
    if any(importlib.util.find_spec(module) is None for module in ("venv", "ensurepip")):
        package = f"python{dotted(sys.version_info[:2])}-venv"
        raise SetupError(
            "This Python cannot make virtual environments, because its system ships that part "
            f"apart: install the package {package} (Debian, Ubuntu: `sudo apt install {package}`) "
            "and run this again."
        )
    # Also called by .venv's own Python, which must not clear the ground it stands on.
    outer = getattr(sys, "_base_executable", None) or sys.executable
    if run(outer, "-m", "venv", "--clear", str(VENV)) != 0:
        raise SetupError(
            f"The virtual environment {VENV} could not be made, for the reason above: close "
            "programs that use it, check that the disk is not full, and run this again."
        )


def install() -> None:
    """Install the lock with pip, which compares every file with its hash."""
    quiet = () if sys.stdout.isatty() else ("--quiet",)
    code = run_module(
        *("pip", "install", *quiet, "--disable-pip-version-check", "--no-input"),
        *("--require-hashes", "--no-deps", "--only-binary", ":all:", "--requirement", str(LOCK)),
    )
    if code != 0:
        raise SetupError(
            "The packages could not be installed, for the reason that pip gives above: check the "
            "network and that requirements.txt names this platform, and run this again."
        )


def run_module(module: str, *arguments: str) -> int:
    """Run `python -m module` of .venv; its exit code."""
    return run(str(PYTHON), "-m", module, *arguments)


def run(*command: str) -> int:
    """Run `command` in the checkout; its exit code, 130 when it was stopped from the keyboard."""
    # A PYTHONPATH of the caller's shell would come before .venv's packages.
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    try:
        return subprocess.call(command, cwd=ROOT, env=environment)
    except KeyboardInterrupt:
        return 130


def dotted(version: tuple[int, ...]) -> str:
    """(3, 10) as 3.10."""
    return ".".join(str(part) for part in version)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
