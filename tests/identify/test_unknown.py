from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from stash_face.identify.unknown import Crowd

BAR = 0.5
DIMENSION = 64


def faces(person: int, count: int, noise: float = 0.5) -> NDArray[np.float32]:
    """(count, D): unit vectors around one of the axes, different ones at every call."""
    random = np.random.default_rng([person, count])
    drawn = random.normal(size=(count, DIMENSION)).astype(np.float32)
    drawn *= noise / np.sqrt(DIMENSION)
    drawn[:, person] += 1
    drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
    return drawn


def test_faces_join_whom_they_are_like_and_the_others_are_somebody_new() -> None:
    crowd = Crowd(DIMENSION, 10)
    first = crowd.join(faces(1, 3), ["a", "b", "c"], BAR)

    second = crowd.join(np.concatenate([faces(1, 2), faces(2, 2)]), ["d", "e", "d", "e"], BAR)

    assert first == [0, 0, 0]
    assert second == [0, 0, 1, 1]


def test_nobody_is_twice_in_a_picture() -> None:
    crowd = Crowd(DIMENSION, 10)

    places = crowd.join(faces(1, 3), ["a", "a", "b"], BAR)

    assert places[0] != places[1]
    assert len(crowd) == 2


def test_a_picture_that_someone_is_in_already_is_not_theirs_again() -> None:
    crowd = Crowd(DIMENSION, 10)
    crowd.add(faces(1, 2), ["a", "b"])

    assert crowd.join(faces(1, 1), ["a"], BAR) == [1]


def test_the_order_and_the_portions_change_nothing_for_people_far_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("stash_face.identify.unknown._FACES", 200)
    monkeypatch.setattr("stash_face.identify.unknown._PEOPLE", 7)
    vectors = np.concatenate([faces(person, 40) for person in range(1, 31)])
    pictures = [str(number) for number in range(len(vectors))]
    order = np.random.default_rng(1).permutation(len(vectors))

    crowd = Crowd(DIMENSION, len(vectors))
    places = crowd.join(vectors[order], [pictures[row] for row in order], BAR)

    assert len(set(places)) == 30
    people = order // 40
    for person in range(30):
        assert len({place for place, whose in zip(places, people, strict=True)
                    if whose == person}) == 1  # fmt: skip


def test_work_stops_after_a_portion_when_it_is_told_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stash_face.identify.unknown._FACES", 100)
    vectors = np.concatenate([faces(person, 40) for person in range(1, 31)])
    crowd = Crowd(DIMENSION, len(vectors))

    done = crowd.join(vectors, [str(n) for n in range(len(vectors))], BAR, lambda: False)

    assert len(done) == 100


def test_half_precision_gives_the_same_people() -> None:
    vectors = np.concatenate([faces(person, 5) for person in range(1, 9)])
    pictures = [str(n) for n in range(len(vectors))]
    crowds = Crowd(DIMENSION, 50), Crowd(DIMENSION, 50)

    exact = crowds[0].join(vectors, pictures, BAR)

    assert crowds[1].join(vectors.astype(np.float16), pictures, BAR) == exact


def test_two_who_turn_out_to_be_alike_are_found_the_most_alike_first() -> None:
    crowd = Crowd(DIMENSION, 10)
    for person, noise in ((1, 0.2), (2, 0.2), (1, 0.3), (1, 0.6)):
        crowd.add(faces(person, 4, noise), [f"{len(crowd)}{n}" for n in range(4)])

    assert crowd.alike([0], BAR) == [(0, 2), (0, 3)]
    assert crowd.alike([1], BAR) == []


def test_people_who_share_a_picture_are_two() -> None:
    crowd = Crowd(DIMENSION, 10)
    crowd.add(faces(1, 2), ["a", "b"])
    crowd.add(faces(1, 3), ["b", "c", "d"])

    assert crowd.alike([0, 1], BAR) == []


def test_whoever_was_merged_is_one_person_and_the_other_nobody() -> None:
    crowd = Crowd(DIMENSION, 10)
    crowd.add(faces(1, 2), ["a", "b"])
    crowd.add(faces(1, 3), ["c", "d", "e"])

    crowd.merge(1, into=0)

    assert crowd.alike([0, 1], BAR) == []
    assert crowd.join(faces(1, 4), ["a", "c", "f", "g"], BAR) == [2, 2, 0, 0]


def test_a_face_of_the_person_is_more_like_them_than_another() -> None:
    crowd = Crowd(DIMENSION, 10)
    crowd.add(faces(1, 5), [str(n) for n in range(5)])

    own, other = crowd.likeness(np.concatenate([faces(1, 1), faces(2, 1)]), 0)

    assert own > 0.8 > 0.3 > other


def test_the_mean_of_faces_has_unit_length() -> None:
    crowd = Crowd(DIMENSION, 10)
    crowd.add(faces(1, 5), ["a"])

    assert np.linalg.norm(crowd.templates([0])[0]) == pytest.approx(1, abs=1e-5)


def test_an_empty_crowd_and_no_faces_are_nothing() -> None:
    crowd = Crowd(DIMENSION, 1)

    assert crowd.join(np.zeros((0, DIMENSION), np.float32), [], BAR) == []
    assert crowd.alike([], BAR) == []
