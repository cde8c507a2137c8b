from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from stash_face.identify.tracks import EASE, NEIGHBOURS, join_tracks
from stash_face.identify.types import Probe
from tests.identify.synthetic import JOIN, near, probe, someone

RANDOM = np.random.default_rng(30)
ANN, BEN = someone(RANDOM), someone(RANDOM)
ALMOST = near(ANN, JOIN - EASE / 2)


def joined(probes: Sequence[Probe], groups: list[list[int]], step: float = 20.0) -> list[list[int]]:
    """Stills "0", "1", … lie `step` seconds apart."""
    times = {each.picture: int(each.picture) * step for each in probes}
    return join_tracks(groups, probes, times, JOIN)


def test_a_lone_face_joins_whom_it_resembles_in_the_next_still() -> None:
    probes = [probe("0", ANN), probe("1", ANN), probe("2", ALMOST)]

    assert joined(probes, [[0, 1], [2]]) == [[0, 1, 2]]


def test_a_face_farther_off_in_looks_or_in_time_stays_alone() -> None:
    unlike = [probe("0", ANN), probe("1", ANN), probe("2", near(ANN, JOIN - 2 * EASE))]
    between = [probe("0", ANN), probe("1", ANN), probe("2", BEN), probe("3", ALMOST)]
    later = [probe("0", ANN), probe("1", ALMOST)]

    assert joined(unlike, [[0, 1], [2]]) == [[0, 1], [2]]
    assert joined(between, [[0, 1], [2], [3]]) == [[0, 1], [2], [3]]
    assert joined(later, [[0], [1]], NEIGHBOURS + 1) == [[0], [1]]


def test_two_faces_of_one_still_never_meet() -> None:
    probes = [probe("0", ANN), probe("1", ANN), probe("1", ALMOST)]

    assert joined(probes, [[0, 1], [2]]) == [[0, 1], [2]]


def test_two_lone_neighbours_become_one_person() -> None:
    assert joined([probe("0", ANN), probe("1", ALMOST)], [[0], [1]]) in ([[0, 1]], [[1, 0]])


def test_a_face_that_was_told_not_to_be_somebody_stays_apart() -> None:
    told = probe("1", ALMOST)._replace(rejected=frozenset({"x"}))

    assert joined([probe("0", ANN), told], [[0], [1]]) == [[0], [1]]


def test_nobody_is_lost() -> None:
    random = np.random.default_rng(31)
    probes = [probe(str(n // 2), someone(random)) for n in range(40)]

    found = joined(probes, [[n] for n in range(40)])

    assert sorted(i for group in found for i in group) == list(range(40))
