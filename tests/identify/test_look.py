from __future__ import annotations

import pytest

from stash_face.identify.look import where_to_look
from stash_face.identify.types import UNKNOWN, Probe, Reason, ScenePerson, Sighting, Verdict
from tests.identify.synthetic import LAW

HOUR = 3600.0


def person(decided: bool, *probes: int) -> ScenePerson:
    verdict = Verdict(UNKNOWN, Reason(""), [], LAW)
    return ScenePerson(verdict, [Sighting(str(i), i, None) for i in probes], decided)


def seen(*qualities: float) -> list[Probe]:
    return [Probe(str(i), {}, quality, 1.0) for i, quality in enumerate(qualities)]


def look(
    people: list[ScenePerson], probes: list[Probe], at: list[float], *looked: float, count: int = 4
) -> list[float]:
    times = {str(i): time for i, time in enumerate(at)}
    return where_to_look(people, probes, times, HOUR, looked, count)


def test_once_everybody_is_decided_there_is_nothing_to_look_for() -> None:
    assert look([person(True, 0), person(True, 1)], seen(0.1, 0.9), [5.0, 9.0]) == []


def test_the_undecided_come_in_turn_each_ones_best_face_first() -> None:
    people = [person(False, 0, 1), person(True, 2), person(False, 3, 4)]
    probes = seen(0.2, 0.6, 0.9, 0.5, 0.1)

    found = look(people, probes, [100.0, 200.0, 300.0, 400.0, 500.0])

    assert found == [200.0, 400.0, 100.0, 500.0]


def test_then_the_scene_is_looked_at_evenly() -> None:
    found = look([person(False, 0)], seen(0.5), [1000.0], count=17)

    assert found[0] == 1000.0
    gaps = [b - a for a, b in zip(sorted(found[1:]), sorted(found[1:])[1:], strict=False)]
    assert gaps == pytest.approx([HOUR / 16] * 15)


def test_where_nobody_was_seen_it_is_evenly_from_the_start() -> None:
    found = look([], [], [], count=4)

    assert sorted(found) == pytest.approx([7.0, 907.0, 1807.0, 2707.0], abs=1)


def test_no_moment_is_looked_at_twice() -> None:
    first = look([person(False, 0, 1)], seen(0.5, 0.4), [100.0, 100.4], count=8)
    second = look([person(False, 0, 1)], seen(0.5, 0.4), [100.0, 100.4], *first, count=8)

    assert [at for at in first if 99 < at < 101] == [100.0]
    both = sorted(first + second)
    assert len(both) == 16
    assert min(b - a for a, b in zip(both, both[1:], strict=False)) >= 1.0


@pytest.mark.parametrize("duration", [0.0, 0.04, 2.0, 12 * HOUR])
def test_any_duration_gives_times_within_it(duration: float) -> None:
    found = where_to_look([], [], {}, duration, [], 40)

    assert found
    assert all(0 <= at <= duration for at in found)
    assert len(set(found)) == len(found)


def test_a_scene_that_was_seen_all_over_has_nothing_more() -> None:
    everywhere = where_to_look([], [], {}, HOUR, [], 10_000)

    assert where_to_look([], [], {}, HOUR, everywhere, 10) == []
    assert where_to_look([], [], {}, 0.0, [0.0], 10) == []
