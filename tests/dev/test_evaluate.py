from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

import pytest
from PIL import Image

from builder.evaluate.shares import likely_range
from dev.evaluate_dev import SCORER, table
from dev.score_confidence import Bin, Stated, bins, calibration_error, stated
from dev.score_drawing import reliability_diagram
from tests.photos import Photos

ROOT = Path(__file__).resolve().parents[2]
KNOWN, HIDDEN = ("Angelina_Jolie", "Bill_Clinton"), "Colin_Powell"
ENROLLED_TOO = 4


class Evaluated(NamedTuple):
    """A run of the evaluation: what it said, and the predictions it wrote."""

    code: int
    out: str
    err: str
    predictions: dict[str, list[dict[str, Any]]]

    def suggested(self, query: str) -> set[str]:
        return {each["performer"] for each in self.predictions[query] if each["suggest"]}


def evaluated(*arguments: str, out: Path) -> Evaluated:
    done = subprocess.run(
        [sys.executable, "-m", "dev.evaluate", *arguments, "--out", str(out)],
        cwd=ROOT,
        env={**os.environ, "PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
        timeout=300,
    )
    predictions = json.loads(out.read_text(encoding="utf-8")) if out.exists() else {}
    return Evaluated(done.returncode, done.stdout, done.stderr, predictions)


@pytest.fixture(scope="module")
def small_set(photos: Photos, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two people to find, four more to enrol, and pictures that cannot be read; no hard/."""
    root = tmp_path_factory.mktemp("set")
    for name in KNOWN:
        copy(photos.known[name][:3], root / "db" / name)
    (root / "db" / KNOWN[0] / "performer.json").write_text('{"name": "Somebody Else"}')
    (root / "db" / "nobody").mkdir()
    for number, photo in enumerate(photos.strangers[:ENROLLED_TOO]):
        copy([photo], root / "distractors" / f"d{number}")
    images = root / "images"
    copy([photos.known[KNOWN[0]][3]], images, "known")
    copy([photos.known[HIDDEN][0]], images, "stranger")
    (images / "torn.jpg").write_bytes(b"no picture")
    (images / "truth.txt").write_text("not asked about")
    Image.new("RGB", (64, 64), "white").save(images / "blank.png")
    copy(photos.known[KNOWN[1]][3:6], root / "galleries" / "gallery")
    (root / "galleries" / "gallery" / "torn.jpg").write_bytes(b"no picture")
    (root / "galleries" / "empty").mkdir()
    (root / "scenes").mkdir()
    sheet(photos.known[KNOWN[0]][3:6]).save(root / "scenes" / "film.jpg", quality=90)
    Image.new("RGB", (720, 405)).save(root / "scenes" / "half.jpg")
    copy(photos.known[KNOWN[1]][3:6], root / "frames" / "stills")
    (root / "frames" / "stills" / "torn.jpg").write_bytes(b"no picture")
    return root


def sheet(photos: list[Path]) -> Image.Image:
    """81 tiles, of which some show a photo."""
    found = Image.new("RGB", (9 * 160, 9 * 90), "grey")
    for number, path in enumerate(photos):
        with Image.open(path) as photo:
            found.paste(photo.resize((90, 90)), (160 * (3 * number) + 30, 90 * number))
    return found


@pytest.fixture(scope="module")
def answers(
    small_set: Path, dev_models: Path, tmp_path_factory: pytest.TempPathFactory
) -> Evaluated:
    out = tmp_path_factory.mktemp("answers") / "not" / "there yet" / "predictions.json"
    return evaluated("--set", str(small_set), "--distractors", out=out)


def copy(photos: list[Path], folder: Path, stem: str | None = None) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for photo in photos:
        shutil.copy2(photo, folder / f"{stem or photo.stem}{photo.suffix}")


def test_every_picture_and_gallery_is_a_query_and_nothing_else(answers: Evaluated) -> None:
    assert answers.code == 0, answers.err
    assert set(answers.predictions) == {
        *("known", "stranger", "torn", "blank", "gallery", "empty", "film", "half", "stills")
    }
    assert answers.predictions["torn"] == answers.predictions["blank"] == []
    assert "9 queries answered against 6 people" in answers.out
    assert "images/torn.jpg" in answers.err
    assert "scenes/half.jpg: The sprite is 720 x 405 pixels large" in answers.err


def test_a_known_person_is_suggested_by_the_name_of_the_folder(answers: Evaluated) -> None:
    assert answers.suggested("known") == {KNOWN[0]}
    assert answers.suggested("gallery") == {KNOWN[1]}
    assert answers.suggested("film") == {KNOWN[0]}
    assert answers.suggested("stills") == {KNOWN[1]}


def test_a_stranger_is_nobody_but_still_has_a_candidate_for_other_bars(answers: Evaluated) -> None:
    assert answers.suggested("stranger") == set()
    assert answers.predictions["stranger"][0]["confidence"] < 0.5


def test_the_scorer_reads_the_predictions(answers: Evaluated, tmp_path: Path) -> None:
    truth, predictions = tmp_path / "truth.json", tmp_path / "predictions.json"
    known = {"kind": "image", "level": "clear", "truth": [KNOWN[0]]}
    gallery = {"kind": "gallery", "level": "clear", "truth": [KNOWN[1]]}
    nobody = {**known, "truth": []}
    queries = {"known": known, "stranger": nobody, "torn": nobody, "blank": nobody}
    queries |= {"gallery": gallery, "empty": {**gallery, "truth": []}}
    film, stills = {**known, "kind": "scene"}, {**gallery, "kind": "frames"}
    queries |= {"film": film, "half": {**film, "truth": []}, "stills": stills}
    truth.write_text(json.dumps({"queries": queries}))
    predictions.write_text(json.dumps(answers.predictions))

    command = [sys.executable, str(SCORER), str(truth), str(predictions), "--json"]
    subprocess.run([*command, str(tmp_path / "scores.json")], check=True, capture_output=True)

    scores = json.loads((tmp_path / "scores.json").read_text())
    assert (scores["image"]["precision"], scores["image"]["tpir"]) == (1, 1)
    assert (scores["gallery"]["recall"], scores["gallery"]["strangers"]) == (1, 0)
    assert (scores["scene"]["precision"], scores["scene"]["recall"]) == (1, 1)
    assert (scores["frames"]["precision"], scores["frames"]["recall"]) == (1, 1)


def test_distractors_are_enrolled_only_when_asked_for(
    small_set: Path, dev_models: Path, tmp_path: Path
) -> None:
    copy(sorted((small_set / "db" / KNOWN[0]).glob("*.jpg")), tmp_path / "set" / "db" / KNOWN[0])
    copy(
        sorted((small_set / "distractors" / "d0").iterdir()), tmp_path / "set" / "distractors" / "d"
    )

    found = evaluated("--set", str(tmp_path / "set"), out=tmp_path / "out.json")

    assert (found.code, found.predictions) == (0, {})
    assert "0 queries answered against 1 people" in found.out


def test_a_folder_that_is_no_set_is_refused_with_a_sentence(tmp_path: Path) -> None:
    found = evaluated("--set", str(tmp_path), out=tmp_path / "out.json")

    assert (found.code, found.predictions) == (1, {})
    assert found.err.endswith("it needs a folder db with a folder per person.\n")


def test_without_the_development_sets_there_is_a_sentence(tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    for part in ("dev", "builder", "plugin/py"):
        ignored = shutil.ignore_patterns("__pycache__", "data")
        shutil.copytree(ROOT / part, checkout / part, ignore=ignored)

    command = [sys.executable, "-m", "dev.evaluate_dev"]
    done = subprocess.run(command, cwd=checkout, capture_output=True, text=True)

    assert (done.returncode, done.stdout) == (1, "")
    assert "use `make eval` on a set of your own." in done.stderr


@pytest.mark.parametrize(
    ("rows", "error"),
    [
        ([(1.0, True)] * 4, 0.0),  # sure and right
        ([(1.0, False)] * 4, 1.0),  # sure and wrong
        ([(0.75, True), (0.75, True), (0.75, True), (0.75, False)], 0.0),  # keeps its word
        ([(0.9, True), (0.9, False)], 0.4),  # promises too much
        ([(0.02, True)] * 1 + [(1.0, True)] * 3, 0.245),  # a bin counts by its names
        ([(0.61, True), (0.69, False)], 0.15),  # within a bin only the means count
    ],
)
def test_the_calibration_error_is_how_far_confidence_is_from_the_share_right(
    rows: list[tuple[float, bool]], error: float
) -> None:
    assert calibration_error([Stated(*row) for row in rows]) == pytest.approx(error)


def test_without_names_there_is_no_calibration_error() -> None:
    assert math.isnan(calibration_error([]))


def test_a_bin_holds_its_lower_edge_and_the_last_one_both() -> None:
    held = bins([Stated(0.0, False), Stated(0.5, True), Stated(1.0, True)], 2)

    assert held == [Bin(1, 0.0, 0.0), Bin(2, 0.75, 1.0)]


def test_a_photo_states_the_confidence_of_its_surest_face() -> None:
    queries = {
        "two faces": {"kind": "image", "truth": ["ada"]},
        "no face": {"kind": "image", "truth": ["ada"]},
        "not answered": {"kind": "image", "truth": []},
        "stranger": {"kind": "hard", "truth": []},
        "gallery": {"kind": "gallery", "truth": ["ada"]},
    }
    ada = {"performer": "ada", "confidence": 1.0000005, "suggest": True}
    bob = {"performer": "bob", "confidence": 0.2, "suggest": False}
    predictions: Any = {"two faces": [bob, ada], "no face": [], "stranger": [bob], "gallery": [ada]}

    assert stated(queries, predictions, ["image"]) == [Stated(1.0, True)]
    assert stated(queries, predictions, ["image", "hard"])[1] == Stated(0.2, False)


def test_few_names_leave_the_true_share_open() -> None:
    few, many = likely_range(0.9, 10), likely_range(0.9, 1000)

    assert few[0] < many[0] < 0.9 < many[1] < few[1] <= 1
    assert many == pytest.approx((0.880, 0.917), abs=0.001)


def test_the_diagram_has_a_dot_for_every_bin_that_says_something() -> None:
    held = [Bin(100, 0.05, 0.1), Bin(1, 0.5, 1.0), Bin(0, math.nan, math.nan), Bin(50, 0.9, 0.8)]

    root = ElementTree.fromstring(reliability_diagram({"photos": held}, "Right?"))

    circles = root.findall("{http://www.w3.org/2000/svg}circle")
    legend = 1
    assert len(circles) == 2 + legend
    assert "151 names" in "".join(root.itertext())


def test_the_table_shows_every_seed_the_mean_and_the_spread() -> None:
    rows = table([4, 5], {"photos: recall": [0.98, 1.0], "ECE, both": [0.01, 0.03]}).splitlines()

    assert rows[0] == "|  | seed 4 | seed 5 | mean | spread |"
    assert rows[2:] == [
        "| photos: recall | 98.0 % | 100.0 % | 99.0 % | 2.0 |",
        "| ECE, both | 0.010 | 0.030 | 0.020 | 0.020 |",
    ]
