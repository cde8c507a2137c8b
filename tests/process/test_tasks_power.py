"""What a power cut and a full disk leave of a task, a decision and a hook."""

from __future__ import annotations

import os
import random
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.photos import Photos, stash_id
from tests.process.places import limited
from tests.process.plugin import Plugin

FOUND = ["Bill Clinton", "Bill Clinton", "Colin Powell"]
STASHDB = "https://stashdb.org/graphql"
FULL = "free some space on that disk; nothing already stored is lost."
posix = pytest.mark.skipif(os.name == "nt", reason="limits as POSIX has them")


@pytest.fixture
def images(plugin: Plugin, photos: Photos) -> list[str]:
    """Strangers, Bill Clinton twice and Colin Powell."""
    paths = [
        *photos.strangers[3:10],
        *photos.known["Bill_Clinton"][3:5],
        photos.known["Colin_Powell"][-1],
    ]
    return [plugin.stash.add_image(path) for path in paths]


def proposed(plugin: Plugin) -> list[str]:
    """Who is proposed, of those who are known to be there."""
    names = plugin.rows("SELECT name FROM suggestions WHERE state = 'open' ORDER BY name")
    return [name for (name,) in names if name in FOUND]


def faces(plugin: Plugin) -> set[tuple[Any, ...]]:
    """What is stored of whole images; a number is new with each scan."""
    assert plugin.rows("PRAGMA integrity_check") == [("ok",)]
    assert plugin.rows("PRAGMA foreign_key_check") == []
    return set(plugin.rows("SELECT id, stash_image_id FROM faces"))


@pytest.mark.parametrize("torn", [False, True])
def test_a_power_cut_costs_at_most_the_last_commits(
    plugin: Plugin, images: list[str], torn: bool
) -> None:
    plugin.hide_files()
    plugin.stash.faults["media"] = [*9 * [None], "hold"]
    running = plugin.start("scan_library")
    while not plugin.has_stored():
        assert not running.process.finished.wait(0.002)
    running.kill()
    plugin.stash.held.release()
    log = plugin.data / "stash_face.sqlite-wal"
    size = log.stat().st_size
    assert size > 0
    # What the disk had of the log, the index of which is in memory only.
    (plugin.data / "stash_face.sqlite-shm").unlink()
    chance = random.Random(7)
    with log.open("r+b") as file:
        file.truncate(size - chance.randrange(1, size // 3))
        if torn:
            file.seek(-4_000, os.SEEK_END)
            file.write(chance.randbytes(4_000))
    before = faces(plugin)

    assert plugin.get("scan_library")["problems"] == 0

    assert before <= faces(plugin)
    assert proposed(plugin) == FOUND
    assert plugin.rows("SELECT count(*) FROM image_scans") == [(len(images),)]


@posix
def test_a_disk_that_is_full_at_any_stage_of_a_scan_costs_nothing(
    plugin: Plugin, images: list[str], tmp_path: Path
) -> None:
    python = plugin.stash.python
    told: list[str] = []
    kept: set[tuple[Any, ...]] = set()
    # From where not even the tables fit, to where only the last suggestions do not.
    for size in range(40_000, 1_000_000, 90_000):
        plugin.stash.python = limited(tmp_path, size)
        answer = plugin.ask("scan_library")
        if answer.error is None:
            break
        told.append(answer.error)
        if plugin.has_tables():
            assert kept <= faces(plugin)
            kept = faces(plugin)
    plugin.stash.python = python

    plugin.get("scan_library")

    assert len(told) >= 3
    assert all(sentence.endswith(FULL) for sentence in told)
    assert kept <= faces(plugin)
    assert proposed(plugin) == FOUND
    assert plugin.rows("SELECT count(*) FROM runs WHERE state = 'running'") == [(0,)]


@posix
def test_a_disk_that_is_full_changes_nothing_in_stash_and_loses_no_new_item(
    plugin: Plugin, images: list[str], tmp_path: Path
) -> None:
    bill = plugin.stash.add_performer("Bill", [(STASHDB, stash_id("Bill_Clinton"))])
    plugin.get("scan_library")
    rows = plugin.get("suggestions", performer=f"stashdb.org:{stash_id('Bill_Clinton')}")
    numbers = [row["suggestion"] for row in rows["suggestions"]]
    python, library = plugin.stash.python, plugin.stash.library
    _compact(plugin)
    plugin.stash.python = limited(tmp_path, 8_192)
    hook = {"id": 99, "type": "Image.Create.Post", "input": None}

    assert plugin.refuse("decide", suggestions=numbers, decision="accept").endswith(FULL)
    assert plugin.refuse("item_changed", hookContext=hook).endswith(FULL)

    plugin.stash.python = python
    assert [each.performers for each in library.images.values()] == [[]] * len(images)
    assert plugin.rows("SELECT count(*) FROM journal") == [(0,)]
    plugin.get("decide", suggestions=numbers, decision="accept")
    tagged = [each.id for image in library.images.values() for each in image.performers]
    assert tagged == [bill] * 2
    assert plugin.get("item_changed", hookContext=hook)["queued"]


def _compact(plugin: Plugin) -> None:
    """Leaves no log that could be written over."""
    with sqlite3.connect(plugin.data / "stash_face.sqlite") as store:
        store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()
