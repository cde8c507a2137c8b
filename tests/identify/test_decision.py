from __future__ import annotations

import math
import random

import pytest

from stash_face.facedb.law import FPIR_SUGGEST
from stash_face.facedb.types import Candidate
from stash_face.identify.decision import FPIR_POSSIBLE, decide, decide_picture
from stash_face.identify.types import MATCH, UNCERTAIN, UNKNOWN, Limits, Verdict
from tests.identify.synthetic import LAW, probe

DEFAULT_LAW = LAW._replace(people=7, probes=0, fitted=False)
NO_LIMITS = Limits()


def ranked(*similarities: float) -> list[Candidate]:
    return [Candidate(key, s, {}) for key, s in zip("abcdefgh", similarities, strict=False)]


def name(key: str) -> str:
    return {"a": "Ann", "b": "Ben", "c": "Cleo"}[key]


def verdict(
    *similarities: float, quality: float = 0.8, limits: Limits = NO_LIMITS, law: object = LAW
) -> Verdict:
    return decide(ranked(*similarities), quality, law, limits, name)  # type: ignore[arg-type]


def test_the_bars_of_these_tests_are_where_the_tables_suppose_them() -> None:
    assert LAW.threshold(FPIR_SUGGEST) == pytest.approx(0.338, abs=0.001)
    assert LAW.threshold(FPIR_POSSIBLE) == pytest.approx(0.305, abs=0.001)


@pytest.mark.parametrize(
    ("similarities", "quality", "answer", "reason"),
    [
        # far over the bar and far ahead
        ((0.7, 0.3), 0.8, MATCH, "A close match, clearly ahead of the next person."),
        # over the bar, the next one not far behind
        ((0.7, 0.6), 0.8, MATCH, "A close match, ahead of the next person."),
        # over the bar, and more likely right than wrong
        ((0.42, 0.1), 0.8, MATCH, "A close match, clearly ahead of the next person."),
        # over the bar, where true matches hardly ever are
        ((0.34, 0.1), 0.8, UNCERTAIN, "Perhaps Ann: about 1 stranger in 107 comes as close."),
        # a database of one person has nobody else to be ahead of
        ((0.7,), 0.8, MATCH, "A close match, clearly ahead of the next person."),
        # a poor face that is over the bar all the same
        ((0.7, 0.3), 0.1, MATCH, "A close match, clearly ahead of the next person."),
        # two people over the bar who cannot be told apart
        ((0.70, 0.69), 0.8, UNCERTAIN, "Two people are equally close: Ann and Ben."),
        # under the bar, but ahead of all others
        ((0.32, 0.2), 0.8, UNCERTAIN, "Perhaps Ann: about 1 stranger in 55 comes as close."),
        (
            (0.32, 0.2),
            0.1,
            UNCERTAIN,
            "Perhaps Ann: about 1 stranger in 55 comes as close, and the face is small or blurred.",
        ),
        # under the bar and not ahead: nobody in particular
        ((0.32, 0.28), 0.8, UNKNOWN, "Nobody in the face database comes close."),
        # as close as strangers are
        ((0.25, 0.1), 0.8, UNKNOWN, "Nobody in the face database comes close."),
        ((-0.2, -0.3), 0.8, UNKNOWN, "Nobody in the face database comes close."),
        ((0.25, 0.1), 0.1, UNKNOWN, "The face is too small or too blurred to tell."),
        # what a faulty GPU driver gives
        ((math.nan, math.nan), 0.8, UNKNOWN, "Nobody in the face database comes close."),
        # a database without a face
        ((), 0.8, UNKNOWN, "The face is ignored, or everybody who comes close was rejected here."),
    ],
)
def test_a_face_is_decided_by_bar_and_margin(
    similarities: tuple[float, ...], quality: float, answer: str, reason: str
) -> None:
    found = verdict(*similarities, quality=quality)

    assert (found.answer, found.reason) == (answer, reason)
    assert [c.key for c in found.candidates] == [c.key for c in ranked(*similarities)]


@pytest.mark.parametrize(
    ("similarity", "limits", "answer"),
    [
        (0.7, Limits(max_distance=0.31), MATCH),
        (0.7, Limits(max_distance=0.29), UNKNOWN),
        (0.7, Limits(max_distance=0.0), UNKNOWN),
        (0.32, Limits(max_distance=0.5), UNKNOWN),
        (0.7, Limits(min_confidence=0.9), MATCH),
        (0.32, Limits(min_confidence=0.9), UNKNOWN),
        # limits that are looser than the law change nothing
        (0.25, Limits(max_distance=2.0), UNKNOWN),
        (0.32, Limits(max_distance=2.0), UNCERTAIN),
    ],
)
def test_the_callers_limits_make_the_bar_stricter_and_never_looser(
    similarity: float, limits: Limits, answer: str
) -> None:
    assert verdict(similarity, 0.1, limits=limits).answer == answer


def test_a_name_that_only_the_callers_limits_forbid_is_not_said_to_be_far_off() -> None:
    assert verdict(0.7, 0.1, limits=Limits(max_distance=0.1)).reason == (
        "Somebody comes close, but not within max_distance and min_confidence."
    )


def test_no_limits_ever_turn_unknown_into_a_name() -> None:
    draw = random.Random(1)
    for _ in range(500):
        similarities = sorted((draw.uniform(0.1, 0.6) for _ in range(3)), reverse=True)
        limits = Limits(draw.uniform(0, 2), draw.random())

        free = verdict(*similarities).answer
        limited = verdict(*similarities, limits=limits).answer

        assert limited in (free, UNKNOWN)


@pytest.mark.parametrize("similarities", [(0.7, 0.3), (0.32, 0.2), (0.25, 0.1)])
def test_a_database_too_small_for_a_bar_of_its_own_says_so(
    similarities: tuple[float, ...],
) -> None:
    assert verdict(*similarities, law=DEFAULT_LAW).reason.endswith(
        " (With 7 people the database is too small to measure its own bar; "
        "a cautious default is used.)"
    )


def picture(*faces: list[Candidate]) -> list[Verdict]:
    probes = [probe("1", {}) for _ in faces]
    return decide_picture(probes, faces, LAW, NO_LIMITS, name)


def test_each_name_is_given_once_in_a_picture_to_the_face_it_fits_best() -> None:
    found = picture(ranked(0.6, 0.1), ranked(0.8, 0.1), ranked(0.5, 0.1))

    assert [v.answer for v in found] == [UNKNOWN, MATCH, UNKNOWN]
    assert found[0].reason == "Another face in this picture fits Ann better."


def test_different_people_in_a_picture_all_keep_their_names() -> None:
    ben = [Candidate("b", 0.6, {}), Candidate("a", 0.2, {})]

    assert [v.answer for v in picture(ranked(0.8, 0.1), ben)] == [MATCH, MATCH]


def test_a_face_without_a_number_does_not_disturb_the_others() -> None:
    faces = [ranked(0.6, 0.1), ranked(math.nan, 0.1), ranked(0.8, 0.1), ranked(math.nan)]

    assert [v.answer for v in picture(*faces)] == [UNKNOWN, UNKNOWN, MATCH, UNKNOWN]


def test_an_unknown_face_takes_no_name_from_another() -> None:
    assert [v.answer for v in picture(ranked(0.2, 0.1), ranked(0.8, 0.1))] == [UNKNOWN, MATCH]


def test_a_picture_without_faces_has_no_verdicts() -> None:
    assert picture() == []
