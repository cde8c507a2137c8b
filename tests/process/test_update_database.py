from __future__ import annotations

import hashlib
import json
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from builder import cli
from tests.facedb.made_up import world, write
from tests.fakes.file_server import FileServer, file_server
from tests.process.plugin import Plugin


@pytest.fixture
def web() -> Iterator[FileServer]:
    with file_server() as server:
        yield server


def offer(web: FileServer, database: Path, scratch: Path, parts: int = 1) -> str:
    """The address of a list with this one database, in so many parts."""
    manifest = json.loads((database / "manifest.json").read_text())
    with zipfile.ZipFile(scratch / "db.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(database.iterdir()):
            archive.write(path, path.name)
    content = (scratch / "db.zip").read_bytes()
    size = -(-len(content) // parts)
    told = []
    for number in range(parts):
        piece = content[number * size : (number + 1) * size]
        web.put(f"/db.zip.{number}", piece)
        digest = hashlib.sha256(piece).hexdigest()
        told.append({"url": f"db.zip.{number}", "size": len(piece), "sha256": digest})
    kept = ("version", "created_at", "pack", "performer_count", "face_count")
    entry = {key: manifest[key] for key in kept}
    entry["archive"] = {"name": "db.zip", "parts": told}
    return web.put("/index.json", json.dumps({"format": 1, "databases": [entry]}).encode())


def offer_delta(web: FileServer, delta: Path, start: str) -> None:
    """Adds `delta`, from version `start`, to the list's only database."""
    content = delta.read_bytes()
    web.put("/delta.tar.gz", content)
    listed = json.loads(web.files["/index.json"].content)
    digest = hashlib.sha256(content).hexdigest()
    part = {"url": "delta.tar.gz", "size": len(content), "sha256": digest}
    archive = {"name": delta.name, "parts": [part]}
    listed["databases"][0]["deltas"] = [{"from": start, "archive": archive}]
    web.put("/index.json", json.dumps(listed).encode())


def set_source(plugin: Plugin, url: str) -> None:
    plugin.stash.library.plugin_settings["stash_face"] = {"databaseUrl": url}


def test_the_task_installs_what_the_source_offers_and_a_second_run_fetches_nothing(
    plugin: Plugin, web: FileServer, face_database: Path, mixed: list[str], tmp_path: Path
) -> None:
    shutil.rmtree(plugin.data / "facedb")
    set_source(plugin, offer(web, face_database, tmp_path, parts=3))
    job = plugin.stash.run_task("stash_face", "Update face database")
    assert job.status == "FINISHED"

    answer = plugin.get("identify_image", image_id=mixed[0])
    assert answer["faces"][0]["matches"][0]["name"] == "Bill Clinton"
    assert list((plugin.data / "facedb").glob(".*")) == []
    web.seen.clear()
    again = plugin.get("update_database")
    assert again["changed"] is False
    assert [path for path, _, _ in web.seen] == ["/index.json"]


def test_a_run_that_finds_nothing_newer_chooses_nothing(
    plugin: Plugin, web: FileServer, face_database: Path, tmp_path: Path
) -> None:
    url = offer(web, face_database, tmp_path)

    assert plugin.get("update_database", url=url)["changed"] is False

    # What is put beside it is still taken where it is newer.
    assert not (plugin.data / "facedb" / "current.json").exists()


def test_a_newer_database_is_told_and_the_one_before_stays(
    plugin: Plugin, web: FileServer, smaller_database: Path, tmp_path: Path
) -> None:
    newer = tmp_path / "newer"
    shutil.copytree(smaller_database, newer)
    manifest: dict[str, Any] = json.loads((newer / "manifest.json").read_text())
    manifest.update(version="2099.1", created_at="2099-01-01T00:00:00+00:00")
    (newer / "manifest.json").write_text(json.dumps(manifest))
    url = offer(web, newer, tmp_path)
    archive = web.files.pop("/db.zip.0")
    assert "db.zip.0 is not there" in plugin.refuse("update_database", url=url)
    before = plugin.get("database_info")
    assert before["version"] != "2099.1"
    assert before["update_available"] == "2099.1"

    web.files["/db.zip.0"] = archive
    after = plugin.get("update_database", url=url)
    assert after["changed"] is True
    assert after["database"] == plugin.get("database_info")
    assert (after["database"]["version"], after["database"]["update_available"]) == ("2099.1", None)
    assert (plugin.data / "facedb" / "v1" / "manifest.json").is_file()
    # What is stored is matched with it.
    assert plugin.stash.jobs.wait(after["job"]).description.endswith(": Match again")


@pytest.mark.parametrize("fits", [True, False])
def test_what_has_changed_is_enough_and_the_whole_is_fetched_where_it_does_not_fit(
    plugin: Plugin, web: FileServer, tmp_path: Path, fits: bool
) -> None:
    old = write(plugin.data / "facedb" / "old", world(200), "2098")
    new = write(tmp_path / "new", world(202), "2099")
    words = [old if fits else write(tmp_path / "other", world(150), "2098"), new]
    assert cli.main(["delta", *map(str, words), "--output", str(tmp_path)]) == 0
    url = offer(web, new, tmp_path)
    offer_delta(web, tmp_path / "faces-2099-from-2098.tar.gz", "2098")
    plugin.get("database_reload", path=str(old))

    found = plugin.get("update_database", url=url)

    assert (found["changed"], found["database"]["performer_count"]) == (True, 202)
    fetched = [path for path, _, _ in web.seen]
    assert fetched == ["/index.json", "/delta.tar.gz", *([] if fits else ["/db.zip.0"])]


def test_an_archive_on_this_computer_is_installed(
    plugin: Plugin, web: FileServer, smaller_database: Path, tmp_path: Path
) -> None:
    offer(web, smaller_database, tmp_path)
    found = plugin.get("update_database", file=str(tmp_path / "db.zip"))

    people = json.loads((smaller_database / "manifest.json").read_text())["performer_count"]
    assert (found["changed"], found["database"]["performer_count"]) == (True, people)
    assert web.seen == []


@pytest.mark.parametrize(
    ("args", "code", "sentence"),
    [
        # Nothing was set.
        ({}, "bad_request", "No source of face databases is set"),
        ({"file": "/nowhere/db.zip"}, "bad_request", "There is no file /nowhere/db.zip"),
        ({"url": "http://127.0.0.1:9/index.json"}, "download", "cannot be fetched"),
        ({"url": "LIST/missing.json"}, "download", "is not there"),
        ({"url": "LIST/page.html"}, "database", "is not a list of face databases"),
    ],
)
def test_a_source_that_is_off_is_told_and_nothing_changes(
    plugin: Plugin, web: FileServer, args: dict[str, str], code: str, sentence: str
) -> None:
    page = web.put("/page.html", b"<html>", kind="text/html")
    given = {k: v.replace("LIST/", page.removesuffix("page.html")) for k, v in args.items()}
    before = plugin.get("database_info")

    answer = plugin.ask("update_database", **given)

    assert (answer.code, sentence in (answer.error or "")) == (code, True), answer.error
    assert plugin.get("database_info") == before
