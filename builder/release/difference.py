"""What has changed from one file to another, as copies out of the old one and new bytes.

Made for face databases: faces are appended, so most bytes stay where they were, or move
together by one distance; what is linked anew changes in place.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from stash_face.facedb.delta import COPY, NEW, Operation

Bytes = NDArray[np.uint8]

# Bytes compared at once, and the fewest that are worth a copy (its own head takes 17).
_CHUNK, _LEAST = 1 << 14, 24
# Bytes by which a moved place is found again.
_NEEDLE = 32


def operations(old: bytes, new: bytes) -> Iterator[Operation]:
    """Operations that make `new` of `old`, in order, neighbours joined."""
    before: Operation | None = None
    for each in _pieces(old, new):
        if before is not None and _joins(before, each):
            size, content = before.size + each.size, before.content + each.content
            before = Operation(before.kind, before.start, size, content)
            continue
        if before is not None:
            yield before
        before = each
    if before is not None:
        yield before


def _joins(one: Operation, next_one: Operation) -> bool:
    if one.kind != next_one.kind:
        return False
    return one.kind == NEW or one.start + one.size == next_one.start


def _pieces(old: bytes, new: bytes) -> Iterator[Operation]:
    source, wanted = np.frombuffer(old, np.uint8), np.frombuffer(new, np.uint8)
    shift = 0
    for start in range(0, len(new), _CHUNK):
        chunk = wanted[start : start + _CHUNK]
        same = _same(source, chunk, start - shift)
        if same.mean() < 0.5:
            moved = _moved(old, new, start)
            if moved is not None and moved != shift:
                other = _same(source, chunk, start - moved)
                if other.mean() > same.mean():
                    shift, same = moved, other
        yield from _runs(same, chunk, start - shift)


def _same(source: Bytes, chunk: Bytes, start: int) -> NDArray[np.bool_]:
    """Which bytes of the chunk are those of `source` from `start` on."""
    same = np.zeros(len(chunk), bool)
    low, high = max(start, 0), min(start + len(chunk), len(source))
    if low < high:
        same[low - start : high - start] = source[low:high] == chunk[low - start : high - start]
    return same


def _moved(old: bytes, new: bytes, start: int) -> int | None:
    """By how much what stands in this chunk has moved; None where it is not found."""
    for place in range(start, min(start + _CHUNK, len(new) - _NEEDLE), _CHUNK // 8):
        needle = new[place : place + _NEEDLE]
        if len(set(needle)) < 8:
            continue  # zeros are everywhere
        found = old.find(needle)
        if found >= 0:
            return place - found
    return None


def _runs(same: NDArray[np.bool_], chunk: Bytes, start: int) -> Iterator[Operation]:
    edges = np.flatnonzero(np.diff(np.concatenate(([False], same, [False])).astype(np.int8)))
    done = 0
    for low, high in edges.reshape(-1, 2).tolist():
        # Shorter ones cost more than they save, but at a chunk's border they may go on.
        if high - low < _LEAST and low > 0 and high < len(chunk):
            continue
        if low > done:
            yield Operation(NEW, 0, low - done, chunk[done:low].tobytes())
        yield Operation(COPY, start + low, high - low)
        done = high
    if done < len(chunk):
        yield Operation(NEW, 0, len(chunk) - done, chunk[done:].tobytes())
