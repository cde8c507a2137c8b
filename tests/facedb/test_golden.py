from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from stash_face.facedb.calibration import default_law
from stash_face.facedb.kept_law import weights_of
from stash_face.facedb.law import PoorFaces, from_manifest
from stash_face.facedb.manifest import read_manifest
from stash_face.facedb.reader import FaceDatabase
from stash_face.facedb.types import Person
from stash_face.operations.context import pack_of
from tests.data.facedb.make_golden import PEOPLE, A, B, C, D, vector

GOLDEN = Path(__file__).resolve().parents[1] / "data" / "facedb"
FORMS = sorted(folder.name for folder in GOLDEN.iterdir() if (folder / "manifest.json").is_file())

PUBLISHED = (("facenet", "arcface"), "stash-sense")
FORMAT_1 = (("arcface_mbf", "edgeface_xs"), "dev")

ADA = Person(
    f"stashdb.org:{A}", f"stashdb.org:{A}", "Ada Example", {"stashdb.org": A}, "GB",
    "https://example.org/a.jpg",
)  # fmt: skip
SEVERAL = [
    Person(
        "performer_00001", f"stashdb.org:{A}", "Ada Example",
        {"stashdb.org": A, "fansdb.cc": None, "theporndb.net": None},
    ),
    Person(
        # ThePornDB's is preferred to FansDB's
        "performer_00002", f"theporndb.net:{C}", "Zoë Muster",
        {"stashdb.org": None, "fansdb.cc": B, "theporndb.net": C},
    ),
    Person(
        "performer_00003", "performer_00003", "Nobody Known",
        {"stashdb.org": None, "fansdb.cc": None, "theporndb.net": None},
    ),
    Person(
        "performer_00004", f"stashdb.org:{C}", "Dora Sample",
        {"theporndb.net": D, "stashdb.org": C},
    ),
]  # fmt: skip
SINGLE = [
    Person(f"stashdb.org:{i}", f"stashdb.org:{i}", name, {"stashdb.org": i})
    for i, name in zip(
        (A, B, C, D), ("Ada Example", "Zoë Muster", "Carla Third", "Dora Sample"), strict=True
    )
]
WITH_GAPS = [
    ADA,
    Person(f"fansdb.cc:{B}", f"fansdb.cc:{B}", "Zoë Muster", {"fansdb.cc": B}),
    None,
    Person(f"theporndb.net:{D}", f"theporndb.net:{D}", "Dora Sample", {"theporndb.net": D}, "US"),
]

WANTED = {
    # a byte a number, each kind of key
    "format1-e4m3": (*FORMAT_1, [ADA, *SEVERAL[1:]], "2026.03.01", 0.005),
    # four of them
    "format1-float32": (*FORMAT_1, [ADA, *SEVERAL[1:]], "2026.03.01", 1e-4),
    # the first published form
    "stash-sense-2026.01": (*PUBLISHED, SINGLE, "2026.01.26", 0.005),
    # the present one, with a removed face
    "stash-sense-2026.02": (*PUBLISHED, WITH_GAPS, "2026.02.18", 1e-4),
    # the same keyed by number
    "stash-sense-2026.02-several": (*PUBLISHED, SEVERAL, "2026.02.18", 1e-4),
}


@pytest.fixture
def golden(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A copy, since opening a database leaves a note that its checksums were right."""
    copy = tmp_path / "golden"
    shutil.copytree(GOLDEN / request.param, copy)
    return copy


def test_every_golden_database_is_tested() -> None:
    assert sorted(WANTED) == FORMS


@pytest.mark.parametrize(
    ("golden", "wanted"), WANTED.items(), ids=list(WANTED), indirect=["golden"]
)
def test_a_golden_database_is_read_as_ever(
    golden: Path, wanted: tuple[tuple[str, str], str, list[Person | None], str, float]
) -> None:
    embedders, pack, people, version, rounding = wanted
    known = [person for person in people if person]
    faces = [face for face, person in enumerate(PEOPLE) if people[person]]

    manifest = read_manifest(golden)
    database = FaceDatabase.open(golden)

    assert (manifest.version, manifest.pack) == (version, pack)
    assert (manifest.performer_count, manifest.face_count) == (len(known), len(faces))
    assert pack_of(manifest).name == pack
    assert tuple(database.embedders) == embedders
    assert [database.person(key) for key in database.keys] == known

    probes = [{name: vector(PEOPLE[face], face, name) for name in embedders} for face in faces]
    for face, answer in zip(faces, database.search(probes), strict=True):
        person = people[PEOPLE[face]]
        assert person is not None
        assert answer[0].key == person.key
        assert len(answer) == len(known)
        assert answer[1].similarity < 0.35
        ownest = max(
            float((vectors @ probes[faces.index(face)][name]).max())
            for name, vectors in database.references(database.keys.index(person.key)).items()
        )
        assert ownest > 1 - rounding


@pytest.mark.parametrize("golden", ["format1-e4m3", "format1-float32"], indirect=True)
def test_the_law_of_a_golden_database_is_read(golden: Path) -> None:
    manifest = read_manifest(golden)

    law = from_manifest(manifest.calibration, weights_of(manifest), 4)

    # Written before the laws knew poor faces: one law for all.
    written = default_law(pack_of(manifest), 4)._replace(location=0.16529, poor=PoorFaces())
    assert law == written


@pytest.mark.parametrize(
    "golden", [name for name in WANTED if name.startswith("stash-sense")], indirect=True
)
def test_a_published_database_brings_no_law(golden: Path) -> None:
    manifest = read_manifest(golden)

    assert manifest.calibration is None
    assert set(weights_of(manifest).values()) == {""}
