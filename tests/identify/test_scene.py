from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from stash_face.facedb.law import FPIR_AUTOMATIC, FPIR_SUGGEST
from stash_face.facedb.reader import FaceDatabase
from stash_face.identify.decision import LIKELY
from stash_face.identify.scene import LIKELY_IN_SCENE, decide_scene
from stash_face.identify.types import MATCH, UNCERTAIN, UNKNOWN, Limits, Probe, ScenePerson
from tests.identify.synthetic import JOIN, LAW, Vectors, near, probe, someone, write

# Nothing joins at this bar, so that groups only meet by their names.
APART = 0.999
# Under this similarity a name needs company, over it one face is enough.
SURE, VERY_SURE = LAW.threshold(FPIR_SUGGEST), LAW.threshold(FPIR_AUTOMATIC)
RANDOM = np.random.default_rng(40)
PEOPLE = {f"x.org:person-{number}": someone(RANDOM) for number in range(60)}
ANN, BEN = PEOPLE["x.org:person-0"], PEOPLE["x.org:person-1"]
STRANGERS = [someone(RANDOM) for _ in range(3)]


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> FaceDatabase:
    return write(tmp_path_factory.mktemp("facedb") / "v1", PEOPLE)


def people(
    database: FaceDatabase,
    probes: Sequence[Probe],
    frames: int = 81,
    join: float = JOIN,
    limits: Limits = Limits(),  # noqa: B008
) -> list[ScenePerson]:
    """Still "n" is at 100 n seconds, too far from the next to be a neighbour."""
    times = {each.picture: 100 * float(each.picture) for each in probes}
    return decide_scene(probes, times, frames, database, LAW, limits, join, lambda key: key[6:])


def told(found: Sequence[ScenePerson]) -> list[tuple[str, str, list[str]]]:
    return [
        (p.verdict.answer, p.verdict.candidates[0].key[6:] if p.verdict.answer != UNKNOWN else "",
         sorted(p.pictures))
        for p in found
    ]  # fmt: skip


def seen(who: Vectors, *stills: str, similarity: float = 0.8, quality: float = 1.0) -> list[Probe]:
    return [probe(still, near(who, similarity, seed), quality) for seed, still in enumerate(stills)]


def test_a_scene_without_faces_has_nobody(database: FaceDatabase) -> None:
    assert people(database, []) == []


def test_everyone_seen_twice_is_named_most_seen_first(database: FaceDatabase) -> None:
    found = people(database, [*seen(ANN, "1", "2"), *seen(BEN, "1", "2", "3")])

    assert told(found) == [
        (MATCH, "person-1", ["1", "2", "3"]),
        (MATCH, "person-0", ["1", "2"]),
    ]
    assert found[0].verdict.reason == (
        "Seen at 3 of 81 moments. A close match, clearly ahead of the next person."
    )
    assert all(person.decided for person in found)


def test_one_very_sure_face_is_enough(database: FaceDatabase) -> None:
    found = people(database, seen(ANN, "1", similarity=VERY_SURE + 0.3))

    assert told(found) == [(MATCH, "person-0", ["1"])]
    assert found[0].verdict.reason.startswith("Seen at 1 of 81 moments. ")


def test_one_face_that_is_only_sure_is_uncertain(database: FaceDatabase) -> None:
    similarity = (SURE + VERY_SURE) / 2

    found = people(database, seen(ANN, "1", similarity=similarity), limits=Limits())

    assert told(found)[0][0] != MATCH


@pytest.mark.parametrize(("similarity", "answer"), [(0.415, UNCERTAIN), (0.435, MATCH)])
def test_a_name_has_to_be_right_four_times_in_five(
    database: FaceDatabase, similarity: float, answer: str
) -> None:
    assert LAW.confidence(similarity) >= LIKELY

    face = near(ANN, similarity, 1)
    (person,) = people(database, [probe("1", face), probe("2", face)])

    assert (LAW.confidence(similarity) >= LIKELY_IN_SCENE) == (answer == MATCH)
    assert person.verdict.answer == answer


def test_a_tile_and_the_frame_it_was_made_from_are_one_moment(database: FaceDatabase) -> None:
    similarity = VERY_SURE - 0.01
    twice = [probe(at, near(ANN, similarity, 1)) for at in ("1", "1.001")]
    apart = [probe(at, near(ANN, similarity, 1)) for at in ("1", "2")]

    assert [p.verdict.answer for p in people(database, twice)] != [MATCH]
    assert len(people(database, apart)[0].pictures) == 2


def test_a_very_sure_face_names_a_group_that_the_others_spoil(database: FaceDatabase) -> None:
    clear = probe("1", near(ANN, 0.75), weight=1.0)
    spoilt = [probe(str(n), near(STRANGERS[0], 0.9, n), weight=1.0) for n in range(2, 12)]

    found = people(database, [clear, *spoilt], join=-1.0)

    assert told(found)[0][:2] == (MATCH, "person-0")
    assert found[0].verdict.reason == (
        "Seen at 11 of 81 moments. One face is so close that not 1 stranger in 1,000 would be."
    )


def test_a_person_split_in_two_is_put_together_where_the_database_is_sure(
    database: FaceDatabase,
) -> None:
    # Either alone is under the bar, what they have in common is over it.
    faces = [probe(str(n), near(ANN, SURE - 0.02, seed=n), quality=1.0) for n in range(4)]

    assert {p.verdict.answer for p in people(database, faces[:1])} == {UNKNOWN}
    assert told(people(database, faces, join=APART)) == [(MATCH, "person-0", ["0", "1", "2", "3"])]


def test_two_faces_of_one_still_are_never_put_together(database: FaceDatabase) -> None:
    sure, other = seen(ANN, "1", "2"), seen(ANN, "1", similarity=0.6)

    found = people(database, [*sure, *other])

    assert told(found) == [(MATCH, "person-0", ["1", "2"]), (UNKNOWN, "", ["1"])]
    assert found[1].verdict.reason == "Another face in the same picture fits this person better."


def test_look_alikes_in_one_group_are_taken_apart(database: FaceDatabase) -> None:
    both = [*seen(ANN, "1", "2", "3"), *seen(BEN, "4", "5")]

    found = people(database, both, join=-1.0)

    assert told(found) == [
        (MATCH, "person-0", ["1", "2", "3"]),
        (MATCH, "person-1", ["4", "5"]),
    ]


def test_strangers_stay_unknown_with_their_sightings(database: FaceDatabase) -> None:
    found = people(database, [*seen(STRANGERS[0], "1", "2"), *seen(STRANGERS[1], "2", "3")])

    assert told(found) == [(UNKNOWN, "", ["1", "2"]), (UNKNOWN, "", ["2", "3"])]
    assert {s.distance for p in found for s in p.sightings} == {None}


@pytest.mark.parametrize(
    ("qualities", "decided"),
    [
        ([0.9, 0.9], True),  # seen clearly, and nobody in the database
        ([0.9, 0.3], True),
        ([0.5, 0.5], False),  # too small to tell: worth a full frame
        ([0.9], False),  # seen once
        ([0.1], True),  # hardly a face
        ([0.1, 0.1], False),
    ],
)
def test_a_stranger_is_decided_once_seen_clearly(
    database: FaceDatabase, qualities: list[float], decided: bool
) -> None:
    probes = [
        probe(str(n), near(STRANGERS[0], 0.9, n), quality) for n, quality in enumerate(qualities)
    ]

    assert [person.decided for person in people(database, probes)] == [decided]


def test_the_callers_limits_can_only_refuse(database: FaceDatabase) -> None:
    probes = seen(ANN, "1", "2")

    assert people(database, probes)[0].verdict.answer == MATCH
    assert people(database, probes, limits=Limits(0.01))[0].verdict.answer == UNKNOWN


def test_who_was_rejected_is_not_named_for_that_face(database: FaceDatabase) -> None:
    probes = [each._replace(rejected=frozenset({"x.org:person-0"})) for each in seen(ANN, "1", "2")]

    assert {p.verdict.answer for p in people(database, probes)} == {UNKNOWN}


@pytest.mark.parametrize("value", [0.0, np.nan])
def test_a_face_that_says_nothing_is_nobody_and_disturbs_nobody(
    database: FaceDatabase, value: float
) -> None:
    nothing = {key: np.full_like(vector, value) for key, vector in ANN.items()}

    found = people(database, [probe("1", nothing), *seen(ANN, "1", "2"), probe("2", nothing)])

    assert told(found)[0] == (MATCH, "person-0", ["1", "2"])
    assert [p.verdict.answer for p in found[1:]] == [UNKNOWN, UNKNOWN]


def test_thirty_people_are_told_apart(database: FaceDatabase) -> None:
    cast = list(PEOPLE)[:30]
    probes = [each for key in cast for each in seen(PEOPLE[key], "1", "2", "3")]

    found = people(database, probes)

    assert sorted(p.verdict.candidates[0].key for p in found) == sorted(cast)
    assert {p.verdict.answer for p in found} == {MATCH}


def test_strangers_scenes_get_no_name(database: FaceDatabase) -> None:
    random = np.random.default_rng(41)
    for _ in range(10):
        who = [someone(random) for _ in range(3)]
        probes = [each for w in who for each in seen(w, *map(str, range(8)))]

        assert {p.verdict.answer for p in people(database, probes)} <= {UNKNOWN, UNCERTAIN}


def test_one_lucky_face_among_many_of_a_stranger_is_no_name(database: FaceDatabase) -> None:
    similarity = VERY_SURE + 0.01
    lucky = probe("0", near(ANN, similarity, 3))
    stranger = [probe(str(n), near(STRANGERS[0], 0.9, n)) for n in range(1, 40)]
    weak = [each._replace(weight=1.0) for each in stranger]

    found = people(database, [lucky, *weak], join=-1.0)

    assert {person.verdict.answer for person in found} <= {UNKNOWN, UNCERTAIN}
