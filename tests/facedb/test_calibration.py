from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from stash_face.facedb.calibration import FEWEST_PEOPLE, calibrate, default_law, weights_of
from stash_face.facedb.law import FPIR_SUGGEST, from_manifest
from stash_face.facedb.people import person
from stash_face.facedb.reader import FaceDatabase
from stash_face.faces.engine import Engine
from stash_face.media.image import decode
from tests.facedb.made_up import PACK, World, world, write
from tests.photos import Photos


@pytest.mark.parametrize("count", [1, 2, 10, FEWEST_PEOPLE - 1])
def test_a_handful_of_people_uses_the_default_law_and_says_so(tmp_path: Path, count: int) -> None:
    database = FaceDatabase.open(write(tmp_path / "few", world(count)))

    law = calibrate(database, PACK)

    assert (law.people, law.probes, law.fitted) == (count, 0, False)
    # As if there were a hundred: a bar for one person would let everybody through.
    assert law.threshold(FPIR_SUGGEST) == pytest.approx(PACK.prior.threshold(100, FPIR_SUGGEST))
    assert (law.genuine_mean, law.genuine_sd) == (PACK.genuine.mean, PACK.genuine.sd)


def test_the_default_law_rises_with_the_people() -> None:
    few, many, most = (default_law(PACK, people) for people in (100, 1000, 100_000))

    assert few.location < many.location < most.location
    assert few.scale == most.scale
    assert default_law(PACK, 3).location == few.location


def test_from_fifty_people_on_the_database_tells_its_own_law(tmp_path: Path) -> None:
    database = FaceDatabase.open(write(tmp_path / "fifty", world(FEWEST_PEOPLE)))

    law = calibrate(database, PACK)

    assert (law.people, law.probes, law.fitted) == (50, 50, True)
    # Random directions in 512 dimensions: hardly alike; two faces of one person: 0.49.
    assert 0.05 < law.location < 0.15
    assert law.threshold(FPIR_SUGGEST) < 0.3
    assert 0.45 < law.genuine_mean < 0.65


def test_the_writer_leaves_the_law_in_the_manifest(folder: Path) -> None:
    database = FaceDatabase.open(folder)

    law = from_manifest(database.manifest.calibration, weights_of(database.manifest), 60)

    assert law == calibrate(database, PACK)
    assert law is not None
    assert law.fitted


def test_a_sample_of_the_people_is_the_same_one_each_time(folder: Path) -> None:
    database = FaceDatabase.open(folder)

    first, second = (calibrate(database, PACK, sample=30) for _ in range(2))

    assert first == second
    assert (first.people, first.probes) == (60, 30)


def test_one_reference_each_tells_nothing_about_genuine_faces(tmp_path: Path) -> None:
    database = FaceDatabase.open(write(tmp_path / "one", world(60, each=1)))

    law = calibrate(database, PACK)

    assert law.fitted
    assert (law.genuine_mean, law.genuine_sd) == (PACK.genuine.mean, PACK.genuine.sd)


def test_somebody_under_two_keys_does_not_raise_the_bar(tmp_path: Path) -> None:
    clean = world(100)
    twins = [person(f"stashdb.org:twin-{n}", {}) for n in range(5)]
    doubled = World(
        [*clean.people, *twins],
        clean.references
        + [(twin.key, vectors) for n, twin in enumerate(twins) for vectors in clean.of(n)],
    )

    bars = [
        calibrate(FaceDatabase.open(write(tmp_path / name, those)), PACK).threshold(FPIR_SUGGEST)
        for name, those in (("clean", clean), ("doubled", doubled))
    ]

    assert abs(bars[0] - bars[1]) < 0.03


def test_real_faces_of_150_people_have_a_bar_near_one_third(
    dev_models: Path, photos: Photos, tmp_path: Path
) -> None:
    engine = Engine(PACK, [dev_models], "cpu")
    found = []
    for number, (name, paths) in enumerate(photos.known.items()):
        # A second photo of enough people for the law of genuine faces.
        for path in paths[: 2 if number < 40 else 1]:
            picture = decode(path)
            found.append((name, picture, engine.detect(picture)[0]))
    faces = engine.embed([(picture, detection) for _, picture, detection in found])
    those = World(
        [person(name, {}) for name in photos.known],
        [
            (name, {key: e.vector for key, e in face.embeddings.items()})
            for (name, _, _), face in zip(found, faces, strict=True)
        ],
    )

    law = calibrate(FaceDatabase.open(write(tmp_path / "real", those)), PACK)

    assert (law.people, law.probes, law.fitted) == (150, 150, True)
    assert 0.30 < law.threshold(FPIR_SUGGEST) < 0.40
    # The pack's own law, for databases that are too small, is no more lenient than that.
    assert default_law(PACK, 150).threshold(FPIR_SUGGEST) > law.threshold(FPIR_SUGGEST) - 0.04
    assert 0.5 < law.genuine_mean < 0.8
    assert np.isfinite([law.confidence(s) for s in (-1, 0, 1)]).all()
