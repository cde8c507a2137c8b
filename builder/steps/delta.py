"""`builder delta`: what has changed from one version of a face database to the next."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from builder.console import Console
from builder.release.archive import database_files, entry, pack, parse_size, split
from builder.release.difference import operations
from builder.release.listing import note_delta
from stash_face.errors import BadRequest
from stash_face.facedb.delta import HEAD, SUFFIX, Changed, head
from stash_face.facedb.manifest import Manifest, read_manifest, sha256_of, verify


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("old", type=Path, help="folder of the version that users have")
    parser.add_argument("new", type=Path, help="folder of the newer version")
    parser.add_argument("--output", type=Path, required=True, help="folder for what is published")
    parser.add_argument("--split", metavar="SIZE", help="parts of at most that, like 1900M")


def run(options: argparse.Namespace, console: Console) -> int:
    limit = parse_size(options.split) if options.split else None
    old, new = read_manifest(options.old), read_manifest(options.new)
    for manifest in (old, new):
        verify(manifest)
    if old.version == new.version or old.pack != new.pack:
        raise BadRequest(
            f"{options.old} is version {old.version} of the pack {old.pack}, {options.new} "
            f"{new.version} of {new.pack}: name two versions of one database."
        )
    options.output.mkdir(parents=True, exist_ok=True)
    archive = options.output / f"faces-{new.version}-from-{old.version}.tar.gz"
    with tempfile.TemporaryDirectory(dir=options.output, prefix=".delta-") as scratch:
        files = _differences(old, new, Path(scratch), console)
        pack(archive, files, new.created_at, "tar.gz")
    size = archive.stat().st_size
    note_delta(options.output, old, new, entry(archive.name, split(archive, limit)))
    whole = sum(path.stat().st_size for path in database_files(new).values())
    console.say(f"{archive}: {size:,} bytes, the database itself has {whole:,}.")
    return 0


def _differences(old: Manifest, new: Manifest, scratch: Path, console: Console) -> dict[str, Path]:
    """The members of the delta's archive."""
    changed, found = [], {HEAD: scratch / HEAD}
    for name, path in database_files(new).items():
        console.status(f"Comparing {name}")
        before = old.folder / name
        content = before.read_bytes() if before.is_file() else b""
        target = scratch / f"{name}{SUFFIX}"
        with target.open("wb") as out:
            for operation in operations(content, path.read_bytes()):
                out.write(operation.encode())
        changed.append(Changed(name, path.stat().st_size, sha256_of(path)))
        found[target.name] = target
    (scratch / HEAD).write_bytes(head(old, new.version, changed))
    return found
