"""Where in a scene to look next: at those who are not decided yet, then evenly.

Arithmetic on times alone; knows nothing of videos.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, zip_longest

from .types import Probe, ScenePerson

# Seconds within which two looks show much the same.
SAME_MOMENT = 1.0
# Places of the even looks: as many as anybody asks for.
_PLACES = 256


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
    over `duration`; never where full frames (`looked`) were seen already.

    Empty once everyone is decided; where nobody was seen yet, evenly from the start."""
    if people and all(person.decided for person in people):
        return []
    seen = list(looked)
    found: list[float] = []
    apart = min(SAME_MOMENT, duration / _PLACES)
    for at in chain(_sightings(people, probes, times), _evenly(duration)):
        if len(found) >= count:
            break
        if all(abs(at - other) >= max(apart, 1e-3) for other in seen):
            seen.append(at)
            found.append(at)
    return found


def _sightings(
    people: Sequence[ScenePerson], probes: Sequence[Probe], times: Mapping[str, float]
) -> Iterator[float]:
    """The times of everyone undecided in turn, each person's best face first."""
    each = []
    for person in people:
        if not person.decided:
            best = sorted(person.sightings, key=lambda s: -probes[s.probe].quality)
            each.append([times[s.picture] for s in best])
    for row in zip_longest(*each):
        yield from (at for at in row if at is not None)


def _evenly(duration: float) -> Iterator[float]:
    """Times whose every first part is spread over the whole: bits of the place reversed."""
    bits = _PLACES.bit_length() - 1
    for number in range(_PLACES):
        place = int(f"{number:0{bits}b}"[::-1], 2)
        yield duration * (place + 0.5) / _PLACES
