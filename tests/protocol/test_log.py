from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

from stash_face.protocol import log

PLUGIN = Path(__file__).resolve().parents[2] / "plugin" / "py"


@pytest.mark.parametrize(
    ("write", "level"),
    [(log.debug, "d"), (log.info, "i"), (log.warning, "w"), (log.error, "e")],
)
def test_a_line_carries_its_level(
    write: object, level: str, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    write("Zoë")  # type: ignore[operator]

    assert capfdbinary.readouterr().err == f"\x01{level}\x02Zoë\n".encode()


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("one\ntwo\r\nthree", [b"one", b"two", b"three"]),
        # an empty line would have no level
        ("one\n\ntwo\n", [b"one", b"two"]),
        ("", []),
        # no text may pass for another line's level
        ("one\x01e\x02two", [b"one e two"]),
        ("one\x0btwo\x0cthree\u2028four", [b"one", b"two", b"three", b"four"]),
        ("a\udcff", [b"a?"]),
        (ValueError("spoilt"), [b"spoilt"]),
    ],
)
def test_text_of_any_kind_becomes_whole_lines(
    text: object, lines: list[bytes], capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    log.info(text)

    assert capfdbinary.readouterr().err == b"".join(b"\x01i\x02" + line + b"\n" for line in lines)


def test_long_lines_are_cut_by_bytes_below_what_stash_reads(
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    text = "李" * 60_000

    log.info(text)

    lines = capfdbinary.readouterr().err.splitlines()
    assert len(lines) == 3
    assert max(map(len, lines)) < 64_000
    assert b"".join(line.removeprefix(b"\x01i\x02") for line in lines) == text.encode()


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.0, "0.0000"), (0.25, "0.2500"), (1, "1.0000"), (-1, "0.0000"), (7.5, "1.0000"),
     (1 / 3, "0.3333")],
)  # fmt: skip
def test_progress_is_a_number_from_0_to_1(
    share: float, text: str, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    log.progress(share)

    assert capfdbinary.readouterr().err == f"\x01p\x02{text}\n".encode()


def test_a_pipe_that_stash_has_closed_stops_nobody() -> None:
    script = """
import os
from stash_face.protocol import log
print("begun", flush=True)
os.read(0, 1)
for _ in range(1000):
    log.info("nobody reads this")
log.drain()
print("done", flush=True)
"""
    process = start(script)
    assert process.stdout
    assert process.stderr
    assert process.stdin
    assert process.stdout.readline() == b"begun\n"
    process.stderr.close()

    process.stdin.write(b"x")
    process.stdin.close()

    assert process.stdout.read() == b"done\n"
    assert process.wait(20) == 0
    process.stdout.close()


@pytest.mark.skipif(os.name == "nt", reason="Windows tells nothing about a pipe's content")
def test_the_end_waits_until_what_was_logged_is_read() -> None:
    process = start(DRAIN, "10")
    assert process.stdout
    assert process.stderr
    select.select([process.stderr], [], [])
    time.sleep(0.3)

    read = os.read(process.stderr.fileno(), 65536)

    waited = float(process.communicate()[0])
    assert read == b"\x01i\x02the last words\n"
    assert waited > 0.1


@pytest.mark.skipif(os.name == "nt", reason="Windows tells nothing about a pipe's content")
def test_the_end_does_not_wait_for_a_reader_that_never_comes() -> None:
    process = start(DRAIN, "0.2")
    assert process.stdout

    waited = float(process.stdout.read())

    process.communicate()
    assert 0.2 <= waited < 5


def test_where_nothing_is_left_to_read_the_end_comes_at_once() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", DRAIN, "30"], cwd=PLUGIN, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, check=True,
    )  # fmt: skip

    assert float(ran.stdout) < 10


# Prints how many seconds the drain took.
DRAIN = """
import sys, time
from stash_face.protocol import log
log.info("the last words")
begun = time.monotonic()
log.drain(float(sys.argv[1]))
print(time.monotonic() - begun, flush=True)
"""


def start(script: str, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", script, *arguments],
        cwd=PLUGIN,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
