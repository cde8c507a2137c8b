"""Precision and recall on an evaluation set, through the product's own code.

`python -m dev.evaluate SET OUT.json [--distractors] [--cache DIR]` builds a face database from
SET/db (and SET/distractors) as the builder does, runs every picture of images/ and hard/ and
every gallery, and writes predictions: {query: [{performer, confidence, suggest}]}.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from builder.build import build
from builder.folder import Performer, performers
from stash_face.errors import MediaError
from stash_face.facedb.manifest import read_manifest
from stash_face.faces.engine import Engine
from stash_face.faces.packs import load_pack
from stash_face.faces.weights import weight_folders
from stash_face.identify.types import MATCH, Verdict
from stash_face.media.image import decode
from stash_face.operations.options import Options
from stash_face.operations.recognition import Recognition
from stash_face.operations.scan import faces_of
from stash_face.protocol.arguments import Arguments
from stash_face.store.images import StoredFace

PICTURE_SETS = ("images", "hard")


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    engine = Engine(load_pack(options.pack), weight_folders(None))
    with tempfile.TemporaryDirectory() as scratch:
        database = Path(scratch) / "database"
        build(_people(options.set, options.distractors), engine, database, source="folder:set")
        manifest = read_manifest(database)
        recognition = Recognition(manifest, engine.pack, database, Options.read(Arguments({})))
        predictions = dict(_predictions(options.set, engine, recognition))
        if options.keep:
            shutil.copytree(database, options.keep, dirs_exist_ok=True)
    options.out.write_text(json.dumps(predictions))
    print(f"{len(manifest.calibration or {}) and manifest.calibration}")
    print(f"{len(predictions)} queries answered against {manifest.performer_count} people")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m dev.evaluate", description=__doc__)
    parser.add_argument("set", type=Path, metavar="SET")
    parser.add_argument("out", type=Path, metavar="OUT")
    parser.add_argument("--distractors", action="store_true", help="enrol SET/distractors too")
    parser.add_argument("--pack", default="dev")
    parser.add_argument("--keep", type=Path, help="keep the database here")
    return parser


def _people(root: Path, distractors: bool) -> Iterator[Performer]:
    yield from performers(root / "db")
    if distractors and (root / "distractors").is_dir():
        yield from performers(root / "distractors")


def _predictions(
    root: Path, engine: Engine, recognition: Recognition
) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    for kind in PICTURE_SETS:
        for path in sorted((root / kind).glob("*.*")):
            verdicts = recognition.picture_verdicts(_faces(engine, path), path.stem)
            yield path.stem, _rows(verdicts, recognition)
    for folder in sorted(p for p in (root / "galleries").glob("*") if p.is_dir()):
        pictures = sorted(folder.iterdir())
        faces = [
            (path.name, ordinal, face)
            for path in pictures
            for ordinal, face in enumerate(_faces(engine, path))
        ]
        groups = recognition.gallery_verdicts(faces, len(pictures))
        yield folder.name, _rows([group.verdict for group in groups], recognition)


def _faces(engine: Engine, path: Path) -> list[StoredFace]:
    try:
        return faces_of(engine, decode(path))
    except MediaError as error:
        print(error.sentence)
        return []


def _rows(verdicts: list[Verdict], recognition: Recognition) -> list[dict[str, Any]]:
    """Every verdict's first candidate; those under the bar serve the sweeps only."""
    return [
        {
            "performer": best.key,
            # Nearly all sure ones are 1.0: the similarity keeps their order.
            "confidence": verdict.law.confidence(best.similarity) + 1e-6 * best.similarity,
            "suggest": verdict.answer == MATCH,
        }
        for verdict in verdicts
        for best in verdict.candidates[:1]
    ]


if __name__ == "__main__":
    raise SystemExit(main())
