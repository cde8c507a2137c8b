"""`builder convert`: a database published for stash-sense in this project's own form."""

from __future__ import annotations

import argparse
from pathlib import Path

from builder.console import Console
from stash_face.facedb.manifest import FACES, read_manifest


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("database", type=Path, help="folder of the published database")
    parser.add_argument("--output", type=Path, required=True, help="folder of the new one")


def run(options: argparse.Namespace, console: Console) -> int:
    """Vectors in a quarter of the space, with a calibration; positions stay as they are."""
    import json

    from stash_face.facedb.reader import FaceDatabase
    from stash_face.facedb.writer import write_database
    from stash_face.faces.packs import load_pack

    manifest = read_manifest(options.database)
    database = FaceDatabase(manifest)
    people = [database.person(key) for key in database.keys]
    seen: dict[str, int] = {}

    def reference(key: str | None) -> tuple[str, dict[str, object]] | None:
        if key is None:
            return None
        row = seen[key] = seen.get(key, -1) + 1
        return key, {n: v[row] for n, v in database.references_of(key).items()}

    owners = json.loads((manifest.folder / FACES).read_bytes())
    write_database(
        options.output,
        load_pack(manifest.pack),
        people,
        (reference(key) for key in owners),  # type: ignore[misc]
        version=manifest.version,
        sources=manifest.sources,
        created_at=manifest.created_at,
        say=console.say,
    )
    console.say(f"{options.output} has {manifest.face_count:,} faces of {len(people):,} people.")
    return 0
