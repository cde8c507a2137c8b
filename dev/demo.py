"""`python -m dev.demo [--photos DIR] [--output DIR]`: the main job, shown without a Stash.

Enrols a few people, asks the real plugin process who is in an image and in a gallery, prints
tables and draws the answers. This module knows arguments, sentences and exit codes only.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main(arguments: list[str] | None = None) -> int:
    """0 when everything was shown, 1 with one sentence on stderr when not, 130 when stopped."""
    options = _parser().parse_args(arguments)
    # A console that lacks a letter of somebody's name shows a question mark in its place.
    for stream in (sys.stdout, sys.stderr):
        getattr(stream, "reconfigure", lambda **_: None)(errors="replace")
    begun = time.monotonic()
    try:
        return _show(options, begun)
    except ModuleNotFoundError as error:
        print(
            f"This Python ({sys.executable}) has no {error.name}: run `make demo`, or "
            f"`python {Path('dev', 'setup.py')} demo`, which set up an environment first.",
            file=sys.stderr,
        )
        return 1
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m dev.demo", description=__doc__)
    parser.add_argument(
        "--photos", type=Path, metavar="DIR",
        help="your own: each folder in DIR is a person, loose files are asked about",
    )  # fmt: skip
    parser.add_argument(
        "--output", type=Path, metavar="DIR",
        help="where the pictures go (default: build/demo, where older ones are removed)",
    )  # fmt: skip
    return parser


def _show(options: argparse.Namespace, begun: float) -> int:
    from dev.demo_run import run
    from stash_face.errors import StashFaceError

    try:
        run(options.photos, options.output, ROOT)
    except StashFaceError as error:
        print(error.sentence, file=sys.stderr)
        return 1
    except BrokenPipeError:
        # Whoever reads the tables (`| head`) has seen enough; nothing is left to be flushed.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        place = error.filename or options.output or "The folder build/demo"
        print(
            f"{place} cannot be used ({error.strerror}): check that it exists, that you may write "
            "there, and that the disk is not full, or name another --output.",
            file=sys.stderr,
        )
        return 1
    print(f"\nDone in {time.monotonic() - begun:.0f} s.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
