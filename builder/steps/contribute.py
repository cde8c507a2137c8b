"""`builder contribute`: the faces that were confirmed in a Stash, as a file to give away.

Only the plugin reads its store, so this is the plugin's own command.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

import stash_face
from builder.console import Console


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="the file to write")
    parser.add_argument("--data", type=Path, required=True, help="the plugin's data folder")
    parser.add_argument("--pack", help="the models, where the plugin has no face database")
    parser.add_argument(
        "--stash-box", action="append", default=[], metavar="HOST",
        help="a stash-box whose ids are named, beside the public ones",
    )  # fmt: skip


def run(options: argparse.Namespace, console: Console) -> int:
    command = [sys.executable, "-m", "stash_face", "contribute", str(options.file)]
    command += ["--data", str(options.data)]
    command += ["--pack", options.pack] if options.pack else []
    command += [word for host in options.stash_box for word in ("--stash-box", host)]
    code = str(Path(stash_face.__file__).parents[1])
    done = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": code, "PYTHONUTF8": "1"},
        capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    if done.stdout:
        console.say(done.stdout.rstrip())
    if done.stderr:
        console.warn(done.stderr.rstrip())
    return done.returncode
