"""Who is in a scene: faces of its stills grouped by person, each decided as a whole.

As a gallery, with three differences: a person split in two by poor pictures is put together
again where the database is sure of it, two look-alikes in one group are taken apart, and one very
sure face is enough.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from ..facedb.law import FPIR_AUTOMATIC, FPIR_SUGGEST, IMPOSTOR_KNEE, Law
from ..facedb.types import Candidate, Search
from .decision import LIKELY, POOR, TWIN_MARGIN, Names, decide
from .gallery import (
    CANDIDATES,
    SUPPORT,
    group_faces,
    listed_once,
    one_group_a_name,
    pool,
    sightings_of,
)
from .reasons import ONE_FACE, one_doubtful_moment, one_moment
from .tracks import join_tracks
from .types import (
    MATCH,
    UNCERTAIN,
    UNKNOWN,
    GroupVerdict,
    Limits,
    Probe,
    ScenePerson,
    Sighting,
    Verdict,
)

# Seconds within which two stills are one moment: a tile and the frame that it was made from.
ONE_MOMENT = 0.5
# A name stands over a whole scene, so it has to be right at least four times in five (held-out: of
# 162 right names 161 are left, and of 128 scenes without their people none gets a name, not one).
LIKELY_IN_SCENE = 0.8
# Rounds of putting groups together: each can only make fewer of them.
_ROUNDS = 4
# By how much the same similarity differs when it is computed in another order.
_ROUNDING = 1e-4


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
    """Everyone in a scene of which `frames` moments were looked at, most seen first, unknown
    people included. `times` are the seconds at which the pictures of the probes are."""
    scene = _Scene(probes, times, frames, database, law, limits, name)
    groups = join_tracks(group_faces(probes, join).groups, probes, times, join)
    groups = [part for group in groups for part in scene.look_alikes(group)]
    decided = scene.together(scene.decided(groups))
    decided = [scene.single(verdict, group) for verdict, group in decided]
    people = [
        scene.supported(verdict, sightings_of(verdict, group, probes, database))
        for verdict, group in one_group_a_name(decided, probes)
    ]
    listed = [scene.person(each) for each in listed_once(people, name, "scene")]
    return sorted(listed, key=lambda person: -len(person.pictures))


class _Scene:
    """The faces of one scene, each searched alone, and what decides about them."""

    def __init__(
        self,
        probes: Sequence[Probe],
        times: Mapping[str, float],
        frames: int,
        database: Search,
        law: Law,
        limits: Limits,
        name: Names,
    ) -> None:
        self._probes = probes
        self._times = times
        self._frames = frames
        self._database = database
        self._law = law
        self._limits = limits
        self._name = name
        alone = database.search([probe.vectors for probe in probes], CANDIDATES)
        self._alone = [probe.allowed(found) for probe, found in zip(probes, alone, strict=True)]

    def look_alikes(self, group: list[int]) -> list[list[int]]:
        """The parts of a group in which several faces each are surely of different people."""
        sure = Counter(self._alone[i][0].key for i in group if self._very_sure(i))
        keys = [key for key, count in sure.items() if count >= SUPPORT]
        if len(keys) < 2:
            return [group]
        vectors = [self._probes[i].vectors for i in group]
        closeness = [[c.similarity for c in self._database.compare(vectors, k)] for k in keys]
        parts: list[list[int]] = [[] for _ in keys]
        for place, i in enumerate(group):
            parts[max(range(len(keys)), key=lambda k: closeness[k][place])].append(i)
        return [part for part in parts if part]

    def decided(self, groups: Sequence[list[int]]) -> list[tuple[Verdict, list[int]]]:
        """A verdict on the pooled faces of each group."""
        pools = [pool([self._probes[i] for i in group]) for group in groups]
        found = self._database.search(pools, CANDIDATES)
        return [(self._verdict(g, c), g) for g, c in zip(groups, found, strict=True)]

    def together(self, decided: list[tuple[Verdict, list[int]]]) -> list[tuple[Verdict, list[int]]]:
        """Groups whose closest person is the same put together, as long as all their faces are
        as close to that person as the closer group alone, and surely so."""
        for _ in range(_ROUNDS):
            alike: dict[str, list[tuple[Verdict, list[int]]]] = {}
            for entry in decided:
                alike.setdefault(_closest(entry[0]), []).append(entry)
            merged = [each for key, part in alike.items() for each in self._merged(key, part)]
            if len(merged) == len(decided):
                break
            decided = merged
        return decided

    def _merged(
        self, key: str, groups: list[tuple[Verdict, list[int]]]
    ) -> list[tuple[Verdict, list[int]]]:
        if not key or len(groups) < 2:
            return groups
        best, *others = sorted(groups, key=lambda entry: -entry[0].candidates[0].similarity)
        left = []
        for entry in others:
            tried = self._both(best, entry)
            if tried is None:
                left.append(entry)
            else:
                best = tried
        return [best, *left]

    def _both(
        self, best: tuple[Verdict, list[int]], entry: tuple[Verdict, list[int]]
    ) -> tuple[Verdict, list[int]] | None:
        taken = {self._probes[i].picture for i in best[1]}
        if any(self._probes[i].picture in taken for i in entry[1]):
            return None
        if self._probes[best[1][0]].rejected != self._probes[entry[1][0]].rejected:
            return None
        together = pool([self._probes[i] for i in best[1] + entry[1]])
        (closest,) = self._database.compare([together], _closest(best[0]))
        # Most pairs end here, at a fraction of what a search costs.
        if closest.similarity < best[0].candidates[0].similarity - _ROUNDING:
            return None
        if not self._law.at(1.0).fpir(closest.similarity) <= FPIR_SUGGEST:
            return None
        verdict, group = self.decided([best[1] + entry[1]])[0]
        nearer = _closest(verdict) == _closest(best[0]) and (
            verdict.candidates[0].similarity >= best[0].candidates[0].similarity
        )
        return (verdict, group) if nearer and verdict.answer == MATCH else None

    def single(self, verdict: Verdict, group: list[int]) -> tuple[Verdict, list[int]]:
        """The verdict on the group's surest face where all of them together give no name."""
        sure = [i for i in group if self._very_sure(i)]
        if verdict.answer == MATCH or not sure or len({self._alone[i][0].key for i in sure}) > 1:
            return verdict, group
        best = max(sure, key=lambda i: self._alone[i][0].similarity)
        bar = self._law.at(self._probes[best].quality)
        alone = self._decide(self._alone[best], self._probes[best], bar)
        # The more faces a stranger shows, the closer one of them comes by chance.
        by_chance = bar.fpir(self._alone[best][0].similarity) * len(group)
        if alone.answer != MATCH or by_chance > FPIR_SUGGEST:
            return verdict, group
        return alone._replace(reason=ONE_FACE), group

    def supported(self, verdict: Verdict, sightings: list[Sighting]) -> GroupVerdict:
        """A name needs two moments, or one very sure face."""
        moments = self._moments(sightings)
        seen = f"Seen at {moments} of {self._frames} moments."
        few = moments < min(SUPPORT, self._frames)
        if verdict.answer == MATCH:
            if few and not any(self._very_sure(s.probe) for s in sightings):
                verdict = verdict._replace(answer=UNCERTAIN, reason=one_moment(self._frames))
            else:
                reason = verdict.reason.after(seen, seen=moments, moments=self._frames)
                verdict = verdict._replace(reason=reason)
        elif verdict.answer == UNCERTAIN and few:
            verdict = verdict._replace(answer=UNKNOWN, reason=one_doubtful_moment(self._frames))
            sightings = [s._replace(distance=None) for s in sightings]
        return GroupVerdict(verdict, sightings)

    def person(self, seen: GroupVerdict) -> ScenePerson:
        best = max(self._probes[s.probe].quality for s in seen.sightings)
        often = self._moments(seen.sightings) >= SUPPORT
        # Clear faces stay who they are, and one that is hardly a face is not worth a search.
        settled = best >= IMPOSTOR_KNEE if often else best < POOR
        return ScenePerson(*seen, seen.verdict.answer == MATCH or settled)

    def _verdict(self, group: Sequence[int], candidates: Sequence[Candidate]) -> Verdict:
        best = max((self._probes[i] for i in group), key=lambda probe: probe.quality)
        bar = self._law.at(1.0 if len(group) > 1 else best.quality)
        allowed = self._probes[group[0]].allowed(candidates)
        return self._decide(allowed, best, bar)

    def _decide(self, candidates: Sequence[Candidate], best: Probe, bar: Law) -> Verdict:
        return decide(
            candidates, best.quality, bar, self._limits, self._name, best.flaws, LIKELY_IN_SCENE
        )

    def _very_sure(self, face: int) -> bool:
        """At most 1 stranger in 1,000 comes as close to anybody, and it is nobody's twin."""
        found = self._alone[face][:2]
        if not found:
            return False
        best, law = found[0].similarity, self._law.at(self._probes[face].quality)
        if not law.fpir(best) <= FPIR_AUTOMATIC or law.confidence(best) < LIKELY:
            return False
        return len(found) < 2 or best - found[1].similarity >= TWIN_MARGIN

    def _moments(self, sightings: Sequence[Sighting]) -> int:
        return moments(self._times[s.picture] for s in sightings)


def moments(times: Iterable[float]) -> int:
    """How many moments (seconds) there are, those that are as good as one counted once."""
    count, last = 0, -2 * ONE_MOMENT
    for at in sorted(times):
        if at - last > ONE_MOMENT:
            count, last = count + 1, at
    return count


def _closest(verdict: Verdict) -> str:
    return verdict.candidates[0].key if verdict.candidates else ""
