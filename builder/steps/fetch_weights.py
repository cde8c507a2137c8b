"""`builder fetch-weights`: the weights of a model pack, for those who have none of a Stash's."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from builder.console import Console
from stash_face.faces.download import fetch_pack
from stash_face.faces.packs import DEFAULT_PACK, load_pack, pack_names
from stash_face.faces.weights import MODELS_VARIABLE, megabytes, missing, weight_folders


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--pack", choices=pack_names(), default=DEFAULT_PACK)
    parser.add_argument(
        "--output", type=Path, metavar="DIR",
        help=f"folder for them: else that which {MODELS_VARIABLE} names, or models",
    )  # fmt: skip


def run(options: argparse.Namespace, console: Console) -> int:
    """DownloadError, which names the files and where they are from, where they cannot be had."""
    pack = load_pack(options.pack)
    named = os.environ.get(MODELS_VARIABLE)
    folder: Path = (options.output or Path(named or "models").expanduser()).absolute()
    known = weight_folders(None)
    if not missing(pack, known):
        console.say(f"The weights of {pack.name} are in {' or '.join(map(str, known))} already.")
        return 0
    fetch_pack(
        pack, folder, lambda done, total: console.status(f"{megabytes(done)} of "
        f"{megabytes(total)}"), announce=console.say, elsewhere=known,
    )  # fmt: skip
    console.say(f"The weights of {pack.name} are in {folder}.")
    if named is None or Path(named).expanduser().absolute() != folder:
        console.say(f"Set the environment variable {MODELS_VARIABLE} to that folder.")
    return 0
