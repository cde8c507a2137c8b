from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.fakes.stash_hooks import scan_scene
from tests.photos import Photos, stash_id
from tests.process.plugin import Plugin
from tests.process.scenes import SECONDS, add_scene, added, looked_at, names
from tests.videos import SIZE, sprite, still, write_video

CLINTON, POWELL = "Bill_Clinton", "Colin_Powell"


@pytest.fixture
def shots(photos: Photos) -> list[Image.Image]:
    """Bill Clinton, both, Colin Powell."""
    clinton, powell = photos.known[CLINTON], photos.known[POWELL]
    return [still(clinton[3]), still(clinton[4], powell[-1]), still(powell[-2])]


def test_a_sprite_that_decides_about_everyone_is_enough(
    plugin: Plugin, shots: list[Image.Image], tmp_path: Path
) -> None:
    stash = plugin.stash
    tagged = stash.add_performer("William", [("https://stashdb.org/graphql", stash_id(CLINTON))])
    absent = stash.add_performer("Angelina", [("https://stashdb.org/graphql", stash_id("x"))])
    scene_id = add_scene(plugin, tmp_path / "a.mp4", shots, performers=[tagged, absent])
    plugin.hide_files()
    stash.generated_path = stash.generated

    answer = plugin.finish_scene(scene_id)

    assert names(answer) == ["Bill Clinton", "Colin Powell"]
    assert plugin.streamed() == 0
    assert (answer["source"], answer["problems"]) == ("sprite", [])
    assert answer["source_reason"] == "The sprite was enough; the video was not opened."
    assert answer["stills"] == {"sprite": 8, "frame": 0, "player": 0}
    assert (answer["performers_detected"], answer["unknown_total"]) == (2, 0)
    first, second = answer["persons"]
    assert (first["local_performer_id"], first["already_tagged"]) == (tagged, True)
    assert (second["local_performer_id"], second["already_tagged"]) == (None, False)
    # The tiles are 1.5 s apart, the shots 4 s.
    assert first["timestamps"] == [0.0, 1.5, 3.0, 4.5, 6.0, 7.5]
    assert second["timestamps"] == [4.5, 6.0, 7.5, 9.0, 10.5]
    assert first["appearances"] == len(first["timestamps"])
    assert first["reason"].startswith("Seen at ")
    assert first["face_thumbnail"].startswith("data:image/jpeg;base64,")
    evidence = first["evidence"]
    assert evidence["sources"] == {"sprite": 6}
    distances = [each["distance"] for each in evidence["sightings"]]
    assert evidence["best_distance"] == min(distances)
    assert [each["at"] for each in evidence["sightings"]] == first["timestamps"]
    best = next(each for each in evidence["sightings"] if each["face"] == first["face"])
    assert best["distance"] == min(distances)
    assert answer["tagged_not_seen"] == [
        {"local_performer_id": absent, "name": "Angelina", "in_database": False}
    ]
    # What other tools read.
    named = plugin.rows(
        "SELECT performer_id, count(*), min(at), max(at) FROM scene_fingerprint_faces GROUP BY 1 "
        "ORDER BY 3"
    )
    assert named == [
        (f"stashdb.org:{stash_id(CLINTON)}", 6, 0.0, 7.5),
        (f"stashdb.org:{stash_id(POWELL)}", 5, 4.5, 10.5),
    ]
    assert plugin.rows(
        "SELECT stash_scene_id, faces_detected, db_version = face_databases.id "
        "FROM scene_fingerprints JOIN face_databases"
    ) == [(scene_id, 11, 1)]


def test_times_are_those_of_the_tiles_where_the_list_ends_before_the_scene(
    plugin: Plugin, shots: list[Image.Image], tmp_path: Path
) -> None:
    # As Stash writes it: tiles from the whole scene, steps cut to whole frames.
    scene_id = add_scene(plugin, tmp_path / "a.mp4", shots)
    plugin.stash.add_sprite(scene_id, None, sprite(shots, SECONDS * 0.8, 8, columns=4)[1])

    answer = plugin.finish_scene(scene_id, max_frames=0)

    assert answer["persons"][0]["timestamps"] == [0.0, 1.5, 3.0, 4.5, 6.0, 7.5]


@pytest.mark.parametrize("hidden", [False, True])
def test_without_a_sprite_frames_are_looked_at_and_it_is_said_why(
    plugin: Plugin, shots: list[Image.Image], tmp_path: Path, hidden: bool
) -> None:
    scene_id = add_scene(plugin, tmp_path / "a.mp4", shots, tiles=0)
    if hidden:
        plugin.hide_files()

    answer = plugin.finish_scene(scene_id, max_frames=8)

    assert names(answer) == ["Bill Clinton", "Colin Powell"]
    assert (plugin.streamed() > 0) == hidden
    assert answer["source"] == "frames"
    missing = "There is no sprite: Stash has not generated one (Settings > Tasks > Generate)."
    assert answer["source_reason"] == f"Frames of the video were looked at. {missing}"
    assert answer["problems"] == [missing]
    assert answer["sprite_missing"]
    assert 0 < answer["stills"]["frame"] <= 8

    # Once Stash has generated a sprite it is looked at as well.
    plugin.stash.add_sprite(scene_id, *sprite(shots, SECONDS, 8, columns=4))
    later = plugin.finish_scene(scene_id, max_frames=8)
    assert (later["source"] == "both") == (not hidden)
    assert later["sprite_missing"] == hidden


def test_frames_are_looked_at_where_the_sprite_leaves_somebody_open(
    plugin: Plugin, photos: Photos, tmp_path: Path
) -> None:
    # Faces of 15 pixels in a tile, of 90 in a frame.
    shots = [still(photo, size=(960, 540), face=0.25) for photo in photos.known[CLINTON][3:5]]
    scene_id = add_scene(plugin, tmp_path / "a.mp4", shots)

    answer = plugin.finish_scene(scene_id, max_frames=4)

    assert names(answer) == ["Bill Clinton"]
    assert answer["source"] == "both"
    assert answer["stills"]["sprite"] == 8
    assert "frame" in answer["persons"][0]["evidence"]["sources"]
    assert answer["source_reason"] == (
        "The sprite did not decide about everyone: frames of the video were looked at too."
    )
    without = plugin.finish_scene(scene_id, max_frames=0)
    assert without["stills"] == answer["stills"]


def test_each_frame_that_is_allowed_is_another_one(
    plugin: Plugin, photos: Photos, tmp_path: Path
) -> None:
    # Strangers who are seen once stay open, so that all frames are looked at.
    shots = [still(photo, face=0.7) for photo in photos.strangers[:6]]
    scene_id = add_scene(plugin, tmp_path / "a.mp4", shots, tiles=0)

    answer = plugin.finish_scene(scene_id, max_frames=12)

    assert answer["stills"]["frame"] == 12


def test_a_known_scene_needs_neither_media_nor_weights(
    plugin: Plugin, shots: list[Image.Image], smaller_database: Path, tmp_path: Path
) -> None:
    scene_id = add_scene(plugin, tmp_path / "a.mp4", shots)
    first = plugin.finish_scene(scene_id)
    before = looked_at(plugin)

    (tmp_path / "a.mp4").unlink()
    shutil.rmtree(plugin.stash.generated)
    asked = len(plugin.stash.requests)
    del plugin.stash.environment["STASH_FACE_MODELS"]
    assert plugin.finish_scene(scene_id) == first
    assert plugin.get("results", kind="scene", id=scene_id)["answer"] == first
    assert plugin.get("progress", kind="scene", id=scene_id) == {
        "kind": "scene", "id": scene_id, "done": 8, "total": 8, "faces": 11, "eta_s": 0.0,
    }  # fmt: skip
    heavy = {"numpy", "cv2", "av", "onnxruntime", "voyager", "requests"}
    assert not imported_by(plugin, scene_id) & heavy
    # Other settings, then another database: named anew from what is stored.
    found = imported_by(plugin, scene_id, max_distance=0.01)
    assert "numpy" in found
    assert not found & (heavy - {"numpy"})
    assert names(plugin.finish_scene(scene_id, max_distance=0.01)) == []
    shutil.copytree(smaller_database, plugin.data / "facedb" / "v2")
    assert names(plugin.finish_scene(scene_id)) == ["Colin Powell"]
    assert looked_at(plugin) == before
    media = [each for each in plugin.stash.requests[asked:] if each.method == "GET"]
    assert media == []


def imported_by(plugin: Plugin, scene_id: str, **args: Any) -> set[str]:
    """The packages that the process has imported when it answers."""
    plugin.stash.log.clear()
    plugin.stash.environment["PYTHONPROFILEIMPORTTIME"] = "1"
    plugin.finish_scene(scene_id, **args)
    del plugin.stash.environment["PYTHONPROFILEIMPORTTIME"]
    return {text.rpartition("|")[2].strip() for _, text in plugin.stash.log if "|" in text}


def test_each_call_makes_progress_however_small_its_budget(
    plugin: Plugin, photos: Photos, tmp_path: Path
) -> None:
    shots = [still(photo, size=(960, 540), face=0.25) for photo in photos.known[CLINTON][3:5]]
    scene_id = add_scene(plugin, tmp_path / "a.mp4", shots)
    seen = []
    for _ in range(20):
        answer = plugin.get("identify_scene", scene_id=scene_id, max_frames=1, budget_s=0)
        seen.append(sum(answer["stills"].values()))
        if answer["done"]:
            break
        assert answer["cursor"] == str(seen[-1])
    assert answer["done"]
    # The sprite, one frame after the other, and naming.
    assert seen[:2] == [8, 9]
    assert seen == sorted(seen)
    assert len(seen) >= 3


def test_a_file_that_changed_is_looked_at_again(
    plugin: Plugin, shots: list[Image.Image], tmp_path: Path
) -> None:
    scene_id = add_scene(plugin, tmp_path / "a.mp4", shots[:1], tiles=4)
    assert names(plugin.finish_scene(scene_id)) == ["Bill Clinton"]

    library = plugin.stash.library
    other = add_scene(plugin, tmp_path / "b.mp4", shots[2:], tiles=4)
    library.scenes[scene_id].files = library.scenes.pop(other).files

    answer = plugin.finish_scene(scene_id)
    assert names(answer) == ["Colin Powell"]
    assert {scene for _, scene, *_ in looked_at(plugin)} == {scene_id}


def test_who_is_rejected_for_a_scene_is_not_proposed_again(
    plugin: Plugin, shots: list[Image.Image], tmp_path: Path
) -> None:
    scene_id = add_scene(plugin, tmp_path / "a.mp4", shots)
    who = plugin.finish_scene(scene_id)["persons"][0]["performer_id"]
    before = looked_at(plugin)

    plugin.get("decide", kind="scene", id=scene_id, performer=who, decision="reject")

    answer = plugin.finish_scene(scene_id)
    assert names(answer) == ["Colin Powell"]
    assert who not in str(answer["persons"])
    assert looked_at(plugin) == before


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ({}, "The argument scene_id must be the number"),
        ({"scene_id": "x"}, "The argument scene_id must be the number"),
        ({"scene_id": 999}, "Scene 999 is not in Stash (any more): reload the page."),
        ({"scene_id": 1, "max_frames": -1}, "The argument max_frames must be between 0 and 1000"),
        ({"scene_id": 1, "budget_s": "long"}, "The argument budget_s must be a number"),
    ],
)
def test_what_cannot_be_asked_is_refused(plugin: Plugin, args: dict[str, Any], said: str) -> None:
    assert plugin.refuse("identify_scene", **args).startswith(said)


def test_a_scene_without_a_file_is_told(
    plugin: Plugin, shots: list[Image.Image], tmp_path: Path
) -> None:
    (tmp_path / "a.mp4").write_bytes(b"\0" * 100)
    scene_id = added(plugin, tmp_path / "a.mp4", shots, 0)
    plugin.stash.library.scenes[scene_id].files.clear()

    answer = plugin.finish_scene(scene_id)

    assert (answer["source"], answer["persons"]) == ("none", [])
    assert answer["problems"][1].startswith(f"Scene {scene_id} has no file in Stash")


def test_a_scene_that_a_scan_finds_is_noted_and_looked_at_later(
    plugin: Plugin, shots: list[Image.Image], tmp_path: Path
) -> None:
    # Something has been identified before: only then new items are noted.
    known = add_scene(plugin, tmp_path / "a.mp4", shots[:1], tiles=4)
    plugin.finish_scene(known)
    video = write_video(tmp_path / "b.mp4", shots[2:], SECONDS)

    found = scan_scene(plugin.stash, video, duration=SECONDS, size=SIZE)
    job = plugin.stash.jobs.wait("1")

    assert job.description == "Running plugin task: Look at new items"
    stored = plugin.get("results", kind="scene", id=found)
    assert names(stored["answer"]) == ["Colin Powell"]
    assert stored["answer"]["source"] == "frames"
