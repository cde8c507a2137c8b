from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from stash_face.facedb.types import Candidate
from stash_face.faces.types import Vector
from stash_face.identify.agreement import Agreement, agreement
from stash_face.identify.decision import decide
from stash_face.identify.gallery import decide_gallery
from stash_face.identify.types import MATCH, UNCERTAIN, UNKNOWN, Limits
from tests.identify.synthetic import JOIN, LAW, probe, someone


class Found:
    """Candidates that are found for everybody, as if they had been searched."""

    def __init__(self, candidates: list[Candidate]) -> None:
        self._candidates = candidates

    def search(
        self, probes: Sequence[Mapping[str, Vector]], count: int = 10
    ) -> list[list[Candidate]]:
        return [self._candidates[:count] for _ in probes]

    def compare(self, probes: Sequence[Mapping[str, Vector]], key: str) -> list[Candidate]:
        return [each for each in self._candidates if each.key == key] * len(probes)


def name(key: str) -> str:
    return {"a": "Ann", "b": "Ben"}[key]


def both(key: str, north: float, south: float) -> Candidate:
    return Candidate(key, (north + south) / 2, {"north": north, "south": south})


@pytest.mark.parametrize(
    ("similarity", "quality", "flaws", "answer", "reason"),
    [
        # hopeless, and why
        (0.2, 0.1, ("small", "blurred"), UNKNOWN,
         "The face is too small and too blurred to tell."),
        (0.2, 0.1, ("small", "turned to the side"), UNKNOWN, "The face is too small to tell."),
        # no word for it
        (0.2, 0.1, (), UNKNOWN, "The face is too small or too blurred to tell."),
        # good enough to tell, but not as a portrait is
        (0.2, 0.8, ("turned to the side",), UNKNOWN,
         "Nobody in the face database comes close. The face is turned to the side."),
        (0.2, 0.8, ("small", "blurred", "turned to the side"), UNKNOWN,
         "Nobody in the face database comes close. The face is small, blurred and turned to the "
         "side."),
        # a guess
        (0.32, 0.8, ("blurred",), UNCERTAIN,
         "Perhaps Ann: about 1 stranger in 55 comes as close, and the face is blurred."),
        # a name needs no excuse
        (0.7, 0.1, ("small", "blurred"), MATCH,
         "A close match, clearly ahead of the next person."),
    ],
)  # fmt: skip
def test_what_is_bad_about_a_picture_is_part_of_the_reason(
    similarity: float, quality: float, flaws: tuple[str, ...], answer: str, reason: str
) -> None:
    found = decide([both("a", similarity, similarity)], quality, LAW, Limits(), name, flaws)

    assert (found.answer, found.reason) == (answer, reason)


@pytest.mark.parametrize(
    ("candidates", "flaws", "code", "values"),
    [
        ([both("a", 0.7, 0.7)], ("small",), "clear_match", {}),
        ([both("a", 0.8, 0.4), both("b", 0.1, 0.5)], (), "clear_match", {"other": "Ben"}),
        ([both("a", 0.7, 0.7), both("b", 0.6, 0.6)], (), "match", {}),
        ([both("a", 0.7, 0.7), both("b", 0.7, 0.7)], (), "equally_close",
         {"name": "Ann", "other": "Ben"}),
        ([both("a", 0.32, 0.32)], ("turned to the side",), "possible",
         {"name": "Ann", "strangers": 55, "flaws": ["turned"]}),
        ([both("a", 0.2, 0.2)], ("small", "blurred"), "nobody", {"flaws": ["small", "blurred"]}),
        ([], (), "nobody_left", {}),
    ],
)  # fmt: skip
def test_a_reason_carries_what_other_languages_need(
    candidates: list[Candidate], flaws: tuple[str, ...], code: str, values: dict[str, object]
) -> None:
    reason = decide(candidates, 0.8, LAW, Limits(), name, flaws).reason

    assert (reason.code, reason.values) == (code, values)
    assert reason.entry["reason"] == reason
    assert reason.after("Seen in 2 of 9 pictures.", seen=2).values == {**values, "seen": 2}


def test_a_single_doubtful_face_of_a_gallery_is_described() -> None:
    face = probe("1", someone(np.random.default_rng(1)), quality=0.8)
    face = face._replace(flaws=("small", "blurred", "turned to the side"))
    database = Found([both("a", 0.32, 0.32), both("b", 0.1, 0.1)])

    (person,) = decide_gallery([face], 23, database, LAW, Limits(), JOIN, name)

    assert person.verdict.reason == (
        "Only one small, blurred face turned to the side in 23 pictures, and not a sure one."
    )


def test_a_name_that_one_model_would_not_give_is_given_and_says_so() -> None:
    split = [both("a", 0.8, 0.4), both("b", 0.1, 0.5)]

    found = decide(split, 0.8, LAW, Limits(), name)

    assert (found.answer, found.reason) == (
        MATCH,
        "A close match, clearly ahead of the next person, though one of the models finds Ben "
        "closer.",
    )


@pytest.mark.parametrize(
    ("candidates", "said"),
    [
        ([both("a", 0.6, 0.5), both("b", 0.1, 0.2)], Agreement(None, 0.1)),
        ([both("a", 0.8, 0.4), both("b", 0.1, 0.5)], Agreement("b", 0.4)),
        # nobody else
        ([both("a", 0.6, 0.6)], Agreement(None, 0.0)),
        # a single model has nobody to agree with
        ([Candidate("a", 0.6, {"north": 0.6})], None),
        ([], None),
    ],
)
def test_models_agree_where_all_find_the_same_person_closest(
    candidates: list[Candidate], said: Agreement | None
) -> None:
    found = agreement(candidates)

    assert (found and found.other) == (said and said.other)
    assert (found and found.apart) == pytest.approx(said and said.apart)
