"""Faces of one person in neighbouring stills that are too unlike to be grouped by looks alone.

Who is seen at one moment is likely to be seen at the next: a lone face joins the group of the
neighbouring still that it resembles most, at a somewhat lower bar.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from .types import Probe

# How far under the bar of looks a neighbour may be, and how many seconds away.
EASE = 0.08
NEIGHBOURS = 45.0


def join_tracks(
    groups: Sequence[Sequence[int]],
    probes: Sequence[Probe],
    times: Mapping[str, float],
    join: float,
) -> list[list[int]]:
    """The groups of indices into `probes`, with lone faces joined to their neighbours."""
    joined = [list(group) for group in groups]
    home = {i: number for number, group in enumerate(joined) for i in group}
    beside = _neighbours(probes, times)
    for alone in [group[0] for group in joined if len(group) == 1]:
        near = [j for j in beside[alone] if home[j] != home[alone]]
        best = max(near, key=lambda j: _similarity(probes[alone], probes[j]), default=None)
        if best is None or _similarity(probes[alone], probes[best]) < join - EASE:
            continue
        group = joined[home[best]]
        # Two faces of one still are two people, and what was told of a face is its own.
        if probes[alone].picture in {probes[i].picture for i in group}:
            continue
        if probes[alone].rejected != probes[best].rejected or len(joined[home[alone]]) > 1:
            continue
        joined[home[alone]] = []
        group.append(alone)
        home[alone] = home[best]
    return [group for group in joined if group]


def _neighbours(probes: Sequence[Probe], times: Mapping[str, float]) -> list[list[int]]:
    """For each probe those of the stills just before and after its own."""
    stills: dict[float, list[int]] = {}
    for i, probe in enumerate(probes):
        stills.setdefault(times[probe.picture], []).append(i)
    order = sorted(stills)
    beside: list[list[int]] = [[] for _ in probes]
    for before, after in zip(order, order[1:], strict=False):
        if after - before <= NEIGHBOURS:
            for i in stills[before]:
                beside[i] += stills[after]
            for i in stills[after]:
                beside[i] += stills[before]
    return beside


def _similarity(one: Probe, other: Probe) -> float:
    return float(np.mean([one.vectors[key] @ other.vectors[key] for key in one.vectors]))
