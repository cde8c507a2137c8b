"""`builder package`: a face database as one archive to publish."""

from __future__ import annotations

import argparse
from pathlib import Path

from builder.console import Console
from builder.release.archive import FORMS, database_files, entry, pack, parse_size, split
from builder.release.listing import note_release
from stash_face.facedb.manifest import read_manifest, verify


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("database", type=Path, help="folder of the face database")
    parser.add_argument("--output", type=Path, required=True, help="folder for what is published")
    parser.add_argument("--form", choices=FORMS, default=FORMS[0])
    parser.add_argument("--split", metavar="SIZE", help="parts of at most that, like 1900M")


def run(options: argparse.Namespace, console: Console) -> int:
    limit = parse_size(options.split) if options.split else None
    manifest = read_manifest(options.database)
    verify(manifest)
    options.output.mkdir(parents=True, exist_ok=True)
    archive = options.output / f"faces-{manifest.version}.{options.form}"
    pack(archive, database_files(manifest), manifest.created_at, options.form)
    size = archive.stat().st_size
    parts = split(archive, limit)
    note_release(options.output, manifest, entry(archive.name, parts))
    told = f" in {len(parts)} parts" if len(parts) > 1 else ""
    console.say(f"{archive}: {size:,} bytes{told}. Next: builder index {options.output}.")
    return 0
