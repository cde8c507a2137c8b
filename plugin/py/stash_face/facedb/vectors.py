"""The vectors of a Voyager index file, by position: read from its table, past its graph.

Walking the graph finds a tenth nearest face among 100,000 eight times in ten, and costs more
than comparing with everybody does (make bench), so only the vectors are taken from the file.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import DatabaseError
from . import e4m3
from .e4m3 import Codes, Floats
from .layout import BEGINNING, layout_of
from .manifest import IndexFile


class StoredVectors:
    """`count` vectors of `dimension` numbers; a position without one is not held."""

    def __init__(
        self, codes: Codes, labels: NDArray[np.int64], dimension: int, storage: str
    ) -> None:
        """`codes` (count, bytes) are the vectors as stored, `labels` (count,) their positions."""
        self.count = len(codes)
        self.dimension = dimension
        self._codes = codes
        self._decode: Callable[[Codes], Floats] = _DECODERS[storage]
        self._rows = np.full(int(labels.max(initial=-1)) + 1, -1)
        self._rows[labels] = np.arange(self.count)
        # What makes each vector a unit vector; known once it was looked at.
        self._scales = np.full(self.count, np.nan, np.float32)

    def holds(self, positions: NDArray[np.int64]) -> bool:
        """Whether there is a vector at each of these positions."""
        if not len(positions):
            return True
        return int(positions.max()) < len(self._rows) and int(self._rows[positions].min()) >= 0

    def unit(self, positions: NDArray[np.int64]) -> Floats:
        """The vectors (n, D) at positions (n,), L2-normalised again: E4M3 rounds their length.
        Those that are no numbers come as zeros, which are like nobody."""
        vectors, scales = self.scaled(positions)
        vectors *= scales[:, None]
        return vectors

    def scaled(self, positions: NDArray[np.int64]) -> tuple[Floats, Floats]:
        """The vectors (n, D) as stored, and by what (n,) each has to be multiplied: to scale what
        comes of a vector is a hundredth of the work."""
        rows = self._rows[positions]
        vectors = self._decode(self._codes[rows])
        scales = self._scales[rows]
        if np.isnan(scales).any():
            lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
            scales = np.where(np.isfinite(lengths), 1 / np.maximum(lengths, 1e-6), 0)
            scales = scales.astype(np.float32)
            self._scales[rows] = scales
        if not scales.all():
            vectors[scales == 0] = 0
        return vectors, scales


class HeldVectors:
    """Unit vectors (count, D) float32 that are in memory anyhow."""

    def __init__(self, vectors: Floats) -> None:
        self._vectors = vectors

    def scaled(self, positions: NDArray[np.int64]) -> tuple[Floats, Floats]:
        """As StoredVectors gives them."""
        return self._vectors[positions], np.ones(len(positions), np.float32)


def load_vectors(folder: Path, entry: IndexFile) -> StoredVectors:
    """All vectors of the index `entry` in `folder`; DatabaseError where the file is broken or
    holds vectors of another dimension than `entry` says."""
    path = folder / entry.file
    try:
        content = np.fromfile(path, np.uint8)
    except OSError as error:
        raise _broken(path, error) from None
    found = _read_table(content, entry) or _through_voyager(path, entry)
    if found.dimension != entry.dimension:
        raise DatabaseError(
            f"The index {path} holds vectors of {found.dimension} numbers, its manifest "
            f"says {entry.dimension}: install the database again."
        )
    return found


def _read_table(content: Codes, entry: IndexFile) -> StoredVectors | None:
    """None for a form of file that is not known here, or a broken one."""
    layout = layout_of(content[:BEGINNING].tobytes(), entry.dimension, entry.storage)
    if layout is None or layout.storage not in _DECODERS or layout.end > len(content):
        return None
    elements = content[layout.start : layout.end].reshape(layout.rows, layout.size)
    labels = layout.labels(elements).astype(np.int64)
    if layout.rows and not 0 <= int(labels.min()) <= int(labels.max()) < 1 << 31:
        return None
    return StoredVectors(layout.codes(elements), labels, layout.dimension, layout.storage)


def _through_voyager(path: Path, entry: IndexFile) -> StoredVectors:
    """Forms of file that Voyager alone knows; slower, and float32 in memory."""
    import voyager

    try:
        try:
            index = voyager.Index.load(str(path))
        except ValueError:
            # Files of Voyager before 1.3 do not say what they hold.
            index = voyager.Index.load(
                str(path),
                voyager.Space.Cosine,
                entry.dimension,
                getattr(voyager.StorageDataType, entry.storage),
            )
        labels = np.array(list(index.ids), np.int64)
        vectors = np.asarray(index.get_vectors(labels.tolist()), "<f4")
    except (RuntimeError, ValueError, AttributeError, OSError) as error:
        raise _broken(path, error) from None
    codes = np.ascontiguousarray(vectors).reshape(len(labels), -1).view(np.uint8)
    return StoredVectors(codes, labels, index.num_dimensions, "Float32")


def _broken(path: Path, error: Exception) -> DatabaseError:
    return DatabaseError(
        f"The index {path} cannot be loaded ({error}): install the database again."
    )


def _from_float32(codes: Codes) -> Floats:
    # Rows picked out of the table are a copy of their own.
    return codes.view("<f4").astype(np.float32, copy=False)


_DECODERS = {"Float32": _from_float32, "E4M3": e4m3.decode}
