from __future__ import annotations

import compileall
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from tests.fakes.stash_server import StashStandIn
from tests.photos import FOLDER, Photos, stash_id
from tests.process.plugin import Plugin

ROOT = Path(__file__).resolve().parents[1]
DEV_FILES = ("det_2.5g.onnx", "w600k_mbf.onnx", "edgeface_xs.onnx")
# The database of the tests: enough people that it measures its own bar (50), three photos of
# those whom the tests ask about and one of the others.
PEOPLE = 52
CAST = ("Angelina_Jolie", "Bill_Clinton", "Colin_Powell")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if {"dev_models", "photos"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.models)


def absent(sentence: str) -> NoReturn:
    """Skips, but fails in CI, where everything has to run."""
    if os.environ.get("CI") == "true":
        pytest.fail(sentence)
    pytest.skip(sentence)


@pytest.fixture(scope="session")
def dev_models() -> Path:
    """The folder with the dev pack's weights."""
    shared = ROOT.parent / "shared" / "models"
    folder = Path(os.environ.get("STASH_FACE_MODELS") or shared)
    if not all((folder / name).is_file() for name in DEV_FILES):
        absent(f"no weights of the dev pack in {folder}: set STASH_FACE_MODELS")
    return folder


@pytest.fixture(scope="session")
def photos() -> Photos:
    if not FOLDER.is_dir():
        absent(f"no photos in {FOLDER}")
    return Photos(FOLDER)


@pytest.fixture(scope="session")
def face_database(
    dev_models: Path, photos: Photos, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A face database of 52 people, CAST among them, made by the builder."""
    from builder.build import build
    from builder.folder import Performer
    from stash_face.facedb.people import person
    from stash_face.faces.engine import Engine
    from stash_face.faces.packs import load_pack

    names = [*CAST, *(name for name in photos.known if name not in CAST)][:PEOPLE]
    performers = [
        Performer(
            person(f"stashdb.org:{stash_id(name)}", {"name": name.replace("_", " ")}),
            photos.known[name][: 3 if name in CAST else 1],
        )
        for name in names
    ]
    output = tmp_path_factory.mktemp("database") / "v1"
    build(performers, Engine(load_pack("dev"), [dev_models]), output, source="folder:known")
    return output


@pytest.fixture(scope="session")
def plugin_copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The plugin's folder as it is installed, compiled once for all tests."""
    copy = tmp_path_factory.mktemp("installed") / "stash_face"
    shutil.copytree(ROOT / "plugin", copy, ignore=shutil.ignore_patterns("__pycache__", "data"))
    compileall.compile_dir(str(copy), quiet=1)
    return copy


@pytest.fixture
def stash(
    tmp_path: Path, plugin_copy: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[StashStandIn]:
    """A Stash with the plugin in its plugins folder, which keeps its data there; no weights."""
    monkeypatch.delenv("STASH_FACE_DATA", raising=False)
    monkeypatch.delenv("STASH_FACE_MODELS", raising=False)
    plugins = tmp_path / "stash" / "plugins"
    shutil.copytree(plugin_copy, plugins / "stash_face")
    with StashStandIn(plugins.parent, plugins=plugins) as server:
        yield server


@pytest.fixture
def bare_plugin(stash: StashStandIn) -> Plugin:
    """The plugin as it is after installation: no face database and no weights."""
    return Plugin(stash)


@pytest.fixture
def plugin(dev_models: Path, face_database: Path, bare_plugin: Plugin) -> Plugin:
    """The plugin with the dev pack's weights and the face database of CAST and 49 others."""
    bare_plugin.stash.environment["STASH_FACE_MODELS"] = str(dev_models)
    shutil.copytree(face_database, bare_plugin.data / "facedb" / "v1")
    return bare_plugin
