from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from dev.bench import NAMES, line
from dev.bench_process import Figure

ROOT = Path(__file__).resolve().parents[2]
TINY = {"BENCH_FACES": "300", "BENCH_PHOTOS": "4", "BENCH_ROUNDS": "1"}


class Measured:
    """A run of the benchmark with tiny sizes: its exit code, words, and figures by name."""

    def __init__(self, folder: Path, *names: str, **settings: str) -> None:
        output = folder / "bench.json"
        done = subprocess.run(
            [sys.executable, "-m", "dev.bench", *names],
            cwd=ROOT,
            env={**os.environ, **TINY, "BENCH_OUTPUT": str(output), **settings},
            capture_output=True,
            text=True,
        )
        self.code, self.out, self.err = done.returncode, done.stdout, done.stderr
        self.rows: list[dict[str, Any]] = []
        if output.exists():
            self.rows = json.loads(output.read_text(encoding="utf-8"))
        self.figures = {row["name"]: row for row in self.rows}


def test_pages_of_suggestions_are_measured(tmp_path: Path) -> None:
    found = Measured(tmp_path, "review", BENCH_SUGGESTIONS="300")

    assert (found.code, found.err) == (0, "")
    assert [(row["unit"], row["limit"]) for row in found.rows] == [("s", 0.1)] * 3


def test_unknown_people_are_measured(tmp_path: Path, dev_models: Path) -> None:
    found = Measured(tmp_path, "unknown", BENCH_UNKNOWN="60")

    assert (found.code, found.err) == (0, "")
    assert [row["unit"] for row in found.rows] == ["s", "MB", "s", "s", ""]
    assert found.figures["60 unknown faces: with their own"]["value"] > 0.9


def test_every_figure_of_the_plugin_is_measured(
    tmp_path: Path, dev_models: Path, photos: object
) -> None:
    found = Measured(tmp_path, "health", "cold", "stored", "gallery", "rematch")

    assert (found.code, found.err) == (0, "")
    assert [(row["unit"], row["limit"]) for row in found.rows] == [
        ("s", 0.1),  # health quick
        ("", 0),
        ("s", 0.5),  # cold
        ("s", 0.5),  # stored image
        ("s", 0.5),  # stored gallery
        ("", 0),
        ("", 0.85),  # throughput
        ("MB", 150),
        ("MB", 20),  # ten times as many photos
        ("times", 20),  # re-match
    ]
    for row in found.rows:
        assert list(row) == ["name", "value", "unit", "limit", "ok"]
        assert isinstance(row["ok"], bool)
        assert row["name"] in found.out
    assert len({*found.figures}) == len(found.rows)
    # Whatever the sizes: no model and no numpy for what is stored, nothing foreign for health.
    assert found.figures["stored image or gallery: heavy packages imported"]["value"] == 0
    assert found.figures["health quick: packages beyond the standard library"]["value"] == 0


def test_a_scene_is_measured(tmp_path: Path, dev_models: Path, photos: object) -> None:
    found = Measured(tmp_path, "scene", BENCH_FRAMES="2", BENCH_PHOTOS="16")

    assert (found.code, found.err) == (0, "")
    assert [(row["unit"], row["limit"]) for row in found.rows] == [
        ("", 0.85),  # throughput of frames
        ("MB", 200),
        ("MB", 20),  # ten times as long
        ("times", 20),  # re-match
        ("times", 1.3),  # by the sprite alone
    ]


def test_the_task_and_the_hook_are_measured(
    tmp_path: Path, dev_models: Path, photos: object
) -> None:
    found = Measured(tmp_path, "batch", "hook", BENCH_ITEMS="4", BENCH_HOOKS="4")

    assert (found.code, found.err) == (0, "")
    assert [(row["unit"], row["limit"]) for row in found.rows] == [
        ("", 0.85),  # throughput of a scan
        ("MB", 20),  # ten times as many items
        ("s", 0.1),  # a hook
        ("", 0),
        ("", 0),  # hooks side by side
        ("", 1),
    ]
    assert "25 images and 1 scenes" in found.out
    # Whatever the sizes: nothing foreign, nothing lost, one task.
    assert [row["value"] for row in found.rows[3:]] == [0, 0, 1]


def test_the_index_is_measured_without_weights_or_photos(tmp_path: Path) -> None:
    found = Measured(tmp_path, "writing", "index", STASH_FACE_MODELS=str(tmp_path))

    assert (found.code, found.err) == (0, "")
    assert [row["name"] for row in found.rows] == [
        "300 faces in two indices: written by Voyager's own time",
        "300 faces in two indices: a face and embedder on disk",
        "300 faces in two indices: open",
        "300 faces in two indices: memory by the files' size",
        "300 faces in two indices: 300 probes by a numpy scan's time",
        "300 faces in two indices: recall@10 of exact float32",
        "300 faces in two indices: other decisions than in float32",
        "300 faces in two indices: 300 stored faces named anew",
        "300 faces in two indices: 300 stored faces named anew, 300 own people",
        "300 faces in two indices: calibration",
    ]
    assert found.figures["300 faces in two indices: a face and embedder on disk"]["ok"]
    assert found.figures["300 faces in two indices: recall@10 of exact float32"]["value"] == 1


def test_a_figure_that_cannot_be_measured_is_an_error_with_a_sentence(
    tmp_path: Path, dev_models: Path
) -> None:
    found = Measured(tmp_path, "cold", STASH_FACE_MODELS=str(tmp_path), BENCH_PHOTOS="many")

    assert found.code == 1
    assert found.err == "BENCH_PHOTOS must be a whole number, not 'many'.\n"
    assert found.rows == []


def test_an_unknown_name_lists_the_known_ones(tmp_path: Path) -> None:
    found = Measured(tmp_path, "warm")

    assert (found.code, found.rows) == (2, [])
    assert found.out == f"There is no figure 'warm': choose among {', '.join(NAMES)}.\n"


@pytest.mark.parametrize(
    ("value", "limit", "at_least", "ok"),
    [
        (0.4, 0.5, False, True),
        (0.6, 0.5, False, False),
        (0.9, 0.85, True, True),
        (0.8, 0.85, True, False),
        (0, 0, False, True),
    ],
)
def test_a_figure_on_the_wrong_side_of_its_limit_is_missed(
    value: float, limit: float, at_least: bool, ok: bool
) -> None:
    figure = Figure("anything", value, "s", limit, "", at_least)

    assert figure.row()["ok"] is ok
    assert line(figure).startswith("ok " if ok else "MISSED ")


def test_made_up_faces_lie_as_measured_ones_do() -> None:
    import numpy as np

    from dev.bench_faces import SPECTRA, MadeUpFaces

    faces = MadeUpFaces(6_000)
    references = faces.references()
    first = np.flatnonzero(np.diff(faces.owners, prepend=-1))
    pairs = np.flatnonzero(np.diff(faces.owners) == 0)

    for name in SPECTRA:
        vectors = references[name]
        strangers = vectors[first[:1000]] @ vectors[first[1000:]].T
        same = np.einsum("ij,ij->i", vectors[pairs], vectors[pairs + 1])
        assert abs(strangers.mean()) < 0.03
        assert strangers.std() == pytest.approx(0.07, abs=0.01)
        assert same.mean() == pytest.approx(0.63, abs=0.04)
        assert same.std() == pytest.approx(0.11, abs=0.03)
        assert faces.probes(10)[name].shape == (10, 512)


def test_the_builder_is_measured(tmp_path: Path, dev_models: Path, photos: object) -> None:
    found = Measured(tmp_path, "build", BENCH_PICTURES="12", BENCH_MANY="20")

    assert (found.code, found.err) == (0, "")
    assert [(row["unit"], row["limit"]) for row in found.rows] == [
        ("", 0.9),  # throughput
        ("MB", 60),
        ("", 20),  # rebuild
        ("MB", 100),  # many
    ]
