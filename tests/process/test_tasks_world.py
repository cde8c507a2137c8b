"""What changes around a task while it works on the library, and between two of them."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from stash_face.file_lock import file_lock
from tests.fakes.stash_server import StashStandIn
from tests.photos import Photos, stash_id
from tests.process.places import read_only
from tests.process.plugin import Plugin, Running, is_a_sentence

STASHDB = "https://stashdb.org/graphql"
BILL, POWELL = (f"stashdb.org:{stash_id(name)}" for name in ("Bill_Clinton", "Colin_Powell"))


@pytest.fixture
def images(plugin: Plugin, photos: Photos) -> list[str]:
    """A stranger, Bill Clinton and Colin Powell; their files come from Stash."""
    paths = [
        photos.strangers[3],
        photos.known["Bill_Clinton"][3],
        photos.known["Colin_Powell"][-1],
    ]
    ids = [plugin.stash.add_image(path) for path in paths]
    plugin.hide_files()
    return ids


def held(plugin: Plugin) -> Running:
    """A scan that waits for its first picture; `plugin.stash.held` lets it go on."""
    plugin.stash.faults["media"] = ["hold"] * 3
    running = plugin.start("scan_library")
    while not plugin.downloads():
        assert not running.process.finished.wait(0.005)
    return running


def proposed(plugin: Plugin) -> list[tuple[Any, ...]]:
    return plugin.rows("SELECT item_id, name FROM suggestions WHERE state = 'open' ORDER BY 1")


def accept(plugin: Plugin, **args: Any) -> list[dict[str, Any]]:
    rows = plugin.get("suggestions")["suggestions"]
    numbers = [row["suggestion"] for row in rows]
    decided: list[dict[str, Any]] = plugin.get(
        "decide", suggestions=numbers, decision="accept", **args
    )["decided"]
    return decided


def test_a_stash_that_comes_back_at_another_address_is_gone_on_with(
    plugin: Plugin, images: list[str]
) -> None:
    first = plugin.stash
    first.faults["media"] = [None, "hold", "hold"]
    running = plugin.start("scan_library")
    while len(plugin.downloads()) < 3:
        assert not running.process.finished.wait(0.005)
    running.kill()
    before = plugin.rows("SELECT id FROM faces")
    with StashStandIn(first.root, plugins=first.plugins) as stash:
        stash.environment, stash.library = first.environment, first.library
        moved = Plugin(stash)
        moved.data = plugin.data

        assert moved.get("scan_library")["suggestions"] == 2

    assert set(before) <= set(plugin.rows("SELECT id FROM faces"))
    assert proposed(plugin) == [(images[1], "Bill Clinton"), (images[2], "Colin Powell")]


@pytest.mark.parametrize("api_key", ["", "the-key"])
def test_a_session_that_ends_after_an_hour_costs_nothing(
    plugin: Plugin, images: list[str], api_key: str
) -> None:
    stash = plugin.stash
    stash.sessions.password = True
    stash.api_key = stash.sessions.api_key = api_key
    running = held(plugin)
    stash.expire_sessions()
    stash.held.release(10)

    answer = running.answer()

    assert ("refused the session, which has expired" in (answer.error or "")) == (not api_key)
    assert plugin.get("scan_library")["images"] == (0 if api_key else 3)
    assert len(proposed(plugin)) == 2


def test_items_that_are_tagged_meanwhile_are_proposed_at_most_once_more(
    plugin: Plugin, images: list[str]
) -> None:
    bill = plugin.stash.add_performer("Bill", [(STASHDB, stash_id("Bill_Clinton"))])
    library = plugin.stash.library
    running = held(plugin)
    library.images[images[1]].performers.append(library.performers[bill])
    plugin.stash.held.release(10)
    assert running.answer().error is None

    # What was tagged meanwhile is left as it is.
    decided = accept(plugin, create=False)

    tagged = {each: [p.id for p in library.images[each].performers] for each in images}
    assert tagged == {images[0]: [], images[1]: [bill], images[2]: []}
    (problem,) = [each["problem"] for each in decided if each["problem"]]
    assert problem.startswith("Colin Powell is not in Stash yet")


def test_performers_that_are_merged_meanwhile_get_what_was_proposed_for_the_one_that_is_gone(
    plugin: Plugin, images: list[str]
) -> None:
    library = plugin.stash.library
    gone = plugin.stash.add_performer("Powell", [(STASHDB, stash_id("Colin_Powell"))])
    running = held(plugin)
    kept = plugin.stash.add_performer("Colin Powell", [(STASHDB, stash_id("Colin_Powell"))])
    del library.performers[gone]
    plugin.stash.held.release(10)
    assert running.answer().error is None

    accept(plugin, create=False)

    assert [each.id for each in library.images[images[2]].performers] == [kept]


def test_another_stash_that_shares_the_folder_is_refused(
    plugin: Plugin, images: list[str], tmp_path: Path
) -> None:
    (plugin.stash.root / "stash-go.sqlite").write_bytes(b"Stash's own")
    plugin.get("scan_library")
    before = plugin.rows("SELECT * FROM image_scans"), proposed(plugin)
    with StashStandIn(tmp_path / "other", plugins=plugin.stash.plugins) as other:
        other.environment, other.library = plugin.stash.environment, plugin.stash.library
        foreign = Plugin(other)
        foreign.data = plugin.data

        asked: list[tuple[str, dict[str, Any]]] = [
            ("scan_library", {}),
            ("match_again", {}),
            ("clean_up", {}),
            ("identify_image", {"image_id": images[0]}),
            ("suggestions", {}),
        ]
        for mode, args in asked:
            assert " belongs to the Stash whose database is " in foreign.refuse(mode, **args)

    assert (plugin.rows("SELECT * FROM image_scans"), proposed(plugin)) == before


def test_a_clock_that_was_set_back_hides_nothing(
    plugin: Plugin, images: list[str], tmp_path: Path
) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_text("no picture")
    plugin.stash.add_image(broken)
    plugin.get("scan_library")

    # Everything again means everything, and what could not be read is tried again.
    _date_in_the_future(plugin)
    assert plugin.get("scan_library", everything=True)["images"] == 4
    _date_in_the_future(plugin)
    assert plugin.get("scan_library")["problems"] == 1
    assert len(proposed(plugin)) == 2
    assert [row["task"] for row in plugin.get("runs")["runs"]][0] == "scan"


def _date_in_the_future(plugin: Plugin) -> None:
    for table in ("image_fingerprints", "runs", "answers", "suggestions"):
        columns = {name for _, name, *_ in plugin.rows(f"PRAGMA table_info({table})")}
        for column in columns & {"created_at", "updated_at", "started_at", "ended_at"}:
            plugin.change(f"UPDATE {table} SET {column} = '2999-01-01 00:00:00'")


HOSTILE = {
    BILL: "<img src=x onerror=alert(1)>'); DROP TABLE suggestions;--%s{0}" + "Ä" * 5_000,
    POWELL: "\u202egro.elive \x00\x1b[31m\r\nSet-Cookie: a=b",
}


def test_a_name_from_outside_is_only_a_name(plugin: Plugin, images: list[str]) -> None:
    path = next((plugin.data / "facedb").iterdir()) / "performers.json"
    people = json.loads(path.read_text(encoding="utf-8"))
    for key, name in HOSTILE.items():
        people[key]["name"] = name
    path.write_text(json.dumps(people), encoding="utf-8")
    _sign(path)
    for image_id, name in zip(images[1:], HOSTILE.values(), strict=True):
        plugin.stash.library.images[image_id].title = name

    plugin.get("scan_library")
    rows = plugin.get("suggestions")["suggestions"]
    decided = accept(plugin, create=False)

    assert {row["name"] for row in rows} == {row["title"] for row in rows} == {*HOSTILE.values()}
    assert all(is_a_sentence(each["problem"]) for each in decided)
    assert all(text.isprintable() for _, text in plugin.stash.log)
    assert len(proposed(plugin)) == 2


def _sign(path: Path) -> None:
    """Has the manifest beside it know the file as it is now."""
    manifest = path.with_name("manifest.json")
    said = json.loads(manifest.read_text())
    said["checksums"][path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
    manifest.write_text(json.dumps(said))


def test_a_plugin_folder_that_may_not_be_written_is_no_hindrance(
    plugin: Plugin, images: list[str], tmp_path: Path
) -> None:
    shutil.move(plugin.data, tmp_path / "data")
    plugin.stash.environment["STASH_FACE_DATA"] = str(tmp_path / "data")
    before = sorted(plugin.folder.rglob("*"))
    with read_only(tmp_path, plugin.folder) as python:
        plugin.stash.python = python
        assert plugin.get("scan_library")["suggestions"] == 2
    assert sorted(plugin.folder.rglob("*")) == before


def test_a_data_folder_that_may_not_be_written_is_told_by_a_task(
    plugin: Plugin, images: list[str], tmp_path: Path
) -> None:
    with read_only(tmp_path, plugin.data) as python:
        plugin.stash.python = python
        told = plugin.refuse("scan_library")
    assert told.endswith("give Stash's user the right to write there, or set STASH_FACE_DATA.")


def test_a_store_of_a_newer_plugin_is_refused_and_left_as_it_is(
    plugin: Plugin, images: list[str]
) -> None:
    plugin.get("scan_library")
    plugin.change("INSERT INTO migrations VALUES ('m999_tomorrow', 'later')")
    before = plugin.rows("SELECT * FROM suggestions")

    for mode in ("scan_library", "suggestions", "match_again"):
        told = plugin.refuse(mode)
        assert told.endswith("by a newer version of the plugin (m999_tomorrow): update the plugin.")
    assert plugin.rows("SELECT * FROM suggestions") == before


def test_a_damaged_store_is_set_aside_and_made_anew_with_what_the_user_said(
    plugin: Plugin, images: list[str]
) -> None:
    plugin.get("scan_library")
    (row,) = plugin.get("suggestions", kind="image", id=images[1])["suggestions"]
    plugin.get("decide", suggestions=[row["suggestion"]], decision="reject")
    with file_lock(plugin.data / "locks" / "task-library.lock"):
        _spoil(plugin)

    # It is met first, and looked into at the next call.
    for _ in range(3):
        answer = plugin.ask("scan_library", everything=True)

    assert answer.error is None
    assert (plugin.data / "stash_face.sqlite.damaged-1").is_file()
    assert [name for _, name in proposed(plugin)] == ["Colin Powell"]


def _spoil(plugin: Plugin) -> None:
    """Overwrites the tables of faces and their vectors."""
    plugin.rows("PRAGMA wal_checkpoint(TRUNCATE)")
    ((size,),) = plugin.rows("PRAGMA page_size")
    where = "SELECT rootpage FROM sqlite_master WHERE name IN ('faces', 'face_embeddings')"
    with (plugin.data / "stash_face.sqlite").open("r+b") as file:
        for (page,) in plugin.rows(where):
            file.seek((page - 1) * size)
            file.write(b"\x99" * size)
