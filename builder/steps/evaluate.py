"""`builder evaluate`: how well a face database names pictures that it was not made of."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from builder.console import Console

JSON, PICTURE = "evaluation.json", "evaluation.svg"


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("database", type=Path, help="folder of the face database")
    parser.add_argument(
        "--people", type=Path, required=True, metavar="DIR",
        help="held-out pictures, a folder per performer, called by name or id",
    )  # fmt: skip
    parser.add_argument(
        "--strangers", type=Path, metavar="DIR",
        help="pictures of people who are not in the database: a folder, or a list, a path a line",
    )  # fmt: skip
    parser.add_argument("--output", type=Path, metavar="DIR", help=f"for {JSON} and {PICTURE}")
    parser.add_argument("--device", default="auto", help="auto, cuda, directml, coreml or cpu")
    parser.add_argument("--workers", type=int, default=2, help="threads that decode pictures")


def run(options: argparse.Namespace, console: Console) -> int:
    """130 where it was stopped."""
    from builder.evaluate.asking import Judge, ask
    from builder.evaluate.figures import figures, table
    from builder.evaluate.questions import questions
    from builder.looking.local import LocalEngine
    from stash_face.facedb.calibration import default_law
    from stash_face.facedb.kept_law import brought_law
    from stash_face.facedb.law import FPIR_SUGGEST
    from stash_face.facedb.reader import FaceDatabase
    from stash_face.faces.engine import Engine
    from stash_face.faces.packs import load_pack
    from stash_face.faces.weights import weight_folders

    database = FaceDatabase.open(options.database)
    pack = load_pack(database.manifest.pack)
    people = len(database.keys)
    law = brought_law(database.manifest, people) or default_law(pack, people)
    wanted = questions(database, options.people, options.strangers)
    for name in wanted.lost:
        console.warn(f"{name} is not in the database, or more than one is: left out.")
    looking = LocalEngine(
        lambda: Engine(pack, weight_folders(None), options.device), options.workers
    )
    total = len(wanted.asked)
    asked = ask(
        Judge(database, pack, law), wanted.asked, looking,
        lambda done: console.status(f"{done:,} of {total:,} pictures"), console.stopped,
    )  # fmt: skip
    if console.stopped():
        return 130
    told = {
        "version": database.manifest.version,
        "pack": pack.name,
        "people": people,
        "bar": round(1 - law.threshold(FPIR_SUGGEST), 4),
        **figures(asked),
    }
    for line in table(told):
        console.say(line)
    if options.output:
        _write(options.output, told, console)
    return 0


def _write(folder: Path, told: dict[str, Any], console: Console) -> None:
    from builder.evaluate.picture import distances_picture

    folder.mkdir(parents=True, exist_ok=True)
    (folder / JSON).write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    title = f"Distances of held-out pictures ({told['people']:,} people, {told['pack']})"
    drawn = distances_picture(told["distances"], told["bar"], title)
    (folder / PICTURE).write_text(drawn, encoding="utf-8")
    console.say(f"\nWrote {folder / JSON} and {folder / PICTURE}.")
