from __future__ import annotations

import random
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from tests.photos import Photos
from tests.process.plugin import Plugin
from tests.process.scenes import add_scene, looked_at, names
from tests.videos import still

FRAMES = 3


@pytest.fixture
def scene_id(plugin: Plugin, photos: Photos, tmp_path: Path) -> str:
    """Bill Clinton so small that the sprite leaves it to the frames."""
    shots = [still(photo, size=(960, 540), face=0.2) for photo in photos.known["Bill_Clinton"][3:6]]
    return add_scene(plugin, tmp_path / "a.mp4", shots, tiles=6)


def stored(plugin: Plugin) -> list[tuple[Any, ...]]:
    if not plugin.has_tables():
        return []
    return looked_at(plugin)


def without_numbers(answer: Any) -> Any:
    """The answer without the faces' numbers, which differ with every look."""
    people = [
        {**each, "face": 0, "evidence": {**each["evidence"], "sightings": [
            {**sighting, "face": 0} for sighting in each["evidence"]["sightings"]
        ]}}
        for each in answer["persons"]
    ]  # fmt: skip
    return {**answer, "persons": people}


def test_a_scene_that_is_killed_again_and_again_goes_on_where_it_was(
    plugin: Plugin, scene_id: str
) -> None:
    plugin.stash.environment["STASH_FACE_DATA"] = str(plugin.data.with_name("undisturbed"))
    shutil.copytree(plugin.data, plugin.data.with_name("undisturbed"))
    expected = plugin.finish_scene(scene_id, max_frames=FRAMES)
    del plugin.stash.environment["STASH_FACE_DATA"]
    assert expected["source"] == "both"

    chance = random.Random(5)
    kept: list[tuple[Any, ...]] = []
    kills = 0
    while len(kept) < 7:
        # A small budget makes each frame a commit; the kill comes at any moment.
        args = {"scene_id": scene_id, "max_frames": FRAMES, "budget_s": 0}
        running = plugin.start("identify_scene", **args)
        while len(stored(plugin)) <= len(kept) and not running.process.finished.is_set():
            time.sleep(0.002)
            if chance.random() < 0.002:
                break
        running.kill()
        kills += running.process.exit_code != 0
        now = stored(plugin)
        # Nothing is lost, nothing done twice.
        assert now[: len(kept)] == kept
        assert len({row[1:] for row in now}) == len(now)
        if plugin.has_tables():
            assert plugin.rows("PRAGMA integrity_check") == [("ok",)]
            assert plugin.rows("PRAGMA foreign_key_check") == []
        kept = now

    answer = plugin.finish_scene(scene_id, max_frames=FRAMES)
    assert names(answer) == names(expected)
    assert without_numbers(answer)["stills"]["sprite"] == 6
    assert stored(plugin)[: len(kept)] == kept
    assert kills


def test_two_processes_share_a_scene_without_doing_anything_twice(
    plugin: Plugin, scene_id: str
) -> None:
    both = [plugin.start("identify_scene", scene_id=scene_id, max_frames=2) for _ in range(2)]
    first, second = (running.answer() for running in both)

    assert first.error is None
    assert first.output == second.output
    assert first.output["done"]
    numbers = [row[0] for row in looked_at(plugin)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) == sum(first.output["stills"].values())


def test_who_waits_in_vain_for_another_process_tells_how_far_it_is(
    plugin: Plugin, scene_id: str
) -> None:
    plugin.hide_files()
    plugin.stash.generated_path = plugin.stash.generated
    plugin.stash.faults["stream"] = ["hold"]
    first = plugin.start("identify_scene", scene_id=scene_id, max_frames=4, budget_s=120)
    while len(stored(plugin)) < 6:
        assert not first.process.finished.wait(0.005)
    second = plugin.get("identify_scene", scene_id=scene_id, max_frames=4, budget_s=0)

    assert (second["done"], second["stills"]["sprite"]) == (False, 6)
    plugin.stash.held.release()
    assert first.answer().output["done"]
