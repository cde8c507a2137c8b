from __future__ import annotations

import os
import random
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from stash_face.facedb.installed import choose
from stash_face.file_lock import file_lock
from stash_face.store.connection import Store
from stash_face.store.queue import enqueue
from tests.photos import Photos
from tests.process.places import limited, small_disk
from tests.process.plugin import Plugin

# Who is in the library below.
FOUND = [
    ("gallery", "Colin Powell"),
    *[("image", "Bill Clinton")] * 3,
    *[("image", "Colin Powell")] * 2,
]
posix = pytest.mark.skipif(os.name == "nt", reason="limits as POSIX has them")


@pytest.fixture
def library(plugin: Plugin, photos: Photos, mixed: list[str]) -> list[str]:
    """Seven loose images and a gallery of three."""
    more = [plugin.stash.add_image(photos.strangers[5])]
    powell = [plugin.stash.add_image(path) for path in photos.known["Colin_Powell"][-4:-2]]
    plugin.stash.add_gallery([*more, *powell], title="At sea")
    return [*mixed, *more, *powell]


def outcome(plugin: Plugin) -> Any:
    """All that a scan leaves: who is proposed where, names, answers without their state."""
    proposed = plugin.rows(
        "SELECT kind, item_id, performer_id, decision, sure, confidence FROM suggestions "
        "WHERE state = 'open' ORDER BY kind, item_id, performer_id"
    )
    named = plugin.rows("SELECT * FROM image_fingerprint_faces ORDER BY 1, 2, 5")
    answers = plugin.rows("SELECT kind, item_id, answer FROM answers ORDER BY kind, item_id")
    return proposed, named, answers


def proposed(plugin: Plugin) -> list[tuple[str, str]]:
    return plugin.rows(
        "SELECT kind, name FROM suggestions WHERE state = 'open' ORDER BY kind, name, item_id"
    )


def scans(plugin: Plugin) -> dict[str, list[int]]:
    """What is stored: image id to the numbers of its faces, which are new with each scan."""
    found: dict[str, list[int]] = {}
    if not (plugin.data / "stash_face.sqlite").exists():
        return {}
    if not plugin.rows("SELECT 1 FROM sqlite_master WHERE name = 'faces'"):
        return {}
    for image_id, face in plugin.rows(
        "SELECT stash_image_id, id FROM image_scans LEFT JOIN faces USING (stash_image_id)"
    ):
        found.setdefault(image_id, []).append(face)
    return found


def undisturbed(plugin: Plugin) -> Any:
    """The outcome of a scan that nobody stops, in a data folder of its own."""
    there = plugin.data.with_name("undisturbed")
    plugin.stash.environment["STASH_FACE_DATA"] = str(there)
    shutil.copytree(plugin.data, there)
    plugin.get("scan_library")
    del plugin.stash.environment["STASH_FACE_DATA"]
    other = Plugin(plugin.stash)
    other.data = there
    return outcome(other)


def test_a_scan_that_is_killed_again_and_again_ends_as_one_that_is_not(
    plugin: Plugin, library: list[str]
) -> None:
    plugin.hide_files()
    expected = undisturbed(plugin)
    # However quick the machine is, the first one dies in the middle.
    plugin.stash.faults["media"] = [*6 * [None], "hold"]
    before = len(plugin.downloads())
    running = plugin.start("scan_library")
    while len(plugin.downloads()) < before + 7:
        assert not running.process.finished.wait(0.002)
    running.kill()
    plugin.stash.held.release()
    chance = random.Random(5)
    kept = scans(plugin)
    while len(kept) < len(library):
        running = plugin.start("scan_library")
        new = chance.choice((0, 2, 3))
        while len(scans(plugin)) < len(kept) + new and not running.process.finished.is_set():
            time.sleep(0.002)
        running.process.finished.wait(chance.uniform(0, 0.3))
        running.kill()
        now = scans(plugin)
        # No image is lost, none done twice.
        assert {image_id: now[image_id] for image_id in kept} == kept
        assert plugin.rows("PRAGMA integrity_check") == [("ok",)]
        kept = now

    plugin.get("scan_library")

    assert outcome(plugin) == expected
    # Those that died are told from those that ended.
    assert plugin.rows("SELECT count(*) FROM runs WHERE state = 'running'") == [(0,)]
    assert plugin.rows("SELECT count(*) FROM runs WHERE state = 'stopped'")[0][0] > 0


def test_a_kill_after_the_last_picture_loses_no_suggestion(
    plugin: Plugin, library: list[str]
) -> None:
    running = plugin.start("scan_library")
    while len(scans(plugin)) < len(library):
        assert not running.process.finished.wait(0.001)
    running.kill()

    again = plugin.get("scan_library")

    assert again["images"] == 0
    assert proposed(plugin) == FOUND


@posix
def test_a_full_disk_is_told_and_the_next_run_goes_on(
    plugin: Plugin, library: list[str], tmp_path: Path
) -> None:
    python = plugin.stash.python
    with small_disk(plugin.data, 400_000) as free:
        if free is None:
            plugin.stash.python = limited(tmp_path, 150_000)
        sentence = plugin.refuse("scan_library")
        assert sentence.endswith("free some space on that disk; nothing already stored is lost.")
        kept = scans(plugin)
        assert plugin.rows("PRAGMA integrity_check") == [("ok",)]
        if free is not None:
            free()
        plugin.stash.python = python

        plugin.get("scan_library")

        assert proposed(plugin) == FOUND
        assert {image_id: scans(plugin)[image_id] for image_id in kept} == kept
        states = {state for (state,) in plugin.rows("SELECT state FROM runs")}
        assert states <= {"done", "failed", "stopped"}


def test_a_stash_that_restarts_is_waited_for(plugin: Plugin, library: list[str]) -> None:
    plugin.hide_files()
    running = plugin.start("scan_library")
    while not scans(plugin):
        assert not running.process.finished.wait(0.002)
    # It is down for one question with its repetitions, and for the next look at it.
    plugin.stash.faults["graphql"] = ["503", "reset", "503", "503", "503", "503"]
    plugin.stash.faults["media"] = ["503"]

    answer = running.answer()

    assert answer.error is None
    assert plugin.rows("SELECT count(*) FROM image_scans") == [(len(library),)]
    assert [state for (state,) in plugin.rows("SELECT state FROM runs")] == ["done"]


def test_a_session_that_ends_is_told_at_once_and_costs_nothing(
    plugin: Plugin, library: list[str]
) -> None:
    plugin.stash.faults["graphql"] = [None, None, None, None, *["401"] * 20]

    sentence = plugin.refuse("scan_library")

    assert "refused the session, which has expired" in sentence
    ((state, told),) = plugin.rows("SELECT state, told FROM runs")
    assert (state, told) == ("failed", sentence)
    plugin.stash.faults["graphql"] = None
    assert plugin.get("scan_library")["suggestions"] > 0


def test_two_tasks_do_not_work_on_the_library_at_once(plugin: Plugin, library: list[str]) -> None:
    locks = plugin.data / "locks"
    locks.mkdir()
    with file_lock(locks / "task-library.lock"):
        answer = plugin.ask("scan_library")
        assert answer.code == "busy"
        assert plugin.ask("clean_up").code == "busy"
        with Store(plugin.data / "stash_face.sqlite") as store:
            enqueue(store, "image", library[0], "new")
        waiting = plugin.start("scan_new_items")
        assert not waiting.process.finished.wait(0.5)

    assert waiting.answer().output["images"] == 1


def test_items_that_go_or_are_tagged_meanwhile_do_no_harm(
    plugin: Plugin, library: list[str]
) -> None:
    plugin.hide_files()
    plugin.stash.faults["media"] = [None, None, "hold", "hold", "hold"]
    running = plugin.start("scan_library")
    while len(plugin.downloads()) < 3:
        assert not running.process.finished.wait(0.005)
    gone = library[0]
    plugin.stash.delete_image(gone)
    plugin.stash.held.release(10)

    assert running.answer().error is None
    shown = [row[1] for row in outcome(plugin)[0] if row[0] == "image"]
    assert gone not in shown
    plugin.get("clean_up")
    assert gone not in scans(plugin)


def test_a_database_that_is_swapped_meanwhile_names_the_rest(
    plugin: Plugin, library: list[str], smaller_database: Path
) -> None:
    plugin.hide_files()
    plugin.stash.faults["media"] = [None, None, None, "hold", "hold", "hold"]
    running = plugin.start("scan_library")
    while len(plugin.downloads()) < 4:
        assert not running.process.finished.wait(0.005)
    shutil.copytree(smaller_database, plugin.data / "facedb" / "v2")
    choose(plugin.data, plugin.data / "facedb" / "v2")
    plugin.stash.held.release(10)
    assert running.answer().error is None

    plugin.get("match_again")

    names = {name for (name,) in plugin.rows("SELECT name FROM suggestions")}
    assert names == {"Colin Powell"}


def test_matching_again_opens_no_media_and_follows_the_database(
    plugin: Plugin, library: list[str], smaller_database: Path
) -> None:
    plugin.get("scan_library")
    for image in plugin.stash.library.images.values():
        for file in image.visual_files:
            file.path = "/gone" + file.path
    shutil.copytree(smaller_database, plugin.data / "facedb" / "v2")
    choose(plugin.data, plugin.data / "facedb" / "v2")

    answer = plugin.get("match_again")

    assert (answer["images"], answer["suggestions"]) == (0, 0)
    assert answer["withdrawn"] == 3
    assert plugin.downloads() == []
    assert {name for (name,) in plugin.rows("SELECT name FROM suggestions")} == {"Colin Powell"}
    assert plugin.get("match_again")["withdrawn"] == 0
