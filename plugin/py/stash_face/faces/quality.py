"""How much a face picture is worth, 0 (nothing) to 1 (a clear portrait).

The length of an ArcFace vector before normalisation is the best sign of it (correlation 0.80
with the genuine similarity; sharpness 0.30, size 0.24); FaceNet-like lengths say nothing
(-0.20), so the pack names the embedder whose length counts.
"""

from __future__ import annotations

from .types import Detection, Embedding

# ArcFace norms of hopeless and of clear faces (dev pack, spoilt and original photos).
NORM_POOR, NORM_CLEAR = 10.0, 24.0
# Without such an embedder, face heights in pixels that an embedder can make nothing of, and
# that give it all it wants.
SIDE_POOR, SIDE_CLEAR = 16.0, 112.0


def quality(
    detection: Detection, embeddings: dict[str, Embedding], norm_embedder: str | None
) -> float:
    """Quality in 0..1 from the telling norm, or from size and detector score without one."""
    if norm_embedder is not None:
        return _share(embeddings[norm_embedder].norm, NORM_POOR, NORM_CLEAR)
    height = detection.bbox[3] - detection.bbox[1]
    return _share(height, SIDE_POOR, SIDE_CLEAR) * detection.score


def _share(value: float, low: float, high: float) -> float:
    return round(min(max((value - low) / (high - low), 0.0), 1.0), 4)
