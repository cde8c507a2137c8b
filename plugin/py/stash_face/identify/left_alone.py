"""Faces that the user wants to be left alone: nobody is proposed for them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from .reasons import NOBODY_LEFT
from .types import UNKNOWN, ScenePerson, Sighting


def left_alone(people: Sequence[ScenePerson], ignored: Collection[int]) -> list[ScenePerson]:
    """The people of a scene, where the faces `ignored` (places in the list of probes) are nobody:
    a person as a whole where they are half of what is seen of them, else those faces alone."""
    found: list[ScenePerson] = []
    for person in people:
        theirs = [each for each in person.sightings if each.probe in ignored]
        if 2 * len(theirs) < len(person.sightings):
            kept = [each for each in person.sightings if each.probe not in ignored]
            found.append(person._replace(sightings=kept))
        elif theirs:
            theirs = person.sightings
        if theirs:
            found.append(_nobody(person, theirs))
    return found


def _nobody(person: ScenePerson, sightings: Sequence[Sighting]) -> ScenePerson:
    verdict = person.verdict._replace(answer=UNKNOWN, reason=NOBODY_LEFT, candidates=[])
    alone = [each._replace(distance=None) for each in sightings]
    return ScenePerson(verdict, alone, decided=True, ignored=True)
