"""Who is in the pictures of an evaluation set, asked of the product's own code.

`python -m dev.evaluate --set DIR --out FILE [--distractors]` makes a face database of DIR/db (and
DIR/distractors; a folder is a person) as the builder does, asks about every picture of DIR/images
and DIR/hard, every sprite sheet of DIR/scenes and every folder of DIR/galleries and DIR/frames, and
writes {query: [{performer, confidence, suggest}]}; a query is named as its file or folder. What is
missing is left out.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from builder.build import build
from builder.folder import Performer, performers
from dev.evaluate_queries import Answer, Asker, queries
from stash_face.errors import BadRequest, StashFaceError
from stash_face.facedb.manifest import read_manifest
from stash_face.faces.engine import Engine
from stash_face.faces.packs import load_pack
from stash_face.faces.weights import weight_folders
from stash_face.operations.options import Options
from stash_face.operations.scene_recognition import SceneRecognition
from stash_face.protocol.arguments import Arguments

ENROLLED = ("db", "distractors")
# Queries between two lines of progress.
TOLD_EVERY = 100


class Evaluation(NamedTuple):
    """How many people were enrolled and asked about, and the seconds that both took."""

    people: int
    queries: int
    building: float
    asking: float


def main(arguments: list[str] | None = None) -> int:
    """0 when the predictions are written, 1 with a sentence when the set or the pack is amiss."""
    options = _parser().parse_args(arguments)
    try:
        done = evaluate(
            options.set, options.out, options.distractors, pack=options.pack, keep=options.keep
        )
    except StashFaceError as error:
        print(error.sentence, file=sys.stderr)
        return 1
    print(
        f"{done.queries} queries answered against {done.people} people, written to {options.out} "
        f"(face database {done.building:.0f} s, answers {done.asking:.0f} s)."
    )
    return 0


def evaluate(
    root: Path, out: Path, distractors: bool, *, pack: str = "dev", keep: Path | None = None
) -> Evaluation:
    """Writes the predictions on the set `root` to `out`; `keep` is given the face database."""
    people = list(_people(root, distractors))
    engine = Engine(load_pack(pack), weight_folders(None))
    with _scratch() as scratch:
        started = time.monotonic()
        database = scratch / "database"
        build(people, engine, database, source="folder:set", say=_say)
        if keep:
            shutil.copytree(database, keep, dirs_exist_ok=True)
        manifest = read_manifest(database)
        recognition = SceneRecognition(manifest, engine.pack, scratch, Options.read(Arguments({})))
        built = time.monotonic()
        answers = dict(_answered(root, Asker(engine, recognition, _say)))
        _write(out, answers)
        ended = time.monotonic()
    return Evaluation(manifest.performer_count, len(answers), built - started, ended - built)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m dev.evaluate", description=__doc__)
    parser.add_argument("--set", type=Path, required=True, metavar="DIR")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE")
    parser.add_argument("--distractors", action="store_true", help="enrol DIR/distractors too")
    parser.add_argument("--pack", default="dev", help="the models (dev)")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep the face database here")
    return parser


def _people(root: Path, distractors: bool) -> Iterator[Performer]:
    """Everybody to enrol, whose key is their folder's name whatever lies in it."""
    folders = [root / name for name in ENROLLED[: 1 + distractors]]
    present = [folder for folder in folders if folder.is_dir()]
    if not present:
        raise BadRequest(
            f"{root} is not an evaluation set: it needs a folder db with a folder per person."
        )
    for folder in present:
        for performer in performers(folder):
            yield _named_by_folder(performer)


def _named_by_folder(performer: Performer) -> Performer:
    if not performer.pictures:
        return performer
    # Names in an old encoding hold what no JSON can.
    key = performer.pictures[0].parent.name.encode(errors="replace").decode()
    return performer._replace(person=performer.person._replace(key=key))


def _answered(root: Path, asker: Asker) -> Iterator[tuple[str, list[Answer]]]:
    asked = list(queries(root))
    started = time.monotonic()
    for number, query in enumerate(asked, 1):
        yield query.name, asker.answer(query)
        if number % TOLD_EVERY == 0:
            pace = number / (time.monotonic() - started)
            _say(f"{number} of {len(asked)} queries, {pace:.1f} a second")


@contextmanager
def _scratch() -> Iterator[Path]:
    # On Windows the open index may outlive its folder: that is the system's to tidy.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def _write(out: Path, answers: dict[str, list[Answer]]) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    new = out.with_name(f"{out.name}.new")
    new.write_text(json.dumps(answers), encoding="utf-8")
    new.replace(out)


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
