"""The vectors of a Voyager index file, by position: read from its table, past its graph.

Walking the graph finds a tenth nearest face among 100,000 eight times in ten, and costs more
than comparing with everybody does (make bench), so only the vectors are taken from the file.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import DatabaseError
from .manifest import IndexFile

Codes = NDArray[np.uint8]
Floats = NDArray[np.float32]

# Voyager's own head, absent before 1.3: magic, version, dimension, space, storage, longest
# vector, whether order is kept.
_HEAD = struct.Struct("<4siiBBf?")
_MAGIC, _VERSION = b"VOYA", 1
_STORAGE = {32: "Float32", 48: "E4M3"}
# hnswlib's: unused, room, elements, bytes an element, where in it the label and where the
# vector begins; the rest is about the graph.
_TABLE = struct.Struct("<6QiI3QdQ")
_ITEM = {"Float32": 4, "E4M3": 1}


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


class _Layout(NamedTuple):
    start: int
    dimension: int
    storage: str


def _read_table(content: Codes, entry: IndexFile) -> StoredVectors | None:
    """None for a form of file that is not known here, or a broken one."""
    layout = _layout(content, entry)
    if layout is None or len(content) < layout.start + _TABLE.size:
        return None
    _, _, count, size, label_at, vector_at, *_ = _TABLE.unpack_from(content.data, layout.start)
    width = layout.dimension * _ITEM[layout.storage]
    start = layout.start + _TABLE.size
    if (label_at, size) != (vector_at + width, vector_at + width + 8):
        return None
    if start + count * size > len(content):
        return None
    table = content[start : start + count * size].reshape(count, size)
    labels = np.ascontiguousarray(table[:, label_at:]).view("<u8").ravel().astype(np.int64)
    if count and not 0 <= int(labels.min()) <= int(labels.max()) < 1 << 31:
        return None
    codes = table[:, vector_at:label_at]
    return StoredVectors(codes, labels, layout.dimension, layout.storage)


def _layout(content: Codes, entry: IndexFile) -> _Layout | None:
    if content[:4].tobytes() != _MAGIC:
        known = entry.storage in _ITEM
        return _Layout(0, entry.dimension, entry.storage) if known else None
    if len(content) < _HEAD.size:
        return None
    _, version, dimension, _, storage, _, _ = _HEAD.unpack_from(content.data)
    if version != _VERSION or storage not in _STORAGE:
        return None
    return _Layout(_HEAD.size, dimension, _STORAGE[storage])


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


def _from_e4m3(codes: Codes) -> Floats:
    if codes.shape[1] % 2:
        return _e4m3_numbers().take(codes)
    pairs: Floats = _e4m3_pairs().take(codes.view(np.uint16), mode="clip").view(np.float32)
    return pairs


_DECODERS = {"Float32": _from_float32, "E4M3": _from_e4m3}


@cache
def _e4m3_numbers() -> Floats:
    """The number of each of the 256 codes: from the lowest bit, sign, exponent, mantissa."""
    code = np.arange(256)
    exponent, mantissa = (code >> 1) & 15, (code >> 5) / 8
    # The subnormal numbers are half as large in Voyager as they are in the OCP's E4M3.
    size = np.where(exponent > 0, (1 + mantissa) * 2.0 ** (exponent - 7), mantissa * 2.0**-7)
    return np.where(code & 1, -size, size).astype(np.float32)


@cache
def _e4m3_pairs() -> NDArray[np.float64]:
    """Two numbers at a time, (65536,), each pair of float32 in the clothes of a float64."""
    code = np.arange(65536)
    number = _e4m3_numbers()
    pairs = np.stack([number[code & 255], number[code >> 8]], axis=1)
    return np.ascontiguousarray(pairs).view(np.float64).ravel()
