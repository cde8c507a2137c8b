"""How good a stored face's picture is, in numbers for the answer; nothing of it decides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..facedb.types import Candidate
from ..faces.packs import Pack
from ..faces.signals import Pose, Signals, pose
from ..identify.agreement import agreement
from ..store.images import StoredFace


def signals_of(face: StoredFace, pack: Pack) -> Signals:
    """What its landmarks, bbox and vectors tell, without its picture."""
    width, height = face.size
    known = width > 0 and height > 0
    size = max(face.bbox[2] * width, face.bbox[3] * height) if known else None
    norm = pack.norm_embedder
    length = face.embeddings[norm][0] if norm in face.embeddings else None
    return Signals(size, face.sharpness, _pose(face) if known else None, face.score, length)


def signals_entry(signals: Signals, candidates: Sequence[Candidate]) -> dict[str, Any]:
    """`quality_signals` of the contract; `candidates` are those of the face, closest first."""
    said = agreement(candidates)
    turned: Sequence[float | None] = signals.pose or (None, None, None)
    return {
        "size_px": None if signals.size is None else round(signals.size, 1),
        "sharpness": signals.sharpness,
        **dict(zip(Pose._fields, turned, strict=True)),
        "detector_score": signals.score,
        "norm": None if signals.norm is None else round(signals.norm, 2),
        "models_agree": None if said is None else said.other is None,
        "models_apart": None if said is None else round(said.apart, 4),
    }


def _pose(face: StoredFace) -> Pose | None:
    points = np.frombuffer(face.landmarks, "<f4")
    if points.size != 10:
        return None
    return pose(points.reshape(5, 2) * np.array(face.size, np.float32))
