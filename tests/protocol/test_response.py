from __future__ import annotations

import json
import math
from typing import Any

import pytest

from stash_face.protocol.response import encode


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ({"name": "Zoë 李 🙂"}, {"name": "Zoë 李 🙂"}),
        # Stash would take a document with NaN for text
        ({"distance": math.nan}, {"distance": None}),
        ([1.5, math.inf, (-math.inf, 2)], [1.5, None, [None, 2]]),
        ({"a": [{"b": math.nan, "c": "NaN"}]}, {"a": [{"b": None, "c": "NaN"}]}),
        # the name of a file in no encoding
        ({"path": "a\udcff.jpg"}, {"path": "a?.jpg"}),
        ({"path": "\ud800\udc00 \ud83d"}, {"path": "?? ?"}),
        ("line\u2028break\0", "line\u2028break\0"),
    ],
)
def test_an_answer_is_one_line_of_whole_json(value: Any, read: Any) -> None:
    data = encode({"output": value})

    assert json.loads(data.decode("utf-8"), parse_constant=pytest.fail) == {"output": read}
    assert b"\n" not in data


def test_a_long_answer_is_not_cut() -> None:
    thumbnail = "x" * 3_000_000

    assert json.loads(encode({"output": thumbnail})) == {"output": thumbnail}
