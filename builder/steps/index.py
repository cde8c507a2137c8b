"""`builder index`: the list that plugins ask for newer face databases."""

from __future__ import annotations

import argparse
from pathlib import Path

from builder.console import Console
from builder.release.listing import write_index
from stash_face.facedb.catalogue import INDEX


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, help="folder that 'package' and 'delta' wrote into")
    parser.add_argument(
        "--base-url", default="", help="address of the folder, where the archives lie elsewhere"
    )


def run(options: argparse.Namespace, console: Console) -> int:
    base = options.base_url.rstrip("/") + "/" if options.base_url else ""
    index = write_index(options.folder, base)
    newest = index["databases"][-1]
    console.say(
        f"{options.folder / INDEX} lists {len(index['databases'])} databases, the newest "
        f"{newest['version']} with {len(newest['deltas'])} deltas. Put the folder on a web server; "
        "users write the address of index.json into the setting databaseUrl."
    )
    return 0
