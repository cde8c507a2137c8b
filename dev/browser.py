"""The libraries of the browser tests: brings what tests/browser/package-lock.json names.

Needs Node.js and a Chromium; where they are missing, those tests are skipped (in CI they fail).
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "tests" / "browser"
LOCK = FOLDER / "package-lock.json"
STAMP = FOLDER / "node_modules" / "lock.sha256"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


def chromium() -> str | None:
    """The browser that the tests drive: $CHROMIUM, else one on the path."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM)), None)


def install() -> None:
    """Make node_modules hold the lock; nothing to do when its stamp says that it does.

    A failure is told and left to the tests, which skip, or fail in CI.
    """
    npm = shutil.which("npm")
    if npm is None or chromium() is None:
        return
    wanted = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if STAMP.is_file() and STAMP.read_text(encoding="ascii") == wanted:
        return
    print("Bringing the libraries of the browser tests, once.", flush=True)
    if subprocess.call([npm, "ci", "--no-progress", "--silent"], cwd=FOLDER) == 0:
        STAMP.write_text(wanted, encoding="ascii")
    else:
        print("npm could not bring them, for the reason above: check the network.", flush=True)
