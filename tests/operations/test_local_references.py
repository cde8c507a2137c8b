from __future__ import annotations

import pytest

from stash_face.errors import BadRequest
from stash_face.operations.decide import decide
from stash_face.operations.identify_image import identify_image
from stash_face.operations.local_references import local_references
from tests.contracts.api import validate_output
from tests.operations.workplace import STRANGER, Workplace, face


def test_a_library_without_pictures_needs_no_models(place: Workplace) -> None:
    zoe = place.stash.add_performer("Zoe")
    image_id = place.add_image(face(STRANGER))
    decide(place.request(kind="image", id=image_id, performer=zoe, decision="confirm"))

    answer = local_references(place.request(action="refresh"))

    validate_output("local_references", answer)
    assert answer == {
        "pack": "dev",
        "people": 1,
        "pictures": 0,
        "confirmed": 1,
        "idle": 0,
        "note": None,
        "total": 0,
        "processed": 0,
        "problems": [],
        "done": True,
        "cursor": None,
    }


def test_a_performer_who_gets_an_id_keeps_what_was_confirmed(place: Workplace) -> None:
    zoe = place.stash.add_performer("Zoe")
    image_id = place.add_image(face(STRANGER))
    decide(place.request(kind="image", id=image_id, performer=zoe, decision="confirm"))
    ids = [{"endpoint": "https://stashdb.org/graphql", "stash_id": "ann", "updated_at": ""}]
    place.stash.library.performers[zoe].stash_ids = ids

    local_references(place.request(action="refresh"))

    with place.store as store:
        rows = store.rows("SELECT performer_id, source FROM local_references")
    assert rows == [("stashdb.org:ann", "confirmed")]


def test_a_performer_who_is_gone_from_stash_names_nobody_any_more(place: Workplace) -> None:
    zoe, ben = (place.stash.add_performer(name) for name in ("Zoe", "Ben"))
    confirmed, other, kept = (place.add_image(face(STRANGER, seed=n)) for n in range(3))
    decide(place.request(kind="image", id=confirmed, performer=zoe, decision="confirm"))
    decide(place.request(kind="image", id=kept, performer=ben, decision="confirm"))
    place.stash.library.performers.pop(zoe)

    answer = local_references(place.request(action="refresh"))

    assert (answer["people"], answer["confirmed"]) == (1, 1)
    named = identify_image(place.request(image_id=other))["faces"][0]["matches"]
    assert [match["name"] for match in named] == ["Ben"]


def test_references_of_other_models_are_said_to_be_idle(place: Workplace) -> None:
    zoe = place.stash.add_performer("Zoe")
    image_id = place.add_image(face(STRANGER))
    decide(place.request(kind="image", id=image_id, performer=zoe, decision="confirm"))
    with place.store as store, store.transaction() as connection:
        connection.execute("UPDATE local_references SET pack = 'small'")

    answer = local_references(place.request())

    validate_output("local_references", answer)
    assert (answer["people"], answer["confirmed"], answer["idle"]) == (0, 0, 1)
    assert answer["note"] == (
        "1 reference is of other models than the face database's (dev) and does not count: "
        "identify the images of the confirmed faces and confirm them again."
    )


def test_a_picture_that_cannot_be_read_is_named_and_tried_again_once_it_changes(
    place: Workplace,
) -> None:
    zoe = place.stash.add_performer("Zoe", image=b"no picture")

    first, again = (local_references(place.request(action="refresh")) for _ in range(2))

    validate_output("local_references", first)
    assert (first["processed"], first["done"], first["pictures"]) == (1, True, 0)
    assert [each["local_performer_id"] for each in first["problems"]] == [zoe]
    assert again == first


def test_another_action_is_told_the_known_ones(place: Workplace) -> None:
    with pytest.raises(BadRequest, match="The argument action must be one of list, refresh"):
        local_references(place.request(action="forget"))
