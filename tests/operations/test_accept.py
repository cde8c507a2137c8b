from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from stash_face.errors import BadRequest
from stash_face.operations.decide import decide
from stash_face.store.references import Who
from tests.operations.review import ANN, BEN, STASHDB, accept, call, found, listed, on, proposal
from tests.operations.workplace import ANN as ANNS_FACE
from tests.operations.workplace import Workplace, face

ROW = {
    "name": "Ann",
    "remote_site_id": "ann",
    "gender": "FEMALE",
    "aliases": "Anna, ann, ANNA",
    "height": "170",
    "birthdate": "1990",
    "images": ["https://example.org/ann.jpg"],
}


@pytest.fixture
def ann(place: Workplace) -> str:
    return place.stash.add_performer("Anne", [(STASHDB, "ann")])


def gallery(place: Workplace, images: int = 3) -> tuple[str, list[str]]:
    ids = [place.add_unknown_image() for _ in range(images)]
    return place.stash.add_gallery(ids), ids


def test_accepting_adds_the_performer_beside_those_who_are_there(
    place: Workplace, ann: str
) -> None:
    zoe = place.stash.add_performer("Zoe")
    image_id = place.add_unknown_image()
    place.stash.library.images[image_id].performers = [place.stash.library.performers[zoe]]
    (number,) = found(place, "image", image_id, proposal(ANN))

    (decided,) = accept(place, number)

    assert on(place, "image", image_id) == [zoe, ann]
    assert (decided["state"], decided["changed"]) == ("accepted", {"image": [image_id]})
    assert decided["local_performer_id"] == ann
    assert listed(place) == []
    (row,) = listed(place, state="accepted")
    assert row["local_performer_id"] == ann


def test_accepting_twice_changes_nothing_more(place: Workplace, ann: str) -> None:
    image_id = place.add_unknown_image()
    (number,) = found(place, "image", image_id, proposal(ANN))
    accept(place, number)

    (again,) = accept(place, number)

    assert (again["state"], again["changed"]) == ("accepted", {})
    assert again["note"] == "Ann was on it already."
    assert on(place, "image", image_id) == [ann]


@pytest.mark.parametrize(("scope", "tagged"), [("gallery", 0), ("gallery_and_images", 2)])
def test_a_gallery_is_tagged_alone_or_with_its_images(
    place: Workplace, ann: str, scope: str, tagged: int
) -> None:
    gallery_id, images = gallery(place)
    (number,) = found(place, "gallery", gallery_id, proposal(ANN, images[:2]))

    accept(place, number, scope=scope)

    assert on(place, "gallery", gallery_id) == [ann]
    assert [on(place, "image", each) for each in images] == [[ann]] * tagged + [[]] * (3 - tagged)


def test_a_scene_is_tagged(place: Workplace, ann: str, tmp_path: Path) -> None:
    video = tmp_path / "night.mp4"
    video.write_bytes(b"no video, and nobody looks")
    scene_id = place.stash.add_scene(video)
    (number,) = found(place, "scene", scene_id, proposal(ANN))

    accept(place, number)

    assert on(place, "scene", scene_id) == [ann]


def test_several_are_accepted_at_once_and_one_failure_spoils_no_other(
    place: Workplace, ann: str
) -> None:
    first, second = place.add_unknown_image(), place.add_unknown_image()
    numbers = found(place, "image", first, proposal(ANN), proposal(BEN))
    numbers += found(place, "image", second, proposal(ANN))

    decided = accept(place, *numbers, "999")

    problems = {each["suggestion"]: each["problem"] for each in decided if each["problem"]}
    assert len(problems) == 2
    assert problems["999"].startswith("This suggestion is not there any more")
    assert "Ben is not in Stash yet" in next(iter(problems.values()))
    assert on(place, "image", first) == on(place, "image", second) == [ann]
    (row,) = listed(place)
    assert row["name"] == "Ben"


def test_what_takes_too_long_is_left_for_the_next_call(place: Workplace, ann: str) -> None:
    numbers = [
        number
        for _ in range(3)
        for number in found(place, "image", place.add_unknown_image(), proposal(ANN))
    ]

    answer = call(place, "decide", suggestions=numbers, decision="accept", budget_s=0)

    assert (len(answer["decided"]), answer["left"], answer["done"]) == (1, numbers[1:], False)


def test_a_missing_performer_is_created_from_the_stash_box_only_when_asked(
    place: Workplace,
) -> None:
    place.stash.library.stash_boxes = [
        {"endpoint": STASHDB, "api_key": "k", "name": "StashDB", "max_requests_per_minute": 0}
    ]
    place.stash.library.stash_box_performers = {STASHDB: [ROW]}
    image_id = place.add_unknown_image()
    (number,) = found(place, "image", image_id, proposal(ANN))

    (refused,) = accept(place, number)
    assert "Ann is not in Stash yet" in refused["problem"]
    (decided,) = accept(place, number, create=True)

    made = place.stash.library.performers[decided["local_performer_id"]]
    assert (made.name, made.gender, made.alias_list) == ("Ann", "FEMALE", ["ANNA"])
    assert [(each["endpoint"], each["stash_id"]) for each in made.stash_ids] == [(STASHDB, "ann")]
    assert made.image == "https://example.org/ann.jpg"
    assert on(place, "image", image_id) == [made.id]


@pytest.mark.parametrize(
    ("boxes", "rows", "told"),
    [
        ([], [], "which Stash does not have: add it in Stash under"),
        ([STASHDB], [], "Ann was not found at stashdb.org"),
        # Somebody else of that name is not taken.
        ([STASHDB], [{**ROW, "remote_site_id": "other"}], "Ann was not found at stashdb.org"),
    ],
)
def test_a_performer_whom_no_stash_box_gives_is_told(
    place: Workplace, boxes: list[str], rows: list[dict[str, Any]], told: str
) -> None:
    place.stash.library.stash_boxes = [
        {"endpoint": each, "api_key": "", "name": each, "max_requests_per_minute": 0}
        for each in boxes
    ]
    place.stash.library.stash_box_performers = {STASHDB: rows}
    (number,) = found(place, "image", place.add_unknown_image(), proposal(ANN))

    (decided,) = accept(place, number, create=True)

    assert told in decided["problem"]
    assert decided["state"] == "open"
    assert place.stash.library.performers == {}


def test_a_name_that_stash_has_already_is_told(place: Workplace) -> None:
    place.stash.add_performer("Ann")
    place.stash.library.stash_boxes = [
        {"endpoint": STASHDB, "api_key": "", "name": "", "max_requests_per_minute": 0}
    ]
    place.stash.library.stash_box_performers = {STASHDB: [ROW]}
    (number,) = found(place, "image", place.add_unknown_image(), proposal(ANN))

    (decided,) = accept(place, number, create=True)

    assert "Stash did not create Ann" in decided["problem"]
    assert "already exists" in decided["problem"]


def test_a_performer_who_was_merged_is_found_under_the_new_number(
    place: Workplace, ann: str
) -> None:
    who = ANN._replace(local_performer_id="77")
    image_id = place.add_unknown_image()
    (number,) = found(place, "image", image_id, proposal(who))

    (decided,) = accept(place, number)

    assert on(place, "image", image_id) == [ann]
    assert decided["note"].startswith("Performer 77 is not Ann any more (merged, or deleted)")


def test_a_performer_of_no_stash_box_who_is_gone_is_told(place: Workplace) -> None:
    who = Who("local:77", "Zoe", {}, "77")
    (number,) = found(place, "image", place.add_unknown_image(), proposal(who))

    (decided,) = accept(place, number)

    assert "Zoe is not in Stash (any more; it was performer 77" in decided["problem"]


def test_an_item_that_is_gone_is_told(place: Workplace, ann: str) -> None:
    image_id = place.add_unknown_image()
    (number,) = found(place, "image", image_id, proposal(ANN))
    place.stash.delete_image(image_id)

    (decided,) = accept(place, number)

    assert decided["problem"] == f"Image {image_id} is not in Stash any more."
    assert decided["state"] == "open"


def test_an_image_of_the_gallery_that_is_gone_is_left_out(place: Workplace, ann: str) -> None:
    gallery_id, images = gallery(place)
    (number,) = found(place, "gallery", gallery_id, proposal(ANN, images))
    place.stash.delete_image(images[1])

    (decided,) = accept(place, number, scope="gallery_and_images")

    assert decided["changed"] == {"gallery": [gallery_id], "image": [images[0], images[2]]}


def test_a_performer_gets_the_stash_ids_it_lacks(place: Workplace) -> None:
    held = [(STASHDB, "ann"), ("https://fansdb.cc/graphql", "mine")]
    ann = place.stash.add_performer("Anne", held)
    ids = {"stashdb.org": "ann", "fansdb.cc": "other", "pmvstash.org": "a2"}
    who = Who("stashdb.org:ann", "Ann", ids)
    (number,) = found(place, "performer", ann, proposal(who), source="stash_ids")

    (decided,) = accept(place, number)

    rows = place.stash.library.performers[ann].stash_ids
    assert [(each["endpoint"], each["stash_id"]) for each in rows] == [
        *held, ("https://pmvstash.org/graphql", "a2"),
    ]  # fmt: skip
    assert decided["changed"] == {"performer": [ann]}
    assert "another id of fansdb.cc (mine), which was left alone" in decided["note"]


def test_a_performer_gets_one_id_after_the_other_and_all_are_taken_back(place: Workplace) -> None:
    ann = place.stash.add_performer("Anne")
    ids = {"stashdb.org": "ann", "fansdb.cc": "other", "pmvstash.org": "a2"}
    (number,) = found(place, "performer", ann, proposal(Who("stashdb.org:ann", "Ann", ids)))

    def held() -> list[str]:
        return [each["stash_id"] for each in place.stash.library.performers[ann].stash_ids]

    accept(place, number, hosts=["fansdb.cc"])
    assert held() == ["other"]
    accept(place, number, hosts="stashdb.org,pmvstash.org")
    assert held() == ["other", "ann", "a2"]
    call(place, "undo", decision=number)
    assert held() == []


def test_a_person_whom_nobody_proposed_can_be_accepted(place: Workplace, ann: str) -> None:
    image_id = place.add_unknown_image()

    answer = call(
        place, "decide", kind="image", id=image_id, performer="stashdb.org:ann", decision="accept"
    )

    assert on(place, "image", image_id) == [ann]
    assert [each["state"] for each in answer["decided"]] == ["accepted"]
    (row,) = listed(place, state="accepted")
    assert (row["source"], row["reason"]) == ("user", "Chosen by you.")


def test_who_was_rejected_as_a_suggestion_is_not_proposed_again(place: Workplace, ann: str) -> None:
    gallery_id, images = gallery(place)
    (number,) = found(place, "gallery", gallery_id, proposal(ANN))

    answer = call(place, "decide", suggestions=[number], decision="reject")

    assert answer["decided"][0]["state"] == "rejected"
    assert found(place, "gallery", gallery_id, proposal(ANN)) == []
    with place.store as store, store.transaction() as connection:
        connection.execute("DELETE FROM suggestions")
    assert found(place, "gallery", gallery_id, proposal(ANN)) == []
    # Until that is taken back.
    call(
        place, "decide", kind="gallery", id=gallery_id, performer="stashdb.org:ann",
        decision="undo",
    )  # fmt: skip
    assert len(found(place, "gallery", gallery_id, proposal(ANN))) == 1


def test_what_is_put_off_is_not_shown_until_its_day(
    place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    (number,) = found(place, "image", place.add_unknown_image(), proposal(ANN))
    call(place, "decide", suggestions=[number], decision="later", days=1)
    assert listed(place) == []
    assert [row["suggestion"] for row in listed(place, state="later")] == [number]

    now = time.time()
    monkeypatch.setattr("stash_face.store.suggestion_pages.time.time", lambda: now + 86_401)

    assert [row["suggestion"] for row in listed(place)] == [number]


def test_an_accepted_suggestion_is_not_rejected_by_mistake(place: Workplace, ann: str) -> None:
    (number,) = found(place, "image", place.add_unknown_image(), proposal(ANN))
    accept(place, number)

    answer = call(place, "decide", suggestions=[number], decision="reject")

    assert answer["decided"][0]["problem"] == "Ann was accepted: undo that first."
    assert answer["decided"][0]["state"] == "accepted"


def test_a_rejected_face_rejects_the_suggestion_that_rests_on_it(place: Workplace) -> None:
    image_id = place.add_image(face(ANNS_FACE))
    found(place, "image", image_id, proposal(ANN, [image_id]))

    call(
        place, "decide", kind="image", id=image_id, face=0, performer="stashdb.org:ann",
        decision="reject",
    )  # fmt: skip

    assert listed(place) == []
    assert len(listed(place, state="rejected")) == 1


@pytest.mark.parametrize(
    ("args", "told"),
    [
        ({"suggestions": []}, "must be a list of 1 to 500 numbers"),
        ({"suggestions": ["x"]}, "must hold the numbers of suggestions"),
        ({"suggestions": ["1"], "decision": "confirm"}, "are decided with accept, reject"),
        ({"suggestions": ["1"], "scope": "all"}, "must be one of gallery, gallery_and_images"),
        ({"kind": "gallery", "id": "1", "decision": "confirm"}, "must be one of image, scene"),
        ({"kind": "album", "id": "1"}, "must be one of image, gallery, scene, performer"),
    ],
)
def test_what_cannot_be_meant_is_refused(place: Workplace, args: dict[str, Any], told: str) -> None:
    with pytest.raises(BadRequest, match=told):
        decide(place.request(**{"decision": "accept", **args}))
