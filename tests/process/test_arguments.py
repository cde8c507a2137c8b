from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from stash_face.commands import MODES
from tests.contracts.api import validate
from tests.process.plugin import Plugin, read_answer

NAN = float("nan")


@pytest.mark.parametrize(
    ("image_id", "sentence"),
    [
        # What Stash itself shows is a number; people type it with and without quotes.
        (-1, "not -1."),
        ("-1", "not -1."),
        ("0", "not 0."),
        (1.5, "not 1.5."),
        (True, "not True."),
        (None, "not None."),
        ("", "not None."),
        ([1], "not [1]."),
        ({"id": 1}, "not {'id': 1}."),
        ("1; DROP TABLE faces", "not 1; DROP TABLE faces."),
        ("1' OR '1'='1", "not 1' OR '1'='1."),
        ("9" * 10_000, f"not {'9' * 60}...."),
        ("x" * 10_000, f"not {'x' * 60}...."),
        ("1\n\x01e\x02", "not 1??e?."),
        ("٣", "not ٣."),
    ],
)
def test_an_id_that_no_image_has_is_refused_by_name(
    bare_plugin: Plugin, image_id: Any, sentence: str
) -> None:
    answer = bare_plugin.ask("identify_image", image_id=image_id)

    start = "The argument image_id must be the number that Stash shows in the item's address, "
    assert (answer.error, answer.code) == (start + sentence, "bad_request")


def test_whoever_asks_for_it_gets_a_failure_as_an_answer_with_its_code(bare_plugin: Plugin) -> None:
    answer = bare_plugin.start("identify_image", image_id="99", tell_failures=True).answer()

    validate("told_failure", answer.output)
    assert answer.output["failure"]["code"] == "no_database"
    assert answer.output["failure"]["sentence"].startswith("No face database is installed")


@pytest.mark.parametrize("gallery_id", [-1, "1; DROP TABLE faces", "x" * 10_000, None])
def test_an_id_that_no_gallery_has_is_refused_by_name(bare_plugin: Plugin, gallery_id: Any) -> None:
    sentence = bare_plugin.refuse("identify_gallery", gallery_id=gallery_id)
    assert sentence.startswith("The argument gallery_id must be the number that Stash shows")


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        ({"top_k": 0}, "The argument top_k must be between 1 and 100, not 0."),
        ({"top_k": -1}, "The argument top_k must be between 1 and 100, not -1."),
        ({"top_k": 10**9}, "The argument top_k must be between 1 and 100, not 1e+09."),
        ({"top_k": 10**400}, f"The argument top_k must be a number, not 1{'0' * 59}...."),
        ({"top_k": "five"}, "The argument top_k must be a number, not five."),
        ({"top_k": 1.5}, "The argument top_k must be a whole number."),
        ({"max_distance": "inf"}, "The argument max_distance must be a number, not inf."),
        ({"max_distance": 3}, "The argument max_distance must be between 0 and 2, not 3."),
        ({"min_confidence": []}, "The argument min_confidence must be a number, not []."),
        ({"min_face_confidence": 0}, "The argument min_face_confidence must be between 0.5"),
        ({"device": "toaster"}, "The argument device must be one of auto, cuda,"),
        ({"device": 7}, "The argument device must be text, not 7."),
        ({"budget_s": -1}, "The argument budget_s must be between 0 and 3600, not -1."),
        # Stash's JSON has no such number; Python's writer does.
        ({"top_k": NAN}, "The request holds NaN, which is not a JSON number."),
        ({"top_k": float("inf")}, "The request holds Infinity, which is not a JSON number."),
    ],
)
def test_an_argument_out_of_range_is_refused_by_name(
    bare_plugin: Plugin, args: dict[str, Any], sentence: str
) -> None:
    assert bare_plugin.refuse("identify_gallery", gallery_id="1", **args).startswith(sentence)


def test_an_unknown_mode_lists_the_known_ones(bare_plugin: Plugin) -> None:
    sentence = bare_plugin.refuse("identfy")

    assert sentence == f"The mode identfy is unknown: use one of {', '.join(MODES)}."


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        (b"", "Nothing arrived on stdin: this program is started by Stash"),
        (b" \n", "Nothing arrived on stdin: this program is started by Stash"),
        (b'{"server_connection": {"Scheme": "ht', "The request is not whole JSON"),  # cut off
        (b"\xff\xfe{}", "The request is not whole JSON"),
        (b"[" * 100_000, "The request is not whole JSON"),
        (b'{"args": {"top_k": ' + b"9" * 5000 + b"}}", "The request is not whole JSON"),
        (b"[1]", "The request must be a JSON object with server_connection and args."),
        (b"null", "The request must be a JSON object with server_connection and args."),
        (b'{"args": 5}', "The request's args and server_connection must be JSON objects."),
        (b"{}", "The argument mode is missing: use one of health,"),
        (b'{"args": {"mode": 5}}', "The argument mode must be text, not 5."),
        (b'{"args": {"mode": "identify_image", "image_id": NaN}}', "The request holds NaN"),
        # Half a character, as JSON can spell it.
        (
            b'{"args": {"mode": "identify_image", "image_id": "\\ud800"}}',
            "The argument image_id must be the number that Stash shows in the item's address, "
            "not ?.",
        ),
        # A request without the connection that Stash adds.
        (
            b'{"args": {"mode": "identify_image", "image_id": 1}}',
            "The request's server_connection is not what Stash sends: Scheme must be",
        ),
        (
            b'{"args": {"mode": "database_info"}, "server_connection": '
            b'{"Scheme": "http", "Host": "localhost", "Port": 9999}}',
            "The request's server_connection has no PluginDir: set STASH_FACE_DATA",
        ),
    ],
)
def test_a_broken_request_is_answered_with_one_sentence(
    bare_plugin: Plugin, document: bytes, sentence: str
) -> None:
    run = subprocess.run(
        [sys.executable, bare_plugin.folder / "py" / "main.py"],
        input=document, capture_output=True, timeout=60,
    )  # fmt: skip

    assert run.returncode == 0
    answer = read_answer(run.stdout.decode())
    assert (answer.error or "").startswith(sentence)
    assert answer.code == "bad_request"
    # One line for Stash's log, in its form.
    assert run.stderr.decode() == f"\x01e\x02{answer.error}\n"


def test_ids_and_numbers_may_come_as_text(bare_plugin: Plugin) -> None:
    # Everything is understood; only the face database is missing.
    for args in ({"image_id": 1, "top_k": "5"}, {"image_id": "0001", "top_k": 5.0}):
        sentence = bare_plugin.refuse("identify_image", **args)
        assert sentence.startswith("No face database is installed")


def test_the_document_may_be_as_large_as_a_picture(bare_plugin: Plugin) -> None:
    sentence = bare_plugin.refuse("identify", image_base64="A" * 30_000_000)
    assert sentence.startswith("No face database is installed")


def test_the_answer_is_utf8_whatever_was_asked(bare_plugin: Plugin) -> None:
    process = bare_plugin.start("Zoë 東京").process
    assert process.finished.wait(60)
    assert "The mode Zoë 東京 is unknown" in json.loads(process.stdout)["error"]
