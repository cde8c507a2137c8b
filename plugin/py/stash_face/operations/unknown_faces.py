"""Stored faces of unknown people as vectors, and the bar at which two are one person."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ..facedb.law import FPIR_SUGGEST, Law
from ..faces.packs import Pack
from ..faces.types import Vector
from ..store.connection import Store
from ..store.unnamed import IMAGE, SCENE, Place, face_vectors

# A law is not trusted beyond these sizes of a crowd.
_FEW = 50

# Faces whose vectors are held at once (8 MB), unless one person has more.
_TOGETHER = 4_096

Vectors = NDArray[np.float16]
Faces = Sequence[tuple[int, Place]]


def load_vectors(store: Store, pack: Pack, faces: Faces) -> Vectors:
    """(N, D) of unit length: all embedders beside each other, so that the product of two rows is
    their mean cosine. float16, as they are stored: 2 KB a face. A face without vectors is zero."""
    found: Vectors = np.zeros((len(faces), dimension(pack)), np.float16)
    scale = 1 / math.sqrt(len(pack.embedders))
    for kind in (IMAGE, SCENE):
        rows = [row for row, (_, place) in enumerate(faces) if place.kind == kind]
        for offset, held in face_vectors(store, kind, [faces[row][0] for row in rows]):
            if all(spec.key in held for spec in pack.embedders):
                parts = [np.frombuffer(held[spec.key], "<f2") for spec in pack.embedders]
                found[rows[offset]] = np.concatenate(parts).astype(np.float32) * scale
    return found


class StoredVectors:
    """The same, read portion by portion as they are asked for."""

    def __init__(self, store: Store, pack: Pack, faces: Faces) -> None:
        self._store, self._pack, self._faces = store, pack, faces

    def __len__(self) -> int:
        return len(self._faces)

    def __getitem__(self, rows: slice) -> Vectors:
        return load_vectors(self._store, self._pack, self._faces[rows])


def vectors_of_people(store: Store, pack: Pack, people: Sequence[Faces]) -> Iterator[Vectors]:
    """(N, D) of each of the people in turn, many read together."""
    start = 0
    while start < len(people):
        end, count = start + 1, len(people[start])
        while end < len(people) and count + len(people[end]) <= _TOGETHER:
            count += len(people[end])
            end += 1
        vectors = load_vectors(store, pack, [face for each in people[start:end] for face in each])
        cuts = np.cumsum([len(each) for each in people[start : end - 1]])
        yield from np.split(vectors, cuts)
        start = end


def dimension(pack: Pack) -> int:
    return sum(spec.dimension for spec in pack.embedders)


def parted(pack: Pack, template: NDArray[np.float32]) -> Mapping[str, Vector]:
    """A row of such vectors as one unit vector per embedder."""
    parts: dict[str, Vector] = {}
    start = 0
    for spec in pack.embedders:
        part = template[start : start + spec.dimension]
        parts[spec.key] = part / max(float(np.linalg.norm(part)), 1e-6)
        start += spec.dimension
    return parts


def bar(law: Law, pack: Pack, people: int) -> float:
    """The similarity that the closest of this many strangers reaches once in a hundred times."""
    shift = pack.prior.slope * math.log(max(people, _FEW) / max(law.people, _FEW))
    return max(pack.join, law.threshold(FPIR_SUGGEST) + shift)
