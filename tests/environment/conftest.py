from __future__ import annotations

import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from stash_face.environment.record import FOLDER, Record, write_record
from tests.environment.standalone import VERSION
from tests.process.places import bare_python
from tests.process.plugin import Plugin


@pytest.fixture
def bare(tmp_path: Path, bare_plugin: Plugin) -> Plugin:
    """The plugin under a Python without packages, before Set up."""
    bare_plugin.stash.python = bare_python(tmp_path)
    return bare_plugin


@pytest.fixture
def environment(bare_plugin: Plugin) -> Record:
    """What Set up leaves beside Stash's configuration, made of the packages of these tests."""
    folder = bare_plugin.stash.root / FOLDER
    made = folder / "cpu-1"
    venv.EnvBuilder(symlinks=True).create(made)
    packages = f"lib/python{VERSION}/site-packages"
    (made / packages / "tests.pth").write_text(sysconfig.get_path("purelib") + "\n")
    record = Record(folder, "cpu", VERSION, "cpu-1/bin/python", f"cpu-1/{packages}")
    write_record(record)
    assert sys.platform != "win32"
    return record
