from __future__ import annotations

import json
from typing import Any

import pytest

from stash_face.errors import BadRequest, NotFound
from stash_face.operations.decide import decide
from stash_face.operations.identify_gallery import identify_gallery
from stash_face.operations.identify_image import identify_image
from tests.contracts.api import validate_args, validate_output
from tests.operations.workplace import ANN, BEN, STRANGER, Workplace, face

STASHDB = "https://stashdb.org/graphql"


def say(place: Workplace, image_id: str, decision: str, performer: Any, **args: Any) -> Any:
    given = {"kind": "image", "id": image_id, "performer": performer, "decision": decision, **args}
    validate_args("decide", {"mode": "decide", **given})
    answer = decide(place.request(**given))
    validate_output("decide", answer)
    return answer


def look(place: Workplace, image_id: str) -> list[dict[str, Any]]:
    answer = identify_image(place.request(image_id=image_id))
    validate_output("identify_image", answer)
    faces: list[dict[str, Any]] = answer["faces"]
    return faces


def names(faces: list[dict[str, Any]]) -> list[str | None]:
    """Of each face: whom it is called."""
    return [f["matches"][0]["name"] if f["decision"] == "match" else None for f in faces]


def test_a_confirmed_face_names_its_like_from_then_on(place: Workplace) -> None:
    zoe = place.stash.add_performer("Zoe")
    first, second = place.add_image(face(STRANGER, 0.9, 1)), place.add_image(face(STRANGER, 0.9, 2))
    assert names(look(place, first)) == names(look(place, second)) == [None]

    answer = say(place, first, "confirm", zoe)

    assert answer["decisions"] == [
        {"performer_id": f"local:{zoe}", "face": 0, "decision": "confirm"}
    ]
    assert names(look(place, first)) == ["Zoe"]
    (found,) = look(place, second)
    assert found["decision"] == "match"
    best = found["matches"][0]
    assert (best["performer_id"], best["local_performer_id"], best["stash_ids"]) == (
        f"local:{zoe}",
        zoe,
        {},
    )
    assert not best["already_tagged"]


@pytest.mark.parametrize("said", ["confirm", "reject"])
def test_what_is_taken_back_leaves_no_trace(place: Workplace, said: str) -> None:
    performer = place.stash.add_performer("Zoe") if said == "confirm" else "stashdb.org:ann"
    images = [place.add_image(face(who, 0.9, n)) for who in (ANN, STRANGER) for n in (1, 2)]
    place.stash.add_gallery(images)

    def everything() -> str:
        answers = [identify_image(place.request(image_id=each)) for each in images]
        return json.dumps([*answers, identify_gallery(place.request(gallery_id="1"))])

    before = everything()
    for each in images[::2]:
        say(place, each, said, performer, face=0)
    assert everything() != before
    for each in images[::2]:
        assert say(place, each, "undo", performer)["decisions"] == []

    assert everything() == before
    with place.store as store:
        assert store.rows("SELECT * FROM local_references") == []
        assert store.rows("SELECT * FROM local_reference_embeddings") == []


def test_a_confirmation_of_a_performer_who_is_gone_can_be_taken_back(place: Workplace) -> None:
    zoe = place.stash.add_performer("Zoe")
    image_id = place.add_image(face(STRANGER))
    say(place, image_id, "confirm", zoe)
    del place.stash.library.performers[zoe]

    assert say(place, image_id, "undo", f"local:{zoe}")["decisions"] == []


def test_who_was_rejected_is_not_proposed_again_for_that_image(place: Workplace) -> None:
    first, second = place.add_image(face(ANN, 0.9, 1)), place.add_image(face(ANN, 0.9, 2))

    say(place, first, "reject", "stashdb.org:ann")

    (found,) = look(place, first)
    assert found["decision"] == "unknown"
    assert "Ann" not in [match["name"] for match in found["matches"]]
    assert names(look(place, second)) == ["Ann"]
    # Also when the same file was looked at anew.
    place.know(first, face(ANN, 0.85, 3))
    with place.store as store, store.transaction() as connection:
        connection.execute("DELETE FROM answers")
    assert names(look(place, first)) == [None]


def test_one_face_of_several_can_be_rejected(place: Workplace) -> None:
    left = face(ANN, 0.8, 1)._replace(bbox=(0.0, 0.0, 0.25, 0.25))
    image_id = place.add_image(face(ANN, 0.9, 2), left)
    assert names(look(place, image_id)) == ["Ann", None]

    say(place, image_id, "reject", "stashdb.org:ann", face=0)

    assert names(look(place, image_id)) == [None, "Ann"]


def test_a_performer_of_stash_is_rejected_under_each_of_their_ids(place: Workplace) -> None:
    ann = place.stash.add_performer("Anne", [(STASHDB, "ann")])
    image_id = place.add_image(face(ANN))

    say(place, image_id, "reject", ann)
    assert names(look(place, image_id)) == [None]
    say(place, image_id, "undo", "stashdb.org:ann")

    assert names(look(place, image_id)) == ["Ann"]


def test_a_face_that_was_rejected_leaves_the_group_of_its_gallery(place: Workplace) -> None:
    images = [place.add_image(face(ANN, 0.9, n)) for n in range(3)]
    place.stash.add_gallery(images)

    say(place, images[1], "reject", "stashdb.org:ann", face=0)

    answer = identify_gallery(place.request(gallery_id="1"))
    validate_output("identify_gallery", answer)
    (ann,) = answer["performers"]
    assert (ann["name"], ann["image_ids"]) == ("Ann", [images[0], images[2]])
    assert [each["image_ids"] for each in answer["unknown"]] == [[images[1]]]


def test_who_was_rejected_for_a_gallery_is_not_listed_there(place: Workplace) -> None:
    images = [place.add_image(face(ANN, 0.9, n)) for n in range(3)]
    place.stash.add_gallery(images)
    given = {"kind": "gallery", "id": "1", "performer": "stashdb.org:ann"}

    def listed() -> list[str]:
        answer = identify_gallery(place.request(gallery_id="1"))
        return [performer["name"] for performer in answer["performers"]]

    assert listed() == ["Ann"]
    decide(place.request(**given, decision="reject"))
    assert listed() == []
    assert names(look(place, images[0])) == ["Ann"]
    decide(place.request(**given, decision="undo"))

    assert listed() == ["Ann"]


def test_a_confirmed_face_of_a_known_person_is_one_more_reference_of_theirs(
    place: Workplace,
) -> None:
    ann = place.stash.add_performer("Anne", [(STASHDB, "ann")])
    image_id = place.add_image(face(ANN, 0.6))
    before = look(place, image_id)[0]["matches"]

    say(place, image_id, "confirm", ann)

    after = look(place, image_id)[0]["matches"]
    assert [match["performer_id"] for match in after] == ["stashdb.org:ann"]
    assert (after[0]["name"], after[0]["local_performer_id"]) == ("Ann", ann)
    assert after[0]["distance"] < before[0]["distance"]


def test_someone_who_is_only_in_the_face_database_can_be_confirmed(place: Workplace) -> None:
    image_id = place.add_image(face(STRANGER))

    say(place, image_id, "confirm", "fansdb.cc:cleo")

    assert names(look(place, image_id)) == ["Cleo"]


def test_a_face_is_one_person(place: Workplace) -> None:
    image_id = place.add_image(face(STRANGER))
    say(place, image_id, "confirm", "stashdb.org:ann")

    answer = say(place, image_id, "confirm", "stashdb.org:ben")

    assert [each["performer_id"] for each in answer["decisions"]] == ["stashdb.org:ben"]
    assert names(look(place, image_id)) == ["Ben"]


def test_an_ignored_face_is_nobody_until_that_is_taken_back(place: Workplace) -> None:
    left = face(BEN, 0.9, 1)._replace(bbox=(0.0, 0.0, 0.125, 0.125))
    image_id = place.add_image(face(ANN, 0.9, 2), left)
    assert names(look(place, image_id)) == ["Ann", "Ben"]
    given = {"kind": "image", "id": image_id, "face": 0}

    answer = decide(place.request(**given, decision="ignore"))
    validate_output("decide", answer)

    assert answer["decisions"] == [{"performer_id": None, "face": 0, "decision": "ignore"}]
    (first, second) = look(place, image_id)
    assert (first["decision"], first["matches"]) == ("unknown", [])
    assert second["decision"] == "match"
    assert decide(place.request(**given, decision="undo"))["decisions"] == []
    assert names(look(place, image_id)) == ["Ann", "Ben"]


@pytest.mark.parametrize(
    ("args", "told"),
    [
        ({"kind": "gallery"}, "The argument kind must be one of image, scene, not gallery"),
        ({"kind": None}, "The argument kind is missing"),
        ({"decision": "perhaps"}, "must be one of accept, reject, later, ignore, confirm, undo"),
        ({"performer": None}, "The argument performer is missing"),
        ({"performer": True}, "The argument performer must be text"),
        ({"performer": "0"}, "The argument performer must be the number"),
        ({"id": "x"}, "The argument id must be the number"),
        ({"face": -1}, "The argument face must be between 0"),
        ({"face": None}, "has 2 faces: say which one"),
    ],
)
def test_what_cannot_be_meant_is_refused(place: Workplace, args: dict[str, Any], told: str) -> None:
    image_id = place.add_image(face(ANN), face(BEN))
    given = {"kind": "image", "id": image_id, "performer": "stashdb.org:ann", "face": 0}

    with pytest.raises(BadRequest, match=told):
        decide(place.request(**{**given, "decision": "confirm", **args}))


@pytest.mark.parametrize(
    ("args", "told"),
    [
        ({"id": "99"}, "Image 99 is not in Stash"),
        ({"face": 2}, "Face 2 of image 1 is not known: identify the image first"),
        ({"performer": "99"}, "Performer 99 is not in Stash"),
        ({"performer": "stashdb.org:dan"}, "There is no performer stashdb.org:dan"),
    ],
)
def test_what_is_not_there_is_told(place: Workplace, args: dict[str, Any], told: str) -> None:
    image_id = place.add_image(face(ANN), face(BEN))
    given = {"kind": "image", "id": image_id, "performer": "stashdb.org:ann", "face": 0}

    with pytest.raises(NotFound, match=told):
        decide(place.request(**{**given, "decision": "confirm", **args}))
