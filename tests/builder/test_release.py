from __future__ import annotations

import filecmp
import json
import shutil
import tarfile
from pathlib import Path

import pytest

from stash_face.errors import DatabaseError
from stash_face.facedb.catalogue import newest
from stash_face.facedb.manifest import read_manifest
from stash_face.facedb.reader import FaceDatabase
from stash_face.facedb.unpack import unpack
from tests.builder.conftest import Run
from tests.facedb.made_up import manifest_of, put_json, world, write

GOLDEN = Path(__file__).resolve().parents[1] / "data" / "facedb"


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A database of 200 people, and the same one with two more."""
    folder = tmp_path_factory.mktemp("versions")
    return write(folder / "1", world(200), "1"), write(folder / "2", world(202), "2")


def same_files(one: Path, other: Path) -> bool:
    names = [path.name for path in one.iterdir() if path.name != "verified.json"]
    return filecmp.cmpfiles(one, other, names, shallow=False) == (names, [], [])


def test_the_same_database_is_packed_into_the_same_bytes(
    builder: Run, versions: tuple[Path, Path], tmp_path: Path
) -> None:
    for form in ("tar.gz", "zip"):
        for place in ("a", "b"):
            done = builder("package", versions[0], "--output", tmp_path / place, "--form", form)
            assert (done.returncode, done.stderr) == (0, "")
        first, second = (tmp_path / place / f"faces-1.{form}" for place in ("a", "b"))
        assert first.read_bytes() == second.read_bytes()
        home = tmp_path / f"home-{form}"
        assert same_files(versions[0], unpack(first, home).folder)


def test_a_delta_makes_the_newer_database_byte_for_byte(
    builder: Run, versions: tuple[Path, Path], tmp_path: Path
) -> None:
    done = builder("delta", *versions, "--output", tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    delta = tmp_path / "faces-2-from-1.tar.gz"
    whole = sum(path.stat().st_size for path in versions[1].iterdir())
    assert delta.stat().st_size < whole / 3

    manifest = unpack(delta, tmp_path / "home", base=read_manifest(versions[0]))
    assert same_files(versions[1], manifest.folder)

    # It fits nothing but what it was made from.
    for base in (read_manifest(versions[1]), None):
        with pytest.raises(DatabaseError, match="whole"):
            unpack(delta, tmp_path / "elsewhere", base=base)
    assert list((tmp_path / "elsewhere" / "facedb").iterdir()) == []


def test_a_delta_that_was_tampered_with_makes_nothing(
    builder: Run, versions: tuple[Path, Path], tmp_path: Path
) -> None:
    builder("delta", *versions, "--output", tmp_path)
    packed = tmp_path / "faces-2-from-1.tar.gz"
    with tarfile.open(packed) as tape:
        tape.extractall(tmp_path / "inside", filter="data")
    part = tmp_path / "inside" / "performers.json.delta"
    part.write_bytes(part.read_bytes()[:-1])
    with tarfile.open(tmp_path / "bad.tar", "w") as tape:
        tape.add(tmp_path / "inside", ".")

    with pytest.raises(DatabaseError, match="does not make the performers.json"):
        unpack(tmp_path / "bad.tar", tmp_path / "home", base=read_manifest(versions[0]))


def test_the_index_lists_what_was_packed_in_parts_and_with_deltas(
    builder: Run, versions: tuple[Path, Path], tmp_path: Path
) -> None:
    none_yet = builder("index", tmp_path)
    assert none_yet.returncode == 1
    assert none_yet.stderr.startswith(f"There is no package in {tmp_path}")

    for version in versions:
        builder("package", version, "--output", tmp_path, "--split", "100K")
    builder("delta", *versions, "--output", tmp_path)
    done = builder("index", tmp_path, "--base-url", "https://example.org/faces")
    assert (done.returncode, done.stderr) == (0, "")

    url = "https://elsewhere.example.org/index.json"
    release = newest((tmp_path / "index.json").read_bytes(), url)
    assert (release.version, release.performer_count, list(release.deltas)) == ("2", 202, ["1"])
    assert len(release.archive.parts) > 2
    assert all(part.size <= 100_000 for part in release.archive.parts)
    assert release.archive.parts[0].url == "https://example.org/faces/faces-2.tar.gz.001"
    parts = [(tmp_path / part.url.rpartition("/")[2]) for part in release.archive.parts]
    (tmp_path / "joined.tar.gz").write_bytes(b"".join(part.read_bytes() for part in parts))
    assert same_files(versions[1], unpack(tmp_path / "joined.tar.gz", tmp_path / "home").folder)

    parts[0].unlink()
    gone = builder("index", tmp_path)
    assert (gone.returncode, "package its database again" in gone.stderr) == (1, True)


def test_a_good_database_passes_and_one_with_swapped_faces_does_not(
    builder: Run, tmp_path: Path
) -> None:
    good = write(tmp_path / "good", world(60))
    done = builder("verify", good)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("ok ") == len(done.stdout.splitlines()) == 4

    owners = json.loads((good / "faces.json").read_text())
    put_json(good, "faces.json", owners[1:] + owners[:1])
    swapped = builder("verify", good)
    assert swapped.returncode == 1
    assert "WRONG  " in swapped.stdout

    (good / "performers.json").write_text("{}")
    broken = builder("verify", good)
    assert (broken.returncode, "checksum differs" in broken.stderr) == (1, True)


def test_what_is_in_a_database_is_told(builder: Run, tmp_path: Path) -> None:
    folder = write(tmp_path / "db", world(60))
    told = json.loads(builder("stats", folder, "--json").stdout)

    assert (told["people_with_a_face"], told["faces"]) == (60, 180)
    assert told["references_a_person"] == {"3": 60}
    assert "people with a face       60\n" in builder("stats", folder).stdout


def test_people_are_found_by_name_and_by_id(builder: Run, tmp_path: Path) -> None:
    folder = write(tmp_path / "db", world(12))
    person = world(12).people[7]
    for wanted in ("PERSON 7", person.performer_id, person.performer_id.partition(":")[2].upper()):
        found = builder("search", folder, wanted)
        assert found.stdout == f"Person 7  ({person.performer_id})\n"
    nobody = builder("search", folder, "Person 99")
    assert (nobody.returncode, "Nobody in" in nobody.stderr) == (1, True)


def test_a_bar_that_is_missing_is_measured_into_the_manifest(builder: Run, tmp_path: Path) -> None:
    folder = write(tmp_path / "db", world(60))
    written = manifest_of(folder)
    (folder / "manifest.json").write_text(json.dumps(written | {"calibration": None}))
    assert builder("verify", folder).returncode == 1

    done = builder("calibrate", folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert builder("verify", folder).returncode == 0
    again = manifest_of(folder)["calibration"]
    assert again["people"] == 60


@pytest.mark.parametrize("form", ["stash-sense-2026.02", "stash-sense-2026.02-several"])
def test_a_published_database_becomes_one_of_our_own(
    builder: Run, tmp_path: Path, form: str
) -> None:
    published = tmp_path / form
    shutil.copytree(GOLDEN / form, published)
    done = builder("convert", published, "--output", tmp_path / "db")
    assert (done.returncode, done.stderr) == (0, "")

    before, after = FaceDatabase.open(published), FaceDatabase.open(tmp_path / "db")
    assert after.keys == before.keys
    assert [after.person(key) for key in after.keys] == [before.person(k) for k in before.keys]
    assert after.manifest.pack == "stash-sense"
    assert manifest_of(tmp_path / "db")["format_version"] == 1
    for key in before.keys:
        probe = {name: vectors[0] for name, vectors in before.references_of(key).items()}
        (meant,), (found,) = before.search([probe], 1)[0], after.search([probe], 1)[0]
        assert found.key == meant.key == key
        assert found.similarity == pytest.approx(meant.similarity, abs=0.005)
