from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stash_face.errors import DatabaseError
from stash_face.facedb.manifest import FACES, MANIFEST, PERFORMERS, read_manifest, set_aside
from stash_face.facedb.people import person
from stash_face.facedb.reader import FaceDatabase
from stash_face.facedb.writer import check_target, write_database
from stash_face.faces.packs import load_pack
from tests.facedb.made_up import (
    EMBEDDERS,
    PACK,
    Vectors,
    World,
    key_of,
    manifest_of,
    unit,
    world,
    write,
)

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted([*(f"face_{key}.voy" for key in EMBEDDERS), FACES, MANIFEST, PERFORMERS])


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def content(folder: Path) -> dict[str, bytes]:
    return {entry.name: entry.read_bytes() for entry in folder.iterdir()}


def is_whole(folder: Path, those: World) -> bool:
    """Whether the database opens and its first reference finds its person."""
    database = FaceDatabase.open(folder)
    best = database.search([those.references[0][1]], count=1)[0][0]
    return len(database.keys) == len(those.people) and best.key == those.references[0][0]


def test_a_database_is_five_files_and_nothing_beside_them(tmp_path: Path) -> None:
    write(tmp_path / "made" / "here", world(3))

    assert names(tmp_path / "made" / "here") == FILES
    assert names(tmp_path / "made") == ["here"]


def test_the_manifest_says_what_was_written(tmp_path: Path) -> None:
    said = manifest_of(write(tmp_path / "db", world(3, each=2), version="2026.01.31"))

    assert set(said) == {
        *("format_version", "version", "created_at", "performer_count", "face_count", "sources"),
        *("source_stats", "pack", "models", "embedders", "min_plugin_version", "calibration"),
        "checksums",
    }
    assert (said["format_version"], said["version"], said["pack"]) == (1, "2026.01.31", "dev")
    assert (said["performer_count"], said["face_count"]) == (3, 6)
    assert said["sources"] == ["folder:test"]
    assert said["source_stats"] == {"folder:test": {"performers": 3}}
    assert said["embedders"] == [
        {
            "name": spec.key,
            "file": f"face_{spec.key}.voy",
            "sha256": spec.file.sha256,
            "dimension": 512,
            "storage": "E4M3",
        }
        for spec in PACK.embedders
    ]
    assert sorted(said["checksums"]) == sorted(set(FILES) - {MANIFEST})
    assert said["calibration"]["people"] == 3


def test_people_come_back_as_they_were_given(tmp_path: Path) -> None:
    several: dict[str, str | None] = {"stashdb.org": "u-1", "fansdb.cc": None}
    people = [
        person(key_of(0), {"name": 'Zoë 陽子 \\ "x"', "country": "JP", "image_url": "http://x/1"}),
        person("performer_00001", {"name": "Ada", "stash_ids": several}),
        person("Just a folder", {}),
    ]
    faces = world(3, each=1).references
    references = [(p.key, vectors) for p, (_, vectors) in zip(people, faces, strict=True)]

    database = FaceDatabase.open(write(tmp_path / "db", World(people, references)))

    assert [database.person(p.key) for p in people] == people
    records = json.loads((tmp_path / "db" / PERFORMERS).read_text(encoding="utf-8"))
    assert records["performer_00001"] == {
        "name": "Ada",
        "country": None,
        "image_url": None,
        "face_count": 1,
        "stash_ids": several,
    }
    assert "stash_ids" not in records[key_of(0)]


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second = (content(write(tmp_path / name, world(60))) for name in "ab")

    for name in set(FILES) - {MANIFEST}:
        assert first[name] == second[name]
    manifests = [json.loads(files[MANIFEST]) for files in (first, second)]
    for manifest in manifests:
        del manifest["created_at"]
    assert manifests[0] == manifests[1]


def test_progress_is_told(tmp_path: Path) -> None:
    told: list[str] = []
    those = world(3)

    write_database(
        tmp_path / "db",
        PACK,
        those.people,
        those.references,
        version="1",
        sources=[],
        say=told.append,
    )

    assert told == ["Indexing the faces of 3 people", "Calibrating"]


def refusal(target: Path, those: World) -> str:
    with pytest.raises(DatabaseError) as failure:
        write(target, those)
    assert not target.exists()
    assert names(target.parent) == []
    return failure.value.sentence


def with_first(those: World, vectors: Vectors) -> World:
    (key, _), *others = those.references
    return World(those.people, [(key, vectors), *others])


@pytest.mark.parametrize(
    ("vector", "told"),
    [
        (np.zeros(512, np.float32), "length 0"),  # of a face that the network saw nothing in
        (np.full(512, 1, np.float32), "length 22.6"),  # not normalised
        (np.full(512, np.nan, np.float32), "length nan"),
        (unit(np.ones(128)), r"shape \(128,\)"),
        (unit(np.ones((1, 512))), r"shape \(1, 512\)"),
    ],
    ids=["zeros", "long", "nan", "short", "matrix"],
)
def test_what_is_no_unit_vector_is_refused(tmp_path: Path, vector: Any, told: str) -> None:
    those = world(2)
    bad = with_first(those, {**those.references[0][1], "edgeface_xs": vector})

    sentence = refusal(tmp_path / "db", bad)

    assert sentence.startswith(f"A face of {key_of(0)!r} has no edgeface_xs unit vector of 512")
    assert told.replace("\\", "") in sentence


def test_a_face_of_nobody_is_refused(tmp_path: Path) -> None:
    those = world(2)

    sentence = refusal(tmp_path / "db", World(those.people[:1], those.references))

    assert sentence == f"A face belongs to {key_of(1)!r}, who is not among the performers."


def test_two_people_of_one_key_are_refused(tmp_path: Path) -> None:
    those = world(2)

    sentence = refusal(tmp_path / "db", World([those.people[0]] * 2, those.references[:1]))

    assert sentence == "Two performers of the new face database have the same key."


def test_a_database_of_nobody_is_refused(tmp_path: Path) -> None:
    sentence = refusal(tmp_path / "db", World([], []))

    assert sentence == "A face database needs at least one face, and there is none."


def test_an_existing_database_is_replaced_whole(tmp_path: Path) -> None:
    old, new = world(4, seed=1), world(5, seed=2)
    target = write(tmp_path / "db", old)
    (target / "report.json").write_text("{}")
    (target / "face_of_another_pack.voy").write_bytes(b"old")
    FaceDatabase.open(target)

    write(target, new, version="2")

    assert names(target) == FILES
    assert names(tmp_path) == ["db"]
    assert is_whole(target, new)


def test_a_failed_replacement_leaves_the_old_database(tmp_path: Path) -> None:
    old = world(4)
    target = write(tmp_path / "db", old)
    before = content(target)

    with pytest.raises(DatabaseError):
        write(target, World(old.people[:1], old.references), version="2")

    assert content(target) == before
    assert names(tmp_path) == ["db"]


def test_a_source_that_breaks_off_leaves_the_old_database(tmp_path: Path) -> None:
    old = world(4)
    target = write(tmp_path / "db", old)
    before = content(target)

    def broken() -> Any:
        yield old.references[0]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_database(target, PACK, old.people, broken(), version="2", sources=[])

    assert content(target) == before
    assert names(tmp_path) == ["db"]


def a_folder_of_photos(target: Path) -> None:
    (target / "Ada").mkdir(parents=True)
    (target / "Ada" / "1.jpg").write_bytes(b"x")


def a_database_with_something_in_it(target: Path) -> None:
    write(target, world(1))
    (target / "photos").mkdir()


def a_document(target: Path) -> None:
    target.mkdir()
    (target / "notes.json").write_text("{}")


def a_file(target: Path) -> None:
    target.write_text("x")


@pytest.mark.parametrize(
    "make", [a_folder_of_photos, a_database_with_something_in_it, a_document, a_file]
)
def test_nothing_but_a_database_is_ever_replaced(tmp_path: Path, make: Any) -> None:
    target = tmp_path / "place"
    make(target)
    before = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*"))

    with pytest.raises(DatabaseError) as failure:
        write(target, world(2))

    assert failure.value.sentence == (
        f"{target} holds something other than a face database, which would be lost: name a new or "
        "empty folder for it."
    )
    assert sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*")) == before


@pytest.mark.parametrize("place", ["new", "new/and/deep", "empty"])
def test_a_new_or_empty_folder_may_be_written(tmp_path: Path, place: str) -> None:
    (tmp_path / "empty").mkdir()
    check_target(tmp_path / place)

    write(tmp_path / place, world(2))

    assert names(tmp_path / place) == FILES


def test_a_relative_place_is_where_the_caller_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write(Path("db"), world(2))

    assert names(tmp_path) == ["db"]


def test_leftovers_of_a_killed_writer_are_cleared_by_the_next(tmp_path: Path) -> None:
    left = tmp_path / ".db.partial"
    left.mkdir()
    (left / FACES).write_text("[")

    write(tmp_path / "db", world(2))

    assert names(tmp_path) == ["db"]


def test_a_writer_stopped_between_its_two_renames_has_lost_nothing(tmp_path: Path) -> None:
    old = world(4)
    target = write(tmp_path / "db", old)
    target.rename(set_aside(target))

    assert is_whole(target, old)
    target.rename(set_aside(target))
    with pytest.raises(DatabaseError):
        write(target, World([], []))
    assert is_whole(target, old)
    assert names(tmp_path) == ["db"]


def test_two_writers_take_turns(tmp_path: Path) -> None:
    worlds = {version: world(6, seed=int(version)) for version in "1234"}
    target = tmp_path / "db"
    writers = [
        threading.Thread(target=write, args=(target, those, version))
        for version, those in worlds.items()
    ]

    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    assert is_whole(target, worlds[read_manifest(target).version])
    assert names(tmp_path) == ["db"]


WRITE_FOR_EVER = """
import itertools, sys
from pathlib import Path
from tests.facedb.made_up import world, write
worlds = [world(30, seed=0), world(30, seed=1)]
write(Path(sys.argv[1]), worlds[0], "0")
print("begun", flush=True)
for turn in itertools.count(1):
    write(Path(sys.argv[1]), worlds[turn % 2], str(turn))
"""


def test_a_writer_killed_at_any_moment_leaves_a_complete_database(tmp_path: Path) -> None:
    rng = random.Random(4)
    target = tmp_path / "db"
    worlds = [world(30, seed=seed) for seed in (0, 1)]
    for _ in range(6):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITE_FOR_EVER, str(target)],
            cwd=ROOT,
            env=path_of_the_checkout(),
            stdout=subprocess.PIPE,
        )
        with writer:
            assert writer.stdout is not None
            assert writer.stdout.readline().strip() == b"begun"
            with pytest.raises(subprocess.TimeoutExpired):
                writer.wait(rng.uniform(0, 0.3))
            writer.kill()

        turn = int(read_manifest(target).version)
        assert is_whole(target, worlds[turn % 2])

    write(target, worlds[0])
    assert [name for name in names(tmp_path) if not name.endswith(".lock")] == ["db"]


def path_of_the_checkout() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "plugin" / "py"), str(ROOT)])}


def test_every_embedder_has_an_index_of_its_own_dimension(tmp_path: Path) -> None:
    small = load_pack("small")
    pack = small._replace(
        embedders=(small.embedders[0], small.embedders[0]._replace(key="b", dimension=64))
    )
    rng = np.random.default_rng(0)
    vectors = {"arcface_mbf": unit(rng.normal(size=512)), "b": unit(rng.normal(size=64))}

    write_database(
        tmp_path / "db",
        pack,
        [person("Ada", {})],
        [("Ada", vectors)],
        version="1",
        sources=["x"],
    )

    database = FaceDatabase.open(tmp_path / "db")
    assert [index.dimension for index in database.manifest.indices] == [512, 64]
    assert database.search([vectors])[0][0].distance < 0.01
