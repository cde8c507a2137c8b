from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import voyager

from stash_face.facedb.calibration import FEWEST_PEOPLE, calibrate, default_law
from stash_face.facedb.kept_law import weights_of
from stash_face.facedb.law import FPIR_SUGGEST, from_manifest
from stash_face.facedb.people import person
from stash_face.facedb.reader import FaceDatabase
from stash_face.faces.engine import Engine
from stash_face.media.image import decode
from tests.facedb.made_up import EMBEDDERS, PACK, Vectors, World, key_of, put, world, write
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


def test_the_share_that_is_done_is_told(folder: Path) -> None:
    shares: list[float] = []

    calibrate(FaceDatabase.open(folder), PACK, progress=shares.append)

    assert shares[-1] == 1
    assert shares == sorted(shares)


def test_one_reference_each_tells_nothing_about_genuine_faces(tmp_path: Path) -> None:
    database = FaceDatabase.open(write(tmp_path / "one", world(60, each=1)))

    law = calibrate(database, PACK)

    assert law.fitted
    assert (law.genuine_mean, law.genuine_sd) == (PACK.genuine.mean, PACK.genuine.sd)


def bar_of(folder: Path, those: World) -> float:
    return calibrate(FaceDatabase.open(write(folder, those)), PACK).threshold(FPIR_SUGGEST)


@pytest.mark.parametrize("same_photos", [True, False])
def test_a_tenth_of_the_people_under_two_keys_does_not_raise_the_bar(
    tmp_path: Path, same_photos: bool
) -> None:
    clean, sixfold = world(300), world(300, each=6)
    twins = [person(f"stashdb.org:twin-{n}", {}) for n in range(30)]
    # Their own three photos again, or three others.
    photos = [clean.of(n) if same_photos else sixfold.of(n)[3:] for n in range(30)]
    first = clean if same_photos else World(clean.people, halved(sixfold))
    seconds = [(t.key, v) for t, several in zip(twins, photos, strict=True) for v in several]

    doubled = World([*first.people, *twins], [*first.references, *seconds])

    assert abs(bar_of(tmp_path / "b", doubled) - bar_of(tmp_path / "a", first)) < 0.02


def halved(those: World) -> list[tuple[str, Vectors]]:
    """The first three of each person's six references."""
    return [each for n, each in enumerate(those.references) if n % 6 < 3]


def test_a_person_with_200_references_has_one_vote(tmp_path: Path) -> None:
    clean, many = world(60), world(1, each=200, seed=5).of(0)
    crowded = World(
        [*clean.people, person("Many", {})], [*clean.references, *(("Many", v) for v in many)]
    )

    law = calibrate(FaceDatabase.open(write(tmp_path / "db", crowded)), PACK)

    assert (law.people, law.probes) == (61, 61)
    assert abs(law.threshold(FPIR_SUGGEST) - bar_of(tmp_path / "clean", clean)) < 0.02


@pytest.mark.parametrize("number", [0.0, float("nan"), float("inf"), 1e30])
def test_vectors_that_say_nothing_do_not_move_the_law(tmp_path: Path, number: float) -> None:
    folder = write(tmp_path / "db", world(60))
    clean = calibrate(FaceDatabase.open(folder), PACK)
    for name in EMBEDDERS:
        stored = voyager.Index.load(str(folder / f"face_{name}.voy"))
        # The length is as given: no index of cosines would hold such numbers.
        index = voyager.Index(voyager.Space.InnerProduct, 512)
        vectors = np.array(stored.get_vectors(range(180)))
        # The first photo of five people, and all of another one.
        vectors[[30, 60, 90, 120, 150, 0, 1, 2]] = number
        for vector in vectors:
            index.add_item(vector)
        put(folder, f"face_{name}.voy", index.as_bytes())

    database = FaceDatabase.open(folder)
    law = calibrate(database, PACK)

    assert abs(law.threshold(FPIR_SUGGEST) - clean.threshold(FPIR_SUGGEST)) < 0.02
    assert abs(law.genuine_mean - clean.genuine_mean) < 0.02
    # Who has no usable photo is never the answer, and hides nobody else.
    found = database.search(world(60).of(1)[1:2], count=59)[0]
    assert found[0].key == key_of(1)
    assert all(np.isfinite(each.similarity) for each in found)


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
