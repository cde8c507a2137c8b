"""What a newer face database changes, with everything that was known before: nothing else."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from stash_face.facedb.installed import choose
from tests.photos import Photos
from tests.process.plugin import Plugin


@pytest.fixture
def images(plugin: Plugin, photos: Photos, smaller_database: Path) -> dict[str, list[str]]:
    """Bill Clinton, whom the database in use does not have, Colin Powell and a stranger, each on
    several images that were scanned."""
    shutil.copytree(smaller_database, plugin.data / "facedb" / "v2")
    choose(plugin.data, plugin.data / "facedb" / "v2")
    paths = {
        "bill": photos.known["Bill_Clinton"][3:5],
        "powell": photos.known["Colin_Powell"][-2:],
        "stranger": photos.strangers[3:4],
    }
    found = {who: [plugin.stash.add_image(each) for each in those] for who, those in paths.items()}
    plugin.get("scan_library")
    return found


def suggestions(plugin: Plugin) -> dict[str, tuple[Any, ...]]:
    """By image: who, and whether anything was written since."""
    rows = plugin.rows(
        "SELECT item_id, id, name, decision, sure, run_id, created_at, updated_at FROM suggestions "
        "WHERE state = 'open'"
    )
    return {row[0]: row[1:] for row in rows}


def people(plugin: Plugin) -> dict[str, set[str]]:
    """The number of each unknown person, and the images they are on."""
    listed = plugin.get("unknown_people", action="list", min_items=1)["people"]
    return {row["person"]: {face["image_id"] for face in row["faces"]} for row in listed}


def test_a_later_database_names_unknown_people_and_touches_no_other_suggestion(
    plugin: Plugin, images: dict[str, list[str]]
) -> None:
    before, unknown = suggestions(plugin), people(plugin)
    assert set(before) == set(images["powell"])
    assert set(images["bill"]) in unknown.values()
    choose(plugin.data, plugin.data / "facedb" / "v1")

    run = plugin.get("match_again")

    after = suggestions(plugin)
    assert (run["images"], run["suggestions"], run["changed"], run["withdrawn"]) == (0, 2, 0, 0)
    assert {image: after[image] for image in before} == before
    assert {after[image][1] for image in images["bill"]} == {"Bill Clinton"}
    # Whoever is still unknown is the same person as before.
    left = {number: seen for number, seen in unknown.items() if seen != set(images["bill"])}
    assert people(plugin) == left


def test_unknown_people_keep_their_numbers_when_everything_is_scanned_and_grouped_anew(
    plugin: Plugin, images: dict[str, list[str]], photos: Photos, tmp_path: Path
) -> None:
    before = people(plugin)
    with Image.open(photos.known["Bill_Clinton"][3]) as picture:
        picture.rotate(3).save(tmp_path / "again.png")
    more = plugin.stash.add_image(tmp_path / "again.png")

    plugin.get("scan_library", everything=True)

    bill = next(number for number, seen in before.items() if seen == set(images["bill"]))
    assert people(plugin) == {**before, bill: {*images["bill"], more}}
