from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from stash_face.store.connection import FILE_NAME, Store

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / FILE_NAME


@pytest.fixture
def fresh_store(path: Path) -> Iterator[Store]:
    with Store(path) as store:
        yield store


def start(what: str, *arguments: object, within: tuple[str, ...] = ()) -> subprocess.Popen[str]:
    """A process of tests/store/process.py; its text is that of stdout."""
    return subprocess.Popen(
        [*within, sys.executable, "-m", "tests.store.process", what, *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "plugin" / "py")},
        stdout=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> list[str]:
    """The lines it printed, once it has ended well."""
    lines = process.communicate(timeout=60)[0].splitlines()
    assert process.returncode == 0
    return lines
