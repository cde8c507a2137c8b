"""Index files as they grow: new ones, and those of a database that more faces are added to."""

from __future__ import annotations

import io
import json
import math
import tempfile
from collections import deque
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import numpy as np
import voyager

from ..errors import DatabaseError
from ..faces.packs import Pack
from ..faces.types import Vector
from .e4m3 import Codes, Floats, decode, encode
from .layout import BEGINNING, layout_of, relabelled
from .manifest import FACES, index_file_name, read_manifest, verify

# HNSW links a face, and the depth of the search that chooses them.
LINKS, BUILD_DEPTH = 12, 200
_SEED = 1
# The largest number of a unit vector of D that 8 bits tell apart, in 1 / sqrt(D).
_REACH = 6.0
# Elements that get their vectors together.
_PIECE = 4_096
# Portions that may wait for an index.
_AHEAD = 8


class GrowingIndex:
    """E4M3 vectors, linked over 8-bit integers: those tell them apart as well, and Voyager links
    them in half the time. `folder` holds the vectors until `save`; `close` comes last."""

    def __init__(self, dimension: int, folder: Path) -> None:
        self._dimension = dimension
        self._codes = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115
        self._index = voyager.Index(
            voyager.Space.Euclidean,
            dimension,
            M=LINKS,
            ef_construction=BUILD_DEPTH,
            random_seed=_SEED,
            storage_data_type=voyager.StorageDataType.Float8,
        )

    def begin(self, content: Codes) -> None:
        """With what an E4M3 index file holds, whose bytes `content` (n,) are changed.
        ValueError for another kind of file."""
        layout = layout_of(content[:BEGINNING].tobytes())
        if layout is None or (layout.storage, layout.dimension) != ("E4M3", self._dimension):
            raise ValueError("The index has a form that cannot be added to.")
        elements = content[layout.start : layout.end].reshape(layout.rows, layout.size)
        for start in range(0, layout.rows, _PIECE):
            codes = layout.codes(elements[start : start + _PIECE])
            self._codes.write(codes.tobytes())
            codes[:] = (_linked(np.ascontiguousarray(codes)) * 127).astype("i1").view("u1")
        space, storage = voyager.Space.Euclidean, voyager.StorageDataType.Float8
        head = relabelled(content[:BEGINNING].tobytes(), space.value, storage.value)
        content[: len(head)] = np.frombuffer(head, np.uint8)
        self._index = voyager.Index.load(io.BytesIO(content.data))

    def add(self, vectors: Floats, positions: list[int]) -> None:
        """Unit vectors (n, D) at these positions. OSError where the disk is full."""
        codes = encode(vectors)
        self._codes.write(codes.tobytes())
        # One thread: the links depend on the order of insertion, and the file must not.
        self._index.add_items(_linked(codes), positions, num_threads=1)

    def save(self, path: Path) -> None:
        """OSError where the disk is full."""
        # Of a path alone, Voyager would not tell that the disk is full.
        with path.open("wb") as stream:
            self._index.save(stream)
        with path.open("r+b") as stream:
            self._put_vectors(stream)

    def _put_vectors(self, stream: io.BufferedRandom) -> None:
        """In place of what they were linked by; elements are in the order of insertion."""
        head = stream.read(BEGINNING)
        layout = layout_of(head)
        if layout is None:
            raise DatabaseError(
                "This version of Voyager writes index files of an unknown form: install the one "
                "that requirements.txt names."
            )
        space, storage = voyager.Space.Cosine, voyager.StorageDataType.E4M3
        stream.seek(0)
        stream.write(relabelled(head, space.value, storage.value))
        self._codes.seek(0)
        for start in range(layout.start, layout.end, _PIECE * layout.size):
            stream.seek(start)
            part = bytearray(stream.read(min(_PIECE * layout.size, layout.end - start)))
            elements = np.frombuffer(part, np.uint8).reshape(-1, layout.size)
            codes = self._codes.read(len(elements) * self._dimension)
            layout.codes(elements)[:] = np.frombuffer(codes, np.uint8).reshape(len(elements), -1)
            stream.seek(start)
            stream.write(part)

    def close(self) -> None:
        with suppress(OSError):  # what a full disk did not take is not wanted any more
            self._codes.close()


def _linked(codes: Codes) -> Floats:
    """What vectors (n, D) as stored are linked by: from -1 to 1, of which Voyager keeps 8 bits."""
    vectors = decode(codes)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors *= math.sqrt(codes.shape[1]) / _REACH / np.maximum(lengths, 1e-6)
    return vectors.clip(-1, 1)


def new_indices(pack: Pack, folder: Path) -> dict[str, GrowingIndex]:
    """An empty one for each embedder."""
    return {spec.key: GrowingIndex(spec.dimension, folder) for spec in pack.embedders}


def grown(base: Path, pack: Pack, folder: Path) -> tuple[dict[str, GrowingIndex], int]:
    """The indices of the database `base` by embedder, and how many positions it has; nothing
    where it is none, broken, or of other weights than the pack's."""
    try:
        manifest = read_manifest(base)
        verify(manifest)
        weights = [(each.embedder, each.weights) for each in manifest.indices]
        if weights != [(spec.key, spec.file.sha256) for spec in pack.embedders]:
            return {}, 0
        found = new_indices(pack, folder)
        for key, index in found.items():
            index.begin(np.fromfile(base / index_file_name(key), np.uint8))
        return found, len(json.loads((base / FACES).read_bytes()))
    except (DatabaseError, OSError, RuntimeError, ValueError):
        return {}, 0


class Growing:
    """Adds to all of `indices` at once, each at its own pace: one that were to wait for the slowest
    at every step would idle for a twentieth of its time. `close` comes last."""

    def __init__(self, indices: Mapping[str, GrowingIndex]) -> None:
        self._indices = indices
        self._threads = {key: ThreadPoolExecutor(1) for key in indices}
        self._begun: deque[list[Future[None]]] = deque()

    def add(self, vectors: Mapping[str, list[Vector]], positions: list[int]) -> None:
        """Unit vectors (D,) by index, at these positions. Comes back before they are added,
        unless much waits already."""
        if not positions:
            return
        self._begun.append(
            [
                self._threads[key].submit(index.add, np.stack(vectors[key]), positions)
                for key, index in self._indices.items()
            ]
        )
        while len(self._begun) > _AHEAD:
            self._wait()

    def save(self, paths: Mapping[str, Path]) -> None:
        """All of them, with what was added until now. OSError where the disk is full."""
        self._begun.append(
            [self._threads[key].submit(index.save, paths[key])
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
        for index in self._indices.values():
            index.close()
