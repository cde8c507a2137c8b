"""Who is in a scene: faces of its stills grouped by person, each decided as a whole.

As a gallery, but a person may be named by one very sure face, and what is not decided yet says
where in the scene to look more closely.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ..facedb.law import Law
from ..facedb.types import Search
from .decision import Names
from .gallery import decide_gallery
from .types import MATCH, Limits, Probe, Sighting, Verdict


class ScenePerson(NamedTuple):
    """A person of a scene: the verdict on all their faces, where they are seen, and whether
    more stills could still change the answer (`decided` is False)."""

    verdict: Verdict
    sightings: list[Sighting]
    decided: bool

    @property
    def pictures(self) -> list[str]:
        return list(dict.fromkeys(s.picture for s in self.sightings))


def decide_scene(
    probes: Sequence[Probe],
    times: Mapping[str, float],
    frames: int,
    database: Search,
    law: Law,
    limits: Limits,
    join: float,
    name: Names,
) -> list[ScenePerson]:
    """Everyone in a scene of which `frames` stills were looked at, most seen first, unknown
    people included. `times` are the seconds at which the pictures of the probes are."""
    people = decide_gallery(probes, frames, database, law, limits, join, name)
    return [ScenePerson(p.verdict, p.sightings, p.verdict.answer == MATCH) for p in people]


def where_to_look(
    people: Sequence[ScenePerson],
    probes: Sequence[Probe],
    times: Mapping[str, float],
    duration: float,
    looked: Sequence[float],
    count: int,
) -> list[float]:
    """At most `count` times (seconds) at which to look at full frames next, the most telling
    first: where people were seen who are not decided yet, their best faces first, then evenly
    over `duration` where nobody `looked` yet. Empty once everyone is decided."""
    if people and all(person.decided for person in people):
        return []
    wanted = [times[s.picture] for p in people if not p.decided for s in p.sightings]
    return wanted[:count]
