from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from tests.photos import Photos
from tests.process.pictures import UNREADABLE, drawn, tiled
from tests.process.plugin import Plugin


@pytest.mark.parametrize("name", UNREADABLE)
def test_an_unreadable_picture_is_named_with_what_to_do(
    plugin: Plugin, tmp_path: Path, name: str
) -> None:
    content, sentence = UNREADABLE[name]
    (tmp_path / name).write_bytes(content())
    image_id = plugin.stash.add_image(tmp_path / name)

    answer = plugin.ask("identify_image", image_id=image_id)
    assert (answer.error, answer.code) == (sentence, "media")
    assert plugin.refuse("identify_image", image_id=image_id) == sentence


def test_a_gallery_goes_on_after_unreadable_pictures_and_lists_them(
    plugin: Plugin, photos: Photos, tmp_path: Path
) -> None:
    ids = {}
    for name, (content, _) in UNREADABLE.items():
        (tmp_path / name).write_bytes(content())
        ids[plugin.stash.add_image(tmp_path / name)] = name
    good = plugin.stash.add_image(photos.known["Bill_Clinton"][-1])
    gallery_id = plugin.stash.add_gallery([*ids, good])

    answer = plugin.finish_gallery(gallery_id)

    assert answer["total_images"] == answer["images_processed"] == 6
    problems = {each["image_id"]: each["problem"] for each in answer["problems"]}
    assert problems == {image_id: UNREADABLE[name][1] for image_id, name in ids.items()}
    # The only picture that can be read decides alone.
    assert [each["name"] for each in answer["performers"]] == ["Bill Clinton"]
    # Stash's log names each of them.
    warned = {text for level, text in plugin.stash.log if level == "warning"}
    assert f"Image {min(ids)}: {problems[min(ids)]}" in warned


@pytest.mark.parametrize(
    "content",
    [
        drawn(1, 1, kind="PNG"),
        drawn(30_000, 20),
        drawn(20, 3_000),
        drawn(640, 480),  # an ordinary picture without a face
    ],
)
def test_a_picture_without_a_face_has_no_faces(
    plugin: Plugin, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "a.jpg").write_bytes(content)
    image_id = plugin.stash.add_image(tmp_path / "a.jpg")

    answer = plugin.get("identify_image", image_id=image_id)
    assert answer == {"image_id": image_id, "faces": [], "stored": True}


def test_a_hundred_faces_in_one_picture_are_all_answered(
    plugin: Plugin, photos: Photos, tmp_path: Path
) -> None:
    (tmp_path / "crowd.jpg").write_bytes(tiled(photos.group, 2, 2))
    image_id = plugin.stash.add_image(tmp_path / "crowd.jpg")

    faces = plugin.get("identify_image", image_id=image_id)["faces"]

    assert len(faces) >= 100
    assert "match" not in {face["decision"] for face in faces}
    assert plugin.rows("SELECT count(*) FROM faces") == [(len(faces),)]


def test_an_image_that_is_not_in_stash_is_not_found(plugin: Plugin, photos: Photos) -> None:
    image_id = plugin.stash.add_image(photos.strangers[0])
    gallery_id = plugin.stash.add_gallery([image_id])
    plugin.stash.delete_image(image_id)

    gone = f"Image {image_id} is not in Stash (any more): reload the page."
    answer = plugin.ask("identify_image", image_id=image_id)
    assert (answer.error, answer.code) == (gone, "not_found")
    nobody = "Gallery 999999999999999999 is not in Stash (any more): reload the page."
    assert plugin.refuse("identify_gallery", gallery_id="9" * 18) == nobody
    # The gallery itself is still there, without pictures.
    assert plugin.get("identify_gallery", gallery_id=gallery_id)["total_images"] == 0


def test_a_file_that_comes_back_is_read(plugin: Plugin, photos: Photos, tmp_path: Path) -> None:
    photo = photos.known["Bill_Clinton"][-1]
    path = tmp_path / "a.jpg"
    path.write_bytes(photo.read_bytes())
    image_id = plugin.stash.add_image(path)
    path.rename(tmp_path / "elsewhere.jpg")

    answer = plugin.ask("identify_image", image_id=image_id)
    assert answer.error == (
        "Stash cannot read the picture's file (HTTP 500): see whether the file is still there, "
        "and let Stash scan its folder."
    )
    assert answer.code == "media"

    (tmp_path / "elsewhere.jpg").rename(path)
    faces = plugin.get("identify_image", image_id=image_id)["faces"]
    assert [face["matches"][0]["name"] for face in faces] == ["Bill Clinton"]


def test_a_gallery_looks_again_for_files_that_were_gone(
    plugin: Plugin, photos: Photos, tmp_path: Path
) -> None:
    paths = [tmp_path / f"{n}.jpg" for n in range(3)]
    for path, photo in zip(paths, photos.known["Bill_Clinton"][3:6], strict=True):
        path.write_bytes(photo.read_bytes())
    gallery_id = plugin.stash.add_gallery([plugin.stash.add_image(path) for path in paths])
    for path in paths[1:]:
        path.rename(path.with_suffix(".away"))

    first = plugin.finish_gallery(gallery_id)
    assert len(first["problems"]) == 2
    before = plugin.rows("SELECT id FROM faces")

    # At once nothing has changed yet, and the stored answer stands without another look.
    asked = len(plugin.downloads())
    assert plugin.get("identify_gallery", gallery_id=gallery_id)["problems"] == first["problems"]
    assert len(plugin.downloads()) == asked

    for path in paths[1:]:
        path.with_suffix(".away").rename(path)
    plugin.change("UPDATE image_fingerprints SET updated_at = datetime('now', '-1 hour')")
    second = plugin.finish_gallery(gallery_id)
    assert second["problems"] == []
    assert second["performers"][0]["image_count"] == 3
    # The picture that was read the first time was not read again.
    assert set(before) < set(plugin.rows("SELECT id FROM faces"))


def test_files_that_stay_away_do_not_keep_a_gallery_from_its_end(
    plugin: Plugin, photos: Photos, tmp_path: Path
) -> None:
    paths = [tmp_path / f"{n}.jpg" for n in range(4)]
    for n, path in enumerate(paths):
        path.write_bytes(drawn(40 + n, 40))
    ids = [plugin.stash.add_image(path) for path in paths]
    gallery_id = plugin.stash.add_gallery([*ids, plugin.stash.add_image(photos.strangers[0])])
    for path in paths:
        path.unlink()

    answer = plugin.finish_gallery(gallery_id, budget_s=0)
    assert [each["image_id"] for each in answer["problems"]] == ids
    plugin.change("UPDATE image_fingerprints SET updated_at = datetime('now', '-1 hour')")
    assert plugin.get("identify_gallery", gallery_id=gallery_id, budget_s=0)["done"]


def test_an_entry_that_is_gone_from_its_zip_is_told(
    plugin: Plugin, photos: Photos, tmp_path: Path
) -> None:
    pictures = photos.known["Colin_Powell"][-2:]
    path = tmp_path / "set.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number, photo in enumerate(pictures):
            archive.write(photo, f"in/{number}.jpg")
    gallery_id = plugin.stash.add_zip_gallery(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(pictures[0], "in/0.jpg")

    answer = plugin.finish_gallery(gallery_id)
    problem = 'The file "in/1.jpg" in the archive "set.zip" is not there any more; scan the '
    assert answer["problems"] == [{"image_id": "2", "problem": problem + "archive again."}]
    assert [each["name"] for each in answer["performers"]] == ["Colin Powell"]

    path.unlink()
    assert plugin.refuse("identify_image", image_id="2").startswith("Stash cannot read the ")


def test_an_image_without_any_file_is_told(plugin: Plugin, photos: Photos) -> None:
    image_id = plugin.stash.add_image(photos.strangers[0])
    plugin.stash.library.images[image_id].visual_files.clear()

    assert plugin.refuse("identify_image", image_id=image_id) == (
        f"Image {image_id} has no file in Stash: let Stash scan its folder, or delete the image."
    )
