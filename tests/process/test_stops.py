from __future__ import annotations

import os
import random
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from tests.photos import Photos
from tests.process.places import limited, read_only, small_disk
from tests.process.plugin import Plugin

posix = pytest.mark.skipif(os.name == "nt", reason="limits and rights as POSIX has them")


@pytest.fixture
def gallery_id(plugin: Plugin, photos: Photos, mixed: list[str]) -> str:
    """Fifteen images."""
    more = [plugin.stash.add_image(path) for path in photos.strangers[5:13]]
    return plugin.stash.add_gallery(mixed + more)


def scans(plugin: Plugin) -> dict[str, list[int]]:
    """What is stored: image id to the numbers of its faces, which are new with each scan."""
    if not (plugin.data / "stash_face.sqlite").exists():
        return {}
    if not plugin.rows("SELECT 1 FROM sqlite_master WHERE name = 'faces'"):
        return {}
    found: dict[str, list[int]] = {}
    for image_id, face in plugin.rows(
        "SELECT stash_image_id, id FROM image_scans LEFT JOIN faces USING (stash_image_id)"
    ):
        found.setdefault(image_id, []).append(face)
    return found


def undisturbed(plugin: Plugin, gallery_id: str) -> Any:
    """The answer of a run that nobody stops, in a data folder of its own."""
    plugin.stash.environment["STASH_FACE_DATA"] = str(plugin.data.with_name("undisturbed"))
    shutil.copytree(plugin.data, plugin.data.with_name("undisturbed"))
    answer = plugin.finish_gallery(gallery_id)
    del plugin.stash.environment["STASH_FACE_DATA"]
    return answer


def test_a_gallery_that_is_killed_again_and_again_goes_on_where_it_was(
    plugin: Plugin, gallery_id: str
) -> None:
    expected = undisturbed(plugin, gallery_id)
    chance = random.Random(3)
    kept: dict[str, list[int]] = {}
    kills = 0
    while len(kept) < 15:
        # At any moment: sometimes before the first picture, mostly while pictures are committed.
        running = plugin.start("identify_gallery", gallery_id=gallery_id)
        new = chance.choice((0, 1, 1, 3))
        while len(scans(plugin)) < len(kept) + new and not running.process.finished.is_set():
            time.sleep(0.002)
        running.process.finished.wait(chance.uniform(0, 0.02 if new else 0.5))
        running.kill()
        kills += running.process.exit_code != 0

        now = scans(plugin)
        # No image is lost, none done twice.
        assert {image_id: now[image_id] for image_id in kept} == kept
        assert plugin.rows("PRAGMA integrity_check") == [("ok",)]
        assert plugin.rows("PRAGMA foreign_key_check") == []
        kept = now

    assert plugin.finish_gallery(gallery_id) == expected
    assert scans(plugin) == kept
    assert kills


def test_two_processes_share_a_gallery_without_doing_an_image_twice(
    plugin: Plugin, gallery_id: str
) -> None:
    plugin.hide_files()
    both = [plugin.start("identify_gallery", gallery_id=gallery_id) for _ in range(2)]
    first, second = (running.answer() for running in both)

    assert first.error is None
    assert first.output == second.output
    assert first.output["done"]
    assert len(plugin.downloads()) == 15
    assert sorted(plugin.downloads()) == sorted(set(plugin.downloads()))


def test_who_waits_in_vain_for_another_process_tells_how_far_it_is(
    plugin: Plugin, gallery_id: str
) -> None:
    plugin.hide_files()
    plugin.stash.faults["media"] = [*9 * [None], "hold"]
    first = plugin.start("identify_gallery", gallery_id=gallery_id, budget_s=120)
    while not scans(plugin):
        assert not first.process.finished.wait(0.005)
    second = plugin.get("identify_gallery", gallery_id=gallery_id, budget_s=0)

    assert (second["done"], second["total_images"]) == (False, 15)
    assert second["images_processed"] > 0
    plugin.stash.held.release()
    assert first.answer().output["done"]


def test_an_image_and_its_gallery_at_the_same_time_are_one_row(
    plugin: Plugin, gallery_id: str, mixed: list[str]
) -> None:
    gallery = plugin.start("identify_gallery", gallery_id=gallery_id)
    images = [plugin.start("identify_image", image_id=image_id) for image_id in mixed[:2]]

    for running in images:
        assert running.answer().output["faces"][0]["matches"][0]["name"] == "Bill Clinton"
    assert gallery.answer().output["performers"][0]["image_count"] == 3
    assert plugin.rows("SELECT count(*) FROM image_fingerprints") == [(15,)]
    assert plugin.rows("PRAGMA integrity_check") == [("ok",)]


@posix
def test_a_full_disk_is_told_and_loses_nothing(
    plugin: Plugin, gallery_id: str, tmp_path: Path
) -> None:
    expected = undisturbed(plugin, gallery_id)
    python = plugin.stash.python
    with small_disk(plugin.data, 650_000) as free:
        if free is None:
            plugin.stash.python = limited(tmp_path, 400_000)
        sentence = plugin.refuse("identify_gallery", gallery_id=gallery_id)
        assert sentence.endswith("free some space on that disk; nothing already stored is lost.")
        kept = scans(plugin)
        assert 0 < len(kept) < 15
        # Still full: told again, and still nothing lost.
        told = plugin.refuse("identify_gallery", gallery_id=gallery_id)
        assert told.endswith("free some space on that disk; nothing already stored is lost.")
        now = scans(plugin)
        assert {image_id: now[image_id] for image_id in kept} == kept
        assert plugin.rows("PRAGMA integrity_check") == [("ok",)]

        if free is not None:
            free()
        plugin.stash.python = python
        assert plugin.finish_gallery(gallery_id) == expected
        after = scans(plugin)
        assert {image_id: after[image_id] for image_id in now} == now


@posix
@pytest.mark.parametrize("used_before", [False, True])
def test_a_data_folder_that_may_not_be_written_is_told(
    plugin: Plugin, photos: Photos, mixed: list[str], tmp_path: Path, used_before: bool
) -> None:
    if used_before:
        plugin.get("identify_image", image_id=mixed[0])
    before = scans(plugin)
    with read_only(tmp_path, plugin.data) as python:
        plugin.stash.python = python
        for mode in ("identify_image", "identify_gallery"):
            plugin.stash.add_gallery(mixed[:1])
            answer = plugin.ask(mode, image_id=mixed[1], gallery_id="1")
            assert (answer.error or "").endswith(
                "give Stash's user the right to write there, or set STASH_FACE_DATA."
            )
            assert answer.code == "store"
        # What needs no store still works.
        plugin.stash.library.images[mixed[0]].galleries.clear()
        faces = plugin.get("identify", image_url=f"/image/{mixed[0]}/image")["faces"]
        assert faces[0]["matches"][0]["name"] == "Bill Clinton"
        assert plugin.get("database_info")["performer_count"] == 52
        health = plugin.get("health", quick=True)
        assert (
            any("right to write there" in problem for problem in health["problems"]) == used_before
        )
    assert scans(plugin) == before
