from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from PIL import Image

from dev.demo_drawing import COLOURS
from dev.demo_photos import sample_photos

ROOT = Path(__file__).resolve().parents[2]
# Label, name, distance or a dash.
ROW = re.compile(
    r"^ +(\d+(?: of \d+)?|\d+:\d\d to \d+:\d\d)  (\S.*?)  +(?:0\.\d{3}|-) ", re.MULTILINE
)


class Shown(NamedTuple):
    """What a run of the demo said, and the folder that it drew into."""

    code: int
    out: str
    err: str
    output: Path

    def tables(self) -> list[list[tuple[str, str]]]:
        """(label, name) of the rows of every table."""
        return [ROW.findall(part) for part in re.split(r"^ +-{50,}$", self.out, flags=re.M)[1:]]

    def has_colour(self, picture: str, decision: str) -> bool:
        with Image.open(self.output / picture) as image:
            pixels = np.asarray(image.convert("RGB"), np.int16)
        near = (abs(pixels - COLOURS[decision]) < 6).all(axis=2)
        return int(near.sum()) > 500


def demo(
    output: Path, *arguments: str, root: Path = ROOT, cwd: Path | None = None, **environment: str
) -> Shown:
    kept = {key: value for key, value in os.environ.items() if key != "STASH_FACE_MODELS"}
    run = subprocess.run(
        [sys.executable, "-m", "dev.demo", "--output", str(output), *arguments],
        cwd=cwd or root,
        env={**kept, "PYTHONPATH": str(root), "PYTHONUTF8": "1", **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=300,
    )
    return Shown(run.returncode, run.stdout, run.stderr, output)


@pytest.fixture(scope="module")
def shown(dev_models: Path, tmp_path_factory: pytest.TempPathFactory) -> Shown:
    return demo(tmp_path_factory.mktemp("demo") / "out", STASH_FACE_MODELS=str(dev_models))


class Own(NamedTuple):
    """Runs on a person's folder, on the same with a single question, and what changed in it."""

    shown: Shown
    single: Shown
    changed: bool


@pytest.fixture(scope="module")
def own(dev_models: Path, tmp_path_factory: pytest.TempPathFactory) -> Own:
    work, models = tmp_path_factory.mktemp("own"), str(dev_models)
    samples = sample_photos(work)
    folder = Path(shutil.copytree(samples.people, work / "my photos"))
    shutil.copy2(samples.images[0], folder)
    single = Path(shutil.copytree(folder, work / "single"))
    shutil.copy2(samples.gallery[0], folder)
    (folder / "torn.jpg").write_text("no picture")
    before = state(folder)
    runs = [
        demo(work / f"of {each.name}", "--photos", each.name, cwd=work, STASH_FACE_MODELS=models)
        for each in (folder, single)
    ]
    return Own(*runs, changed=state(folder) != before)


def state(folder: Path) -> dict[Path, tuple[int, bytes]]:
    return {
        path: (path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else b"")
        for path in (folder, *folder.rglob("*"))
    }


def test_known_people_are_named_in_an_image_and_a_gallery_and_strangers_are_not(
    shown: Shown,
) -> None:
    image, gallery, _ = shown.tables()

    assert [name for _, name in image] == [
        *("Person B", "*unknown*", "*unknown*"),
        *("Person A", "Person C", "*unknown*"),
    ]
    assert sorted(gallery) == [
        ("1 of 12", "*unknown*"),
        ("1 of 12", "*unknown*"),
        ("1 of 12", "perhaps Person A"),
        ("2 of 12", "*unknown*"),
        ("2 of 12", "*unknown*"),
        ("2 of 12", "Person B"),
        ("2 of 12", "Person C"),
        ("2 of 12", "Tom Hanks"),
        ("3 of 12", "Eileen Collins"),
    ]


def test_a_scene_is_shown_with_its_people_and_when_they_are_seen(shown: Shown) -> None:
    scene = shown.tables()[2]

    named = {name: seen for seen, name in scene if name != "*unknown*"}
    assert set(named) == {"Eileen Collins", "Tom Hanks", "Person B"}
    assert named["Tom Hanks"] == "0:03 to 0:06"
    # A part of the group nobody knows, the photographer, and perhaps what a fade made up.
    assert len(scene) - len(named) >= 2


def test_it_says_which_bar_was_used_and_who_is_in_the_library(shown: Shown) -> None:
    assert "With 5 people the database is too small to measure its own bar" in shown.out
    assert "Person B is performer 2 of this library." in shown.out


def test_it_ends_well_fits_a_terminal_and_leaves_only_the_pictures(shown: Shown) -> None:
    assert shown.code == 0
    assert "Traceback" not in shown.err
    lines = [line for line in shown.out.splitlines() if str(shown.output) not in line]
    assert max(map(len, lines)) <= 100
    assert {path.name for path in shown.output.iterdir()} == {
        *("image.jpg", "gallery.jpg", "scene.jpg")
    }


@pytest.mark.parametrize(
    ("picture", "size", "decisions"),
    [
        ("image.jpg", (1100, 761), ["match", "unknown"]),
        # twelve cells in three rows, and a person seen in one picture only
        ("gallery.jpg", (1620, 1076), ["match", "uncertain", "unknown"]),
        ("scene.jpg", (1620, 1076), ["match", "unknown"]),
    ],
)
def test_the_pictures_show_each_decision_in_its_colour(
    shown: Shown, picture: str, size: tuple[int, int], decisions: list[str]
) -> None:
    with Image.open(shown.output / picture) as image:
        assert image.size == size
    assert [each for each in COLOURS if shown.has_colour(picture, each)] == decisions


def test_ones_own_photos_are_asked_about_one_by_one_and_together(own: Own) -> None:
    group, page, gallery = own.shown.tables()

    assert own.shown.code == 0
    assert [name for _, name in group if name != "*unknown*"] == [
        "Person B",
        "Person A",
        "Person C",
    ]
    assert [name for _, name in page] == ["Eileen Collins"]
    # of the three files one is no picture
    assert ("1 of 2", "perhaps Eileen Collins") in gallery
    assert "torn.jpg: " in own.shown.out
    assert {path.name for path in own.shown.output.iterdir()} == {
        *("image-01.jpg", "image-02.jpg", "gallery.jpg")
    }


def test_a_single_loose_picture_makes_no_gallery(own: Own) -> None:
    assert len(own.single.tables()) == 1
    assert {path.name for path in own.single.output.iterdir()} == {"image.jpg"}


def test_nothing_changes_in_ones_own_folder(own: Own) -> None:
    assert not own.changed


@pytest.mark.parametrize(
    ("entries", "sentence"),
    [
        # there is no such folder
        (None, "is not a folder"),
        # pictures, but nobody to know
        (["a.jpg"], "holds no folder: make one per person"),
        # people, but nothing to ask
        (["Somebody/a.jpg"], "holds no loose picture to ask about"),
        # a loose file that is no picture by its name
        (["Somebody/a.jpg", "notes.txt"], "holds no loose picture to ask about"),
    ],
)
def test_a_folder_without_people_or_questions_is_refused_in_one_sentence(
    tmp_path: Path, entries: list[str] | None, sentence: str
) -> None:
    folder = tmp_path / "photos"
    for entry in entries or []:
        (folder / entry).parent.mkdir(parents=True, exist_ok=True)
        (folder / entry).write_bytes(b"")

    shown = demo(tmp_path / "out", "--photos", str(folder))

    assert (shown.code, shown.out) == (1, "")
    assert shown.err.startswith(f"{folder} {sentence}")
    assert shown.err.count("\n") == 1
    assert not shown.output.exists()


def test_pictures_are_never_drawn_into_ones_own_folder(tmp_path: Path) -> None:
    (tmp_path / "Somebody").mkdir()
    (tmp_path / "a.jpg").write_bytes(b"")

    shown = demo(tmp_path / "out", "--photos", str(tmp_path))

    assert shown.code == 1
    assert "lies in the folder of your photos" in shown.err
    assert not shown.output.exists()


def test_without_weights_and_network_one_sentence_names_files_sizes_addresses_and_folder(
    tmp_path: Path,
) -> None:
    clone = tmp_path / "clone"
    for part in ("dev", "builder", "plugin", "tests/fakes"):
        shutil.copytree(
            ROOT / part, clone / part, ignore=shutil.ignore_patterns("__pycache__", "data")
        )

    shutil.copy(ROOT / "tests" / "videos.py", clone / "tests")

    nowhere = "http://127.0.0.1:9"
    shown = demo(tmp_path / "out", root=clone, HTTPS_PROXY=nowhere, https_proxy=nowhere)

    assert shown.code == 1
    assert shown.err.count("\n") == 1
    for named in (
        "github.com cannot be reached",
        "https://github.com/deepinsight/insightface/releases/download/",
        "buffalo_sc.zip (15.0 MB)",
        "det_500m.onnx (2.5 MB)",
        "w600k_mbf.onnx (13.6 MB)",
        str(clone / "build" / "models"),
    ):
        assert named in shown.err
