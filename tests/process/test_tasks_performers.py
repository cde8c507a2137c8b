from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from stash_face.file_lock import file_lock
from tests.photos import Photos, stash_id
from tests.process.plugin import Plugin

STASHDB, FANSDB = "https://stashdb.org/graphql", "https://fansdb.cc/graphql"


def proposed(plugin: Plugin) -> list[tuple[Any, ...]]:
    return plugin.rows(
        "SELECT item_id, name, decision, source FROM suggestions WHERE kind = 'performer' "
        "AND state = 'open' ORDER BY item_id"
    )


@pytest.fixture
def items(plugin: Plugin, photos: Photos) -> dict[str, list[str]]:
    """Scanned images: three of Bill Clinton, two of Colin Powell, a stranger."""
    found = {
        "bill": [plugin.stash.add_image(path) for path in photos.known["Bill_Clinton"][3:6]],
        "powell": [plugin.stash.add_image(path) for path in photos.known["Colin_Powell"][-2:]],
        "stranger": [plugin.stash.add_image(photos.strangers[3])],
    }
    plugin.get("scan_library")
    return found


def tag(plugin: Plugin, performer_id: str, images: list[str]) -> None:
    library = plugin.stash.library
    for each in images:
        library.images[each].performers.append(library.performers[performer_id])


def test_a_performer_without_ids_is_found_by_the_face_that_their_items_share(
    plugin: Plugin, items: dict[str, list[str]]
) -> None:
    bill = plugin.stash.add_performer("My Bill")
    other = plugin.stash.add_performer("Friend")
    # The friend is on one of them, too, and alone on another.
    tag(plugin, bill, [*items["bill"], items["powell"][0]])
    tag(plugin, other, items["powell"])

    run = plugin.get("identify_performers")

    assert (run["performers"], run["suggestions"]) == (2, 2)
    assert proposed(plugin) == [
        (bill, "Bill Clinton", "match", "faces"),
        (other, "Colin Powell", "match", "faces"),
    ]


def test_one_performer_comes_with_evidence_and_with_items_that_do_not_show_them(
    plugin: Plugin, items: dict[str, list[str]]
) -> None:
    bill = plugin.stash.add_performer("My Bill")
    tag(plugin, bill, [*items["bill"], *items["stranger"]])
    # Three items and a picture of their own are enough to say who is not seen.
    library = plugin.stash.library

    answer = plugin.get("identify_performer", performer_id=bill)

    (proposal,) = answer["proposals"]
    assert proposal["new_stash_ids"] == {"stashdb.org": stash_id("Bill_Clinton")}
    assert {face["image_id"] for face in proposal["faces"]} == set(items["bill"])
    assert (answer["tagged"]["image"], answer["scanned"], answer["seen_in"]) == (4, 4, 3)
    assert [each["id"] for each in answer["never_seen"]] == items["stranger"]
    assert answer["duplicates"] == []
    assert library.performers[bill].stash_ids == []


def test_a_new_picture_is_a_call_of_its_own_and_waits_for_the_models(
    plugin: Plugin, photos: Photos
) -> None:
    photo = photos.known["Bill_Clinton"][3].read_bytes()
    bill = plugin.stash.add_performer("My Bill", image=photo)
    asked = {"performer_id": bill, "budget_s": 0}
    (plugin.data / "locks").mkdir()
    with file_lock(plugin.data / "locks" / "models-loaded.lock"):
        waits = plugin.get("identify_performer", **asked)

    reads = plugin.get("identify_performer", **asked)
    knows = plugin.get("identify_performer", **asked)

    assert [each["done"] for each in (waits, reads, knows)] == [False, False, True]
    assert (reads["proposals"], knows["proposals"][0]["name"]) == ([], "Bill Clinton")


def test_a_picture_alone_is_enough_and_two_of_one_face_may_be_duplicates(
    plugin: Plugin, photos: Photos
) -> None:
    first, second = photos.known["Bill_Clinton"][3:5]
    bill = plugin.stash.add_performer("My Bill", image=first.read_bytes())
    again = plugin.stash.add_performer("Bill again", image=second.read_bytes())

    run = plugin.get("identify_performers")

    assert proposed(plugin) == [
        (bill, "Bill Clinton", "match", "picture"),
        (again, "Bill Clinton", "match", "picture"),
    ]
    assert run["duplicates"] == 2
    assert any(
        f"My Bill ({bill}) and Bill again ({again}) look like the same person." in text
        for _, text in plugin.stash.log
    )


def test_ids_of_other_stash_boxes_are_found_by_the_id_there_is(plugin: Plugin) -> None:
    folder = next((plugin.data / "facedb").iterdir())
    _also_known(folder, f"stashdb.org:{stash_id('Colin_Powell')}", "fansdb.cc", "f-1")
    powell = plugin.stash.add_performer("C. Powell", [(STASHDB, stash_id("Colin_Powell"))])
    plugin.stash.add_performer("Has both", [(STASHDB, stash_id("Bill_Clinton")), (FANSDB, "f-2")])
    plugin.stash.add_performer("Nobody knows", [(FANSDB, "f-3")])

    run = plugin.get("find_stash_ids")

    assert proposed(plugin) == [(powell, "Colin Powell", "match", "stash_ids")]
    assert (run["performers"], run["suggestions"]) == (3, 1)
    assert plugin.get("find_stash_ids")["suggestions"] == 0


def _also_known(folder: Path, key: str, host: str, known: str) -> None:
    """Gives a person of the database another id."""
    path = folder / "performers.json"
    people = json.loads(path.read_text(encoding="utf-8"))
    site, _, uuid = key.partition(":")
    people[key]["stash_ids"] = {site: uuid, host: known}
    path.write_text(json.dumps(people), encoding="utf-8")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["checksums"][path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def test_nothing_is_said_of_somebody_who_is_never_alone(
    plugin: Plugin, items: dict[str, list[str]]
) -> None:
    unseen = plugin.stash.add_performer("Unseen")

    answer = plugin.get("identify_performer", performer_id=unseen)

    assert (answer["proposals"], answer["matches"], answer["decision"]) == ([], [], None)
    assert answer["reason"].startswith("There is no picture with a face")
    assert plugin.refuse("identify_performer", performer_id="99").startswith("Performer 99 is not")
