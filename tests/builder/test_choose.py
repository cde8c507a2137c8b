from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from builder.choose import Rule, Seen, choose

RULE = Rule(join=0.3)
AXES = np.eye(64, dtype=np.float32)


def person(number: int, moment: int, like: float = 0.6) -> np.ndarray:  # type: ignore[type-arg]
    """A face of person `number`: two of them have a cosine of `like`."""
    vector = np.sqrt(like) * AXES[number] + np.sqrt(1 - like) * AXES[20 + moment]
    return vector.astype(np.float32)


def picture(
    index: int, *people: int, quality: float = 0.9, height: float = 100.0, like: float = 0.6,
    weights: Sequence[float] = (),
) -> list[Seen]:  # fmt: skip
    """The faces of these people; one of several is as large as the others unless said."""
    return [
        Seen(index, number, person(who, index + 5 * number, like), quality,
             weights[number] if weights else 1000.0, height)
        for number, who in enumerate(people)
    ]  # fmt: skip


def pictures_of(*rows: Sequence[int]) -> list[list[Seen]]:
    return [picture(index, *people) for index, people in enumerate(rows)]


@pytest.mark.parametrize(
    ("rows", "kept"),
    [
        # one picture, one face
        ([[1]], [(0, 0)]),
        # everybody agrees
        ([[1], [1], [1]], [(0, 0), (1, 0), (2, 0)]),
        # a picture of two: the other pictures say who
        ([[1], [2, 1], [1]], [(0, 0), (1, 1), (2, 0)]),
        # no picture is of one alone, but one person is in both
        ([[1, 2], [3, 1]], [(0, 0), (1, 1)]),
        # the first picture is somebody else
        ([[2], [1], [1]], [(1, 0), (2, 0)]),
        # two and two: the earlier ones, and doubt
        ([[1], [2], [1], [2]], [(0, 0), (2, 0)]),
        # nobody agrees: the first
        ([[1], [2], [3]], [(0, 0)]),
        # nobody agrees, and the first shows several
        ([[1, 2], [3]], [(1, 0)]),
        ([], []),
    ],
)
def test_the_person_is_whoever_is_in_most_pictures(
    rows: list[list[int]], kept: list[tuple[int, int]]
) -> None:
    choice = choose(pictures_of(*rows), RULE)

    assert [(face.picture, face.number) for face in choice.kept] == kept
    assert set(choice.dropped) == set(range(len(rows))) - {index for index, _ in kept}


@pytest.mark.parametrize(
    ("rows", "dropped", "doubt"),
    [
        ([[1], [1], [2]], {2: "shows somebody else than the other pictures"}, ""),
        ([[1], [1], [2, 3]], {2: "none of its 2 faces is in the other pictures"}, ""),
        ([[1, 2]], {0: "shows 2 people, and no other picture tells which of them"}, ""),
        (
            [[1], [2]],
            {1: "agrees with no other picture"},
            "no two of 2 pictures show the same face",
        ),
        (
            [[1], [2], [1], [2]],
            {
                1: "shows somebody else than the other pictures",
                3: "shows somebody else than the other pictures",
            },
            "two people are in 2 pictures each",
        ),
    ],
)
def test_what_is_left_out_has_a_reason(
    rows: list[list[int]], dropped: dict[int, str], doubt: str
) -> None:
    choice = choose(pictures_of(*rows), RULE)

    assert (choice.dropped, choice.doubt) == (dropped, doubt)


@pytest.mark.parametrize(
    ("weights", "kept"),
    [
        # large in the middle, the other one small
        ((9000.0, 800.0), True),
        # the other one is far from the middle
        ((900.0, -5000.0), True),
        ((9000.0, 4000.0), False),
        # nobody is in the middle
        ((-10.0, -5000.0), False),
    ],
)
def test_a_lone_picture_of_several_needs_one_who_is_meant(
    weights: tuple[float, float], kept: bool
) -> None:
    assert bool(choose([picture(0, 1, 2, weights=weights)], RULE).kept) == kept


def test_a_poor_picture_of_the_person_is_kept() -> None:
    poor = picture(3, 1, like=0.16)

    choice = choose([*pictures_of([1], [1], [1]), poor], RULE)

    # Its likeness of 0.31 to each of the others is hardly the join.
    assert len(choice.kept) == 4


def test_small_and_blurred_faces_do_not_count() -> None:
    rows = [picture(0, 1), picture(1, 1, quality=0.1), picture(2, 1, height=20.0)]

    choice = choose(rows, RULE)

    assert [face.picture for face in choice.kept] == [0]
    assert set(choice.dropped.values()) == {"shows no face that is large and clear enough"}


def test_of_near_copies_the_best_is_kept() -> None:
    rows = [picture(0, 1, quality=0.8), picture(1, 1), picture(2, 1)]
    rows[2] = [rows[0][0]._replace(picture=2, quality=0.95)]

    choice = choose(rows, RULE)

    assert [face.picture for face in choice.kept] == [1, 2]
    assert choice.dropped == {0: "is nearly the same as another picture"}


def test_the_references_that_are_kept_differ() -> None:
    alike = [[Seen(i, 0, person(1, 10 + i, 0.85), 0.9, 1.0, 99.0)] for i in range(4)]
    other = [picture(4, 1), picture(5, 1)]

    choice = choose([*alike, *other], RULE._replace(most=3))

    assert len(choice.kept) == 3
    assert {4, 5} <= {face.picture for face in choice.kept}
    assert list(choice.dropped.values()).count("would be more than 3 references") == 3


def test_five_hundred_pictures_are_no_trouble() -> None:
    random = np.random.default_rng(1)
    noise = random.normal(0, 1, (500, 64)) / 8
    vectors = 0.8 * AXES[1] + 0.6 * noise
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    rows = [[Seen(i, 0, v.astype(np.float32), 0.9, 1.0, 99.0)] for i, v in enumerate(vectors)]

    choice = choose(rows, RULE)

    assert len(choice.kept) == 8
    assert len(choice.dropped) == 492
