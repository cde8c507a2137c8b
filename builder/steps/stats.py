"""`builder stats`: what is in a face database."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from builder.console import Console
from stash_face.facedb.kept_law import brought_law
from stash_face.facedb.law import FPIR_AUTOMATIC, FPIR_SUGGEST
from stash_face.facedb.manifest import Manifest, read_manifest
from stash_face.facedb.people import Owners

# References of a person are counted up to here one by one.
_COUNTED = 8


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("database", type=Path, help="folder of the face database")
    parser.add_argument("--json", action="store_true", help="for programs")


def run(options: argparse.Namespace, console: Console) -> int:
    manifest = read_manifest(options.database)
    told = stats(manifest)
    if options.json:
        console.say(json.dumps(told, indent=1))
        return 0
    for name, value in told.items():
        shown = ", ".join(f"{k}: {v:,}" for k, v in value.items()) if isinstance(value, dict) else (
            f"{value:,}" if isinstance(value, int) else value)  # fmt: skip
        console.say(f"{name.replace('_', ' '):24} {shown}")
    return 0


def stats(manifest: Manifest) -> dict[str, object]:
    """Counts, bytes and bars, by what they are called."""
    owners = Owners.read(manifest.folder)
    each: dict[str, int] = {}
    for count in owners.counts.tolist():
        name = str(count) if count < _COUNTED else f"{_COUNTED} or more"
        each[name] = each.get(name, 0) + 1
    names = [index.file for index in manifest.indices]
    size = sum((manifest.folder / name).stat().st_size for name in names)
    told: dict[str, object] = {
        "version": manifest.version,
        "created_at": manifest.created_at,
        "pack": manifest.pack,
        "sources": ", ".join(manifest.sources),
        "performers": manifest.performer_count,
        "people_with_a_face": len(owners.keys),
        "faces": manifest.face_count,
        "removed_faces": owners.size - len(owners.positions),
        "references_a_person": dict(sorted(each.items(), key=lambda pair: (len(pair[0]), pair[0]))),
        "bytes_a_face_and_model": round(size / max(manifest.face_count, 1) / len(names)),
    }
    law = brought_law(manifest)
    if law is not None:
        told["distance_of_a_suggestion"] = f"{1 - law.threshold(FPIR_SUGGEST):.4f}"
        told["distance_of_a_sure_one"] = f"{1 - law.threshold(FPIR_AUTOMATIC):.4f}"
    return told
