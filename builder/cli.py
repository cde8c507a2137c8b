"""The command line of the builder: its steps, what they print, and Ctrl-C."""

from __future__ import annotations

import argparse
import importlib
import os
import shutil
import signal
import sys
import traceback
from io import TextIOWrapper
from types import FrameType

from stash_face.errors import StashFaceError

# Step to the module with its `add` and `run`, and what it does.
STEPS = {
    "build": ("builder.steps.build", "make a face database, or bring one up to date"),
    "init": ("builder.steps.init", "write a commented configuration file"),
    "plan": ("builder.steps.plan", "say what a build would fetch and how long it would take"),
    "fetch-weights": ("builder.steps.fetch_weights", "download the weights of a model pack"),
    "verify": ("builder.steps.verify", "see whether a database is whole and does what it is for"),
    "stats": ("builder.steps.stats", "say what is in a database"),
    "search": ("builder.steps.search", "find a name, an id or a face in a database"),
    "evaluate": ("builder.steps.evaluate", "measure how well a database names held-out pictures"),
    "calibrate": ("builder.steps.calibrate", "measure a database's bar anew"),
    "convert": ("builder.steps.convert", "bring a database of stash-sense into this form"),
    "convert-weights": ("builder.steps.convert_weights", "make a pack's file of published weights"),
    "contribute": ("builder.steps.contribute", "write what was confirmed in a Stash to a file"),
    "accept": ("builder.steps.accept", "take such a file into the next build, or out of it"),
    "package": ("builder.steps.package", "make a database's archive to publish"),
    "delta": ("builder.steps.delta", "make an archive of what changed between two versions"),
    "index": ("builder.steps.index", "write the list that plugins ask for newer versions"),
}


def main(arguments: list[str] | None = None) -> int:
    """0 when the step has done its work, 1 with one sentence on stderr when not, 130 when it was
    stopped from the keyboard."""
    options = _parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # A pipe on Windows has no letters for most of the world's names.
            stream.reconfigure(errors="replace")
    terminal = Terminal()
    terminal.listen()
    try:
        return int(importlib.import_module(STEPS[options.step][0]).run(options, terminal))
    except StashFaceError as error:
        _trace(options)
        terminal.warn(error.sentence)
        return 1
    except OSError as error:
        _trace(options)
        terminal.warn(
            f"{error.filename or 'A file'} cannot be used ({error.strerror or error}): check that "
            "it is there, that you may use it, and that the disk is not full; nothing saved is "
            "lost."
        )
        return 1


class Terminal:
    """Sentences on stdout and stderr; on a terminal the last line is the state of the work."""

    def __init__(self) -> None:
        self._interactive = sys.stdout.isatty()
        self._shown = 0
        self._stops = 0

    def say(self, sentence: str) -> None:
        self._wipe()
        print(sentence, flush=True)

    def warn(self, sentence: str) -> None:
        self._wipe()
        print(sentence, file=sys.stderr, flush=True)

    def status(self, text: str) -> None:
        if not self._interactive:
            return
        text = text[: max(shutil.get_terminal_size().columns - 1, 20)]
        print("\r" + text.ljust(self._shown), end="", flush=True)
        self._shown = len(text)

    def ask(self, question: str) -> bool:
        if not (self._interactive and sys.stdin.isatty()):
            return False
        self._wipe()
        return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")

    def stopped(self) -> bool:
        return self._stops > 0

    def listen(self) -> None:
        """The first Ctrl-C is heard at the next safe place, the second ends at once."""
        signal.signal(signal.SIGINT, self._interrupted)

    def _interrupted(self, number: int, frame: FrameType | None) -> None:
        self._stops += 1
        if self._stops > 1:
            # Everything saved is on disk already, and threads may be waiting for a server.
            os._exit(130)
        os.write(2, b"\nFinishing what is under way and saving; Ctrl-C again stops at once.\n")

    def _wipe(self) -> None:
        if self._shown:
            print("\r" + " " * self._shown + "\r", end="", flush=True)
            self._shown = 0


def _trace(options: argparse.Namespace) -> None:
    if options.debug:
        traceback.print_exc()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m builder", description=__doc__)
    parser.add_argument("--debug", action="store_true", help="show where an error came from")
    steps = parser.add_subparsers(required=True, metavar="STEP", dest="step")
    for name, (module, told) in STEPS.items():
        importlib.import_module(module).add(steps.add_parser(name, help=told))
    return parser
