from __future__ import annotations

import json
from typing import Any

import pytest

from stash_face.errors import BadRequest, NotFound, StashFaceError
from stash_face.operations.decide import decide
from stash_face.operations.identify_image import identify_image
from stash_face.operations.identify_scene import identify_scene
from stash_face.operations.unknown_people import unknown_people
from stash_face.store.forget import forget_scene_before
from tests.contracts.api import validate_args, validate_output
from tests.operations.workplace import ANN, BEN, STRANGER, Workplace, face

EVER = "9999-12-31"


def say(place: Workplace, scene_id: str, decision: str, **args: Any) -> Any:
    given = {"kind": "scene", "id": scene_id, "decision": decision, **args}
    validate_args("decide", {"mode": "decide", **given})
    answer = decide(place.request(**given))
    validate_output("decide", answer)
    return answer


def look(place: Workplace, scene_id: str) -> Any:
    answer = identify_scene(place.request(scene_id=scene_id))
    validate_output("identify_scene", answer)
    assert answer["done"]
    return answer


def names(answer: Any) -> list[str | None]:
    """Of each person: how they are called."""
    return [each.get("name") for each in answer["persons"]]


def sightings(person: Any) -> list[int]:
    return [each["face"] for each in person["evidence"]["sightings"]]


def two_people(place: Workplace) -> str:
    """Ann on the left and a stranger on the right, three times."""
    left = [face(ANN, 0.9, n)._replace(bbox=(0.0, 0.25, 0.25, 0.5)) for n in range(3)]
    right = [face(STRANGER, 0.9, n)._replace(bbox=(0.5, 0.25, 0.25, 0.5)) for n in range(3)]
    return place.add_scene({10.0 * n: [left[n], right[n]] for n in range(3)})


def test_a_confirmed_face_names_its_like_everywhere_until_it_is_taken_back(
    place: Workplace,
) -> None:
    zoe = place.stash.add_performer("Zoe")
    here = place.add_scene({at: [face(STRANGER, 0.8, int(at))] for at in (1.0, 2.0, 3.0)})
    there = place.add_scene({at: [face(STRANGER, 0.8, int(at))] for at in (4.0, 5.0)})
    image_id = place.add_image(face(STRANGER, 0.9, 9))

    def everything() -> str:
        image = identify_image(place.request(image_id=image_id))
        return json.dumps([look(place, here), look(place, there), image])

    before = everything()
    (person,) = look(place, here)["persons"]
    assert person["unknown"]

    answer = say(place, here, "confirm", performer=zoe, face=person["face"])

    assert answer["decisions"] == [
        {"performer_id": f"local:{zoe}", "face": person["face"], "decision": "confirm"}
    ]
    assert names(look(place, here)) == names(look(place, there)) == ["Zoe"]
    assert identify_image(place.request(image_id=image_id))["faces"][0]["decision"] == "match"
    say(place, here, "undo", performer=zoe, face=person["face"])
    assert everything() == before
    with place.store as store:
        assert store.rows("SELECT * FROM local_references") == []


def test_a_person_who_is_ignored_is_nobody_until_that_is_taken_back(place: Workplace) -> None:
    scene_id = two_people(place)
    before = look(place, scene_id)
    ann, stranger = before["persons"]
    assert (names(before), before["unknown_total"]) == (["Ann", None], 1)

    say(place, scene_id, "ignore", face=stranger["face"])

    answer = look(place, scene_id)
    assert names(answer) == ["Ann", None]
    assert (answer["persons"][1]["ignored"], answer["unknown_total"]) == (True, 0)
    assert sightings(answer["persons"][1]) == sightings(stranger)
    assert unknown_people(place.request(action="refresh", budget_s=60))["done"]
    assert unknown_people(place.request(min_items=1))["people"] == []

    say(place, scene_id, "ignore", face=ann["face"])
    last = look(place, scene_id)
    assert [(each["unknown"], each["ignored"]) for each in last["persons"]] == [(True, True)] * 2
    assert all(each["candidates"] == [] for each in last["persons"])

    # Any of their faces takes it back.
    for person in (ann, stranger):
        say(place, scene_id, "undo", face=sightings(person)[-1])
    assert look(place, scene_id) == before


def test_ignored_people_stay_so_when_the_scene_is_looked_at_again(place: Workplace) -> None:
    stills = {at: [face(STRANGER, 0.9, int(at))] for at in (1.0, 2.0, 3.0)}
    scene_id = place.add_scene(stills)
    (person,) = look(place, scene_id)["persons"]
    said = say(place, scene_id, "ignore", face=person["face"])["decisions"]

    with place.store as store:
        forget_scene_before(store, scene_id, EVER)
    place.look_at(scene_id, stills)

    (again,) = look(place, scene_id)["persons"]
    assert again["ignored"]
    assert not {*sightings(again)} & {*sightings(person)}
    # The decisions have the numbers that the faces have now.
    assert [each["face"] for each in said] == sightings(person)
    undone = say(place, scene_id, "undo", face=again["face"])
    assert undone["decisions"] == []
    assert not look(place, scene_id)["persons"][0]["ignored"]


def test_whoever_is_shown_by_more_new_frames_is_a_person_again(place: Workplace) -> None:
    scene_id = place.add_scene({1.0: [face(STRANGER, 0.9, 1)]})
    (person,) = look(place, scene_id)["persons"]
    say(place, scene_id, "ignore", face=person["face"])

    place.look_at(scene_id, {at: [face(STRANGER, 0.9, int(at))] for at in (10.0, 20.0)})

    seen, ignored = look(place, scene_id)["persons"]
    assert (seen["timestamps"], seen["ignored"]) == ([10.0, 20.0], False)
    assert (ignored["timestamps"], ignored["ignored"]) == ([1.0], True)


def test_a_face_at_the_same_place_in_another_still_is_somebody_else(place: Workplace) -> None:
    scene_id = place.add_scene({1.0: [face(STRANGER)], 5.0: [face(BEN)], 6.0: [face(BEN, seed=1)]})
    stranger = next(each for each in look(place, scene_id)["persons"] if each["unknown"])

    say(place, scene_id, "ignore", face=stranger["face"])

    assert names(look(place, scene_id)) == ["Ben", None]


def test_a_confirmation_ends_what_was_said_against_it(place: Workplace) -> None:
    scene_id = place.add_scene({at: [face(ANN, 0.9, int(at))] for at in (1.0, 2.0, 3.0)})
    say(place, scene_id, "reject", performer="stashdb.org:ann")
    (person,) = look(place, scene_id)["persons"]
    assert person["unknown"]
    say(place, scene_id, "ignore", face=person["face"])

    said = say(place, scene_id, "confirm", performer="stashdb.org:ann", face=person["face"])

    assert [each["decision"] for each in said["decisions"]] == ["confirm"]
    assert names(look(place, scene_id)) == ["Ann"]


@pytest.mark.parametrize(
    ("args", "error", "told"),
    [
        ({"face": None}, BadRequest, "Scene 1 has 6 faces: say which one with the argument face"),
        ({"face": 99}, NotFound, "Face 99 of scene 1 is not known: identify the scene first"),
        ({"face": 0}, NotFound, "Face 0 of scene 1 is not known"),
        ({"face": -1}, BadRequest, "The argument face must be between 0"),
        ({"id": "77"}, NotFound, "Scene 77 is not in Stash"),
        ({"kind": "gallery"}, BadRequest, "The argument kind must be one of image, scene, not"),
        ({"decision": "reject"}, BadRequest, "The argument face is for images: a scene is reje"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    place: Workplace, args: dict[str, Any], error: type[StashFaceError], told: str
) -> None:
    two_people(place)
    given = {"kind": "scene", "id": "1", "decision": "confirm", "face": 1, **args}

    with pytest.raises(error, match=told):
        decide(place.request(**given, performer="stashdb.org:ann"))


def test_faces_of_another_file_are_not_known(place: Workplace) -> None:
    scene_id = two_people(place)
    next(iter(place.stash.library.scenes.values())).files[0].size += 1

    with pytest.raises(NotFound, match="identify the scene first"):
        say(place, scene_id, "ignore", face=1)
