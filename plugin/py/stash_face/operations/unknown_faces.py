"""Stored faces of unknown people as vectors, and the bar at which two are one person."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ..facedb.law import FPIR_SUGGEST, Law
from ..faces.packs import Pack
from ..faces.types import Vector
from ..store.connection import Store
from ..store.unnamed import IMAGE, SCENE, Place, face_vectors

# A law is not trusted beyond these sizes of a crowd.
_FEW = 50

Vectors = NDArray[np.float16]


def load_vectors(store: Store, pack: Pack, faces: Sequence[tuple[int, Place]]) -> Vectors:
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
