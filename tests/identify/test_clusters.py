from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
import pytest

from stash_face.identify import clusters
from stash_face.identify.clusters import cluster
from stash_face.identify.types import Probe
from tests.identify.synthetic import JOIN, near, probe, someone


def slow_average_link(probes: Sequence[Probe], join: float) -> set[frozenset[int]]:
    """The definition itself: the mean over all pairs of two groups, recomputed at each step."""

    def cosine(a: int, b: int) -> float:
        one, other = probes[a].vectors, probes[b].vectors
        return float(np.mean([one[key] @ other[key] for key in one]))

    def average(one: frozenset[int], other: frozenset[int]) -> float:
        if {probes[i].picture for i in one} & {probes[i].picture for i in other}:
            return -1.0
        return float(np.mean([cosine(a, b) for a in one for b in other]))

    groups = {frozenset([i]) for i in range(len(probes))}
    while len(groups) > 1:
        pairs = [(average(a, b), a, b) for a in groups for b in groups if min(a) < min(b)]
        best, a, b = max(pairs, key=lambda pair: pair[0])
        if best < join:
            break
        groups = (groups - {a, b}) | {a | b}
    return groups


def crowd(seed: int, faces: int, people: int, pictures: int, similarity: float) -> list[Probe]:
    """Faces of a few people spread at random over the pictures, so that some share one."""
    random = np.random.default_rng(seed)
    known = [someone(random) for _ in range(people)]
    return [
        probe(
            f"picture {random.integers(pictures)}",
            near(known[random.integers(people)], similarity, seed * 1000 + number),
        )
        for number in range(faces)
    ]


@pytest.mark.parametrize("join", [0.1, 0.3, 0.5])
@pytest.mark.parametrize(
    ("people", "pictures", "similarity"),
    [
        (3, 100, 0.8),  # hardly ever two faces in one picture
        (2, 4, 0.8),  # four pictures for all faces: most pairs are forbidden
        (4, 12, 0.6),  # people that overlap
        (1, 3, 0.9),  # one person who is several times in each picture
    ],
)
def test_groups_are_those_of_the_definition(
    join: float, people: int, pictures: int, similarity: float
) -> None:
    for seed in range(12):
        faces = crowd(seed, 2 + seed, people, pictures, similarity)

        assert {frozenset(group) for group in cluster(faces, join)} == slow_average_link(
            faces, join
        )


def test_two_faces_of_one_picture_are_never_together_even_when_they_are_equal() -> None:
    ann = someone(np.random.default_rng(1))
    faces = [probe("a", ann), probe("a", ann), probe("b", near(ann, 0.9))]

    found = cluster(faces, JOIN)

    assert sorted(len(group) for group in found) == [1, 2]
    assert sorted(map(sorted, found)) != [[0, 1], [2]]


def test_no_faces_are_no_groups() -> None:
    assert cluster([], JOIN) == []


def test_one_face_is_a_group() -> None:
    assert cluster([probe("a", someone(np.random.default_rng(2)))], JOIN) == [[0]]


def test_the_largest_group_comes_first() -> None:
    ann, ben = (someone(np.random.default_rng(seed)) for seed in (3, 4))
    faces = [probe("a", ben), *(probe(f"{i}", near(ann, 0.95, i)) for i in range(3))]

    assert [sorted(group) for group in cluster(faces, JOIN)] == [[1, 2, 3], [0]]


def test_four_hundred_faces_of_one_person_are_one_group_at_once() -> None:
    ann = someone(np.random.default_rng(5))
    faces = [probe(str(number), near(ann, 0.9, number)) for number in range(400)]
    begun = time.process_time()

    found = cluster(faces, JOIN)

    assert [len(group) for group in found] == [400]
    assert time.process_time() - begun < 3


def test_a_crowd_too_large_for_one_go_is_grouped_in_parts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clusters, "_LARGEST", 16)
    ann, ben = (someone(np.random.default_rng(seed)) for seed in (6, 7))
    faces = [
        probe(f"picture {number}", near(who, 0.9, 100 * turn + number))
        for number in range(60)
        for turn, who in enumerate((ann, ben))
    ]
    # All in one component, so that the parts are really needed.
    faces.append(probe("both", {key: (ann[key] + ben[key]) / 2**0.5 for key in ann}))

    found = cluster(faces, JOIN)

    assert sorted(i for group in found for i in group) == list(range(121))
    assert [len({i % 2 for i in group if i < 120}) for group in found[:2]] == [1, 1]
    assert [len(group) for group in found] == [61, 60]


@pytest.mark.parametrize("value", [np.nan, 0.0])
def test_a_vector_that_says_nothing_stays_alone(value: float) -> None:
    ann = someone(np.random.default_rng(8))
    nothing = {key: np.full_like(vector, value) for key, vector in ann.items()}
    faces = [probe("a", nothing), probe("b", ann), probe("c", near(ann, 0.9)), probe("d", nothing)]

    assert sorted(map(sorted, cluster(faces, JOIN))) == [[0], [1, 2], [3]]
