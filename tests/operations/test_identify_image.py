from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from stash_face.errors import BadRequest, MediaError, NotFound, WeightsError
from stash_face.operations.identify_image import identify_image
from stash_face.store.images import load_scan
from tests.contracts.api import validate_output
from tests.operations.workplace import ANN, BEN, STRANGER, Workplace, face


def decisions(answer: dict[str, list[dict[str, str]]]) -> list[str]:
    return [each["decision"] for each in answer["faces"]]


def test_known_faces_are_named_without_any_model(place: Workplace) -> None:
    image_id = place.add_image(face(ANN), face(STRANGER))

    answer = identify_image(place.request(image_id=image_id))

    validate_output("identify_image", answer)
    assert decisions(answer) == ["match", "unknown"]
    with place.store as store:
        rows = store.rows("SELECT performer_id, db_version FROM image_fingerprint_faces "
                          "JOIN image_fingerprints USING (stash_image_id)")  # fmt: skip
        assert rows == [("stashdb.org:ann", 1)]


@pytest.mark.parametrize("given", ["5", 5, "005"])
def test_an_id_is_the_same_in_each_of_its_spellings(place: Workplace, given: object) -> None:
    for _ in range(5):
        image_id = place.add_image(face(ANN))

    assert identify_image(place.request(image_id=given))["image_id"] == image_id == "5"


@pytest.mark.parametrize(
    "given", [None, "", 0, -1, "1.5", 1.5, True, [1], "1; DROP TABLE faces", "9" * 10_000, "٣"]
)
def test_what_is_no_id_is_refused_by_its_name(place: Workplace, given: object) -> None:
    with pytest.raises(BadRequest, match="The argument image_id must be the number that Stash"):
        identify_image(place.request(image_id=given))


def test_an_image_that_is_gone_is_told(place: Workplace) -> None:
    with pytest.raises(NotFound, match="Image 99 is not in Stash"):
        identify_image(place.request(image_id=99))


def test_the_same_question_gets_the_kept_answer_and_another_one_its_own(
    place: Workplace,
) -> None:
    image_id = place.add_image(face(ANN, 0.7))
    first = identify_image(place.request(image_id=image_id))
    with place.store as store, store.transaction() as connection:
        connection.execute("UPDATE answers SET answer = replace(answer, 'Ann', 'Kept')")

    again = identify_image(place.request(image_id=image_id))
    stricter = identify_image(place.request(image_id=image_id, max_distance=0.1))

    assert first["faces"][0]["matches"][0]["name"] == "Ann"
    assert again["faces"][0]["matches"][0]["name"] == "Kept"
    assert decisions(stricter) == ["unknown"]


def test_who_is_tagged_is_asked_anew_for_a_kept_answer(place: Workplace) -> None:
    image_id = place.add_image(face(ANN))
    before = identify_image(place.request(image_id=image_id))
    ann = place.stash.add_performer("Ann", [("https://stashdb.org/graphql", "ann")])
    place.stash.library.images[image_id].performers = [place.stash.library.performers[ann]]

    after = identify_image(place.request(image_id=image_id))

    match = before["faces"][0]["matches"][0]
    assert (match["local_performer_id"], match["already_tagged"]) == (None, False)
    match = after["faces"][0]["matches"][0]
    assert (match["local_performer_id"], match["already_tagged"]) == (ann, True)


@pytest.mark.parametrize("similarity", [0.8, 0.5, 0.35, 0.3, 0.1])
def test_who_is_tagged_on_the_image_changes_no_decision(
    place: Workplace, similarity: float
) -> None:
    def told(answer: dict[str, Any]) -> list[Any]:
        of_stash = ("local_performer_id", "already_tagged")
        return [
            (entry["decision"], entry["reason"],
             [{k: v for k, v in m.items() if k not in of_stash} for m in entry["matches"]])
            for entry in answer["faces"]
        ]  # fmt: skip

    image_id = place.add_image(face(ANN, similarity))
    before = identify_image(place.request(image_id=image_id, top_k=4))
    for name in ("ann", "ben"):
        number = place.stash.add_performer(name, [("https://stashdb.org/graphql", name)])
        performer = place.stash.library.performers[number]
        place.stash.library.images[image_id].performers.append(performer)

    # Another question, so that it is answered anew.
    after = identify_image(place.request(image_id=image_id, top_k=5))

    assert told(after) == told(before)


def test_a_new_face_database_names_the_known_faces_anew(place: Workplace) -> None:
    image_id = place.add_image(face(STRANGER))
    assert decisions(identify_image(place.request(image_id=image_id))) == ["unknown"]

    place.install("v2", {"stashdb.org:newcomer": STRANGER, "stashdb.org:ben": BEN})
    answer = identify_image(place.request(image_id=image_id))

    assert [m["name"] for m in answer["faces"][0]["matches"]] == ["Newcomer"]
    with place.store as store:
        assert store.rows("SELECT db_version FROM image_fingerprints") == [(2,)]


def test_a_picture_that_changed_is_looked_at_again(place: Workplace) -> None:
    image_id = place.add_image(face(ANN))
    identify_image(place.request(image_id=image_id))
    place.stash.library.images[image_id].visual_files[0].md5 = "another"

    # The header of a PNG is no picture.
    with pytest.raises((MediaError, WeightsError)):
        identify_image(place.request(image_id=image_id))


def test_what_could_not_be_read_is_tried_again(place: Workplace, dev_models: Path) -> None:
    image_id = place.add_unknown_image()
    place.know(image_id, problem="The disk was not there.")

    with pytest.raises(MediaError) as raised:
        identify_image(place.request(image_id=image_id))

    assert raised.value.sentence != "The disk was not there."
    with place.store as store:
        scan = load_scan(store, image_id)
    assert scan is not None
    assert scan.problem == raised.value.sentence
