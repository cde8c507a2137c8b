"""A face database to disk, beside its reader so that a change of format is one change.

Everything is written into a folder of another name, the manifest last (it means complete),
and the folder is renamed into place.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np
import voyager

from ..errors import DatabaseError
from ..faces.packs import Pack
from ..faces.types import Vector
from .calibration import calibrate, weights_of
from .law import to_manifest
from .manifest import (
    FACES,
    FORMAT_VERSION,
    MANIFEST,
    PERFORMERS,
    index_file_name,
    read_manifest,
    sha256_of,
)
from .reader import FaceDatabase
from .types import Person

# HNSW links a face, and the depth of the search that chooses them.
LINKS, BUILD_DEPTH = 16, 200
_SEED = 1


def write_database(
    target: Path,
    pack: Pack,
    people: Sequence[Person],
    references: Iterable[tuple[str, Mapping[str, Vector]]],
    *,
    version: str,
    sources: Sequence[str],
    say: Callable[[str], None] = lambda sentence: None,
) -> None:
    """Writes format 1: `references` are (person key, {embedder: (D,) unit vector}).

    DatabaseError for a vector that is no unit vector or a key without a person. An existing
    database at `target` is replaced only once the new one is complete."""
    partial = target.with_name(f".{target.name}.partial-{os.getpid()}")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        owners, columns = _columns(pack, {p.key for p in people}, references)
        say(f"Indexing {len(owners)} faces of {len(people)} people")
        for key, vectors in columns.items():
            _write_index(partial / index_file_name(key), vectors)
        (partial / FACES).write_text(json.dumps(owners))
        (partial / PERFORMERS).write_text(_performers(people, owners), encoding="utf-8")
        manifest = _manifest(partial, pack, people, owners, version, sources)
        _write_manifest(partial, manifest)
        say("Calibrating")
        law = calibrate(FaceDatabase.open(partial), pack)
        manifest["calibration"] = to_manifest(law, weights_of(read_manifest(partial)))
        (partial / "verified.json").unlink(missing_ok=True)
        _write_manifest(partial, manifest)
        _swap(partial, target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _columns(
    pack: Pack, known: set[str], references: Iterable[tuple[str, Mapping[str, Vector]]]
) -> tuple[list[str], dict[str, list[Vector]]]:
    owners: list[str] = []
    columns: dict[str, list[Vector]] = {spec.key: [] for spec in pack.embedders}
    for owner, vectors in references:
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
            columns[spec.key].append(vector)
        owners.append(owner)
    return owners, columns


def _write_index(path: Path, vectors: list[Vector]) -> None:
    dimension = len(vectors[0]) if vectors else 512
    index = voyager.Index(
        voyager.Space.Cosine,
        dimension,
        M=LINKS,
        ef_construction=BUILD_DEPTH,
        random_seed=_SEED,
        max_elements=max(len(vectors), 1),
        storage_data_type=voyager.StorageDataType.E4M3,
    )
    if vectors:
        # One thread: the links depend on the order of insertion, and the file must not.
        index.add_items(np.stack(vectors), list(range(len(vectors))), num_threads=1)
    index.save(str(path))


def _performers(people: Sequence[Person], owners: list[str]) -> str:
    counts: dict[str, int] = {}
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


def _manifest(
    folder: Path,
    pack: Pack,
    people: Sequence[Person],
    owners: list[str],
    version: str,
    sources: Sequence[str],
) -> dict[str, Any]:
    files = [index_file_name(spec.key) for spec in pack.embedders] + [FACES, PERFORMERS]
    return {
        "format_version": FORMAT_VERSION,
        "version": version,
        "created_at": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "performer_count": len(people),
        "face_count": len(owners),
        "sources": list(sources),
        "source_stats": {source: {"performers": len(people)} for source in sources[:1]},
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


def _write_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    path = folder / (MANIFEST + ".new")
    with path.open("w", encoding="utf-8") as stream:
        json.dump(manifest, stream, indent=1)
        stream.flush()
        os.fsync(stream.fileno())
    path.replace(folder / MANIFEST)


def _swap(partial: Path, target: Path) -> None:
    """A folder cannot be renamed over a full one, so the old one steps aside first."""
    old = target.with_name(f".{target.name}.old-{os.getpid()}")
    if target.exists():
        target.rename(old)
    partial.rename(target)
    shutil.rmtree(old, ignore_errors=True)
