from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from stash_face.errors import DatabaseError, StoreError
from stash_face.facedb.installed import choose, databases_folder, find_installed, installed
from tests.facedb.made_up import say


def install(home: Path, database: Path, version: str, created_at: str = "") -> Path:
    place = databases_folder(home) / version
    shutil.copytree(database, place)
    say(place, version=version, created_at=created_at)
    return place


def none_is_installed(home: Path) -> str:
    with pytest.raises(DatabaseError) as failure:
        installed(home)
    assert failure.value.code == "no_database"
    return failure.value.sentence


def test_without_a_database_the_sentence_says_how_to_get_one(tmp_path: Path) -> None:
    wanted = (
        f"No face database is installed: put one into {tmp_path / 'facedb'}/<version>/ (or its "
        f"archive into {tmp_path / 'facedb'}, and run Set up), or make one with 'python -m builder "
        "build --source folder:DIR --output DIR'."
    )

    assert none_is_installed(tmp_path) == wanted
    (tmp_path / "facedb").mkdir()
    assert none_is_installed(tmp_path) == wanted


def test_the_only_one_is_in_use(tmp_path: Path, database_of_sixty: Path) -> None:
    place = install(tmp_path, database_of_sixty, "v1")

    assert installed(tmp_path).folder == place


@pytest.mark.parametrize(
    ("created", "newest"),
    [
        # the time decides, not the name of the folder
        ({"a": "2026-02-18T01:09:34Z", "b": "2025-12-01T00:00:00Z"}, "a"),
        ({"a": "2026-02-18T01:09:34+00:00", "b": "2026-02-18T01:09:35+00:00"}, "b"),
        # without a time, the version
        ({"2026.01.31": "", "2026.02.18": ""}, "2026.02.18"),
    ],
)
def test_the_newest_is_in_use(
    tmp_path: Path, database_of_sixty: Path, created: dict[str, str], newest: str
) -> None:
    for version, created_at in created.items():
        install(tmp_path, database_of_sixty, version, created_at)

    assert installed(tmp_path).version == newest


def test_folders_with_a_dot_and_half_written_ones_do_not_count(
    tmp_path: Path, database_of_sixty: Path
) -> None:
    install(tmp_path, database_of_sixty, ".v9.partial", "2027")
    install(tmp_path, database_of_sixty, ".v9.old", "2027")
    half = install(tmp_path, database_of_sixty, "v8", "2027")
    (half / "manifest.json").unlink()
    (databases_folder(tmp_path) / "calibration").mkdir()
    (databases_folder(tmp_path) / "notes.txt").write_text("x")

    assert none_is_installed(tmp_path)
    place = install(tmp_path, database_of_sixty, "v1")
    assert installed(tmp_path).folder == place


def test_a_chosen_one_is_in_use_though_another_is_newer(
    tmp_path: Path, database_of_sixty: Path
) -> None:
    old = install(tmp_path, database_of_sixty, "v1", "2025")
    install(tmp_path, database_of_sixty, "v2", "2026")

    choose(tmp_path, old)

    assert installed(tmp_path).folder == old
    # By its name, so that the data folder may move.
    pointer = databases_folder(tmp_path) / "current.json"
    assert json.loads(pointer.read_text()) == {"path": "v1"}


def test_a_chosen_one_may_lie_elsewhere(
    tmp_path: Path, database_of_sixty: Path, folder: Path
) -> None:
    home = tmp_path / "home"
    install(home, database_of_sixty, "v2", "2027")

    choose(home, folder)

    assert installed(home).folder == folder
    assert [p.name for p in databases_folder(home).glob("current*")] == ["current.json"]


def test_the_last_choice_counts(tmp_path: Path, database_of_sixty: Path) -> None:
    first = install(tmp_path, database_of_sixty, "v1")
    second = install(tmp_path, database_of_sixty, "v2")

    choose(tmp_path, first)
    choose(tmp_path, second)

    assert installed(tmp_path).folder == second


def test_choosing_the_chosen_one_writes_nothing(tmp_path: Path, database_of_sixty: Path) -> None:
    only = install(tmp_path, database_of_sixty, "v1")
    choose(tmp_path, only)
    pointer = databases_folder(tmp_path) / "current.json"
    before = pointer.stat()

    choose(tmp_path, only)

    assert (pointer.stat().st_ino, pointer.stat().st_mtime_ns) == (
        before.st_ino,
        before.st_mtime_ns,
    )


def test_a_chosen_one_that_vanished_is_named_and_none_taken_in_its_place(
    tmp_path: Path, database_of_sixty: Path
) -> None:
    install(tmp_path, database_of_sixty, "v1")
    gone = install(tmp_path, database_of_sixty, "v2")
    choose(tmp_path, gone)
    shutil.rmtree(gone)

    assert none_is_installed(tmp_path) == f"There is no face database at {gone}: install one."


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '"v1"', '{"path": null}', "\xff"])
def test_a_spoilt_choice_is_told(tmp_path: Path, database_of_sixty: Path, content: str) -> None:
    install(tmp_path, database_of_sixty, "v1")
    pointer = databases_folder(tmp_path) / "current.json"
    pointer.write_bytes(content.encode("latin-1"))

    with pytest.raises(DatabaseError):
        installed(tmp_path)


def test_beside_a_good_database_a_broken_one_is_named_and_the_good_one_used(
    tmp_path: Path, database_of_sixty: Path
) -> None:
    good = install(tmp_path, database_of_sixty, "v1", "2025")
    broken = install(tmp_path, database_of_sixty, "v2", "2026")
    (broken / "faces.json").unlink()

    found = find_installed(tmp_path)

    assert found.manifest.folder == good
    assert found.broken == [
        f"The face database {broken} lacks faces.json: install it again. Until then {good} is used."
    ]


def test_a_broken_database_is_told(tmp_path: Path, database_of_sixty: Path) -> None:
    place = install(tmp_path, database_of_sixty, "v1")
    (place / "manifest.json").write_text("{")

    with pytest.raises(DatabaseError, match="cannot be read"):
        installed(tmp_path)


def test_a_choice_that_cannot_be_written_is_told(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "home").write_text("a file where the folder should be")

    with pytest.raises(StoreError, match="cannot be written to .* give Stash's user the right"):
        choose(tmp_path / "home", folder)
