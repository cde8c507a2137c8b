from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from stash_face.facedb.reader import FaceDatabase
from stash_face.identify.gallery import decide_gallery
from stash_face.identify.types import MATCH, UNCERTAIN, UNKNOWN, GroupVerdict, Limits, Probe
from tests.identify.synthetic import JOIN, LAW, Vectors, near, probe, someone, write

# Nothing joins at this bar, so that groups only meet by their names.
APART = 0.999
RANDOM = np.random.default_rng(20)
PEOPLE = {f"x.org:person-{number}": someone(RANDOM) for number in range(60)}
ANN, BEN = PEOPLE["x.org:person-0"], PEOPLE["x.org:person-1"]
STRANGERS = [someone(RANDOM) for _ in range(3)]


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> FaceDatabase:
    return write(tmp_path_factory.mktemp("facedb") / "v1", PEOPLE)


def people(
    database: FaceDatabase, probes: Sequence[Probe], pictures: int, join: float = JOIN
) -> list[GroupVerdict]:
    return decide_gallery(probes, pictures, database, LAW, Limits(), join, lambda key: key[6:])


def told(found: Sequence[GroupVerdict]) -> list[tuple[str, str, list[str]]]:
    return [
        (p.verdict.answer, p.verdict.candidates[0].key[6:] if p.verdict.answer != UNKNOWN else "",
         sorted(p.pictures))
        for p in found
    ]  # fmt: skip


def seen(who: Vectors, *pictures: str, similarity: float = 0.8) -> list[Probe]:
    return [probe(p, near(who, similarity, seed)) for seed, p in enumerate(pictures)]


def test_a_gallery_without_faces_has_nobody(database: FaceDatabase) -> None:
    assert people(database, [], 5) == []


def test_a_person_seen_in_two_pictures_is_named(database: FaceDatabase) -> None:
    found = people(database, seen(ANN, "1", "2"), 3)

    assert told(found) == [(MATCH, "person-0", ["1", "2"])]
    assert found[0].verdict.reason == (
        "Seen in 2 of 3 pictures. A close match, clearly ahead of the next person."
    )


def test_a_person_seen_in_only_one_of_several_pictures_stays_uncertain(
    database: FaceDatabase,
) -> None:
    found = people(database, seen(ANN, "1"), 3)

    assert told(found) == [(UNCERTAIN, "person-0", ["1"])]
    assert found[0].verdict.reason == "Looks right, but is seen in only one of 3 pictures."
    assert found[0].sightings[0].distance is not None


def test_one_picture_suffices_in_a_gallery_of_one(database: FaceDatabase) -> None:
    assert told(people(database, seen(ANN, "1"), 1)) == [(MATCH, "person-0", ["1"])]


def test_strangers_stay_unknown_and_are_grouped(database: FaceDatabase) -> None:
    found = people(database, [*seen(STRANGERS[0], "1", "2"), *seen(STRANGERS[1], "2", "3")], 3)

    assert told(found) == [(UNKNOWN, "", ["1", "2"]), (UNKNOWN, "", ["2", "3"])]
    assert {s.distance for p in found for s in p.sightings} == {None}
    assert {p.verdict.reason for p in found} == {"Nobody in the face database comes close."}


def test_an_unsure_face_in_one_of_several_pictures_is_unknown(database: FaceDatabase) -> None:
    found = people(database, seen(ANN, "1", similarity=0.32), 3)

    assert told(found) == [(UNKNOWN, "", ["1"])]
    assert found[0].verdict.reason == "Only one face in 3 pictures, and not a sure one."
    assert found[0].sightings[0].distance is None


def test_who_is_seen_most_comes_first(database: FaceDatabase) -> None:
    found = people(database, [*seen(ANN, "1", "2"), *seen(BEN, "1", "2", "3")], 3)

    assert told(found) == [
        (MATCH, "person-1", ["1", "2", "3"]),
        (MATCH, "person-0", ["1", "2"]),
    ]


def test_groups_that_got_the_same_name_become_one_person(database: FaceDatabase) -> None:
    found = people(database, seen(ANN, "1", "2", "3"), 3, join=APART)

    assert told(found) == [(MATCH, "person-0", ["1", "2", "3"])]
    assert sorted(s.probe for s in found[0].sightings) == [0, 1, 2]


def test_where_two_groups_of_a_name_share_a_picture_the_surer_face_keeps_it(
    database: FaceDatabase,
) -> None:
    sure, unsure = seen(ANN, "1", similarity=0.9), seen(ANN, "1", "2", similarity=0.7)

    found = people(database, [*unsure, *sure], 2, join=APART)

    assert told(found) == [(MATCH, "person-0", ["1", "2"]), (UNKNOWN, "", ["1"])]
    assert {s.probe for s in found[0].sightings} == {1, 2}
    assert found[1].verdict.reason == ("Another face in the same picture fits this person better.")


def test_a_performer_is_listed_once_also_where_another_group_is_perhaps_the_same(
    database: FaceDatabase,
) -> None:
    unsure = [probe(p, near(ANN, 0.32, seed=9)) for p in ("3", "4")]

    found = people(database, [*seen(ANN, "1", "2"), *unsure], 4)

    assert told(found) == [(MATCH, "person-0", ["1", "2"]), (UNKNOWN, "", ["3", "4"])]
    assert found[1].verdict.reason == ("Perhaps person-0, who is surer elsewhere in this gallery.")
    assert {s.distance for s in found[1].sightings} == {None}


def test_good_faces_decide_who_a_group_is(database: FaceDatabase) -> None:
    clear = probe("1", near(ANN, 0.9), weight=1.0)
    blurred = probe("2", near(BEN, 0.9), weight=1e-4)

    found = people(database, [blurred, clear], 2, join=-1.0)

    assert told(found) == [(MATCH, "person-0", ["1", "2"])]


def test_each_sighting_tells_its_own_distance_to_the_person(database: FaceDatabase) -> None:
    probes = [probe("1", near(ANN, 0.9)), probe("2", near(ANN, 0.6))]

    found = people(database, probes, 2)

    told_distances = {s.picture: s.distance for s in found[0].sightings}
    assert told_distances == pytest.approx({"1": 0.1, "2": 0.4}, abs=0.02)


@pytest.mark.parametrize("value", [0.0, np.nan])
def test_a_face_that_says_nothing_is_nobody_and_disturbs_nobody(
    database: FaceDatabase, value: float
) -> None:
    nothing = {key: np.full_like(vector, value) for key, vector in ANN.items()}

    found = people(database, [probe("1", nothing), *seen(ANN, "1", "2"), probe("2", nothing)], 2)

    assert told(found) == [
        (MATCH, "person-0", ["1", "2"]),
        (UNKNOWN, "", ["1"]),
        (UNKNOWN, "", ["2"]),
    ]


def test_ten_strangers_galleries_get_no_name(database: FaceDatabase) -> None:
    random = np.random.default_rng(21)
    for _ in range(10):
        stranger = someone(random)
        probes = seen(stranger, *map(str, range(8)))

        assert {p.verdict.answer for p in people(database, probes, 8)} == {UNKNOWN}
