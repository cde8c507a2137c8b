from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from stash_face.environment.record import Record
from tests.environment.conftest import bare, environment
from tests.process.plugin import Plugin

__all__ = ["bare", "environment"]


def doctor(plugin: Plugin, python: str, *words: object) -> subprocess.CompletedProcess[str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("STASH_")}
    stash = ("--url", plugin.stash.url, "--data", plugin.data)
    return subprocess.run(
        [python, "-m", "stash_face", "doctor", *map(str, stash), *map(str, words)],
        cwd=plugin.folder / "py",
        env=kept | plugin.stash.environment | {"PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )


def test_the_doctor_answers_in_a_terminal(plugin: Plugin, tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"no picture")
    image_id = plugin.stash.add_image(tmp_path / "a.jpg")

    run = doctor(plugin, sys.executable, "--item", f"image:{image_id}")

    assert run.returncode == 0, run.stderr
    assert "No problems." in run.stdout
    assert f"Image {image_id}:\n- This image has not been looked at yet" in run.stdout


@pytest.mark.skipif(os.name == "nt", reason="Windows stays in the process it started")
def test_a_terminal_s_python_goes_on_in_the_one_that_set_up_made(
    bare: Plugin, environment: Record
) -> None:
    run = doctor(bare, bare.stash.python)

    assert "Packages: numpy " in run.stdout
    assert run.returncode == 1
    assert "- No face database is installed" in run.stdout
    shutil.rmtree(environment.folder)
    assert "- Run Set up first: " in doctor(bare, bare.stash.python).stdout
