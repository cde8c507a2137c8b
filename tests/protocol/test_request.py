from __future__ import annotations

import json

import pytest

from stash_face.errors import BadRequest
from stash_face.protocol.request import parse

CUT_OFF = "The request is not whole JSON"
NOTHING = "Nothing arrived on stdin"
NO_OBJECT = "must be a JSON object with server_connection and args"
NO_OBJECTS = "args and server_connection must be JSON objects"


def test_a_request_is_mode_arguments_and_connection() -> None:
    document = {"server_connection": {"Port": 9999}, "args": {"mode": "health", "top_k": 3}}

    request = parse(json.dumps(document).encode())

    assert request.mode == "health"
    assert request.args.whole(("top_k",), 5, 1, 10) == 3
    assert request.server_connection == {"Port": 9999}


@pytest.mark.parametrize(
    "document",
    [
        b"{}",
        # Stash sends null for what it has not got
        b'{"args": null, "server_connection": null}',
        # what later versions of Stash add
        b'{"args": {}, "settings": {"a": 1}}',
        b' \n{"args": {"mode": null}}\r\n',
    ],
)
def test_what_is_left_out_is_empty(document: bytes) -> None:
    assert parse(document).mode == ""
    assert parse(document).server_connection == {}


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        (b"", NOTHING),
        (b" \r\n\t", NOTHING),
        # stdin cut off
        (b'{"args": {"mode": "hea', CUT_OFF),
        (b'{"args": {}', CUT_OFF),
        (b"health", CUT_OFF),
        # two documents
        (b"{}{}", CUT_OFF),
        (b"\xff\xfe{}", CUT_OFF),
        # a string of half a character
        (b'{"args": {"mode": "\xc3"}}', CUT_OFF),
        ("{}".encode("utf-16"), CUT_OFF),
        (b"\xef\xbb\xbf{}", CUT_OFF),
        (b"\0", CUT_OFF),
        (b"[" * 100_000, CUT_OFF),
        (b'{"a":' * 100_000, CUT_OFF),
        (b'{"args": {"top_k": ' + b"9" * 5_000 + b"}}", CUT_OFF),
        (b"[]", NO_OBJECT),
        (b"[{}]", NO_OBJECT),
        (b'"health"', NO_OBJECT),
        (b"null", NO_OBJECT),
        (b"7", NO_OBJECT),
        (b'{"args": "mode"}', NO_OBJECTS),
        (b'{"args": [1]}', NO_OBJECTS),
        (b'{"args": 7}', NO_OBJECTS),
        (b'{"server_connection": "localhost"}', NO_OBJECTS),
        (b'{"args": {"top_k": NaN}}', "The request holds NaN, which is not a JSON number."),
        (b'{"args": {"top_k": -Infinity}}', "The request holds -Infinity"),
        (b'{"args": {"mode": 7}}', "The argument mode must be text, not 7."),
        (b'{"args": {"mode": ["health"]}}', "The argument mode must be text"),
    ],
)
def test_everything_else_is_refused_with_a_sentence(document: bytes, sentence: str) -> None:
    with pytest.raises(BadRequest) as raised:
        parse(document)

    assert sentence in raised.value.sentence
    assert len(raised.value.sentence) < 300
    assert raised.value.sentence.endswith((".", "again."))
