"""Where the faces of a scene came from, and why from there, in words."""

from __future__ import annotations

from typing import Any

from ..stash.entities import NO_SPRITE
from ..store.scenes import Looked

EMPTY: dict[str, Any] = {
    "source": "none",
    "source_reason": "",
    "sprite_missing": False,
    "problems": [],
}


def told_source(looked: Looked, counts: dict[str, int]) -> dict[str, Any]:
    """These of an answer, from how the scene was looked at and how many stills of each kind
    that were."""
    sprite, frames = counts["sprite"] > 0, counts["frame"] > 0
    missing = looked.sprite or ""
    if sprite and frames:
        source = "both"
        reason = "The sprite did not decide about everyone: frames of the video were looked at too."
    elif sprite:
        source = "sprite"
        reason = "The sprite was enough; the video was not opened."
        if looked.video:
            reason = "Only the sprite could be looked at, not the video."
    elif frames:
        source, reason = "frames", f"Frames of the video were looked at. {missing}".strip()
    else:
        source, reason = "none", f"Nothing of the scene could be looked at. {missing}".strip()
    problems = [told for told in (missing, looked.video) if told]
    return {
        "source": source,
        "source_reason": reason,
        "sprite_missing": missing == NO_SPRITE,
        "problems": problems,
    }
