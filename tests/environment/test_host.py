from __future__ import annotations

import errno
import sys
from pathlib import Path

import pytest

from stash_face.environment import host as module
from stash_face.environment.host import Host, look_around
from stash_face.errors import SetupNeeded
from tests.environment.standalone import VERSION


def test_this_computer_has_a_python_that_fits() -> None:
    found = look_around()

    assert found.version == VERSION
    assert found.python is not None
    assert Path(found.python).exists()
    assert found.lock == ("gpu" if found.gpu else "cpu")


def confstr_of_musl(name: str) -> str:
    raise OSError(errno.EINVAL, "Invalid argument")


@pytest.mark.skipif(sys.platform != "linux", reason="libraries of the C library as on Linux")
def test_a_python_made_for_musl_needs_one_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    assert look_around().musl is False
    monkeypatch.setattr(module.os, "confstr", confstr_of_musl)

    assert look_around() == Host("Linux", look_around().machine, True, False, None, "")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows stays in the Python of Stash")
@pytest.mark.parametrize("running", [(3, 9), (3, 14)])
def test_another_python_beside_an_unfit_one_is_taken(
    running: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    beside = tmp_path / f"python{VERSION}"
    beside.symlink_to(sys.executable)
    broken = tmp_path / "python3.13"
    if not broken.exists():
        broken.write_text("#!/bin/sh\nexit 127\n")
        broken.chmod(0o755)
    monkeypatch.setattr(module.sys, "version_info", (*running, 0, "final", 0))
    monkeypatch.setenv("PATH", str(tmp_path))

    found = look_around()
    assert (found.python, found.version) == (str(beside), VERSION)


def test_no_python_that_fits_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.sys, "version_info", (3, 14, 0, "final", 0))
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(SetupNeeded, match=r"uses a 64-bit Python 3\.14 .* from 3\.10 to 3\.13;"):
        look_around()
