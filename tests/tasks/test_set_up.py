from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stash_face.errors import BadRequest, DatabaseError, DownloadError
from stash_face.facedb.installed import installed
from stash_face.hooks.item_changed import item_changed
from stash_face.tasks.set_up import set_up
from tests.contracts.api import validate_output
from tests.fakes.file_server import FileServer, file_server
from tests.operations.workplace import Workplace


@pytest.fixture
def server() -> Iterator[FileServer]:
    with file_server() as running:
        yield running


@pytest.fixture
def archive(place: Workplace, tmp_path: Path) -> Path:
    """The database of the place as an archive; none is installed any more."""
    packed = shutil.make_archive(str(tmp_path / "faces-v1"), "zip", place.data / "facedb" / "v1")
    shutil.rmtree(place.data / "facedb")
    return Path(packed)


@pytest.fixture(autouse=True)
def weights(dev_models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STASH_FACE_MODELS", str(dev_models))
    monkeypatch.delenv("STASH_FACE_DATABASE", raising=False)


def run(place: Workplace, **args: Any) -> dict[str, Any]:
    report = set_up(place.request(**args))
    validate_output("set_up", report)
    return report


def test_where_everything_is_there_nothing_is_done_and_no_model_is_loaded(
    place: Workplace,
) -> None:
    run(place)

    again = run(place)
    assert again["changed"] is False
    assert again["models"] == []
    assert again["ok"] is True


def test_afterwards_hooks_note_what_is_new(place: Workplace) -> None:
    new = {"hookContext": {"id": 1, "type": "Image.Create.Post", "input": None}}
    assert item_changed(place.request(**new))["queued"] is False

    run(place)
    assert item_changed(place.request(**new))["queued"] is True


@pytest.mark.parametrize("source", ["file", "address", "variable", "beside"])
def test_a_database_is_installed_from_wherever_it_was_chosen(
    place: Workplace,
    archive: Path,
    server: FileServer,
    source: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    args = {}
    if source == "file":
        args = {"database": str(archive)}
    elif source == "address":
        args = {"database": server.put("/faces-v1.zip?key=1", archive.read_bytes())}
    elif source == "variable":
        monkeypatch.setenv("STASH_FACE_DATABASE", str(archive))
    else:
        (place.data / "facedb").mkdir()
        shutil.copy(archive, place.data / "facedb" / "faces.zip")

    report = run(place, **args)

    assert report["changed"] is True
    assert report["database"]["version"] == "v1"
    assert report["ok"] is True
    assert len(report["models"]) == 3
    assert [path for path in (place.data / "facedb").rglob("*") if ".zip" in path.name] == []
    assert run(place)["changed"] is False


def test_a_download_that_broke_off_is_continued(
    place: Workplace, archive: Path, server: FileServer
) -> None:
    content = archive.read_bytes()
    address = server.put("/faces.zip", content, cuts=[len(content) // 2])

    assert run(place, database=address)["database"]["version"] == "v1"
    ranges = [asked for path, asked, status in server.seen if status == 206]
    assert ranges == [f"bytes={len(content) // 2}-"]


def test_the_law_is_computed_where_the_database_brings_none(place: Workplace) -> None:
    manifest = place.data / "facedb" / "v1" / "manifest.json"
    told = json.loads(manifest.read_text())
    told.pop("calibration", None)
    manifest.write_text(json.dumps(told))

    assert run(place)["changed"] is True
    assert list((place.data / "facedb" / "calibration").glob("*.json"))
    assert run(place)["changed"] is False


def test_without_a_database_it_is_said_how_to_choose_one(place: Workplace, archive: Path) -> None:
    report = run(place)

    assert report["changed"] is False
    (problem,) = report["problems"]
    assert problem.startswith("No face database is installed: put one into ")
    assert "its archive into" in problem
    assert "run Set up" in problem


@pytest.mark.parametrize(
    ("spoil", "error"),
    [
        # cut off on the way
        (lambda content: content[: len(content) // 2], DatabaseError),
        # something else
        (lambda content: b"<html>", DatabaseError),
    ],
)
def test_an_archive_that_is_none_changes_nothing(
    place: Workplace, archive: Path, spoil: Any, error: type[Exception]
) -> None:
    archive.write_bytes(spoil(archive.read_bytes()))

    with pytest.raises(error):
        run(place, database=str(archive))
    with pytest.raises(DatabaseError, match="No face database is installed"):
        installed(place.data)


def test_a_database_that_is_not_there_is_told(place: Workplace, server: FileServer) -> None:
    with pytest.raises(BadRequest, match=r"There is no file .*none\.zip: give the path"):
        run(place, database="none.zip")
    with pytest.raises(DownloadError, match=r"none\.zip is not there \(HTTP 404\)"):
        run(place, database=f"http://127.0.0.1:{server.server_port}/none.zip")
