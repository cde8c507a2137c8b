"""The Python without packages that Stash finds: before Set up, on the way into the environment
that Set up made, and Set up a second time.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import sysconfig
import venv
from pathlib import Path
from typing import Any

from dev.bench_process import ROOT, Figure, Run, alternate, fastest, run
from dev.bench_stash import PLUGIN, Plugin
from stash_face.environment.host import look_around
from stash_face.environment.making import LOCKS, key_of
from stash_face.environment.record import FOLDER_VARIABLE, Record, write_record
from stash_face.faces.weights import MODELS_VARIABLE


def set_up(plugin: Plugin, rounds: int) -> list[Figure]:
    """1. A mode before Set up, whole. 2. `health quick` of a Python without packages, from start
    to end, less the same of the environment's own Python: what entering it costs. 3. Set up
    where everything is there, whole; the environment holds what this one does."""
    if os.name == "nt":
        return []
    refused = [_bare(plugin, "results", plugin.work / "none") for _ in range(rounds)]
    record = _environment(plugin.work / "environment")
    inside, entered = alternate(
        rounds,
        lambda: _ask(plugin, record.command(), "health", record.folder, quick=True),
        lambda: _bare(plugin, "health", record.folder, quick=True),
    )
    _bare(plugin, "set_up", record.folder)
    again = [_bare(plugin, "set_up", record.folder) for _ in range(rounds)]
    told = json.loads(again[-1].stdout)["output"]
    detail = "changed nothing" if not told["changed"] else "it did something"
    cost = fastest(entered) - fastest(inside)
    return [
        Figure("before Set up: the sentence", fastest(refused), "s", 0.1),
        Figure("entering the environment", cost, "s", 0.05, f"of {fastest(entered):.3f} s"),
        Figure("Set up a second time", fastest(again), "s", 3.0, detail),
    ]


def _bare(plugin: Plugin, mode: str, folder: Path, **args: Any) -> Run:
    base = str(getattr(sys, "_base_executable", sys.executable))
    return _ask(plugin, [base, "-S"], mode, folder, **args)


def _ask(plugin: Plugin, python: list[str], mode: str, folder: Path, **args: Any) -> Run:
    document = {
        "server_connection": plugin.stash.server_connection(str(PLUGIN)),
        "args": {"mode": mode, **args},
    }
    own = {
        "STASH_FACE_DATA": str(plugin.data),
        MODELS_VARIABLE: str(plugin.models),
        FOLDER_VARIABLE: str(folder),
    }
    main = str(ROOT / "plugin" / "py" / "main.py")
    return run([*python, main], json.dumps(document).encode(), own)


def _environment(folder: Path) -> Record:
    """As Set up would leave it here, of the packages that are installed."""
    host = look_around()
    key = key_of(host, host.version, LOCKS / f"{host.lock}.txt")
    name = f"{key}-1"
    packages = f"{name}/lib/python{host.version}/site-packages"
    venv.EnvBuilder(symlinks=True).create(folder / name)
    shutil.copytree(
        sysconfig.get_path("purelib"), folder / packages, copy_function=_link, dirs_exist_ok=True
    )
    # Lists of what lies elsewhere: the programs of development.
    for listed in (folder / packages).glob("*.dist-info/RECORD"):
        if "../" in listed.read_text(encoding="utf-8"):
            listed.unlink()
    record = Record(folder, key, host.version, f"{name}/bin/python", packages)
    write_record(record)
    return record


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
