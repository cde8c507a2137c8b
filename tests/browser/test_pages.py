"""Each flow in a real Chromium, wide and narrow, with the real plugin behind it. What the flows do
stands in flows/; they leave screenshots in build/browser/."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from itertools import chain
from pathlib import Path

import pytest
from PIL import Image, ImageOps

from tests.browser.conftest import STASH_DB
from tests.photos import Photos, stash_id
from tests.process.plugin import Plugin
from tests.process.scenes import add_scene
from tests.videos import still

Drive = Callable[..., None]
pytestmark = pytest.mark.browser


def gallery_of(plugin: Plugin, place: Path, pictures: list[Path]) -> str:
    folder = place / "gallery"
    folder.mkdir()
    for picture in pictures:
        shutil.copy(picture, folder)
    return plugin.stash.add_folder_gallery(folder)


def test_an_image_s_faces_are_boxed_named_added_and_undone(
    drive: Drive, clinton: str, cast: dict[str, str]
) -> None:
    drive("image", image=clinton, cast=cast)


def test_a_gallery_s_people_are_added_in_two_clicks_and_its_work_outlives_the_page(
    drive: Drive, plugin: Plugin, photos: Photos, cast: dict[str, str], tmp_path: Path
) -> None:
    known = (photos.known[name][3:5] for name in ("Bill_Clinton", "Angelina_Jolie"))
    gallery = gallery_of(plugin, tmp_path, [*chain(*known), photos.strangers[3]])
    images = [image.id for image in plugin.stash.library.galleries[gallery].images]
    # The flow can hold a picture that the plugin has to ask Stash for.
    plugin.hide_files()

    drive("gallery", gallery=gallery, images=images, cast=cast)


def test_a_scene_s_people_have_times_to_seek_to_and_frames_can_be_asked_about(
    drive: Drive, plugin: Plugin, photos: Photos, cast: dict[str, str], tmp_path: Path
) -> None:
    clinton, angelina = photos.known["Bill_Clinton"], photos.known["Angelina_Jolie"]
    shots = [still(clinton[3]), still(clinton[4], angelina[4]), still(photos.strangers[3])]
    scene = add_scene(plugin, tmp_path / "a.mp4", shots, performers=[cast["Somebody"]])

    drive("scene", scene=scene, cast=cast)


def test_suggestions_are_decided_by_keyboard_and_runs_are_undone(
    drive: Drive, plugin: Plugin, clinton: str, photos: Photos, cast: dict[str, str], tmp_path: Path
) -> None:
    known = photos.known
    pictures = [*known["Bill_Clinton"][4:6], *known["Colin_Powell"][-2:]]
    gallery = gallery_of(plugin, tmp_path, pictures)
    plugin.get("scan_library")

    drive("review", image=clinton, gallery=gallery, cast=cast)


def test_unknown_people_are_named_merged_split_and_ignored_and_each_is_undone(
    drive: Drive, plugin: Plugin, photos: Photos, cast: dict[str, str], tmp_path: Path
) -> None:
    for number in (3, 7):
        mirrored = tmp_path / f"{number}.png"
        with Image.open(photos.strangers[number]) as picture:
            ImageOps.mirror(picture).save(mirrored)
        for path in (photos.strangers[number], mirrored):
            plugin.stash.add_image(path)
    plugin.get("scan_library")

    drive("unknown", cast=cast)


def test_a_performer_is_linked_to_stash_boxes_and_a_selection_becomes_a_task(
    drive: Drive, plugin: Plugin, photos: Photos
) -> None:
    stash = plugin.stash
    stash.library.stash_boxes.append(
        {"endpoint": STASH_DB, "name": "stashdb", "api_key": "", "max_requests_per_minute": 1}
    )
    known = {"name": "Angelina Jolie", "remote_site_id": stash_id("Angelina_Jolie")}
    stash.library.stash_box_performers = {STASH_DB: [known]}
    stranger = stash.add_image(photos.known["Angelina_Jolie"][3])
    picture = photos.known["Colin_Powell"][-2].read_bytes()
    performer = stash.add_performer("C. Powell", image=picture)
    image = stash.add_image(photos.known["Colin_Powell"][-1], performers=[performer])

    drive(
        "performer",
        performer=performer,
        image=image,
        stranger=stranger,
        stash_id=stash_id("Colin_Powell"),
    )


def test_lists_tell_what_waits_scenes_are_selected_and_the_threshold_is_tuned(
    drive: Drive, plugin: Plugin, photos: Photos, cast: dict[str, str], tmp_path: Path
) -> None:
    known = photos.known
    pictures = [*known["Bill_Clinton"][4:6], *known["Colin_Powell"][-2:]]
    gallery = gallery_of(plugin, tmp_path, pictures)
    plugin.get("scan_library")
    scenes = []
    for name in ("a", "b"):
        (tmp_path / f"{name}.mp4").write_bytes(b"no video")
        scenes.append(plugin.stash.add_scene(tmp_path / f"{name}.mp4", title=name))

    drive("lists", gallery=gallery, scenes=scenes, cast=cast)


def test_what_fails_or_is_hostile_stays_within_its_row(
    drive: Drive, clinton: str, cast: dict[str, str]
) -> None:
    drive("safety", image=clinton, cast=cast)
