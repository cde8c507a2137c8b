"""Real processes that want the models at the same time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from stash_face.file_lock import file_lock
from tests.photos import Photos
from tests.process.plugin import Plugin, Running


@pytest.fixture
def many(plugin: Plugin, photos: Photos) -> list[str]:
    """Twenty loose images whose files come from Stash."""
    ids = [plugin.stash.add_image(path) for path in photos.strangers[:20]]
    plugin.hide_files()
    return ids


@contextmanager
def models_taken(plugin: Plugin) -> Iterator[None]:
    """Another process of the plugin has the models."""
    locks = plugin.data / "locks"
    locks.mkdir(exist_ok=True)
    with file_lock(locks / "models-loaded.lock"):
        yield


def scan_with_models(plugin: Plugin, *later: str | None) -> Running:
    """A scan that has committed pictures and waits for the tenth; `later` are the faults after."""
    plugin.stash.faults["media"] = [*9 * [None], "hold", *later]
    running = plugin.start("scan_library")
    while not plugin.has_stored():
        assert not running.process.finished.wait(0.005)
    return running


def wait_in_line(plugin: Plugin, running: Running) -> None:
    while not (plugin.data / "locks" / "models-line.lock").exists():
        assert not running.process.finished.wait(0.005)


def test_a_scan_gives_way_to_a_page_and_goes_on(
    plugin: Plugin, many: list[str], photos: Photos
) -> None:
    scan = scan_with_models(plugin, *8 * [None], "hold")
    shown = plugin.stash.add_image(photos.known["Bill_Clinton"][3])
    page = plugin.start("identify_image", image_id=shown)
    wait_in_line(plugin, page)

    plugin.stash.held.release()

    # The scan still waits for the nineteenth picture.
    assert page.answer().output["faces"][0]["matches"][0]["name"] == "Bill Clinton"
    assert not scan.process.finished.is_set()
    plugin.stash.held.release(10)
    assert scan.answer().output["images"] == 20
    assert sorted(plugin.downloads()) == sorted(many)


def test_a_page_that_gets_no_turn_tells_how_far_it_is_and_what_is_stored_never_waits(
    plugin: Plugin, mixed: list[str]
) -> None:
    known = plugin.get("identify_image", image_id=mixed[0])
    gallery = plugin.stash.add_gallery(mixed)
    with models_taken(plugin):
        waits = plugin.start("identify_image", image_id=mixed[1])
        told = plugin.get("identify_gallery", gallery_id=gallery, budget_s=0)
        assert (told["done"], told["images_processed"], told["total_images"]) == (False, 1, 7)
        assert plugin.get("identify_image", image_id=mixed[0]) == known
        assert plugin.get("results", kind="image", id=mixed[0])["stored"]
        assert not waits.process.finished.wait(0.3)

    assert waits.answer().output["faces"]
    assert plugin.finish_gallery(gallery)["images_processed"] == 7


def test_the_turn_of_a_process_that_dies_is_free(
    plugin: Plugin, many: list[str], mixed: list[str]
) -> None:
    scan = scan_with_models(plugin)
    scan.kill()
    plugin.stash.held.release()

    assert plugin.get("identify_image", image_id=mixed[0])["faces"]


def test_the_user_may_have_the_models_loaded_several_times(
    plugin: Plugin, mixed: list[str]
) -> None:
    plugin.stash.library.plugin_settings["stash_face"] = {"sideBySide": True}

    with models_taken(plugin):
        assert plugin.get("identify_image", image_id=mixed[0])["faces"]
