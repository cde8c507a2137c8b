from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.photos import Photos, stash_id
from tests.process.plugin import Plugin
from tests.process.scenes import add_scene
from tests.videos import still

STASHDB = "https://stashdb.org/graphql"
SCAN, AGAIN = "Scan new and changed", "Scan everything again"


@pytest.fixture
def gallery(plugin: Plugin, photos: Photos, tmp_path: Path) -> str:
    """A folder gallery with two pictures of Colin Powell and one of a stranger."""
    folder = tmp_path / "At sea"
    folder.mkdir()
    for photo in (*photos.known["Colin_Powell"][-2:], photos.strangers[9]):
        shutil.copy(photo, folder)
    return plugin.stash.add_folder_gallery(folder)


@pytest.fixture
def loose(plugin: Plugin, photos: Photos, tmp_path: Path) -> list[str]:
    """Images in no gallery: Bill Clinton twice, a stranger, and one that cannot be read."""
    broken = tmp_path / "broken.jpg"
    broken.write_text("no picture")
    paths = [*photos.known["Bill_Clinton"][3:5], photos.strangers[3], broken]
    return [plugin.stash.add_image(path) for path in paths]


def suggestions(plugin: Plugin) -> list[tuple[Any, ...]]:
    """(kind, item, title, name, decision) of what is open."""
    return plugin.rows(
        "SELECT kind, item_id, title, name, decision FROM suggestions WHERE state = 'open' "
        "ORDER BY kind, item_id"
    )


def names(plugin: Plugin) -> list[tuple[Any, ...]]:
    """(image, performer) as other tools read them."""
    return plugin.rows(
        "SELECT stash_image_id, performer_id FROM image_fingerprint_faces ORDER BY 1"
    )


def test_a_scan_proposes_who_is_in_galleries_and_images(
    plugin: Plugin, gallery: str, loose: list[str]
) -> None:
    powell = plugin.stash.add_performer("C. Powell", [(STASHDB, stash_id("Colin_Powell"))])

    job = plugin.stash.run_task("stash_face", SCAN)

    assert job.status == "FINISHED"
    assert suggestions(plugin) == [
        ("gallery", gallery, "At sea", "Colin Powell", "match"),
        ("image", loose[0], "Bill_Clinton_0004.jpg", "Bill Clinton", "match"),
        ("image", loose[1], "Bill_Clinton_0005.jpg", "Bill Clinton", "match"),
    ]
    found = plugin.rows("SELECT local_performer_id, run_id FROM suggestions WHERE kind = 'gallery'")
    assert found == [(powell, 1)]
    ((evidence,),) = plugin.rows(
        "SELECT evidence FROM suggestion_evidence JOIN suggestions ON id = suggestion_id "
        "WHERE kind = 'gallery'"
    )
    told = json.loads(evidence)
    assert (told["image_count"], told["images"], len(told["faces"])) == (2, 3, 2)
    assert {"image_id", "face", "bbox", "distance"} <= set(told["faces"][0])
    assert max(told["distances"].values()) < told["bar"]
    ((state, counts, sentence),) = plugin.rows("SELECT state, counts, told FROM runs")
    assert state == "done"
    assert json.loads(counts)["images"] == 7
    assert sentence.startswith("Scanned 7 images with 6 faces; suggestions: 3 new; 1 could")
    assert plugin.stash.progress[-1] == 1.0
    assert plugin.stash.progress == sorted(plugin.stash.progress)


def test_a_second_scan_looks_at_nothing_and_answers_are_there_at_once(
    plugin: Plugin, gallery: str, loose: list[str]
) -> None:
    plugin.get("scan_library")
    faces = plugin.rows("SELECT id FROM faces")
    shown = suggestions(plugin)

    again = plugin.get("scan_library")

    assert (again["images"], again["suggestions"], again["changed"]) == (0, 0, 0)
    assert plugin.rows("SELECT id FROM faces") == faces
    assert suggestions(plugin) == shown
    # What was answered in the scan is what the pages of Stash ask for.
    before = len(plugin.stash.log)
    assert plugin.get("results", kind="gallery", id=gallery)["answer"]["performers"]
    image = plugin.get("identify_image", image_id=loose[0])
    assert image["faces"][0]["matches"][0]["name"] == "Bill Clinton"
    assert len(plugin.stash.log) == before


def test_everything_again_scans_everything_once(
    plugin: Plugin, gallery: str, loose: list[str]
) -> None:
    plugin.get("scan_library")
    plugin.change("UPDATE image_fingerprints SET updated_at = '2020-01-01 00:00:00'")
    faces = plugin.rows("SELECT id FROM faces")
    named, shown = names(plugin), suggestions(plugin)
    assert named

    plugin.stash.run_task("stash_face", AGAIN)

    (counts,) = plugin.rows("SELECT counts FROM runs WHERE task = 'scan_everything'")[0]
    assert json.loads(counts)["images"] == 7
    after = plugin.rows("SELECT id FROM faces")
    assert len(after) == len(faces)
    assert not set(after) & set(faces)
    # Who was named before is named again.
    assert (names(plugin), suggestions(plugin)) == (named, shown)
    assert plugin.get("results", kind="image", id=loose[0])["stored"]


def test_a_scene_that_is_looked_at_again_has_its_names_again(
    plugin: Plugin, photos: Photos, tmp_path: Path
) -> None:
    shots = [still(path) for path in photos.known["Colin_Powell"][-2:]]
    add_scene(plugin, tmp_path / "a.mp4", shots)
    plugin.get("scan_library")
    plugin.change("UPDATE scene_fingerprints SET created_at = '2020-01-01 00:00:00'")
    before = plugin.rows("SELECT performer_id, at FROM scene_fingerprint_faces ORDER BY at")

    assert plugin.get("scan_library", everything=True)["scenes"] == 1

    assert before
    again = plugin.rows("SELECT performer_id, at FROM scene_fingerprint_faces ORDER BY at")
    assert again == before


def test_who_is_tagged_is_not_proposed(plugin: Plugin, gallery: str, loose: list[str]) -> None:
    library = plugin.stash.library
    powell = plugin.stash.add_performer("C. Powell", [(STASHDB, stash_id("Colin_Powell"))])
    library.galleries[gallery].performers = [library.performers[powell]]

    plugin.get("scan_library")

    assert [row[0] for row in suggestions(plugin)] == ["image", "image"]


def test_kinds_that_are_left_out_are_not_looked_at(
    plugin: Plugin, gallery: str, loose: list[str]
) -> None:
    plugin.stash.library.plugin_settings["stash_face"] = {"skipImages": True}

    answer = plugin.get("scan_library")

    assert answer["images"] == 3
    assert [row[0] for row in suggestions(plugin)] == ["gallery"]


def test_an_image_of_two_galleries_is_scanned_once_and_counts_in_both(
    plugin: Plugin, gallery: str
) -> None:
    images = [each.id for each in plugin.stash.library.galleries[gallery].images]
    other = plugin.stash.add_gallery(images[:2], title="Ashore")

    answer = plugin.get("scan_library")

    assert answer["images"] == 3
    assert [row[1:4] for row in suggestions(plugin)] == [
        (gallery, "At sea", "Colin Powell"),
        (other, "Ashore", "Colin Powell"),
    ]


def test_what_was_answered_on_its_page_before_is_proposed_by_the_scan(
    plugin: Plugin, gallery: str, photos: Photos
) -> None:
    plugin.finish_gallery(gallery)
    assert suggestions(plugin) == []

    run = plugin.get("scan_library")

    assert (run["images"], run["suggestions"]) == (0, 1)
    assert [row[1] for row in suggestions(plugin)] == [gallery]


def test_a_scene_is_looked_at_and_who_is_in_it_is_proposed(
    plugin: Plugin, photos: Photos, tmp_path: Path
) -> None:
    shots = [still(path) for path in photos.known["Colin_Powell"][-2:]]
    scene = add_scene(plugin, tmp_path / "a.mp4", shots, title="Interview")

    first = plugin.get("scan_library")
    again = plugin.get("scan_library")

    assert (first["scenes"], again["scenes"], again["suggestions"]) == (1, 0, 0)
    assert suggestions(plugin) == [("scene", scene, "Interview", "Colin Powell", "match")]
    ((evidence,),) = plugin.rows("SELECT evidence FROM suggestion_evidence")
    told = json.loads(evidence)
    assert {"face_id", "at", "bbox", "source"} <= set(told["faces"][0])
    assert told["appearances"] == len(told["timestamps"]) > 1


def test_sure_names_are_tagged_where_the_user_wants_that_and_taken_back(
    plugin: Plugin, gallery: str
) -> None:
    library = plugin.stash.library
    library.plugin_settings["stash_face"] = {"autoApply": True}
    powell = plugin.stash.add_performer("C. Powell", [(STASHDB, stash_id("Colin_Powell"))])

    run = plugin.get("scan_library")

    assert run["applied"] == 1
    assert [each.id for each in library.galleries[gallery].performers] == [powell]
    undone = plugin.get("undo_last_run")
    assert undone["restored"][0]["ids"] == [gallery]
    assert library.galleries[gallery].performers == []
    assert plugin.ask("undo_last_run").code == "not_found"
