from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from stash_face.commands import MODES
from tests.protocol.conftest import MAIN, Plugin

CONNECTION = {"Scheme": "http", "Host": "0.0.0.0", "Port": 9999}
QUICK = {"server_connection": CONNECTION, "args": {"mode": "health", "quick": True}}

posix = pytest.mark.skipif(os.name == "nt", reason="a POSIX shell closes the descriptors")


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        (b"", "Nothing arrived on stdin"),
        (b'{"args": {"mode": "hea', "The request is not whole JSON"),
        (b"[]", "The request must be a JSON object"),
        (b'{"args": {"mode": "\xff"}}', "The request is not whole JSON"),
        (b'{"args": {"mode": "\\ud800"}}', "The mode ? is unknown: use one of health, "),
        (b'{"args": {}}', "The argument mode is missing: use one of health, "),
    ],
)
def test_a_broken_request_is_answered_with_one_sentence(
    plugin: Plugin, document: bytes, sentence: str
) -> None:
    ran = plugin(document)

    assert ran.sentence.startswith(sentence)
    assert ran.reply["output"] == {"code": "bad_request"}
    assert ran.stderr == b"\x01e\x02" + ran.sentence.encode() + b"\n"


@pytest.mark.parametrize(
    "mode", ["identity", "__init__", "operations.health:health", "10 kB " * 2_000]
)
def test_an_unknown_mode_is_told_the_known_ones(plugin: Plugin, mode: str) -> None:
    sentence = plugin({"args": {"mode": mode}}).sentence

    assert all(known in sentence for known in MODES)
    assert len(sentence) < 700


def test_the_answer_is_the_output_of_the_mode(plugin: Plugin) -> None:
    assert plugin(doing='return {"who": "Zoë", "distance": float("nan")}').reply == {
        "output": {"who": "Zoë", "distance": None}
    }


@pytest.mark.parametrize(
    "noise",
    [
        'print("stray")',
        'import os; os.write(1, b"stray")',
        'import sys; sys.stdout.write("stray"); sys.stdout.flush(); sys.__stdout__.write("stray")',
        # a C library
        "import ctypes; c = ctypes.CDLL(None); c.puts(b'stray'); c.fflush(None)",
        # a program that the plugin starts
        "import subprocess, sys; subprocess.run([sys.executable, '-c', 'print(\"stray\")'])",
        # what is still in a buffer when the process ends
        "import sys; sys.stdout = open(1, 'w', buffering=4096); print('stray')",
    ],
)
@pytest.mark.skipif(os.name == "nt", reason="the C library is loaded as on POSIX")
def test_what_libraries_print_does_not_spoil_the_answer(plugin: Plugin, noise: str) -> None:
    assert json.loads(plugin(doing=noise + '\nreturn {"done": True}').stdout) == {
        "output": {"done": True}
    }


@pytest.mark.parametrize(
    ("raised", "sentence", "code"),
    [
        (
            "ZeroDivisionError('by zero')",
            "stash_face met an unexpected ZeroDivisionError: by zero. "
            "Stash's debug log has the details; please report it.",
            "internal",
        ),
        ("KeyboardInterrupt()", "stash_face met an unexpected KeyboardInterrupt: ", "internal"),
        ("SystemExit(3)", "stash_face met an unexpected SystemExit: 3. ", "internal"),
        ("RecursionError('deep')", "stash_face met an unexpected RecursionError", "internal"),
        (
            "MemoryError()",
            "The computer ran out of memory: close other programs and try again.",
            "internal",
        ),
        # numpy's text when its C part is missing fills a page
        ("ImportError('PLEASE READ\\n\\n' * 100)", "stash_face met an unexpected ImportError: "
         "PLEASE READ PLEASE READ", "internal"),
        (
            "ModuleNotFoundError('no numpy', name='numpy.core')",
            "Run Set up first: the Python package numpy is missing (in Stash: Settings > Tasks > ",
            "setup_needed",
        ),
        (
            "ModuleNotFoundError('no scan', name='stash_face.operations.scan')",
            "The plugin's own files are incomplete (no scan): reinstall the plugin.",
            "internal",
        ),
    ],
)  # fmt: skip
def test_a_crash_is_one_sentence_with_its_code(
    plugin: Plugin, raised: str, sentence: str, code: str
) -> None:
    ran = plugin(doing=f"raise {raised}")

    assert ran.sentence.startswith(sentence)
    assert len(ran.sentence) < 500
    assert ran.reply["output"] == {"code": code}
    assert ran.stderr.splitlines()[-1] == b"\x01e\x02" + ran.sentence.encode()


def test_where_a_crash_came_from_stands_in_the_debug_log(plugin: Plugin) -> None:
    lines = plugin(doing="raise ZeroDivisionError").stderr.decode().splitlines()

    assert "\x01d\x02Traceback (most recent call last):" in lines
    assert all(line[0] == "\x01" and line[2] == "\x02" for line in lines)


@pytest.mark.parametrize(
    "output", ["object()", "{'a': {1, 2}}", "(lambda a: a.append(a) or a)([])"]
)
def test_an_output_that_json_cannot_hold_is_a_crash_too(plugin: Plugin, output: str) -> None:
    assert plugin(doing=f"return {output}").sentence.startswith("stash_face met an unexpected ")


def test_an_answer_larger_than_a_pipe_arrives_whole(plugin: Plugin) -> None:
    assert plugin(doing='return {"thumbnail": "x" * 5_000_000}').reply == {
        "output": {"thumbnail": "x" * 5_000_000}
    }


def test_a_python_without_packages_is_told_with_what_to_do(plugin: Plugin) -> None:
    document = {"server_connection": CONNECTION, "args": {"mode": "identify_image", "image_id": 1}}

    ran = plugin(document, python=(sys.executable, "-S"))

    assert ran.sentence == (
        "Run Set up first: the Python packages of stash_face are not installed yet (in Stash: "
        "Settings > Tasks > Plugin Tasks > Set up)."
    )
    assert ran.reply["output"] == {"code": "setup_needed"}


def test_a_quick_look_at_the_health_needs_no_packages_and_names_those_that_lack(
    plugin: Plugin,
) -> None:
    report = plugin(QUICK, python=(sys.executable, "-S")).reply["output"]

    assert {"numpy", "voyager", "requests"} <= set(report["packages_missing"])
    assert report["problems"][0].startswith("Run Set up first: the Python packages of ")


@pytest.mark.parametrize(
    ("before", "sentence"),
    [
        # an update that was cut short
        (
            "sys.modules['stash_face.protocol'] = None",
            "The plugin's own files are incomplete (",
        ),
        (
            "sys.version_info, sys.version = (3, 9, 2), '3.9.2 (main)'",
            f"The Python that Stash uses ({sys.executable}, 3.9.2) is too old: ",
        ),
    ],
)
def test_a_plugin_that_cannot_even_begin_says_so(
    plugin: Plugin, before: str, sentence: str
) -> None:
    script = f"""
import runpy, sys
sys.path.insert(0, {str(MAIN.parent)!r})
{before}
runpy.run_path({str(MAIN)!r}, run_name="__main__")
"""

    ran = plugin(QUICK, python=(sys.executable, "-c", script))

    assert ran.sentence.startswith(sentence)
    assert ran.reply["output"] == {"code": "setup_needed"}


@posix
@pytest.mark.parametrize("closed", ["2>&-", "<&-", "<&- 2>&-"])
def test_descriptors_that_stash_left_closed_change_nothing(plugin: Plugin, closed: str) -> None:
    ran = plugin(QUICK, shell=closed)

    if "<" in closed:
        assert ran.sentence.startswith("Nothing arrived on stdin")
    else:
        assert ran.reply["output"]["plugin"]


@posix
def test_without_an_open_stdout_the_process_ends_well(plugin: Plugin) -> None:
    ran = plugin(QUICK, shell=">&-")

    assert (ran.code, ran.stdout, ran.stderr) == (0, b"", b"")


def test_an_answer_that_nobody_waits_for_any_more_ends_well() -> None:
    process = subprocess.Popen(
        [sys.executable, MAIN],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin
    assert process.stdout
    assert process.stderr
    process.stdout.close()

    process.stdin.write(b"nonsense")
    process.stdin.close()

    assert process.stderr.read().count(b"\n") == 1
    assert process.wait(20) == 0
    process.stderr.close()
