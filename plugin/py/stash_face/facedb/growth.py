"""Index files as they grow: new ones, and those of a database that more faces are added to."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
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
# Portions that may wait for an index.
_AHEAD = 8


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


class Growing:
    """Adds to all of `indices` at once, each at its own pace: one that were to wait for the slowest
    at every step would idle for a twentieth of its time. `close` comes last."""

    def __init__(self, indices: Mapping[str, voyager.Index]) -> None:
        self._indices = indices
        self._threads = {key: ThreadPoolExecutor(1) for key in indices}
        self._begun: deque[list[Future[None]]] = deque()

    def add(self, vectors: Mapping[str, list[Vector]], positions: list[int]) -> None:
        """Unit vectors (D,) by index, at these positions. Comes back before they are added,
        unless much waits already."""
        self._begun.append(
            [
                self._threads[key].submit(_add, index, vectors[key], positions)
                for key, index in self._indices.items()
            ]
        )
        while len(self._begun) > _AHEAD:
            self._wait()

    def save(self, paths: Mapping[str, Path]) -> None:
        """All of them, with what was added until now. OSError where the disk is full."""
        self._begun.append(
            [self._threads[key].submit(_save, index, paths[key])
             for key, index in self._indices.items()]
        )  # fmt: skip
        while self._begun:
            self._wait()

    def _wait(self) -> None:
        for future in self._begun.popleft():
            future.result()

    def close(self) -> None:
        """Ends the threads; what has not begun is dropped."""
        for thread in self._threads.values():
            thread.shutdown(cancel_futures=True)


def _add(index: voyager.Index, vectors: list[Vector], positions: list[int]) -> None:
    if vectors:
        # One thread: the links depend on the order of insertion, and the file must not.
        index.add_items(np.stack(vectors), positions, num_threads=1)


def _save(index: voyager.Index, path: Path) -> None:
    # Of a path alone, Voyager would not tell that the disk is full.
    with path.open("wb") as stream:
        index.save(stream)
