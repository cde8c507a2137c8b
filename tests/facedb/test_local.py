from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from stash_face.facedb.calibration import default_law
from stash_face.facedb.law import Law
from stash_face.facedb.local import JoinedDatabase, LocalReference, law_with
from stash_face.facedb.reader import FaceDatabase
from stash_face.facedb.types import Person
from tests.facedb.made_up import EMBEDDERS, PACK, Vectors, World, key_of, near, unit, world, write

NEW = Person("local:7", "local:7", "Zoe", {})


def someone(seed: int) -> Vectors:
    rng = np.random.default_rng(seed)
    return {key: unit(rng.normal(size=512)) for key in EMBEDDERS}


def like(vectors: Vectors, likeness: float, seed: int) -> Vectors:
    rng = np.random.default_rng(seed)
    return {key: near(vector, likeness, rng) for key, vector in vectors.items()}


def known_as(number: int, host: str = "stashdb.org") -> Person:
    stash_id = key_of(number).partition(":")[2]
    return Person(f"{host}:{stash_id}", f"{host}:{stash_id}", "Own name", {host: stash_id})


@pytest.fixture(scope="session")
def base(database_of_sixty: Path) -> FaceDatabase:
    return FaceDatabase.open(database_of_sixty)


def test_without_references_everything_is_as_in_the_database(
    base: FaceDatabase, sixty: World
) -> None:
    probes = [like(sixty.of(n)[0], 0.9, n) for n in range(3)]
    joined = JoinedDatabase(base)

    assert joined.search(probes, 5) == base.search(probes, 5)
    assert joined.keys == base.keys
    assert joined.search([], 5) == []


def test_someone_of_the_user_alone_is_one_more_candidate(base: FaceDatabase, sixty: World) -> None:
    zoe = someone(900)
    joined = JoinedDatabase(base, [LocalReference(NEW, "7", zoe)])

    own, other = joined.search([like(zoe, 0.8, 1), like(sixty.of(4)[0], 0.8, 2)], 5)

    assert own[0].key == "local:7"
    assert own[0].similarity == pytest.approx(0.8, abs=1e-5)
    assert set(own[0].similarities) == set(EMBEDDERS)
    assert other[0].key == key_of(4)
    assert len(own) == len(other) == 5
    assert (joined.person("local:7"), joined.local_people) == (NEW, 1)
    assert joined.key_of("local:7") == "local:7"
    assert joined.key_of(key_of(4)) == key_of(4)
    assert joined.key_of("local:8") is None


def test_whom_a_stash_box_does_not_know_are_not_one_person_for_that(base: FaceDatabase) -> None:
    people = [
        Person(f"a.org:{n}", f"a.org:{n}", f"Person {n}", {"a.org": f"{n}", "b.org": None})
        for n in (1, 2)
    ]
    joined = JoinedDatabase(
        base, [LocalReference(each, None, someone(n)) for n, each in enumerate(people)]
    )

    assert joined.local_people == 2
    assert [joined.key_of(each.key) for each in people] == [each.key for each in people]


def test_who_is_in_both_is_one_person_with_the_references_of_both(
    base: FaceDatabase, sixty: World
) -> None:
    face = like(sixty.of(3)[0], 0.6, 3)
    joined = JoinedDatabase(base, [LocalReference(known_as(3), "7", face)])
    probe = like(face, 0.9, 4)

    found = joined.search([probe], 60)[0]

    assert [each.key for each in found].count(key_of(3)) == 1
    assert (joined.local_people, joined.person(key_of(3)).name) == (0, "Person 3")
    assert joined.key_of("local:7") == key_of(3)
    stored = base.references_of(key_of(3))
    for name in EMBEDDERS:
        every = np.concatenate([stored[name], face[name][None]])
        template = unit(every.sum(0))
        expected = ((every @ probe[name]).max() + template @ probe[name]) / 2
        assert found[0].similarities[name] == pytest.approx(float(expected), abs=1e-5)
    assert joined.compare([probe], key_of(3))[0].similarities == pytest.approx(
        found[0].similarities, abs=1e-6
    )
    assert joined.compare([probe], key_of(5)) == base.compare([probe], key_of(5))


def test_several_faces_of_one_performer_are_one_person(base: FaceDatabase) -> None:
    zoe = someone(901)
    later = Person("stashdb.org:zoe", "stashdb.org:zoe", "Zoe", {"stashdb.org": "zoe"})
    references = [
        LocalReference(NEW, "7", like(zoe, 0.9, 1)),
        LocalReference(later, "7", like(zoe, 0.9, 2)),
    ]

    joined = JoinedDatabase(base, references)

    assert joined.local_people == 1
    assert joined.key_of("stashdb.org:ZOE") == joined.key_of("local:7") == "local:7"


def test_the_order_in_which_references_come_changes_nobody_s_similarity(
    base: FaceDatabase, sixty: World
) -> None:
    references = [
        LocalReference(known_as(n), str(n), like(sixty.of(n)[0], 0.7, n)) for n in range(10)
    ]
    probes = [like(sixty.of(n)[1], 0.8, 50 + n) for n in range(10)]

    one = JoinedDatabase(base, references).search(probes, 3)
    other = JoinedDatabase(base, references[::-1]).search(probes, 3)

    for left, right in zip(one, other, strict=True):
        assert [each.key for each in left] == [each.key for each in right]
        assert [each.similarity for each in left] == pytest.approx(
            [each.similarity for each in right], abs=1e-6
        )


def test_thousands_of_the_user_s_people_are_searched_as_the_database_s_are(
    base: FaceDatabase,
) -> None:
    own = [someone(n) for n in range(1_000, 3_000)]
    joined = JoinedDatabase(
        base,
        [
            LocalReference(Person(f"local:{n}", f"local:{n}", "", {}), str(n), vectors)
            for n, vectors in enumerate(own)
        ],
    )
    probes = [like(own[n], 0.5, 7_000 + n) for n in range(0, 2_000, 20)]

    found = joined.search(probes, 3)

    assert [row[0].key for row in found] == [f"local:{n}" for n in range(0, 2_000, 20)]
    assert found[7][0].similarity == pytest.approx(0.5, abs=1e-5)


def test_the_bar_rises_with_the_people_who_are_only_the_user_s(base: FaceDatabase) -> None:
    law = Law(0.2, 0.03, 0.7, 0.1, 60, 60, True)
    own = [
        LocalReference(Person(f"local:{n}", f"local:{n}", "", {}), str(n), someone(n))
        for n in range(30)
    ]
    both = [LocalReference(known_as(3), "99", someone(99))]

    joined = law_with(law, PACK, JoinedDatabase(base, own + both))

    assert joined.people == 90
    assert joined.location == pytest.approx(0.2 + PACK.prior.slope * math.log(1.5))
    assert law_with(law, PACK, JoinedDatabase(base, both)) == law


def test_a_small_database_has_the_default_law_of_everybody(tmp_path: Path) -> None:
    base = FaceDatabase.open(write(tmp_path / "v1", world(5)))
    own = [
        LocalReference(Person(f"local:{n}", f"local:{n}", "", {}), str(n), someone(n))
        for n in range(200)
    ]

    joined = law_with(default_law(PACK, 5), PACK, JoinedDatabase(base, own))

    assert joined == default_law(PACK, 205)
