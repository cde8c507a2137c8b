from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from stash_face.facedb.calibration import calibrate
from stash_face.facedb.law import GENUINE_KNEE, IMPOSTOR_KNEE, PoorFaces
from stash_face.facedb.poor_faces import ENOUGH, MOST, SpoiltFace, measure_poor
from stash_face.facedb.reader import FaceDatabase
from stash_face.facedb.writer import write_database
from tests.facedb.made_up import EMBEDDERS, PACK, Vectors, World, manifest_of, near, unit, world


def copies(those: World, count: int, kept: float = 0.8, seed: int = 1) -> list[SpoiltFace]:
    """Of first photos; a copy of quality 0 keeps `kept` less of its photo than one at the knee."""
    rng = np.random.default_rng(seed)
    spoilt = []
    for number in range(count):
        person = number % len(those.people)
        quality = float(rng.uniform(0.3, GENUINE_KNEE))
        like = 1 - kept * (GENUINE_KNEE - quality)
        vectors = {n: near(v, like, rng) for n, v in those.of(person)[0].items()}
        spoilt.append(SpoiltFace(those.people[person].key, 0, quality, vectors))
    return spoilt


@pytest.mark.parametrize("kept", [0.2, 0.5, 0.8])
def test_the_fall_of_genuine_scores_is_measured(folder: Path, sixty: World, kept: float) -> None:
    database = FaceDatabase.open(folder)
    law = calibrate(database, PACK)

    poor = measure_poor(database, law, copies(sixty, 120, kept))

    # What a copy loses of its photo, it loses of its likeness to the others.
    assert poor.genuine == pytest.approx(kept * law.genuine_mean, abs=0.08)


def test_no_copies_leave_the_pack_s_numbers(folder: Path) -> None:
    database = FaceDatabase.open(folder)
    law = calibrate(database, PACK)

    assert measure_poor(database, law, []) == law.poor == PoorFaces(**PACK.poor)


def test_few_copies_move_the_pack_s_numbers_a_little(folder: Path, sixty: World) -> None:
    database = FaceDatabase.open(folder)
    law = calibrate(database, PACK)._replace(poor=PoorFaces(0.1, 0.01, 0.9))

    few, some, many = (
        measure_poor(database, law, copies(sixty, count, 0.2)).genuine
        for count in (1, ENOUGH // 2, 2 * ENOUGH)
    )

    assert 0.9 > few > some > many


def test_clear_copies_tell_nothing_about_poor_ones(folder: Path, sixty: World) -> None:
    database = FaceDatabase.open(folder)
    law = calibrate(database, PACK)

    clear = [copy._replace(quality=1.0) for copy in copies(sixty, 120)]

    assert measure_poor(database, law, clear) == law.poor


@pytest.mark.parametrize("sign", [-1, 1])
def test_what_is_measured_stays_within_reason(folder: Path, sixty: World, sign: int) -> None:
    database = FaceDatabase.open(folder)
    law = calibrate(database, PACK)
    # Copies like nobody at all, or poor in name only.
    rng = np.random.default_rng(3)
    opposite = {n: unit(-sum(np.stack(v[n]) for _, v in sixty.references)) for n in EMBEDDERS}
    odd: list[Vectors] = [
        opposite if sign < 0 else {n: near(v, 0.99, rng) for n, v in sixty.of(p)[1].items()}
        for p in range(60)
    ]
    spoilt = [
        SpoiltFace(person.key, 0, 0.9 * IMPOSTOR_KNEE, vectors)
        for person, vectors in zip(sixty.people, odd, strict=True)
    ]

    poor = measure_poor(database, law, spoilt)

    assert all(0 <= fall <= most for fall, most in zip(poor, MOST, strict=True))
    assert poor.genuine == (MOST.genuine if sign < 0 else 0)


def test_somebody_under_a_second_key_is_no_stranger(sixty: World, tmp_path: Path) -> None:
    twins = World(
        [*sixty.people, *(p._replace(key=f"twin of {p.key}") for p in sixty.people[:6])],
        sixty.references + [(f"twin of {k}", v) for k, v in sixty.references[:18]],
    )
    spoilt = copies(sixty, 120, 0.2)
    found = []
    for name, those in (("one", sixty), ("two", twins)):
        write_database(
            tmp_path / name, PACK, those.people, those.references, version="1", sources=[]
        )
        database = FaceDatabase.open(tmp_path / name)
        found.append(measure_poor(database, calibrate(database, PACK), spoilt))

    assert found[0].location == pytest.approx(found[1].location, abs=0.03)
    assert found[0].scale == pytest.approx(found[1].scale, abs=0.02)


@pytest.mark.parametrize(("people", "measured"), [(60, 120), (20, 0)])
def test_the_writer_says_of_how_many_copies(tmp_path: Path, people: int, measured: int) -> None:
    those = world(people)

    write_database(
        tmp_path / "db", PACK, those.people, those.references, version="1", sources=[],
        spoilt=copies(those, 120, 0.2),
    )  # fmt: skip

    calibration = manifest_of(tmp_path / "db")["calibration"]
    assert calibration["spoilt_probes"] == measured
    assert (calibration["poor"] == PACK.poor) is (measured == 0)


def test_a_single_reference_tells_nothing_about_genuine_scores(tmp_path: Path) -> None:
    those = world(60, each=1)
    write_database(tmp_path / "db", PACK, those.people, those.references, version="1", sources=[])
    database = FaceDatabase.open(tmp_path / "db")

    poor = measure_poor(database, calibrate(database, PACK), copies(those, 120))

    assert poor.genuine == PACK.poor["genuine"]
