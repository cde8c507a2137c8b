from __future__ import annotations

from typing import Any

import pytest

from stash_face.errors import BadRequest
from stash_face.operations.options import Options
from stash_face.protocol.arguments import Arguments
from tests.operations.workplace import DEV


def read(**args: Any) -> Options:
    return Options.read(Arguments(args))


def test_without_arguments_the_defaults_hold() -> None:
    assert read() == Options(5, None, 0.5, 0.0, "auto")
    assert read().distance_limit(DEV) == DEV.max_distance


def test_all_arguments_are_taken_also_as_the_strings_of_a_task() -> None:
    wanted = Options(3, 0.4, 0.7, 0.9, "cpu")

    assert wanted == read(
        top_k=3, max_distance=0.4, min_face_confidence=0.7, min_confidence=0.9, device="cpu"
    )
    assert wanted == read(
        max_results="3",
        max_distance="0.4",
        min_face_confidence="0.7",
        min_confidence="0.9",
        device="CPU",
    )


def test_a_distance_of_zero_is_a_limit_too() -> None:
    assert read(max_distance=0).distance_limit(DEV) == 0.0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("top_k", 0),
        ("top_k", -1),
        ("top_k", 10**9),
        ("max_results", "many"),
        ("max_distance", -0.1),
        ("max_distance", 2.1),
        ("min_face_confidence", 1.1),
        ("min_confidence", "NaN"),
        ("device", "gpu"),
        ("device", 0),
    ],
)
def test_an_option_that_is_off_is_named(name: str, value: Any) -> None:
    with pytest.raises(BadRequest, match="The argument (top_k|max_results|" + name + ") must be"):
        read(**{name: value})


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({}, {"top_k": 5}, True),
        # the device changes no result
        ({"device": "cpu"}, {"device": "cuda"}, True),
        ({"top_k": 5}, {"top_k": 6}, False),
        ({"max_distance": 0.5}, {}, False),
        ({"max_distance": 0}, {}, False),
        ({"min_face_confidence": 0.6}, {}, False),
        ({"min_confidence": 0.1}, {}, False),
    ],
)
def test_answers_are_kept_apart_by_every_option_that_changes_them(
    one: dict[str, Any], other: dict[str, Any], same: bool
) -> None:
    assert (
        read(**one).state("database", "file") == read(**other).state("database", "file")
    ) is same


def test_answers_are_kept_apart_by_what_they_apply_to() -> None:
    states = {
        read().state(*of)
        for of in [("a", "b"), ("ab",), ("a", "b", "c"), ("b", "a"), ("a", "b,c"), ()]
    }

    assert len(states) == 6
