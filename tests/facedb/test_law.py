from __future__ import annotations

import itertools
import math
import random
from typing import Any

import pytest

from stash_face.facedb.law import (
    FPIR_AUTOMATIC,
    FPIR_SUGGEST,
    Law,
    fit_gumbel,
    from_manifest,
    to_manifest,
)

LAW = Law(0.21, 0.031, 0.74, 0.08, people=150, probes=150, fitted=True)
WEIGHTS = {"arcface_mbf": "a" * 64, "edgeface_xs": "b" * 64}


def gumbel(count: int, location: float, scale: float, seed: int = 1) -> list[float]:
    rng = random.Random(seed)
    return [location - scale * math.log(-math.log(rng.uniform(1e-9, 1))) for _ in range(count)]


@pytest.mark.parametrize(
    ("location", "scale"),
    [
        (0.21, 0.03),  # the dev pack's
        (0.0, 0.01),
        (0.6, 0.08),
    ],
)
def test_a_known_law_is_recovered_from_its_samples(location: float, scale: float) -> None:
    found = fit_gumbel(gumbel(5000, location, scale))

    assert found == pytest.approx((location, scale), abs=0.06 * scale)


def test_fifty_samples_come_close() -> None:
    laws = [fit_gumbel(gumbel(50, 0.21, 0.03, seed)) for seed in range(40)]

    assert all(abs(location - 0.21) < 0.02 for location, _ in laws)
    assert all(0.015 < scale < 0.05 for _, scale in laws)


@pytest.mark.parametrize("count", [200, 1000, 5000])
def test_people_who_are_there_twice_hardly_move_the_bar(count: int) -> None:
    rng = random.Random(count)
    clean = gumbel(count, 0.21, 0.03)
    # A tenth of the people are doubled: 2 of 11 probes find themselves under a second key.
    doubles = count * 2 // 11
    spoilt = clean[doubles:] + [rng.gauss(0.62, 0.12) for _ in range(doubles)]

    bar = [Law(*fit_gumbel(s), 0.7, 0.1, 1000, 1000, True).threshold(0.01) for s in (clean, spoilt)]

    assert abs(bar[1] - bar[0]) < 0.02


def test_equal_scores_give_a_narrow_law() -> None:
    location, scale = fit_gumbel([0.3] * 60)

    assert location == pytest.approx(0.3, abs=0.001)
    assert 0 < scale <= 0.001


@pytest.mark.parametrize("fpir", [0.5, 0.1, FPIR_SUGGEST, FPIR_AUTOMATIC, 1e-9])
def test_threshold_and_fpir_are_each_other_s_inverse(fpir: float) -> None:
    assert LAW.fpir(LAW.threshold(fpir)) == pytest.approx(fpir, rel=1e-6)


def test_the_share_of_strangers_above_the_bar_is_the_one_asked_for() -> None:
    strangers = gumbel(20_000, LAW.location, LAW.scale, seed=9)

    for fpir in (0.1, FPIR_SUGGEST):
        above = sum(score > LAW.threshold(fpir) for score in strangers) / len(strangers)
        assert above == pytest.approx(fpir, rel=0.2)


def test_a_stricter_bar_is_higher() -> None:
    assert LAW.threshold(FPIR_AUTOMATIC) > LAW.threshold(FPIR_SUGGEST) > LAW.location


@pytest.mark.parametrize(
    "law",
    [
        LAW,
        LAW._replace(scale=0.001),
        LAW._replace(scale=0.45, genuine_sd=0.45),
        LAW._replace(location=0.7, genuine_mean=0.5),  # hopeless: strangers are closer
        LAW._replace(genuine_sd=0.002),
    ],
)
def test_confidence_never_falls_with_similarity_and_stays_a_probability(law: Law) -> None:
    similarities = [-1e6, -1.0, *(step / 500 - 0.5 for step in range(1, 750)), 1.0, 2.0, 1e6]

    confidences = [law.confidence(similarity) for similarity in similarities]
    shares = [law.fpir(similarity) for similarity in similarities]

    assert all(0 <= c <= 1 for c in confidences + shares)
    assert all(a <= b + 1e-12 for a, b in itertools.pairwise(confidences))
    assert all(a >= b - 1e-12 for a, b in itertools.pairwise(shares))
    assert confidences[0] == 0
    assert confidences[-1] > 0.999


def test_confidence_is_low_for_strangers_and_high_for_the_person() -> None:
    assert LAW.confidence(LAW.location) < 0.01
    assert LAW.confidence(LAW.genuine_mean) > 0.999
    assert LAW.confidence(1.0) > 0.999


def test_what_a_manifest_keeps_comes_back() -> None:
    entry = to_manifest(LAW, WEIGHTS)

    assert entry["law"] == "gumbel"
    assert entry["quantiles"] == {
        "0.01": LAW.threshold(0.01),
        "0.001": LAW.threshold(0.001),
    }
    assert from_manifest(entry, WEIGHTS, 150) == LAW


@pytest.mark.parametrize(
    "change",
    [
        {"law": "normal"},
        {"weights": {**WEIGHTS, "edgeface_xs": "c" * 64}},  # other weights
        {"weights": {"arcface_mbf": "a" * 64}},
        {"weights": None},
        {"people": 151},  # a person joined
        {"people": "150 of them"},
        {"people": float("inf")},
        {"location": 3.0},
        {"location": float("nan")},
        {"location": -math.inf},
        {"location": None},
        {"location": [0.2]},
        {"scale": 0.0},
        {"scale": -0.03},
        {"scale": 7.0},
        {"scale": float("nan")},
        {"scale": "wide"},
        {"genuine_mean": 0.0},
        {"genuine_mean": 1.5},
        {"genuine_mean": float("nan")},
        {"genuine_sd": 0.0},
        {"genuine_sd": float("nan")},
        {"genuine_sd": 99},
        {"probes": None},
        {"fitted": ...},  # absent
        {"genuine_sd": ...},
    ],
    ids=str,
)
def test_a_law_of_another_database_or_that_cannot_be_is_computed_anew(
    change: dict[str, Any],
) -> None:
    entry = to_manifest(LAW, WEIGHTS) | change
    entry = {name: value for name, value in entry.items() if value is not ...}

    assert from_manifest(entry, WEIGHTS, 150) is None


@pytest.mark.parametrize(
    "poor",
    [
        {"location": -0.1},
        {"scale": 3.0},
        {"genuine": float("nan")},
        {"genuine": "much"},
        {"of_today": 0.1},
        [0.1, 0.1, 0.1],
    ],
    ids=str,
)
def test_a_law_whose_poor_faces_cannot_be_is_computed_anew(poor: Any) -> None:
    entry = to_manifest(LAW, WEIGHTS) | {"poor": poor}

    assert from_manifest(entry, WEIGHTS, 150) is None


def test_no_entry_is_no_law() -> None:
    assert from_manifest(None, WEIGHTS, 150) is None
    assert from_manifest({}, WEIGHTS, 150) is None
