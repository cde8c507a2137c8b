"""How a Voyager index file is laid out: a head, a table of elements (links, vector, label), and
the graph above it.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .e4m3 import Codes

# Voyager's own head, absent before 1.3: magic, version, dimension, space, storage, longest
# vector, whether order is kept.
_HEAD = struct.Struct("<4siiBBf?")
_MAGIC, _VERSION = b"VOYA", 1
_STORAGE = {16: "Float8", 32: "Float32", 48: "E4M3"}
# hnswlib's: unused, room, elements, bytes an element, where in it the label and where the
# vector begins; the rest is about the graph.
_TABLE = struct.Struct("<6QiI3QdQ")
_ITEM = {"Float8": 1, "Float32": 4, "E4M3": 1}
# What is to be read for `layout_of`.
BEGINNING = _HEAD.size + _TABLE.size


class Layout(NamedTuple):
    """Of `rows` elements of `size` bytes from `start`, each with its vector and label at these
    bytes; the vector ends where the label begins."""

    dimension: int
    storage: str
    start: int
    rows: int
    size: int
    vector_at: int
    label_at: int

    @property
    def end(self) -> int:
        return self.start + self.rows * self.size

    def codes(self, elements: Codes) -> Codes:
        """The vectors as stored, (n, bytes), a view of elements (n, size)."""
        return elements[:, self.vector_at : self.label_at]

    def labels(self, elements: Codes) -> NDArray[np.uint64]:
        """(n,), of elements (n, size)."""
        return np.ascontiguousarray(elements[:, self.label_at :]).view("<u8").ravel()


def layout_of(content: bytes, dimension: int = 0, storage: str = "") -> Layout | None:
    """`content` is the file's BEGINNING or more; a file without a head holds what the others
    say. None for a form of file that is not known here, or a broken one."""
    start = 0
    if content[:4] == _MAGIC and len(content) >= _HEAD.size:
        _, version, dimension, _, number, _, _ = _HEAD.unpack_from(content)
        start, storage = _HEAD.size, _STORAGE.get(number, "")
        if version != _VERSION:
            return None
    if storage not in _ITEM or len(content) < start + _TABLE.size:
        return None
    _, _, count, size, label_at, vector_at, *_ = _TABLE.unpack_from(content, start)
    found = Layout(dimension, storage, start + _TABLE.size, count, size, vector_at, label_at)
    width = dimension * _ITEM[storage]
    return found if (label_at, size) == (vector_at + width, vector_at + width + 8) else None


def relabelled(content: bytes, space: int, storage: int) -> bytes:
    """The head of a file with one, as another space's and storage's of Voyager's numbers."""
    magic, version, dimension, _, _, longest, ordered = _HEAD.unpack_from(content)
    return _HEAD.pack(magic, version, dimension, space, storage, longest, ordered)
