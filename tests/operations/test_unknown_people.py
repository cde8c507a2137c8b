from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from stash_face.errors import BadRequest, NotFound
from stash_face.operations.identify_gallery import identify_gallery
from stash_face.operations.identify_image import identify_image
from stash_face.operations.unknown_people import unknown_people
from stash_face.store.images import StoredFace
from tests.contracts.api import validate_args, validate_output
from tests.identify.synthetic import Vectors, someone
from tests.operations.review import call, listed, on
from tests.operations.workplace import ANN, DEV, PEOPLE, STRANGER, Workplace, face

_RANDOM = np.random.default_rng(77)
OTHER = someone(_RANDOM, DEV)


def ask(place: Workplace, action: str, **args: Any) -> Any:
    given = {"action": action, **args}
    validate_args("unknown_people", {"mode": "unknown_people", **given})
    answer = unknown_people(place.request(**given))
    validate_output("unknown_people", answer)
    return answer


def people(place: Workplace, **args: Any) -> list[tuple[str, int]]:
    """(number, items) of everybody who is listed."""
    return [(row["person"], row["items"]) for row in ask(place, "list", **args)["people"]]


def image(place: Workplace, *faces: StoredFace) -> str:
    """An image that was looked at, and whose faces were named where they could be."""
    image_id = place.add_image(*faces)
    identify_image(place.request(image_id=image_id))
    return image_id


def library(place: Workplace, who: Vectors = STRANGER, count: int = 3, first: int = 1) -> list[str]:
    """Images of one person, in which they are grouped."""
    images = [image(place, face(who, 0.9, seed)) for seed in range(first, first + count)]
    assert ask(place, "refresh")["done"]
    return images


def test_an_unnamed_person_is_seen_across_the_library(place: Workplace) -> None:
    images = library(place)
    image(place, face(OTHER, 0.9, 9))
    image(place, face(ANN, 0.9, 10))
    ask(place, "refresh")

    answer = ask(place, "list")

    (person,) = answer["people"]
    assert (person["items"], person["images"], person["state"]) == (3, 3, "open")
    assert answer["total"] == 1
    assert {each["image_id"] for each in person["faces"]} == set(images)
    assert person["faces"][0]["face_thumbnail"] == "data:image/jpeg;base64,anBlZw=="
    assert len(people(place, min_items=1)) == 2


def test_pictures_of_a_gallery_are_one_item(place: Workplace) -> None:
    images = [place.add_image(face(STRANGER, 0.9, seed)) for seed in range(1, 4)]
    identify_gallery(place.request(gallery_id=place.stash.add_gallery(images)))
    image(place, face(STRANGER, 0.9, 4))
    ask(place, "refresh")

    (person,) = ask(place, "list")["people"]

    assert (person["items"], person["galleries"], person["images"]) == (2, 1, 1)
    assert person["faces_total"] == 4


def test_numbers_stay_when_others_come_and_files_are_looked_at_anew(place: Workplace) -> None:
    images = library(place)
    before = people(place)

    for seed, image_id in enumerate(images, 20):
        place.know(image_id, face(STRANGER, 0.9, seed))
    # Not yet named again, so nobody is lost meanwhile.
    ask(place, "refresh")
    with place.store as store, store.transaction() as connection:
        connection.execute("DELETE FROM answers")
    for image_id in images:
        identify_image(place.request(image_id=image_id))
    library(place, OTHER, 2, first=50)
    library(place, STRANGER, 1, first=60)

    assert before == [("1", 3)]
    assert people(place) == [("1", 4), ("2", 2)]


def test_once_named_every_item_gets_a_suggestion(place: Workplace) -> None:
    zoe = place.stash.add_performer("Zoe")
    images = library(place)
    place.stash.library.images[images[0]].performers = [place.stash.library.performers[zoe]]

    answer = ask(place, "name", person=1, performer=zoe)

    assert answer["suggested"] == 2
    rows = listed(place, source="unknown_people")
    assert {row["id"] for row in rows} == set(images[1:])
    assert {(row["name"], row["local_performer_id"], row["decision"]) for row in rows} == {
        ("Zoe", zoe, "match")
    }
    assert rows[0]["evidence"]["unknown_person"] == "1"
    (person,) = ask(place, "list", state="named")["people"]
    assert (person["name"], person["local_performer_id"]) == ("Zoe", zoe)
    # New pictures are named by the references that came of it.
    later = image(place, face(STRANGER, 0.9, 40))
    found = identify_image(place.request(image_id=later))["faces"][0]
    assert (found["decision"], found["matches"][0]["name"]) == ("match", "Zoe")


def test_a_suggestion_of_a_named_person_can_be_accepted(place: Workplace) -> None:
    zoe = place.stash.add_performer("Zoe")
    images = library(place)
    ask(place, "name", person=1, performer=zoe)
    numbers = [row["suggestion"] for row in listed(place)]

    call(place, "decide", suggestions=numbers, decision="accept")

    assert [on(place, "image", each) for each in images] == [[zoe]] * 3


def test_a_new_performer_can_be_created_for_the_name(place: Workplace) -> None:
    library(place)

    answer = ask(place, "name", person=1, name="Zoe")

    (made,) = place.stash.library.performers.values()
    assert made.name == "Zoe"
    assert answer["people"][0]["local_performer_id"] == made.id
    call(place, "undo", run="1")
    assert place.stash.library.performers == {}
    assert people(place) == [("1", 3)]
    assert listed(place) == []
    with place.store as store:
        assert store.rows("SELECT * FROM local_references") == []


def test_a_name_is_taken_back_without_a_trace(place: Workplace) -> None:
    library(place)
    zoe = place.stash.add_performer("Zoe")
    ask(place, "name", person=1, performer=zoe)

    ask(place, "reopen", person=1)

    assert people(place) == [("1", 3)]
    assert listed(place) == []
    with place.store as store:
        assert store.rows("SELECT * FROM local_references") == []


def test_a_later_database_names_them_by_itself(place: Workplace) -> None:
    images = [image(place, face(STRANGER, 0.5, seed)) for seed in range(1, 7)]
    ask(place, "refresh")
    place.install("v2", {**PEOPLE, "stashdb.org:dora": STRANGER})

    assert ask(place, "refresh")["suggested"] > 0

    rows = listed(place, source="unknown_people")
    assert {row["performer_id"] for row in rows} == {"stashdb.org:dora"}
    assert {row["id"] for row in rows} <= set(images)
    guessed = [row["guess"] for row in ask(place, "list")["people"]]
    assert guessed[0]["performer_id"] == "stashdb.org:dora"


def test_whoever_gets_a_name_elsewhere_leaves_the_unknown(place: Workplace) -> None:
    images = library(place)
    call(
        place, "decide", kind="image", id=images[0], performer=place.stash.add_performer("Zoe"),
        decision="confirm",
    )  # fmt: skip
    for each in images:
        identify_image(place.request(image_id=each))

    ask(place, "refresh")

    assert people(place, min_items=1) == []


def test_an_ignored_face_is_no_unknown_person(place: Workplace) -> None:
    images = library(place, count=2)
    call(place, "decide", kind="image", id=images[0], face=0, decision="ignore")

    ask(place, "refresh")

    assert people(place, min_items=1) == [("1", 1)]


def test_ignored_people_are_not_listed_and_take_their_like_along(place: Workplace) -> None:
    library(place)
    ask(place, "ignore", person=1)
    library(place, first=41)

    assert people(place) == []
    assert people(place, state="ignored") == [("1", 6)]
    ask(place, "reopen", person=1)
    assert people(place) == [("1", 6)]


def test_two_people_can_be_merged_and_stay_so(place: Workplace) -> None:
    library(place)
    library(place, OTHER, 2, first=40)

    ask(place, "merge", person=2, into=1)
    ask(place, "refresh")

    assert people(place) == [("1", 5)]
    # The old number still leads to the person.
    assert ask(place, "list", person=2)["people"][0]["person"] == "1"


def test_faces_that_are_somebody_else_can_be_split_off_for_good(place: Workplace) -> None:
    library(place)
    (person,) = ask(place, "list", person=1)["people"]
    keys = [each["key"] for each in person["faces"]]

    answer = ask(place, "split", person=1, faces=keys[:1])
    ask(place, "refresh")

    assert [(row["person"], row["items"]) for row in answer["people"]] == [("1", 2), ("2", 1)]
    assert people(place, min_items=1) == [("1", 2), ("2", 1)]


def test_a_merge_is_taken_back_with_the_numbers_as_they_were(place: Workplace) -> None:
    library(place)
    library(place, OTHER, 2, first=20)
    (person,) = ask(place, "list", person=2)["people"]
    ask(place, "merge", person=2, into=1)

    answer = ask(place, "split", person=1, faces=[each["key"] for each in person["faces"]], into=2)
    ask(place, "refresh")

    assert [(row["person"], row["items"]) for row in answer["people"]] == [("1", 3), ("2", 2)]
    assert people(place) == [("1", 3), ("2", 2)]
    assert ask(place, "list", person=2)["people"][0]["person"] == "2"
    # A split is taken back by a merge, and may be made again.
    ask(place, "split", person=1, faces=answer["people"][0]["faces"][0]["key"])
    ask(place, "merge", person=3, into=1)
    ask(place, "refresh")
    assert people(place) == [("1", 3), ("2", 2)]


def test_faces_are_grouped_in_portions(place: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stash_face.identify.unknown._FACES", 2)
    for seed in range(1, 6):
        image(place, face(STRANGER, 0.9, seed))

    left = []
    while not (answer := ask(place, "refresh", budget_s=0))["done"]:
        left.append(answer["left"])

    assert left == [3, 1]
    assert people(place) == [("1", 5)]


def test_a_page_follows_the_other(place: Workplace) -> None:
    for number, who in enumerate((STRANGER, OTHER, someone(_RANDOM, DEV)), 1):
        library(place, who, number + 1, first=100 * number)

    first = ask(place, "list", limit=2)
    second = ask(place, "list", limit=2, cursor=first["cursor"])

    assert [row["items"] for row in first["people"] + second["people"]] == [4, 3, 2]
    assert (first["total"], second["total"], second["cursor"]) == (3, None, None)


@pytest.mark.parametrize(
    ("args", "kind", "told"),
    [
        ({"action": "marry"}, BadRequest, "action must be one of list, refresh"),
        ({"state": "merged"}, BadRequest, "state must be one of open, named, ignored"),
        ({"action": "ignore"}, BadRequest, "person is missing"),
        ({"action": "ignore", "person": 99}, NotFound, "There is no unknown person 99"),
        ({"action": "merge", "person": 1, "into": 1}, BadRequest, "must be two people"),
        ({"action": "split", "person": 1}, BadRequest, "faces must be a list of faces"),
        ({"action": "split", "person": 1, "faces": ["x"]}, BadRequest, "x, which is no face"),
        (
            {"action": "split", "person": 1, "faces": ["image:1"], "into": 9},
            BadRequest,
            "9 was not merged into 1",
        ),
        ({"action": "name", "person": 1}, BadRequest, "Give either performer, or the name"),
        ({"cursor": "x"}, BadRequest, "cursor must be one that was answered before"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    place: Workplace, args: dict[str, Any], kind: type[Exception], told: str
) -> None:
    library(place, count=1)

    with pytest.raises(kind, match=told):
        unknown_people(place.request(**args))
