"""Index files as they grow: new ones, and those of a database that more faces are added to."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import voyager

from ..errors import DatabaseError
from ..faces.packs import Pack
from ..faces.types import Vector
from .manifest import FACES, index_file_name, read_manifest, verify

# HNSW links a face, and the depth of the search that chooses them.
LINKS, BUILD_DEPTH = 12, 200
_SEED = 1


def new_index(dimension: int) -> voyager.Index:
    """An empty one, E4M3."""
    return voyager.Index(
        voyager.Space.Cosine,
        dimension,
        M=LINKS,
        ef_construction=BUILD_DEPTH,
        random_seed=_SEED,
        storage_data_type=voyager.StorageDataType.E4M3,
    )


def grown(base: Path, pack: Pack) -> tuple[dict[str, voyager.Index], int]:
    """The indices of the database `base` by embedder, and how many positions it has; nothing
    where it is none, broken, or of other weights than the pack's."""
    try:
        manifest = read_manifest(base)
        verify(manifest)
        weights = [(each.embedder, each.weights) for each in manifest.indices]
        if weights != [(spec.key, spec.file.sha256) for spec in pack.embedders]:
            return {}, 0
        found = {
            spec.key: voyager.Index.load(str(base / index_file_name(spec.key)))
            for spec in pack.embedders
        }
        return found, len(json.loads((base / FACES).read_bytes()))
    except (DatabaseError, OSError, RuntimeError, ValueError):
        return {}, 0


def add(index: voyager.Index, vectors: list[Vector], positions: list[int]) -> None:
    """Unit vectors (D,) at these positions."""
    if vectors:
        # One thread: the links depend on the order of insertion, and the file must not.
        index.add_items(np.stack(vectors), positions, num_threads=1)


def save(index: voyager.Index, path: Path) -> None:
    """OSError where the disk is full: of a path alone, Voyager would not tell."""
    with path.open("wb") as stream:
        index.save(stream)
