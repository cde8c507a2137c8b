"""Faces of one gallery grouped by person: average link, never two faces of a picture together.

The average similarity of two groups is the product of their mean vectors, so groups are kept
as sums. Groups that average over the bar hold at least one pair over it: only connected
components are looked at closely, which keeps a crowd of thousands cheap.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .types import Probe

# Rows of similarities held at once, and the largest component grouped in one go (16 MB).
_BLOCK = 512
_LARGEST = 2_000

_Matrix = NDArray[np.float32]


def cluster(probes: Sequence[Probe], join: float) -> list[list[int]]:
    """Groups of indices into `probes`, largest first; two faces join at mean cosine `join`."""
    if not probes:
        return []
    return cluster_vectors(_fused(probes), [probe.picture for probe in probes], join)


def cluster_vectors(vectors: _Matrix, pictures: list[str], join: float) -> list[list[int]]:
    """The same for vectors (N, D) of unit length."""
    if not len(vectors):
        return []
    groups: list[list[int]] = []
    for component in _components(vectors, join):
        groups += _grouped(component, vectors, pictures, join)
    return sorted(groups, key=lambda group: (-len(group), group[0]))


def _fused(probes: Sequence[Probe]) -> _Matrix:
    """(N, sum of D): the product of two rows is the mean cosine over the embedders."""
    names = list(probes[0].vectors)
    rows = [np.concatenate([probe.vectors[name] for name in names]) for probe in probes]
    fused: _Matrix = (np.stack(rows) / np.sqrt(len(names))).astype(np.float32)
    return fused


def _components(vectors: _Matrix, join: float) -> list[list[int]]:
    labels = np.arange(len(vectors))
    for start in range(0, len(vectors), _BLOCK):
        near = vectors[start : start + _BLOCK] @ vectors[start:].T >= join
        for row in near:
            touched = np.unique(labels[start:][row])
            if len(touched) > 1:
                labels[np.isin(labels, touched)] = touched[0]
    order = np.argsort(labels, kind="stable")
    cuts = np.flatnonzero(np.diff(labels[order])) + 1
    return [part.tolist() for part in np.split(order, cuts)]


def _grouped(
    members: list[int], vectors: _Matrix, pictures: list[str], join: float
) -> list[list[int]]:
    """Average link within a component; a very large one in parts first, then the parts' groups."""
    groups = [[i] for i in members]
    while len(groups) > _LARGEST:
        parts = [groups[i : i + _LARGEST] for i in range(0, len(groups), _LARGEST)]
        merged = [g for part in parts for g in _average_link(part, vectors, pictures, join)]
        if len(merged) > 0.9 * len(groups):
            return merged
        groups = merged
    return _average_link(groups, vectors, pictures, join)


def _average_link(
    groups: list[list[int]], vectors: _Matrix, pictures: list[str], join: float
) -> list[list[int]]:
    if len(groups) == 1:
        return groups
    groups = [list(group) for group in groups]
    sizes = np.array([len(group) for group in groups], np.float32)
    means = np.stack([vectors[group].sum(0) for group in groups]) / sizes[:, None]
    similar = (means @ means.T).astype(np.float32)
    _forbid(similar, groups, pictures)
    best = similar.max(1)
    while True:
        a = int(best.argmax())
        if best[a] < join:
            return [group for group in groups if group]
        b = int(similar[a].argmax())
        joined = (sizes[a] * similar[a] + sizes[b] * similar[b]) / (sizes[a] + sizes[b])
        joined[[a, b]] = -np.inf
        lost = (best == similar[:, a]) | (best == similar[:, b])
        # What has nothing left to join with never gets anything again.
        stale = np.flatnonzero(lost & np.isfinite(best))
        similar[a], similar[:, a] = joined, joined
        similar[b], similar[:, b] = -np.inf, -np.inf
        sizes[a] += sizes[b]
        groups[a] += groups[b]
        groups[b] = []
        best[stale] = similar[stale].max(1)
        best[a], best[b] = joined.max(), -np.inf
        np.maximum(best, joined, out=best, where=np.isfinite(joined))


def _forbid(similar: _Matrix, groups: list[list[int]], pictures: list[str]) -> None:
    """-inf on the diagonal and between groups that share a picture; it survives averaging."""
    np.fill_diagonal(similar, -np.inf)
    seen: dict[str, list[int]] = {}
    for number, group in enumerate(groups):
        for picture in {pictures[i] for i in group}:
            seen.setdefault(picture, []).append(number)
    for numbers in seen.values():
        if len(numbers) > 1:
            similar[np.ix_(numbers, numbers)] = -np.inf
