from __future__ import annotations

from typing import Any

import pytest

from stash_face.errors import BadRequest
from stash_face.protocol.arguments import Arguments, shown

BETWEEN = "The argument top_k must be between 1 and 100"
NUMBER = "The argument top_k must be a number"
WHOLE = "The argument top_k must be a whole number."


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (3, 3),
        (1, 1),
        (100, 100),
        # a task's defaults are always strings
        ("5", 5),
        (" 7 ", 7),
        ("1e1", 10),
        (4.0, 4),
        # not given
        (None, 5),
        ("", 5),
    ],
)
def test_a_whole_number_is_read_from_all_that_means_one(value: object, read: int) -> None:
    found = Arguments({"top_k": value}).whole(("top_k", "max_results"), 5, 1, 100)

    assert found == read
    assert type(found) is int


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (0, BETWEEN + ", not 0."),
        (-1, BETWEEN + ", not -1."),
        (10**9, BETWEEN),
        ("1e9", BETWEEN),
        (101, BETWEEN),
        (2.5, WHOLE),
        ("2.5", WHOLE),
        (True, NUMBER + ", not True."),
        (False, NUMBER),
        ("five", NUMBER + ", not five."),
        ("NaN", NUMBER + ", not NaN."),
        ("inf", NUMBER),
        ("-Infinity", NUMBER),
        (10**400, NUMBER),
        pytest.param(10**4_000, NUMBER, id="4000 digits"),
        ([5], NUMBER + ", not [5]."),
        ({"a": 1}, NUMBER),
        pytest.param(nested(50_000), NUMBER, id="deep"),
        ("5; DROP TABLE faces", NUMBER),
        pytest.param("x" * 10_000, NUMBER + ", not " + "x" * 60 + "....", id="10 kB"),
        ("line\nbreak \x1b[31m\ud800", NUMBER + ", not line?break ?[31m?."),
    ],
)
def test_a_number_that_is_none_or_out_of_range_is_named_with_its_range(
    value: object, sentence: str
) -> None:
    with pytest.raises(BadRequest) as raised:
        Arguments({"top_k": value}).whole(("top_k", "max_results"), 5, 1, 100)

    assert raised.value.sentence.startswith(sentence)
    assert len(raised.value.sentence) < 150
    assert raised.value.sentence.isprintable()


def test_a_synonym_counts_where_the_first_name_is_not_given() -> None:
    both = {"top_k": 2, "max_results": 3}

    assert Arguments(both).whole(("top_k", "max_results"), 5, 1, 9) == 2
    assert Arguments({"max_results": 3, "top_k": ""}).whole(("top_k", "max_results"), 5, 1, 9) == 3


@pytest.mark.parametrize(
    ("value", "read"),
    [(0.6, 0.6), ("0.6", 0.6), (0, 0.0), (2, 2.0), (None, 0.5), ("", 0.5)],
)
def test_a_number_is_read_within_its_range(value: object, read: float) -> None:
    assert Arguments({"max_distance": value}).number("max_distance", 0.5, 0.0, 2.0) == read


@pytest.mark.parametrize("value", [-0.01, 2.01, "nan", True, [], 1e308 * 10])
def test_a_number_outside_is_refused(value: object) -> None:
    with pytest.raises(BadRequest, match="max_distance"):
        Arguments({"max_distance": value}).number("max_distance", 0.5, 0.0, 2.0)


def test_a_number_that_may_be_missing_is_none_then_and_zero_when_it_is_zero() -> None:
    assert Arguments({}).optional_number("max_distance", 0.0, 2.0) is None
    assert Arguments({"max_distance": 0}).optional_number("max_distance", 0.0, 2.0) == 0.0


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (True, True),
        (False, False),
        ("true", True),
        ("False", False),
        ("1", True),
        ("0", False),
        (1, True),
        (0, False),
        (None, True),
        ("", True),
    ],
)
def test_a_flag_is_read_from_all_that_means_one(value: object, read: bool) -> None:
    assert Arguments({"quick": value}).flag("quick", True) is read


@pytest.mark.parametrize("value", ["yes", "2", 2, 0.5, [], {}, ["true"]])
def test_a_flag_that_is_neither_is_refused(value: object) -> None:
    with pytest.raises(BadRequest, match="The argument quick must be true or false"):
        Arguments({"quick": value}).flag("quick")


def test_text_is_text_and_has_no_default_unless_one_is_given() -> None:
    assert Arguments({"kind": "image"}).text("kind") == "image"
    assert Arguments({}).text("kind", "image") == "image"
    with pytest.raises(BadRequest, match="The argument kind is missing."):
        Arguments({"kind": ""}).text("kind")
    with pytest.raises(BadRequest, match="The argument kind must be text, not 7."):
        Arguments({"kind": 7}).text("kind")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Zoë 李", "Zoë 李"),
        (None, "None"),
        ("a\tb\0", "a?b?"),
        ("y" * 60, "y" * 60),
        ("y" * 61, "y" * 60 + "..."),
        ([1] * 100, "[" + "1, " * 19 + "1," + "..."),
    ],
)
def test_a_foreign_value_is_shown_short_and_printable(value: object, text: str) -> None:
    assert shown(value) == text
