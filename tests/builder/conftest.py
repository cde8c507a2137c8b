from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def python(*words: object, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """`python WORDS` as a person calls it, in `cwd`."""
    kept = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "STASH_FACE_MODELS")}
    return subprocess.run(
        [sys.executable, *map(str, words)],
        cwd=cwd,
        env=kept | {"PYTHONUTF8": "1"} | variables,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )


@pytest.fixture(scope="session")
def builder() -> Run:
    """`python -m builder WORDS` in a checkout."""

    def run(*words: object, **variables: str) -> subprocess.CompletedProcess[str]:
        return python("-m", "builder", *words, cwd=ROOT, **variables)

    return run
