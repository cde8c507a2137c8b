"""A face database to disk, beside its reader so that a change of format is one change.

Everything is written into a folder of another name, the manifest last (it means complete),
and the folder is renamed into place, so that a stop leaves the old database or the new one.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import datetime, timezone
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import DatabaseError
from ..faces.packs import Pack
from ..faces.types import Vector
from ..file_lock import file_lock
from .calibration import calibrate
from .growth import Growing, grown, new_indices
from .kept_law import weights_of
from .law import to_manifest
from .manifest import (
    FACES,
    FORMAT_VERSION,
    MANIFEST,
    PERFORMERS,
    STAMP,
    index_file_name,
    put_back,
    set_aside,
    sha256_of,
)
from .poor_faces import SpoiltFace, measure_poor
from .reader import FaceDatabase
from .types import Person

# References that are checked and added together.
_GROUP = 256
# What a face database's folder may hold.
_SUFFIXES = {".json", ".voy", ".db"}


def write_database(
    target: Path,
    pack: Pack,
    people: Sequence[Person],
    references: Iterable[tuple[str, Mapping[str, Vector]] | None],
    *,
    version: str,
    sources: Sequence[str],
    created_at: str | None = None,
    source_stats: Mapping[str, int] | None = None,
    base: Path | None = None,
    spoilt: Sequence[SpoiltFace] = (),
    say: Callable[[str], None] = lambda sentence: None,
) -> None:
    """Writes format 1: `references` are (person key, {embedder: (D,) unit vector}) by position,
    None where one was removed; `created_at` is now unless given (ISO 8601, UTC), `source_stats`
    how many performers are from each source; `base` is a database whose positions are the first
    of this one's, with the same vectors: its indices are only added to; `spoilt` copies of the
    references tell how the database sees poor faces, in place of the pack's numbers.

    DatabaseError for a vector that is no unit vector, a key without a person or of two, no face
    at all, or a `target` that check_target refuses. A database at `target` is replaced only once
    the new one is complete."""
    target = target.resolve()
    check_target(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    with file_lock(target.with_name(f".{target.name}.lock")):
        put_back(target)
        partial = target.with_name(f".{target.name}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir()
        try:
            owners = _write(partial, pack, people, references, base, say)
            counts = source_stats or {source: len(people) for source in sources[:1]}
            head = {
                "format_version": FORMAT_VERSION,
                "version": version,
                "created_at": created_at or _now(),
                "performer_count": len(people),
                "face_count": len(owners) - owners.count(None),
                "sources": list(sources),
                "source_stats": {each: {"performers": count} for each, count in counts.items()},
            }
            _write_manifest(partial, head | _technical(partial, pack))
            _calibrate(partial, pack, spoilt, say)
            _swap(partial, target)
        finally:
            shutil.rmtree(partial, ignore_errors=True)


def check_target(target: Path) -> None:
    """DatabaseError where a new database at `target` would replace anything but an old one."""
    try:
        entries = [entry for entry in target.iterdir() if not entry.name.startswith(".")]
    except FileNotFoundError:
        return
    except NotADirectoryError:
        entries = [target]
    ours = all(entry.suffix in _SUFFIXES and entry.is_file() for entry in entries)
    if entries and not (ours and (target / MANIFEST).is_file()):
        raise DatabaseError(
            f"{target} holds something other than a face database, which would be lost: "
            "name a new or empty folder for it."
        )


def _write(
    folder: Path,
    pack: Pack,
    people: Sequence[Person],
    references: Iterable[tuple[str, Mapping[str, Vector]] | None],
    base: Path | None,
    say: Callable[[str], None],
) -> list[str | None]:
    """Everything but the manifest; gives the owners by position."""
    say(f"Indexing the faces of {len(people)} people")
    owners: list[str | None] = []
    indices, there = grown(base, pack, folder) if base else ({}, 0)
    indices = indices or new_indices(pack, folder)
    with closing(Growing(indices)) as growing:
        for start, group in _groups(pack, people, references):
            owners += [owner for owner, _ in group]
            held = [n for n, owner in enumerate(owners[start:], start) if owner is not None]
            held = [position for position in held if position >= there]
            growing.add({key: [group[n - start][1][key] for n in held] for key in indices}, held)
        if not any(owners):
            raise DatabaseError("A face database needs at least one face, and there is none.")
        growing.save({key: folder / index_file_name(key) for key in indices})
    (folder / FACES).write_text(json.dumps(owners), encoding="utf-8")
    (folder / PERFORMERS).write_text(_performers(people, owners), encoding="utf-8")
    return owners


def _calibrate(
    folder: Path, pack: Pack, spoilt: Sequence[SpoiltFace], say: Callable[[str], None]
) -> None:
    """The law into the manifest of an otherwise complete database."""
    say("Calibrating")
    database = FaceDatabase.open(folder)
    law = calibrate(database, pack)
    # Where the clear faces' law is the pack's, so is the poor ones'.
    measured = spoilt if law.fitted else ()
    law = law._replace(poor=measure_poor(database, law, measured))
    manifest = json.loads((folder / MANIFEST).read_bytes())
    weights = weights_of(database.manifest)
    manifest["calibration"] = to_manifest(law, weights, len(measured))
    (folder / STAMP).unlink(missing_ok=True)
    _write_manifest(folder, manifest)


_Group = list[tuple[str | None, Mapping[str, Vector]]]


def _groups(
    pack: Pack,
    people: Sequence[Person],
    references: Iterable[tuple[str, Mapping[str, Vector]] | None],
) -> Iterator[tuple[int, _Group]]:
    """Checked references, so many at a time, with the position of the first; the vectors of a
    large database do not fit into memory."""
    known = {person.key for person in people}
    if len(known) < len(people):
        raise DatabaseError("Two performers of the new face database have the same key.")
    given, start = iter(references), 0
    while some := list(islice(given, _GROUP)):
        group: _Group = [reference or (None, {}) for reference in some]
        for owner, vectors in group:
            if owner is not None:
                _check(pack, known, owner, vectors)
        yield start, group
        start += len(group)


def _check(pack: Pack, known: set[str], owner: str, vectors: Mapping[str, Vector]) -> None:
    if owner not in known:
        raise DatabaseError(f"A face belongs to {owner!r}, who is not among the performers.")
    for spec in pack.embedders:
        vector = vectors[spec.key]
        length = float(np.linalg.norm(vector))
        if vector.shape != (spec.dimension,) or not abs(length - 1) < 0.01:
            raise DatabaseError(
                f"A face of {owner!r} has no {spec.key} unit vector of {spec.dimension} "
                f"numbers (shape {vector.shape}, length {length:.3g})."
            )


def _performers(people: Sequence[Person], owners: Sequence[str | None]) -> str:
    counts: dict[str | None, int] = {}
    for owner in owners:
        counts[owner] = counts.get(owner, 0) + 1
    lines = [
        f"{json.dumps(p.key)}: {json.dumps(_record(p, counts.get(p.key, 0)), ensure_ascii=False)}"
        for p in people
    ]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _record(person: Person, face_count: int) -> dict[str, Any]:
    record: dict[str, Any] = {
        "name": person.name,
        "country": person.country,
        "image_url": person.image_url,
        "face_count": face_count,
    }
    if person.key != person.performer_id or len(person.stash_ids) > 1:
        record["stash_ids"] = person.stash_ids
    return record


def _technical(folder: Path, pack: Pack) -> dict[str, Any]:
    """What the manifest says of models and files."""
    files = [index_file_name(spec.key) for spec in pack.embedders] + [FACES, PERFORMERS]
    return {
        "pack": pack.name,
        "models": {"detector": pack.detector.file.name, "alignment": "arcface112"},
        "embedders": [
            {
                "name": spec.key,
                "file": index_file_name(spec.key),
                "sha256": spec.file.sha256,
                "dimension": spec.dimension,
                "storage": "E4M3",
            }
            for spec in pack.embedders
        ],
        "min_plugin_version": "0.1.0",
        "calibration": None,
        "checksums": {name: sha256_of(folder / name) for name in files},
    }


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


def _write_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    path = folder / (MANIFEST + ".new")
    with path.open("w", encoding="utf-8") as stream:
        json.dump(manifest, stream, indent=1)
        stream.flush()
        os.fsync(stream.fileno())
    path.replace(folder / MANIFEST)


def _swap(partial: Path, target: Path) -> None:
    """A folder cannot be renamed over a full one, so the old one steps aside first."""
    old = set_aside(target)
    try:
        for last in (False, False, True):
            shutil.rmtree(old, ignore_errors=True)
            if target.exists():
                target.rename(old)
            try:
                partial.rename(target)
                break
            except OSError:
                # A reader that saw neither may have put the old one back at this very moment.
                if last:
                    raise
    finally:
        if not target.exists():
            put_back(target)
    shutil.rmtree(old, ignore_errors=True)
