"""Aligned crops to embeddings, in batches, as the pack says the network wants them.

One path serves every embedder: channel order, layout, mean and scale are data of the pack.
A test holds it against insightface's own ArcFaceONNX, which needs onnx loaded for nothing
else than to guess that mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from .packs import Embedder
from .types import Embedding, Picture, Vector

# Crops a run; each is sent with its mirror. More gains little on a GPU.
BATCH = 16
# On a CPU 16 take as long a crop, and 250 MB more memory.
CPU_BATCH = 4


class Recognizer:
    """One embedder over a ready onnxruntime session."""

    def __init__(self, spec: Embedder, session: Any, batch: int = BATCH) -> None:
        self.spec = spec
        self._session = session
        self.batch = batch
        self._input = session.get_inputs()[0].name

    def embed(self, crops: Sequence[Picture]) -> list[Embedding]:
        """Embeddings of (112, 112, 3) RGB uint8 crops, mirror-averaged as the pack says."""
        found: list[Embedding] = []
        for start in range(0, len(crops), self.batch):
            found += self._embed_batch(crops[start : start + self.batch])
        return found

    def _embed_batch(self, crops: Sequence[Picture]) -> list[Embedding]:
        upright = blob(self.spec, crops)
        if self.spec.mirror == "none":
            raw = self._run(upright)
            return [_normalised(vector, float(np.linalg.norm(vector))) for vector in raw]
        width_axis = 3 if self.spec.layout == "NCHW" else 2
        both = self._run(np.concatenate([upright, np.flip(upright, width_axis)]))
        norms = np.linalg.norm(both, axis=1)
        if self.spec.mirror == "mean":
            both = both / np.maximum(norms, 1e-6)[:, None]
        n = len(crops)
        pairs = zip(both[:n], both[n:], norms[:n], norms[n:], strict=True)
        return [_normalised(a + b, float(na + nb) / 2) for a, b, na, nb in pairs]

    def _run(self, blob: NDArray[np.float32]) -> NDArray[np.float32]:
        out: NDArray[np.float32] = self._session.run(None, {self._input: blob})[0]
        # A faulty GPU driver answers NaN: such a face is worth nothing, and must not spread it.
        return np.nan_to_num(out.reshape(len(blob), -1), nan=0.0, posinf=0.0, neginf=0.0)


def blob(spec: Embedder, crops: Sequence[Picture]) -> NDArray[np.float32]:
    """What the network of `spec` is fed of (112, 112, 3) RGB uint8 crops: float32 in its layout."""
    side = spec.input_size
    batch = np.stack([_sized(crop, side) for crop in crops]).astype(np.float32)
    if spec.channels == "BGR":
        batch = batch[..., ::-1]
    batch = (batch - spec.mean) / spec.std
    if spec.layout == "NCHW":
        batch = batch.transpose(0, 3, 1, 2)
    return np.ascontiguousarray(batch, np.float32)


def _sized(crop: Picture, side: int) -> Picture:
    if crop.shape[0] == side:
        return crop
    sized: Picture = cv2.resize(crop, (side, side), interpolation=cv2.INTER_AREA)
    return sized


def _normalised(vector: Vector, norm: float) -> Embedding:
    length = float(np.linalg.norm(vector))
    return Embedding((vector / max(length, 1e-6)).astype(np.float32), norm)
