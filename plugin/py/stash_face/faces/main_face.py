"""Whose photo it is, where it shows several faces."""

from __future__ import annotations

from .types import Detection, Picture


def main_face(picture: Picture, detections: list[Detection]) -> Detection:
    """The large face near the middle: area less twice the squared distance from the middle,
    in pixels (insightface's own rule)."""
    height, width = picture.shape[:2]

    def weight(detection: Detection) -> float:
        x1, y1, x2, y2 = detection.bbox
        off = ((x1 + x2 - width) / 2) ** 2 + ((y1 + y2 - height) / 2) ** 2
        return (x2 - x1) * (y2 - y1) - 2 * off

    return max(detections, key=weight)
