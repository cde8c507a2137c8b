"""Who is in a gallery: faces are grouped by person and each group is decided as a whole.

Deciding face by face names a stranger in one gallery of ten, and more the larger it is; a
group needs two pictures (one only where the gallery has one).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from ..facedb.law import Law
from ..facedb.types import Candidate, Search
from ..faces.types import Vector
from .clusters import cluster
from .decision import Names, decide
from .reasons import BETTER_THERE, one_picture, only_one, surer_elsewhere
from .types import (
    MATCH,
    UNCERTAIN,
    UNKNOWN,
    GroupVerdict,
    Limits,
    Probe,
    Reason,
    Sighting,
    Verdict,
)

# Pictures in which a person must be seen to be named.
SUPPORT = 2
CANDIDATES = 10


class Grouped(NamedTuple):
    """The faces of a gallery: `groups` hold indices into `probes`, and `pools` one unit vector
    per embedder for each group, to be searched for CANDIDATES people."""

    probes: Sequence[Probe]
    groups: list[list[int]]
    pools: list[dict[str, Vector]]


def group_faces(probes: Sequence[Probe], join: float) -> Grouped:
    """One group for each person that the faces seem to be of."""
    groups = [part for group in cluster(probes, join) for part in told_alike(group, probes)]
    return Grouped(probes, groups, [pool([probes[i] for i in group]) for group in groups])


def decide_gallery(
    probes: Sequence[Probe],
    pictures: int,
    database: Search,
    law: Law,
    limits: Limits,
    join: float,
    name: Names,
) -> list[GroupVerdict]:
    """Everyone in a gallery of `pictures` pictures, most seen first, unknown people included."""
    grouped = group_faces(probes, join)
    found = database.search(grouped.pools, CANDIDATES)
    return decide_groups(grouped, found, pictures, database, law, limits, name)


def decide_groups(
    grouped: Grouped,
    found: Sequence[Sequence[Candidate]],
    pictures: int,
    database: Search,
    law: Law,
    limits: Limits,
    name: Names,
) -> list[GroupVerdict]:
    """The same once the groups were searched for: `found` are the candidates of each pool."""
    probes = grouped.probes
    decided: list[tuple[Verdict, list[int]]] = []
    for group, candidates in zip(grouped.groups, found, strict=True):
        best = max((probes[i] for i in group), key=lambda probe: probe.quality)
        candidates = probes[group[0]].allowed(candidates)
        # What several faces have in common is no poor face any more: strangers come closer to it.
        bar = law.at(1.0 if len(group) > 1 else best.quality)
        verdict = decide(candidates, best.quality, bar, limits, name, best.flaws)
        decided.append((verdict, group))
    people = [
        _supported(verdict, sightings_of(verdict, members, probes, database), pictures, probes)
        for verdict, members in one_group_a_name(decided, probes)
    ]
    return sorted(listed_once(people, name), key=lambda p: -len(p.pictures))


def told_alike(group: list[int], probes: Sequence[Probe]) -> list[list[int]]:
    """Parts of a group of which the same people were rejected: the others keep their name."""
    parts: dict[frozenset[str], list[int]] = {}
    for i in group:
        parts.setdefault(probes[i].rejected, []).append(i)
    return list(parts.values())


def pool(probes: Sequence[Probe]) -> dict[str, Vector]:
    """One unit vector per embedder from several faces of a person, good faces counting more."""
    weights = np.array([probe.weight for probe in probes], np.float32)
    pooled: dict[str, Vector] = {}
    for embedder in probes[0].vectors:
        total = weights @ np.stack([probe.vectors[embedder] for probe in probes])
        pooled[embedder] = total / max(float(np.linalg.norm(total)), 1e-6)
    return pooled


def one_group_a_name(
    decided: list[tuple[Verdict, list[int]]], probes: Sequence[Probe]
) -> list[tuple[Verdict, list[int]]]:
    """Groups that were both given one name become one person; where they share a picture only
    the surer group's face keeps the name, as nobody is in a picture twice."""
    named: dict[str, tuple[Verdict, list[int]]] = {}
    result: list[tuple[Verdict, list[int]]] = []
    for verdict, members in sorted(decided, key=lambda entry: _surest(entry[0])):
        key = verdict.candidates[0].key if verdict.candidates else ""
        if verdict.answer != MATCH or key not in named:
            entry = (verdict, list(members))
            result.append(entry)
            if verdict.answer == MATCH:
                named[key] = entry
            continue
        held = named[key][1]
        taken = {probes[i].picture for i in held}
        held += [i for i in members if probes[i].picture not in taken]
        left = [i for i in members if probes[i].picture in taken]
        if left:
            result.append((verdict._replace(answer=UNKNOWN, reason=BETTER_THERE), left))
    return result


def _surest(verdict: Verdict) -> float:
    return 1.0 if verdict.answer == UNKNOWN else -verdict.candidates[0].similarity


def sightings_of(
    verdict: Verdict, members: Sequence[int], probes: Sequence[Probe], database: Search
) -> list[Sighting]:
    if verdict.answer == UNKNOWN:
        return [Sighting(probes[i].picture, i, None) for i in members]
    distances = _distances([probes[i].vectors for i in members], verdict, database)
    return [Sighting(probes[i].picture, i, d) for i, d in zip(members, distances, strict=True)]


def _distances(
    vectors: Sequence[Mapping[str, Vector]], verdict: Verdict, database: Search
) -> list[float]:
    found = database.compare(vectors, verdict.candidates[0].key)
    return [candidate.distance for candidate in found]


def _supported(
    verdict: Verdict, sightings: list[Sighting], pictures: int, probes: Sequence[Probe]
) -> GroupVerdict:
    seen = len({s.picture for s in sightings})
    if verdict.answer == MATCH:
        if seen < min(SUPPORT, pictures):
            verdict = verdict._replace(answer=UNCERTAIN, reason=one_picture(pictures))
        else:
            told = f"Seen in {seen} of {pictures} pictures."
            reason = verdict.reason.after(told, seen=seen, pictures=pictures)
            verdict = verdict._replace(reason=reason)
    elif verdict.answer == UNCERTAIN and seen < min(SUPPORT, pictures):
        reason = only_one(probes[sightings[0].probe].flaws, pictures)
        return _unknown(GroupVerdict(verdict, sightings), reason)
    return GroupVerdict(verdict, sightings)


def listed_once(
    people: list[GroupVerdict], name: Names, where: str = "gallery"
) -> list[GroupVerdict]:
    """Whoever is only perhaps somebody named already stays unknown."""
    listed: list[GroupVerdict] = []
    taken: set[str] = set()
    for person in sorted(people, key=_surest_person):
        if person.verdict.answer != UNKNOWN:
            key = person.verdict.candidates[0].key
            if key in taken:
                person = _unknown(person, surer_elsewhere(name(key), where))
            taken.add(key)
        listed.append(person)
    return listed


def _surest_person(person: GroupVerdict) -> tuple[bool, int, float]:
    return person.verdict.answer != MATCH, -len(person.pictures), _surest(person.verdict)


def _unknown(person: GroupVerdict, reason: Reason) -> GroupVerdict:
    verdict = person.verdict._replace(answer=UNKNOWN, reason=reason)
    return GroupVerdict(verdict, [s._replace(distance=None) for s in person.sightings])
