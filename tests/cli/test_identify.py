from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.photos import Photos, stash_id

PACKAGE = Path(__file__).resolve().parents[2] / "plugin" / "py"


class Command:
    """`python -m stash_face identify` with the weights of the dev pack."""

    def __init__(self, models: Path) -> None:
        self._models = models

    def __call__(self, *words: object, **variables: str) -> subprocess.CompletedProcess[str]:
        kept = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        return subprocess.run(
            [sys.executable, "-m", "stash_face", "identify", *map(str, words)],
            cwd=PACKAGE,
            env=kept | {"STASH_FACE_MODELS": str(self._models), "PYTHONUTF8": "1"} | variables,
            capture_output=True,
            encoding="utf-8",
            check=False,
            timeout=120,
        )


@pytest.fixture
def identify(dev_models: Path) -> Command:
    return Command(dev_models)


@pytest.fixture
def known(photos: Photos) -> Path:
    """A photo of Colin Powell that the database was not made from."""
    return photos.known["Colin_Powell"][4]


@pytest.fixture
def stranger(photos: Photos) -> Path:
    return photos.strangers[0]


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """A picture without a face."""
    path = tmp_path / "empty.png"
    Image.fromarray(np.full((80, 60, 3), 120, np.uint8)).save(path)
    return path


def test_the_faces_of_pictures_are_named_in_a_table(
    identify: Command, face_database: Path, known: Path, stranger: Path, empty: Path
) -> None:
    run = identify(known, stranger, empty, "--database", face_database)

    assert (run.returncode, run.stderr) == (0, "")
    lines = run.stdout.splitlines()
    assert lines[0] == f"{known}: 1 faces"
    assert lines[1].split()[:3] == ["match", "Colin", "Powell"]
    assert lines[2] == f"{stranger}: 1 faces"
    assert lines[3].split()[:2] == ["unknown", "-"]
    assert lines[4:] == [f"{empty}: 0 faces"]


def test_json_holds_the_whole_answer(
    identify: Command, face_database: Path, known: Path, empty: Path
) -> None:
    run = identify(known, empty, "--database", face_database, "--json", "--device", "cpu")

    assert (run.returncode, run.stderr) == (0, "")
    answers: dict[str, Any] = json.loads(run.stdout)
    assert list(answers) == [str(known), str(empty)]
    assert answers[str(empty)] == {"faces": []}
    (face,) = answers[str(known)]["faces"]
    assert face["decision"] == "match"
    assert set(face["bbox"]) == {"x", "y", "w", "h"}
    assert all(0 <= share <= 1 for share in face["bbox"].values())
    assert face["face_thumbnail"].startswith("data:image/jpeg;base64,")
    best = face["matches"][0]
    assert best["name"] == "Colin Powell"
    assert best["performer_id"] == f"stashdb.org:{stash_id('Colin_Powell')}"
    assert best["confidence"] > 0.9


def test_a_picture_that_cannot_be_read_does_not_stop_the_others(
    identify: Command, face_database: Path, known: Path, tmp_path: Path
) -> None:
    (tmp_path / "page.jpg").write_text("404 page not found")
    gone = tmp_path / "gone.jpg"

    run = identify(tmp_path / "page.jpg", gone, known, "--database", face_database)
    as_json = identify(gone, known, "--database", face_database, "--json")

    assert (run.returncode, run.stderr) == (1, "")
    lines = run.stdout.splitlines()
    assert lines[:2] == [
        'The picture "page.jpg" holds text, not a picture; copy or download it again.',
        'The picture "gone.jpg" is not where it should be; put it back or scan again.',
    ]
    assert lines[3].split()[:3] == ["match", "Colin", "Powell"]
    answers = json.loads(as_json.stdout)
    assert as_json.returncode == 1
    assert list(answers[str(gone)]) == ["error"]
    assert len(answers[str(known)]["faces"]) == 1


def test_names_that_a_pipe_has_no_letters_for_are_printed_as_far_as_they_go(
    identify: Command, face_database: Path, known: Path, tmp_path: Path
) -> None:
    photo = tmp_path / "陽子.jpg"
    shutil.copyfile(known, photo)
    narrow = {"PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}

    table = identify(photo, "--database", face_database, **narrow)
    as_json = identify(photo, "--database", face_database, "--json", **narrow)

    assert (table.returncode, table.stderr) == (0, "")
    assert table.stdout.splitlines()[0].endswith("??.jpg: 1 faces")
    assert list(json.loads(as_json.stdout)) == [str(photo)]


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (shutil.rmtree, "There is no face database at {folder}: install one.\n"),
        (
            lambda folder: (folder / "manifest.json").unlink(),
            "The face database {folder} has no manifest.json, so it was only half written: build "
            "or install it again.\n",
        ),
        (
            lambda folder: (folder / "faces.json").write_text("[]"),
            "faces.json of the face database {folder} is not the file its manifest names (checksum "
            "differs): install the database again.\n",
        ),
    ],
    ids=["gone", "half written", "changed"],
)
def test_a_database_that_cannot_be_used_is_told(
    identify: Command, face_database: Path, known: Path, tmp_path: Path, spoil: Any, sentence: str
) -> None:
    folder = tmp_path / "database"
    shutil.copytree(face_database, folder)
    spoil(folder)

    run = identify(known, "--database", folder)

    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr == sentence.format(folder=folder)


def test_an_unknown_device_is_told(identify: Command, face_database: Path, known: Path) -> None:
    run = identify(known, "--database", face_database, "--device", "gpu")

    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr.startswith("The argument device must be one of auto, cuda,")
    assert run.stderr.count("\n") == 1


def test_a_database_that_brings_its_law_is_left_as_it_was(
    identify: Command, face_database: Path, known: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "database"
    shutil.copytree(face_database, folder)
    before = {path.name: path.read_bytes() for path in face_database.iterdir()}

    identify(known, "--database", folder)

    after = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert {name: after[name] for name in before if name != "verified.json"} == {
        name: content for name, content in before.items() if name != "verified.json"
    }
    assert set(after) - set(before) <= {"verified.json"}


@pytest.mark.parametrize("words", [["--help"], []], ids=["help", "nothing"])
def test_the_usage_is_told(tmp_path: Path, words: list[str]) -> None:
    run = Command(tmp_path)(*words)

    assert run.returncode == (0 if words else 2)
    told = " ".join((run.stdout if words else run.stderr).split())
    assert told.startswith("usage: python -m stash_face identify")
    assert "--database DATABASE" in told
