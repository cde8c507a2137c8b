"""Whose face it is that the items of one performer share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ..faces.types import Vector
from .clusters import cluster
from .types import Probe

# Without a picture the face has to be seen in that share of the items, two at least, and in more
# of them than anybody else's.
SHARE, SUPPORT = 0.5, 2
# Faces less like the performer than the bar at which faces join, by this, are somebody else's.
APART = 0.1


class Shared(NamedTuple):
    """The performer's faces among the probes, and how many items they are seen in."""

    faces: list[int]
    items: int


def shared_face(
    probes: Sequence[Probe], items: Sequence[str], join: float, own: Sequence[int] = ()
) -> Shared:
    """The faces like those of the performer's own pictures (`own`, indices into `probes`), or
    without such those that most items show; none where several people may be meant. `items`
    names the item that each probe is from, "" for pictures."""
    groups = cluster(probes, join)
    seen = {n: {items[i] for i in group} - {""} for n, group in enumerate(groups)}
    if own:
        theirs = [n for n, group in enumerate(groups) if set(own) & set(group)]
        faces = [i for n in theirs for i in groups[n]]
        return Shared(faces, len(set().union(*(seen[n] for n in theirs))))
    ranked = sorted(seen, key=lambda n: -len(seen[n]))
    everything = len(set(items) - {""})
    if not ranked or len(seen[ranked[0]]) < max(min(SUPPORT, everything), SHARE * everything):
        return Shared([], 0)
    if len(ranked) > 1 and len(seen[ranked[1]]) == len(seen[ranked[0]]):
        return Shared([], 0)
    return Shared(groups[ranked[0]], len(seen[ranked[0]]))


def likeness(pooled: dict[str, Vector], probe: Probe) -> float:
    """The mean cosine over the embedders."""
    return float(np.mean([pooled[name] @ probe.vectors[name] for name in pooled]))
