from __future__ import annotations

import argparse
import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from PIL import Image

from builder.assembly import assemble
from builder.cli import main
from builder.looking.handout import DEATHS
from builder.options import add_options, plan_of
from stash_face.facedb.reader import FaceDatabase
from tests.builder.conftest import ROOT
from tests.builder.looking.deadly import POISON
from tests.builder.workplace import content
from tests.conftest import absent
from tests.fakes.stash_box_server import StashBox, stash_box
from tests.photos import Photos

# Nobody but the builder is to talk to a cluster of these tests.
KEYS = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}
LOOPBACK = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0", "RAY_USAGE_STATS_ENABLED": "0"}


@pytest.fixture(scope="module", autouse=True)
def _ray() -> None:
    if subprocess.run([sys.executable, "-c", "import ray"], check=False).returncode:
        absent("no Ray: there is no wheel for this platform")


@dataclass
class Home:
    """Photos on disk and on a server, and builds of them."""

    path: Path
    models: Path
    server: StashBox

    def build(self, *words: str, start: tuple[str, ...] = ("builder",), **more: str) -> Any:
        return subprocess.run(
            [sys.executable, "-m", *start, "build", "--config", "builder.yml", *words],
            cwd=self.path, encoding="utf-8", capture_output=True, check=False, timeout=300,
            env={k: v for k, v in os.environ.items() if k != "STASH_FACE_MODELS"}
            | {"STASH_FACE_MODELS": str(self.models), "PYTHONPATH": str(ROOT)} | more,
        )  # fmt: skip

    def prepare(self) -> None:
        parser = argparse.ArgumentParser()
        add_options(parser)
        settings = plan_of(parser.parse_args(["--config", str(self.path / "builder.yml")]))
        assert assemble(settings, Stopped()).run() is None
        (self.path / "work").rename(self.path / "begun")

    def begin(self) -> None:
        """A build that has its time and version, and has looked at nothing."""
        self.forget()
        shutil.copytree(self.path / "begun", self.path / "work")

    def forget(self) -> None:
        for name in ("db", "work"):
            shutil.rmtree(self.path / name, ignore_errors=True)

    @property
    def result(self) -> dict[str, bytes]:
        return content(self.path / "db")


@pytest.fixture(scope="module")
def home(
    tmp_path_factory: pytest.TempPathFactory, dev_models: Path, photos: Photos
) -> Iterator[Home]:
    path = tmp_path_factory.mktemp("cluster")
    names = list(photos.known)
    for name in names[:8]:
        for number, photo in enumerate(photos.known[name][:3]):
            (path / "people" / name).mkdir(parents=True, exist_ok=True)
            shutil.copy(photo, path / "people" / name / f"{number}.jpg")
    noise = np.random.default_rng(1).integers(0, 256, (*POISON, 3), np.uint8)
    Image.fromarray(noise).save(path / "people" / names[3] / "poison.png")
    with stash_box() as server:
        lines = ["id,name,image"]
        for name in names[8:12]:
            row = server.add(name, [photo.read_bytes() for photo in photos.known[name][:2]])
            lines += [f"{name},{name},{server.url}/images/{each}" for each in row.images]
        (path / "list.csv").write_text("\n".join(lines), encoding="utf-8")
        (path / "builder.yml").write_text(
            "sources:\n  - {kind: folder, path: people}\n  - {kind: csv, path: list.csv}\n"
            "output: {directory: db, pack: dev}\n"
            "cache: {work: work}\n"
            "processing: {device: cpu, workers: 2, rate_limit_delay: 0.01}\n"
            f"inside:\n  - {server.url}\n",
            encoding="utf-8",
        )  # fmt: skip
        place = Home(path, dev_models, server)
        place.prepare()
        yield place


class Stopped:
    """A console at which Ctrl-C was pressed already."""

    def say(self, sentence: str) -> None: ...

    def warn(self, sentence: str) -> None: ...

    def status(self, text: str) -> None: ...

    def ask(self, question: str) -> bool:
        return False

    def stopped(self) -> bool:
        return True


class Both(NamedTuple):
    """The same begun build, done here and by two workers that die or hang."""

    here: dict[str, bytes]
    there: dict[str, bytes]
    run: subprocess.CompletedProcess[str]
    asked: list[str]


@pytest.fixture(scope="module")
def both(home: Home) -> Both:
    home.begin()
    local = home.build()
    assert local.returncode == 0, local.stderr
    here = home.result
    home.begin()
    home.server.asked.clear()
    deadly = ("tests.builder.looking.deadly", f"{home.path}/")
    run = home.build("--engine", "ray", start=deadly)
    assert run.returncode == 0, run.stderr
    return Both(here, home.result, run, home.server.fetched())


def test_a_cluster_whose_workers_die_or_hang_gives_the_same_database(both: Both) -> None:
    databases = [
        {name: data for name, data in each.items() if name != "report.json"}
        for each in (both.here, both.there)
    ]
    assert "manifest.json" in databases[0]
    assert databases[1] == databases[0]
    # One of the third picture, one that hung, and the poison's own: in company before, or found
    # out alone.
    assert both.run.stdout.count("A worker of the Ray cluster has ended") >= 2 + DEATHS


def test_a_picture_that_ends_its_workers_is_a_problem_of_that_picture(both: Both) -> None:
    here, there = (json.loads(each["report.json"]) for each in (both.here, both.there))
    (poison,) = set(here["without_face"]) - set(there["without_face"])

    assert poison.endswith("poison.png")
    assert there["unreadable"] == {
        poison: f'The picture "{poison}" could not be looked at (one worker after the other died '
        "of it)."
    }
    here["without_face"].remove(poison)
    here["unreadable"] = there["unreadable"]
    assert there == here


def test_what_a_dead_worker_was_downloading_is_asked_for_again(both: Both) -> None:
    # How many those are is chance; each picture has come in the end.
    assert len(set(both.asked)) == 8 <= len(both.asked)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no process groups")
def test_a_cluster_that_is_there_gets_code_weights_and_pictures(home: Home, tmp_path: Path) -> None:
    with cluster(tmp_path) as address:
        home.forget()
        run = home.build("--engine", "ray", "--ray-address", address, **KEYS, **LOOPBACK)

    assert run.returncode == 0, run.stderr
    assert "A worker" not in run.stdout
    assert len(FaceDatabase.open(home.path / "db").keys) == 12


@contextlib.contextmanager
def cluster(folder: Path) -> Iterator[str]:
    """A cluster of two workers whose machine knows nothing of the checkout."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    kept = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "STASH_FACE_MODELS")}
    with tempfile.TemporaryDirectory(prefix="ray_") as short:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "ray.scripts.scripts", "start", "--head", "--block"),
                *("--port", address.rpartition(":")[2], "--node-ip-address", "127.0.0.1"),
                *("--num-cpus", "2", "--temp-dir", short, "--include-dashboard", "false"),
                *("--disable-usage-stats", "--object-store-memory", str(200 << 20)),
            ],
            cwd=folder, env=kept | KEYS | LOOPBACK, stdout=subprocess.PIPE, encoding="utf-8",
            start_new_session=True,
        )  # fmt: skip
        try:
            assert process.stdout is not None
            for line in process.stdout:
                if "Ray runtime started" in line:
                    break
            yield address
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()


def test_no_cluster_at_an_address_is_one_sentence(home: Home) -> None:
    home.forget()

    run = home.build("--engine", "ray", "--ray-address", "127.0.0.1:1", **KEYS)

    assert run.returncode == 1
    assert run.stderr.startswith("The Ray cluster at 127.0.0.1:1 cannot be used (")
    assert run.stderr.endswith("or leave out --engine.\n")
    assert run.stderr.count("\n") == 1


def test_a_missing_ray_is_said_before_anything_is_read(
    home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.setenv("STASH_FACE_MODELS", str(home.models))
    home.forget()

    assert main(["build", "--config", str(home.path / "builder.yml"), "--engine", "ray"]) == 1

    assert capsys.readouterr().err == (
        'The engine ray needs the Python package "ray": install it with pip install ".[ray]" in '
        "the checkout, or leave out --engine.\n"
    )
    assert not (home.path / "work").exists()
