from __future__ import annotations

import pytest

from stash_face.identify.left_alone import left_alone
from stash_face.identify.reasons import ONE_FACE
from stash_face.identify.types import MATCH, UNKNOWN, ScenePerson, Sighting, Verdict
from tests.identify.synthetic import LAW

ANN = Verdict(MATCH, ONE_FACE, [], LAW)


def person(*faces: int, verdict: Verdict = ANN) -> ScenePerson:
    return ScenePerson(verdict, [Sighting(str(face), face, 0.1) for face in faces], decided=False)


@pytest.mark.parametrize(
    ("ignored", "left"),
    [
        (set(), [([1, 2, 3, 4], False)]),
        ({9}, [([1, 2, 3, 4], False)]),
        ({4}, [([1, 2, 3], False), ([4], True)]),  # a slip among many
        ({3, 4}, [([1, 2, 3, 4], True)]),  # half of what is seen
        ({1, 2, 3, 4}, [([1, 2, 3, 4], True)]),
    ],
)
def test_a_person_is_left_alone_once_half_of_their_faces_are(
    ignored: set[int], left: list[tuple[list[int], bool]]
) -> None:
    people = left_alone([person(1, 2, 3, 4)], ignored)

    assert [([s.probe for s in each.sightings], each.ignored) for each in people] == left


def test_who_is_left_alone_is_nobody_and_needs_no_more_looks() -> None:
    (nobody,) = left_alone([person(1, 2)], {1})

    assert (nobody.verdict.answer, nobody.verdict.candidates) == (UNKNOWN, [])
    assert nobody.decided
    assert [each.distance for each in nobody.sightings] == [None, None]
