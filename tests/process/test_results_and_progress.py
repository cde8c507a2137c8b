from __future__ import annotations

import time

import pytest

from tests.photos import Photos, stash_id
from tests.process.plugin import Plugin


def test_results_give_what_is_stored_and_load_nothing(plugin: Plugin, mixed: list[str]) -> None:
    gallery_id = plugin.stash.add_gallery(mixed[:2])
    image = plugin.get("identify_image", image_id=mixed[0])
    gallery = plugin.finish_gallery(gallery_id)

    del plugin.stash.environment["STASH_FACE_MODELS"]
    stored = plugin.get("results", kind="image", id=mixed[0])
    assert stored == {"kind": "image", "id": mixed[0], "stored": True,
                      "outdated": False, "answer": image}  # fmt: skip
    stored = plugin.get("results", kind="gallery", id=gallery_id)
    assert stored == {"kind": "gallery", "id": gallery_id, "stored": True,
                      "outdated": False, "answer": gallery}  # fmt: skip

    # Who is in the library is asked anew.
    plugin.stash.add_performer("B", [("https://stashdb.org/graphql", stash_id("Bill_Clinton"))])
    best = plugin.get("results", kind="gallery", id=gallery_id)["answer"]["performers"][0]
    assert best["local_performer_id"] == "1"


@pytest.mark.parametrize("kind", ["image", "gallery"])
def test_an_item_that_was_never_looked_at_has_no_results_and_no_progress(
    bare_plugin: Plugin, kind: str
) -> None:
    nothing = {"kind": kind, "id": "7"}
    assert bare_plugin.get("results", kind=kind, id="7") == {
        **nothing,
        "stored": False,
        "outdated": False,
        "answer": None,
    }
    assert bare_plugin.get("progress", kind=kind, id="7") == {
        **nothing,
        "done": 0,
        "total": 0,
        "faces": 0,
        "eta_s": None,
    }


@pytest.mark.parametrize("mode", ["results", "progress"])
@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        ({"id": "1"}, "The argument kind is missing."),
        ({"kind": "studio", "id": "1"}, "The argument kind must be one of image, gallery, scene"),
        ({"kind": "image"}, "The argument id must be the number that Stash shows"),
        ({"kind": "image", "id": "1 OR 1=1"}, "The argument id must be the number that Stash sh"),
    ],
)
def test_results_and_progress_say_what_is_off(
    bare_plugin: Plugin, mode: str, args: dict[str, str], sentence: str
) -> None:
    assert bare_plugin.refuse(mode, **args).startswith(sentence)


def test_the_results_of_an_image_that_is_gone_from_stash_are_not_found(
    plugin: Plugin, mixed: list[str]
) -> None:
    plugin.get("identify_image", image_id=mixed[0])
    plugin.stash.delete_image(mixed[0])

    sentence = f"Image {mixed[0]} is not in Stash (any more): reload the page."
    assert plugin.refuse("results", kind="image", id=mixed[0]) == sentence


def test_another_process_sees_how_far_a_gallery_is(
    plugin: Plugin, photos: Photos, mixed: list[str]
) -> None:
    images = mixed + [plugin.stash.add_image(path) for path in photos.strangers[5:17]]
    gallery_id = plugin.stash.add_gallery(images)
    plugin.hide_files()
    plugin.stash.faults["media"] = [*9 * [None], "hold", *7 * [None], "hold"]
    running = plugin.start("identify_gallery", gallery_id=gallery_id, budget_s=120)

    while not plugin.has_stored():
        assert not running.process.finished.wait(0.05)
    time.sleep(0.6)  # what is kept now is told: it is said twice a second
    plugin.stash.held.release()
    between: list[int] = []
    while len(between) < 3:
        found = plugin.get("progress", kind="gallery", id=gallery_id)
        between += [found["done"]] if found["total"] == 19 else []
    plugin.stash.held.release()
    answer = running.answer().output

    assert 0 < between[0] <= between[1] <= between[2] < 19
    final = plugin.get("progress", kind="gallery", id=gallery_id)
    assert (final["done"], final["total"], final["eta_s"]) == (19, 19, 0.0)
    assert final["faces"] == answer["faces_detected"]
    assert plugin.get("progress", kind="image", id=images[0])["done"] == 0
