from __future__ import annotations

from pathlib import Path

import pytest

from stash_face.environment.packages import find_pip, parts_of
from stash_face.errors import SetupNeeded
from tests.process.places import bare_python

LOCKS = Path(__file__).resolve().parents[2] / "plugin" / "py" / "locks"


@pytest.mark.parametrize("name", ["cpu.txt", "gpu.txt"])
def test_a_lock_is_installed_in_parts_that_together_are_the_lock(name: str) -> None:
    text = (LOCKS / name).read_text()
    parts = parts_of(LOCKS / name)
    lines = [line for part in parts for line in part]

    assert len(lines) == text.count("==") - text.count("_full_version ==") - text.count(
        "sys_platform =="
    )
    assert sum(line.count("--hash=sha256:") for line in lines) == text.count("--hash=sha256:")
    # A package for several Pythons is one part: one of its lines always fits.
    assert [len(part) for part in parts if part[0].startswith("av==")] == [3]
    large = [part[0].partition("==")[0] for part in parts[1:]]
    assert "numpy" in large
    assert len(parts[0]) > 10


def test_pip_is_found_where_the_python_has_it(tmp_path: Path) -> None:
    place = find_pip([bare_python(tmp_path)])

    assert "pip" in place or (Path(place) / "pip").is_dir()


def test_a_python_without_pip_is_told_which_package_brings_it(tmp_path: Path) -> None:
    script = tmp_path / "python"
    script.write_text("#!/bin/sh\nexit 0\n")
    script.chmod(0o755)

    with pytest.raises(SetupNeeded, match=r"has no pip; install it \(Debian, Ubuntu: the package "):
        find_pip([str(script)])
