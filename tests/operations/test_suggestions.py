from __future__ import annotations

from typing import Any

import pytest

from stash_face.errors import BadRequest
from stash_face.operations.suggestions import runs, suggestions
from stash_face.store.connection import FILE_NAME
from stash_face.store.runs import begin_run, count
from stash_face.store.scenes import SeenPicture, begin_scene, load_scene_faces, save_looked
from stash_face.store.suggestions import Item, propose
from tests.contracts.api import validate_args, validate_output
from tests.operations.review import ANN, BEN, call, found, listed, proposal
from tests.operations.workplace import ANN as ANNS_FACE
from tests.operations.workplace import Workplace, face


def test_a_suggestion_shows_the_faces_it_rests_on(place: Workplace) -> None:
    image_id = place.add_image(face(ANNS_FACE))
    faces = [{"image_id": image_id, "face": 0, "distance": 0.25, "of_no_use": 1}]
    evidence = {"faces": faces, "image_count": 1}
    found(place, "image", image_id, proposal(ANN)._replace(evidence=evidence, sure=True))

    (row,) = listed(place)

    assert row["faces"] == [
        {
            "image_id": image_id,
            "face": 0,
            "distance": 0.25,
            "face_thumbnail": "data:image/jpeg;base64,anBlZw==",
        }
    ]
    assert (row["evidence"], row["sure"], row["run"]) == ({"image_count": 1}, True, "1")


def test_a_list_can_do_with_fewer_faces(place: Workplace) -> None:
    evidence = {"faces": [{"image_id": "1", "face": number} for number in range(6)]}
    found(place, "image", "1", proposal(ANN)._replace(evidence=evidence))

    assert [len(listed(place, **args)[0]["faces"]) for args in ({}, {"faces": 1})] == [4, 1]


def test_a_face_of_a_scene_is_shown_by_its_number(place: Workplace) -> None:
    with place.store as store:
        begin_scene(store, "1", "oshash:1", "dev")
        save_looked(store, "1", None, [SeenPicture("sprite", 12.5, 160, 90, [face(ANNS_FACE)])])
        number = load_scene_faces(store, "1")[0].id
    evidence = {"faces": [{"face_id": number, "at": 12.5}]}
    found(place, "scene", "1", proposal(ANN)._replace(evidence=evidence))

    (row,) = listed(place)

    assert row["faces"] == [
        {"face": number, "at": 12.5, "face_thumbnail": "data:image/jpeg;base64,anBlZw=="}
    ]


def test_faces_that_are_gone_are_shown_without_a_picture(place: Workplace) -> None:
    for kind, number, seen in (
        ("image", "1", {"image_id": "99", "face": 3}),
        ("scene", "1", {"face": 77, "at": 12.5}),
        ("performer", "1", {}),
    ):
        evidence = {"faces": [seen]}
        found(place, kind, number, proposal(ANN)._replace(evidence=evidence))

    assert [row["faces"][0]["face_thumbnail"] for row in listed(place)] == [None] * 3


@pytest.fixture
def library(place: Workplace) -> Workplace:
    """Ann in seven images, Ben in four of them and in a gallery."""
    with place.store as store:
        for number in range(1, 8):
            run = begin_run(store, "scan")
            people = [proposal(ANN, confidence=number / 10), proposal(BEN, confidence=0.9)]
            propose(store, run, Item("image", str(number)), people[: 1 + number % 2])
        propose(store, None, Item("gallery", "1", "Gallery"), [proposal(BEN, confidence=0.5)])
    return place


@pytest.mark.parametrize(("by", "groups"), [("suggestion", 12), ("item", 8), ("person", 2)])
@pytest.mark.parametrize("limit", [5, 12])
def test_pages_follow_each_other(library: Workplace, by: str, groups: int, limit: int) -> None:
    seen: list[str] = []
    cursor, totals = None, []
    while True:
        answer = call(library, "suggestions", by=by, limit=limit, cursor=cursor)
        rows = answer["suggestions"] or answer["groups"]
        seen += [str(row.get("suggestion") or [row["kind"], row["id"], row["performer_id"]])
                 for row in rows]  # fmt: skip
        totals.append(answer["total"])
        cursor = answer["cursor"]
        if cursor is None:
            break

    assert len(seen) == len(set(seen)) == groups
    assert totals == [groups] + [None] * (len(totals) - 1)


def test_a_group_brings_its_surest_suggestions(library: Workplace) -> None:
    answer = call(library, "suggestions", by="person", kind="image")

    ben, ann = answer["groups"]
    assert (ben["performer_id"], ben["title"], ben["count"]) == ("stashdb.org:ben", "Ben", 4)
    assert [row["confidence"] for row in ann["suggestions"]] == [0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1]
    assert answer["counts"] == {"open": {"image": 11, "gallery": 1}}


def test_filters_are_arguments(library: Workplace) -> None:
    assert len(listed(library, performer="stashdb.org:ann", min_confidence=0.5)) == 3
    assert len(listed(library, kind="image", id="3")) == 2
    assert len(listed(library, text="GALLERY")) == 1
    assert len(listed(library, run="1")) == 2
    assert listed(library, state="rejected") == []
    assert listed(library, source="picture") == []
    (one,) = listed(library, suggestion="3")
    assert one["suggestion"] == "3"


def test_what_was_rejected_leaves_the_page(library: Workplace) -> None:
    first = listed(library)[0]["suggestion"]

    call(library, "decide", suggestions=[first], decision="reject")

    assert first not in [row["suggestion"] for row in listed(library)]
    assert call(library, "suggestions")["counts"]["rejected"] == {"image": 1}


@pytest.mark.parametrize(
    ("args", "told"),
    [
        ({"by": "day"}, "by must be one of suggestion, item, person"),
        ({"state": "new"}, "state must be one of open"),
        ({"kind": "album"}, "kind must be one of image"),
        ({"cursor": "here"}, "cursor must be one that was answered before"),
        ({"cursor": "0.5 x"}, "cursor must be one that was answered before"),
        ({"limit": 0}, "limit must be between 1 and 200"),
        ({"id": "x"}, "must be the number"),
    ],
)
def test_what_cannot_be_meant_is_refused(place: Workplace, args: dict[str, Any], told: str) -> None:
    with pytest.raises(BadRequest, match=told):
        suggestions(place.request(**args))


def test_runs_are_listed_newest_first(place: Workplace) -> None:
    with place.store as store:
        first, second = begin_run(store, "scan"), begin_run(store, "scan")
        count(store, first, {"images": 3})
        propose(store, first, Item("image", "1"), [proposal(ANN)])
    args = {"limit": 1, "before": second}
    validate_args("runs", {"mode": "runs", **args})

    answer = runs(place.request(**args))

    validate_output("runs", answer)
    (run,) = answer["runs"]
    assert (run["run"], run["counts"], run["suggested"]) == (str(first), {"images": 3}, 1)
    assert [each["run"] for each in runs(place.request())["runs"]] == [str(second), str(first)]


def test_a_damaged_store_is_set_aside_and_the_list_of_runs_tells_of_it(place: Workplace) -> None:
    (place.data / FILE_NAME).write_text("no database " * 100)

    (run,) = runs(place.request())["runs"]

    assert run["task"] == "rebuild"
    assert run["told"].startswith("The plugin's store was damaged: it is set aside as")
    assert listed(place) == []
