from __future__ import annotations

import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.photos import Photos, stash_id
from tests.process.pictures import drawn
from tests.process.plugin import Plugin


def people(answer: Any) -> list[tuple[str, int]]:
    return [(each["name"], each["image_count"]) for each in answer["performers"]]


def test_a_folder_gallery_names_its_people_most_seen_first(
    plugin: Plugin, photos: Photos, tmp_path: Path
) -> None:
    for number, photo in enumerate([*photos.known["Colin_Powell"][-2:], *photos.strangers[3:5]]):
        shutil.copy(photo, tmp_path / f"a{number}.jpg")
    for number, photo in enumerate(photos.known["Bill_Clinton"][3:6]):
        shutil.copy(photo, tmp_path / f"b{number}.jpg")
    gallery_id = plugin.stash.add_folder_gallery(tmp_path)
    local = plugin.stash.add_performer(
        "William", [("https://stashdb.org/graphql", stash_id("Bill_Clinton"))]
    )

    answer = plugin.finish_gallery(gallery_id)

    assert people(answer) == [("Bill Clinton", 3), ("Colin Powell", 2)]
    whole = {
        "gallery_id": gallery_id,
        "total_images": 7,
        "images_processed": 7,
        "faces_detected": 7,
        "problems": [],
        "done": True,
        "cursor": None,
    }
    assert {key: answer[key] for key in whole} == whole
    first = answer["performers"][0]
    assert first["image_ids"] == ["5", "6", "7"]
    assert sorted(each["image_id"] for each in first["all_matches"]) == first["image_ids"]
    distances = [each["distance"] for each in first["all_matches"]]
    assert first["best_distance"] == min(distances)
    assert abs(first["avg_distance"] - sum(distances) / 3) < 0.001
    assert first["decision"] == "match"
    assert first["reason"].startswith("Seen in 3 of 7 pictures.")
    assert (first["local_performer_id"], first["already_tagged"]) == (local, False)
    assert first["face_thumbnail"].startswith("data:image/jpeg;base64,")
    # Two strangers, each seen once.
    assert [each["image_ids"] for each in answer["unknown"]] == [["3"], ["4"]]
    # A gallery's fingerprint is the rows with its id.
    assert plugin.rows("SELECT count(*), min(gallery_id) FROM image_fingerprints") == [
        (7, gallery_id)
    ]
    named = plugin.rows("SELECT performer_id, count(*) FROM image_fingerprint_faces GROUP BY 1")
    assert dict(named) == {
        f"stashdb.org:{stash_id('Bill_Clinton')}": 3,
        f"stashdb.org:{stash_id('Colin_Powell')}": 2,
    }


def test_a_zip_gallery_is_read_from_inside_its_archive(
    plugin: Plugin, photos: Photos, tmp_path: Path
) -> None:
    path = tmp_path / "set.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number, photo in enumerate(photos.known["Colin_Powell"][-2:]):
            archive.write(photo, f"part one/{number}.jpg")

    answer = plugin.finish_gallery(plugin.stash.add_zip_gallery(path))

    assert people(answer) == [("Colin Powell", 2)]
    assert plugin.downloads() == []


def test_an_image_in_several_galleries_is_scanned_once(plugin: Plugin, mixed: list[str]) -> None:
    plugin.hide_files()
    alone, left, right = mixed[0], mixed[:4], mixed[2:]
    plugin.get("identify_image", image_id=alone)
    first = plugin.finish_gallery(plugin.stash.add_gallery(left))
    second = plugin.finish_gallery(plugin.stash.add_gallery(right))

    assert people(first)[0] == ("Bill Clinton", 3)
    assert people(second)[0] == ("Colin Powell", 2)
    assert sorted(plugin.downloads()) == sorted(mixed)
    assert plugin.rows("SELECT count(*) FROM image_fingerprints") == [(7,)]
    assert plugin.rows(
        "SELECT gallery_id FROM image_fingerprints WHERE stash_image_id = ?", alone
    ) == [("1",)]


def test_a_stored_gallery_needs_neither_files_nor_weights(plugin: Plugin, mixed: list[str]) -> None:
    plugin.hide_files()
    gallery_id = plugin.stash.add_gallery(mixed)
    first = plugin.finish_gallery(gallery_id)
    asked = len(plugin.downloads())

    del plugin.stash.environment["STASH_FACE_MODELS"]
    assert plugin.get("identify_gallery", gallery_id=gallery_id) == first
    # Other settings: grouped and named anew from the stored embeddings.
    stricter = plugin.get("identify_gallery", gallery_id=gallery_id, max_distance=0.05)
    assert people(stricter) == []
    assert len(plugin.downloads()) == asked


def test_each_call_makes_progress_however_small_its_budget(
    plugin: Plugin, mixed: list[str]
) -> None:
    gallery_id = plugin.stash.add_gallery(mixed[:3])
    seen = []
    for _ in range(4):
        answer = plugin.get("identify_gallery", gallery_id=gallery_id, budget_s=0)
        seen.append((answer["images_processed"], answer["done"]))
    # The last call groups and names.
    assert seen == [(1, False), (2, False), (3, False), (3, True)]
    assert people(answer) == [("Bill Clinton", 3)]


@pytest.mark.parametrize("pictures", [0, 1])
def test_a_gallery_may_hold_one_picture_or_none(
    plugin: Plugin, mixed: list[str], pictures: int
) -> None:
    gallery_id = plugin.stash.add_gallery(mixed[:pictures])

    answer = plugin.finish_gallery(gallery_id)

    assert answer["total_images"] == answer["faces_detected"] == pictures
    assert people(answer) == [("Bill Clinton", 1)][:pictures]
    assert answer["unknown"] == []


@pytest.mark.parametrize(
    "cursor", ["7", "-1", 10**6, "x" * 10_000, "'; DROP TABLE faces", [], {"a": 1}, True, None]
)
def test_a_cursor_is_not_needed_and_may_be_anything(plugin: Plugin, cursor: Any) -> None:
    gallery_id = plugin.stash.add_gallery([])
    assert plugin.get("identify_gallery", gallery_id=gallery_id, cursor=cursor)["done"]


def test_a_gallery_that_changes_between_two_calls_is_taken_as_it_is_now(
    plugin: Plugin, photos: Photos, mixed: list[str]
) -> None:
    library = plugin.stash.library
    gallery_id = plugin.stash.add_gallery(mixed)
    gallery = library.galleries[gallery_id]
    assert plugin.get("identify_gallery", gallery_id=gallery_id, budget_s=0)["done"] is False

    # One image is deleted from Stash, one taken out of the gallery, one put into it.
    plugin.stash.delete_image(mixed[1])
    taken = library.images[mixed[0]]
    taken.galleries.remove(gallery)
    gallery.images.remove(taken)
    new = plugin.stash.add_image(photos.known["Angelina_Jolie"][-1])
    gallery.images.append(library.images[new])
    library.images[new].galleries.append(gallery)
    answer = plugin.finish_gallery(gallery_id)

    assert answer["total_images"] == 6
    assert ("Colin Powell", 2) in people(answer)
    listed = {i for each in answer["performers"] + answer["unknown"] for i in each["image_ids"]}
    assert listed == {*mixed[2:], new}
    # The image that was scanned first belongs to the gallery no longer.
    assert plugin.rows(
        "SELECT gallery_id FROM image_fingerprints WHERE stash_image_id = ?", mixed[0]
    ) == [(None,)]

    scanned = plugin.rows("SELECT id FROM faces WHERE stash_image_id = ?", mixed[3])
    taken.galleries.append(gallery)
    gallery.images.append(taken)
    again = plugin.finish_gallery(gallery_id)
    assert again["total_images"] == 7
    assert plugin.rows("SELECT id FROM faces WHERE stash_image_id = ?", mixed[3]) == scanned


def test_only_the_file_that_changed_is_scanned_again(
    plugin: Plugin, photos: Photos, tmp_path: Path
) -> None:
    paths = [tmp_path / f"{n}.jpg" for n in range(2)]
    for path, photo in zip(paths, photos.known["Colin_Powell"][-2:], strict=True):
        shutil.copy(photo, path)
    ids = [plugin.stash.add_image(path) for path in paths]
    gallery_id = plugin.stash.add_gallery(ids)
    assert people(plugin.finish_gallery(gallery_id)) == [("Colin Powell", 2)]
    before = plugin.rows("SELECT id FROM faces WHERE stash_image_id = ?", ids[0])

    # Stash scans the folder and sees another picture in the second file.
    paths[1].write_bytes(drawn(300, 200))
    library = plugin.stash.library
    library.images[ids[1]].visual_files = library.images.pop(
        library.add_image(paths[1])
    ).visual_files

    answer = plugin.finish_gallery(gallery_id)
    assert [each["image_ids"] for each in answer["performers"] + answer["unknown"]] == [[ids[0]]]
    assert plugin.rows("SELECT id FROM faces") == before
