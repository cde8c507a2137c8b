"""`builder search`: who in a face database has this name or id, or looks like this photo."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from builder.console import Console
from stash_face.errors import MediaError, NotFound
from stash_face.facedb.manifest import PERFORMERS, Manifest, read_manifest
from stash_face.facedb.people import person
from stash_face.facedb.types import Person

_SHOWN = 20


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("database", type=Path, help="folder of the face database")
    parser.add_argument("wanted", help="part of a name, an id, or a picture's path")
    parser.add_argument("--device", default="auto")


def run(options: argparse.Namespace, console: Console) -> int:
    """NotFound where nobody is found."""
    manifest = read_manifest(options.database)
    path = Path(options.wanted)
    if path.is_file():
        lines = _alike(manifest, path, options.device)
    else:
        lines = [_line(each) for each in _named(manifest, options.wanted.casefold())]
    if not lines:
        raise NotFound(f"Nobody in {options.database} is {options.wanted!r}: try part of the name.")
    for line in lines[:_SHOWN]:
        console.say(line)
    if len(lines) > _SHOWN:
        console.say(f"… and {len(lines) - _SHOWN} more.")
    return 0


def _named(manifest: Manifest, wanted: str) -> list[Person]:
    records = json.loads((manifest.folder / PERFORMERS).read_bytes())
    people = [person(key, record) for key, record in records.items()]
    return [each for each in people if wanted in each.name.casefold() or _has(each, wanted)]


def _has(each: Person, wanted: str) -> bool:
    ids = {f"{host}:{uuid}".casefold() for host, uuid in each.stash_ids.items() if uuid}
    uuids = {(uuid or "").casefold() for uuid in each.stash_ids.values()}
    return wanted in ids | uuids | {each.key.casefold()}


def _line(each: Person) -> str:
    ids = ", ".join(f"{host}:{uuid}" for host, uuid in each.stash_ids.items() if uuid)
    return f"{each.name}  ({ids or each.key})"


def _alike(manifest: Manifest, path: Path, device: str) -> list[str]:
    from stash_face.facedb.reader import FaceDatabase
    from stash_face.faces.engine import Engine
    from stash_face.faces.packs import load_pack
    from stash_face.faces.weights import weight_folders
    from stash_face.media.image import decode

    engine = Engine(load_pack(manifest.pack), weight_folders(None), device)
    faces = engine.faces(decode(path, path.name))
    if not faces:
        raise MediaError(f"No face was found in {path}: take another picture.")
    database = FaceDatabase(manifest)
    probes = [{k: e.vector for k, e in face.embeddings.items()} for face in faces]
    return [
        f"face {number}: {candidate.distance:.3f}  {_line(database.person(candidate.key))}"
        for number, found in enumerate(database.search(probes, 5), 1)
        for candidate in found
    ]
