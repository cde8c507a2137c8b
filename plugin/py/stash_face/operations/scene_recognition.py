"""Faces of a scene to its persons, and to the times at which more has to be seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from typing import Any, NamedTuple

from ..identify.left_alone import left_alone
from ..identify.look import where_to_look
from ..identify.scene import decide_scene
from ..identify.types import MATCH, UNKNOWN, Probe, ScenePerson, Sighting
from ..stash.entities import LocalPerformer
from ..store.images import NamedFace
from ..store.scenes import SceneFace
from .recognition import UNKNOWN_LISTED, Recognition
from .told import who_is

_ORDER = {MATCH: 0, UNKNOWN: 2}


class SceneFaces(NamedTuple):
    """The faces of a scene, and at how many moments they were looked for."""

    scene_id: str
    faces: Sequence[SceneFace]
    moments: int


class SceneRecognition(Recognition):
    """The face database as it is asked about scenes."""

    _last: tuple[object, SceneVerdict] | None = None

    def scene(self, found: SceneFaces) -> SceneVerdict:
        """Nothing is decided anew where the same is asked again: where to look comes before who
        it is."""
        told = self._told.decisions.get(found.scene_id)
        faces = [each.id for each in found.faces]
        asked = found.scene_id, faces, found.moments, told, self._limits
        if self._last is None or self._last[0] != asked:
            self._last = asked, SceneVerdict(self, found)
        return self._last[1]

    def known(self, performers: Sequence[LocalPerformer]) -> dict[str, bool]:
        """Which of the user's own performers could be found at all, by their id."""
        return {
            each.id: any(self.database.key_of(name) for name in who_is(each).names)
            for each in performers
        }


class SceneVerdict:
    """Who is in a scene, as far as its faces are known."""

    def __init__(self, recognition: SceneRecognition, found: SceneFaces) -> None:
        self._recognition = recognition
        self._found = found
        least = recognition._options.min_face_confidence
        self._shown = [each for each in found.faces if each.face.score >= least]

    @cached_property
    def _probes(self) -> list[Probe]:
        # A face may be nobody who was rejected for the scene, whenever it is seen.
        r = self._recognition
        rejected = r._told.rejected_in(self._found.scene_id, r.database)
        probes = [r.probe(each.face, _still(each)) for each in self._shown]
        return [probe._replace(rejected=rejected) for probe in probes]

    @cached_property
    def _times(self) -> dict[str, float]:
        return {_still(each): each.at for each in self._shown}

    @cached_property
    def people(self) -> list[ScenePerson]:
        """Everyone seen, most seen first, unknown people included."""
        r = self._recognition
        people = decide_scene(
            self._probes, self._times, self._found.moments, r.database, r.law, r._limits,
            r.pack.join, r._name,
        )  # fmt: skip
        return left_alone(people, r._told.ignored_in(self._found.scene_id, self._shown))

    def times(self, duration: float, asked: Sequence[float], count: int) -> list[float]:
        """At most `count` seconds at which frames would help; none once everyone is decided."""
        return where_to_look(self.people, self._probes, self._times, duration, asked, count)

    def answer(self) -> dict[str, Any]:
        """`persons[]` and what is counted; face pictures are named by "face", a number."""
        people = sorted(
            self.people,
            key=lambda p: (_ORDER.get(p.verdict.answer, 1), -len(p.pictures)),
        )
        strangers = [p for p in people if p.verdict.answer == UNKNOWN and not p.ignored]
        ignored = [p for p in people if p.ignored]
        listed = [p for p in people if p.verdict.answer != UNKNOWN]
        listed += strangers[:UNKNOWN_LISTED] + ignored[:UNKNOWN_LISTED]
        return {
            "faces_detected": len(self._shown),
            "performers_detected": sum(p.verdict.answer == MATCH for p in people),
            "unknown_total": len(strangers),
            "persons": [self._person(p) for p in listed],
        }

    def named(self) -> list[tuple[float, NamedFace]]:
        """The rows to be stored: who was named at which second."""
        return [
            (
                self._shown[sighting.probe].at,
                self._recognition._named(
                    self._shown[sighting.probe].face, person.verdict, sighting.distance
                ),
            )
            for person in self.people
            if person.verdict.answer == MATCH
            for sighting in person.sightings
        ]

    def _person(self, person: ScenePerson) -> dict[str, Any]:
        verdict, r = person.verdict, self._recognition
        unknown = verdict.answer == UNKNOWN
        seen = [self._shown[s.probe] for s in person.sightings]
        matches = r._matches(verdict)
        name = {} if unknown else r._match(verdict, 0)
        return {
            "unknown": unknown,
            **name,
            "decision": verdict.answer,
            **verdict.reason.entry,
            "ignored": person.ignored,
            "appearances": len(person.pictures),
            "timestamps": sorted({each.at for each in seen}),
            "candidates": [
                each for each in matches if each["performer_id"] != name.get("performer_id")
            ],
            "evidence": self._evidence(person, seen),
            "face": self._best(person).id,
        }

    def _best(self, person: ScenePerson) -> SceneFace:
        """The face to be shown: the closest, or of unknown people the best."""
        if person.verdict.answer == UNKNOWN:
            return max((self._shown[s.probe] for s in person.sightings), key=_quality)
        return self._shown[min(person.sightings, key=_distance).probe]

    def _evidence(self, person: ScenePerson, seen: Sequence[SceneFace]) -> dict[str, Any]:
        sightings = [self._sighting(s) for s in person.sightings]
        distances = [s.distance for s in person.sightings if s.distance is not None]
        best = self._best(person)
        return {
            "sources": dict(Counter(each.source for each in seen)),
            "quality": best.face.quality,
            "best_distance": round(min(distances), 4) if distances else None,
            "avg_distance": round(sum(distances) / len(distances), 4) if distances else None,
            "sightings": sorted(sightings, key=lambda each: each["at"]),
        }

    def _sighting(self, sighting: Sighting) -> dict[str, Any]:
        seen = self._shown[sighting.probe]
        far = sighting.distance
        return {
            "face": seen.id,
            "at": seen.at,
            "source": seen.source,
            "bbox": dict(zip("xywh", seen.face.bbox, strict=True)),
            "quality": seen.face.quality,
            "distance": None if far is None else round(far, 4),
            "confidence": None if far is None else self._recognition._confidence(seen.face, far),
        }


def _still(seen: SceneFace) -> str:
    return f"{seen.source}:{seen.at}"


def _quality(seen: SceneFace) -> float:
    return seen.face.quality


def _distance(sighting: Sighting) -> float:
    return sighting.distance or 0.0
