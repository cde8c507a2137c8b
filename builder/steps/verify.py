"""`builder verify`: whether a face database is whole and does what it is for."""

from __future__ import annotations

import argparse
from pathlib import Path

from builder.console import Console
from stash_face.facedb.manifest import read_manifest


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("database", type=Path, help="folder of the face database")


def run(options: argparse.Namespace, console: Console) -> int:
    """0 where all is right, else 1."""
    from builder.release.check import check

    wrong = 0
    for each in check(read_manifest(options.database), lambda s: console.status(f"{s:.0%}")):
        wrong += not each.right
        console.say(f"{'ok   ' if each.right else 'WRONG'}  {each.told}")
    return 1 if wrong else 0
