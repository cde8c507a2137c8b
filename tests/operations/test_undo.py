from __future__ import annotations

from typing import Any

import pytest

from stash_face.errors import BadRequest, NotFound
from stash_face.operations.undo import undo
from stash_face.store.references import Who
from tests.operations.review import ANN, BEN, STASHDB, accept, call, found, listed, on, proposal
from tests.operations.test_accept import ROW
from tests.operations.workplace import Workplace


@pytest.fixture
def ann(place: Workplace) -> str:
    return place.stash.add_performer("Anne", [(STASHDB, "ann")])


def accepted(place: Workplace, *image_ids: str) -> tuple[str, list[str]]:
    """The run, and the numbers of the suggestions of Ann for these images."""
    numbers = [n for each in image_ids for n in found(place, "image", each, proposal(ANN))]
    answer = call(place, "decide", suggestions=numbers, decision="accept")
    return answer["run"], numbers


def sentences(answer: Any) -> list[str]:
    return [each["sentence"] for each in answer["skipped"]]


def test_a_run_is_taken_back_and_its_suggestions_are_open_again(place: Workplace, ann: str) -> None:
    zoe = place.stash.library.performers[place.stash.add_performer("Zoe")]
    images = [place.add_unknown_image() for _ in range(2)]
    place.stash.library.images[images[0]].performers = [zoe]
    run, numbers = accepted(place, *images)

    answer = call(place, "undo", run=run)

    assert [(each["kind"], each["ids"]) for each in answer["restored"]] == [
        ("image", [images[1]]), ("image", [images[0]]),
    ]  # fmt: skip
    assert answer["skipped"] == []
    assert [on(place, "image", each) for each in images] == [[zoe.id], []]
    assert sorted(row["suggestion"] for row in listed(place)) == sorted(numbers)
    assert call(place, "undo", run=run) == {"restored": [], "skipped": []}


def test_one_decision_of_a_run_is_taken_back(place: Workplace, ann: str) -> None:
    images = [place.add_unknown_image() for _ in range(2)]
    _, numbers = accepted(place, *images)

    call(place, "undo", decision=numbers[0])

    assert [on(place, "image", each) for each in images] == [[], [ann]]


def test_a_suggestion_is_taken_back_by_decide_as_well(place: Workplace, ann: str) -> None:
    image_id = place.add_unknown_image()
    _, numbers = accepted(place, image_id)

    answer = call(place, "decide", suggestions=numbers, decision="undo")

    assert on(place, "image", image_id) == []
    assert answer["decided"][0]["changed"] == {"image": [image_id]}
    assert answer["decided"][0]["state"] == "open"


def test_who_was_on_the_item_before_stays(place: Workplace, ann: str) -> None:
    """Accepting changed nothing, so there is nothing to take back."""
    image_id = place.add_unknown_image()
    place.stash.library.images[image_id].performers = [place.stash.library.performers[ann]]
    run, _ = accepted(place, image_id)

    assert call(place, "undo", run=run) == {"restored": [], "skipped": []}
    assert on(place, "image", image_id) == [ann]


def test_what_somebody_changed_since_is_left_alone_and_listed(place: Workplace, ann: str) -> None:
    retagged, deleted, edited = (place.add_unknown_image() for _ in range(3))
    run, _ = accepted(place, retagged, deleted, edited)
    zoe = place.stash.library.performers[place.stash.add_performer("Zoe")]
    place.stash.library.images[retagged].performers = [zoe]
    place.stash.delete_image(deleted)
    place.stash.library.images[edited].performers.append(zoe)

    answer = call(place, "undo", run=run)

    assert on(place, "image", retagged) == on(place, "image", edited) == [zoe.id]
    assert sorted(sentences(answer)) == [
        f"Image {retagged}: Ann was removed from it since.",
        f"Image {deleted} is not in Stash any more.",
    ]


def test_a_performer_who_was_merged_or_deleted_since_is_told(place: Workplace, ann: str) -> None:
    image_id = place.add_unknown_image()
    run, _ = accepted(place, image_id)
    place.stash.library.remove_performer(ann)

    answer = call(place, "undo", run=run)

    assert sentences(answer) == [f"Ann (performer {ann}) was merged or deleted in Stash since."]


@pytest.fixture
def created(place: Workplace) -> tuple[str, str, str]:
    """(run, image, performer) of an acceptance that created the performer."""
    place.stash.library.stash_boxes = [
        {"endpoint": STASHDB, "api_key": "", "name": "", "max_requests_per_minute": 0}
    ]
    place.stash.library.stash_box_performers = {STASHDB: [ROW]}
    image_id = place.add_unknown_image()
    (number,) = found(place, "image", image_id, proposal(ANN))
    answer = call(place, "decide", suggestions=[number], decision="accept", create=True)
    return answer["run"], image_id, answer["decided"][0]["local_performer_id"]


def test_a_performer_who_was_created_is_destroyed_again(
    place: Workplace, created: tuple[str, str, str]
) -> None:
    run, image_id, _ = created

    answer = call(place, "undo", run=run)

    assert [each["change"] for each in answer["restored"]] == ["add_performer", "create_performer"]
    assert place.stash.library.performers == {}
    assert [row["local_performer_id"] for row in listed(place)] == [None]


def test_a_created_performer_whom_somebody_edited_or_used_stays(
    place: Workplace, created: tuple[str, str, str]
) -> None:
    run, image_id, ann = created
    performer = place.stash.library.performers[ann]
    other = place.add_unknown_image()
    place.stash.library.images[other].performers = [performer]
    first = call(place, "undo", run=run)
    place.stash.library.images[other].performers = []
    performer.updated_at = "later"
    second = call(place, "undo", run=run)

    assert sentences(first) == [f"Ann (performer {ann}) stays in Stash: it is on 1 items."]
    assert sentences(second) == [f"Ann (performer {ann}) stays in Stash: it was edited since."]
    assert on(place, "image", image_id) == []
    assert ann in place.stash.library.performers


def test_stash_ids_that_were_added_are_removed_again(place: Workplace, ann: str) -> None:
    who = Who("stashdb.org:ann", "Ann", {"stashdb.org": "ann", "fansdb.cc": "a", "p.org": "b"})
    (number,) = found(place, "performer", ann, proposal(who), source="stash_ids")
    accept(place, number)
    rows = place.stash.library.performers[ann].stash_ids
    assert len(rows) == 3
    rows[1]["stash_id"] = "mine"

    answer = call(place, "undo", decision=number)

    held = [each["stash_id"] for each in place.stash.library.performers[ann].stash_ids]
    assert held == ["ann", "mine"]
    assert sentences(answer) == ["Anne: the id of https://fansdb.cc/graphql was changed since."]


def test_a_rejection_is_taken_back(place: Workplace) -> None:
    image_id = place.add_unknown_image()
    (number,) = found(place, "image", image_id, proposal(BEN))
    call(place, "decide", suggestions=[number], decision="reject")

    assert call(place, "undo", decision=number) == {"restored": [], "skipped": []}

    assert [row["suggestion"] for row in listed(place)] == [number]
    assert found(place, "image", image_id, proposal(BEN)) == [number]


@pytest.mark.parametrize(
    ("args", "kind", "told"),
    [
        ({}, BadRequest, "Give either run or decision"),
        ({"run": 1, "decision": 1}, BadRequest, "Give either run or decision"),
        ({"run": 999}, NotFound, "There is no run 999"),
        ({"decision": 999}, NotFound, "This suggestion is not there any more"),
    ],
)
def test_what_is_not_there_is_told(
    place: Workplace, args: dict[str, Any], kind: type[Exception], told: str
) -> None:
    with pytest.raises(kind, match=told):
        undo(place.request(**args))


def test_a_choice_of_the_user_is_taken_back_by_item_and_performer(
    place: Workplace, ann: str
) -> None:
    image_id = place.add_unknown_image()
    one = {"kind": "image", "id": image_id, "performer": ann}
    call(place, "decide", **one, decision="accept")
    assert on(place, "image", image_id) == [ann]

    answer = call(place, "decide", **one, decision="undo")

    assert answer["decided"][0]["changed"] == {"image": [image_id]}
    assert on(place, "image", image_id) == []
    # Nobody but the user had thought of her.
    assert listed(place) == []
