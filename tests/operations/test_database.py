from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stash_face.operations.database import database_info, database_reload
from tests.contracts.api import validate_output
from tests.identify.synthetic import someone
from tests.operations.workplace import DEV, Workplace

SIXTY = {f"stashdb.org:{n}": someone(np.random.default_rng(n), DEV) for n in range(60)}


def change(folder: Path, **fields: Any) -> None:
    """Fields of the manifest's calibration; none at all takes it away."""
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["calibration"] = {**manifest["calibration"], **fields} if fields else None
    path.write_text(json.dumps(manifest), encoding="utf-8")


@pytest.fixture
def sixty(place: Workplace) -> Path:
    """The database in use, of sixty people."""
    shutil.rmtree(place.data / "facedb" / "v1")
    place.install("v2", SIXTY)
    return place.data / "facedb" / "v2"


def test_a_law_that_the_manifest_brings_is_shown(place: Workplace, sixty: Path) -> None:
    info = database_info(place.request())

    validate_output("database_info", info)
    assert info["calibrated"] is True
    assert info["bars"]["suggest_distance"] > info["bars"]["automatic_distance"] > 0
    assert not (place.data / "facedb" / "calibration").exists()


def test_a_missing_law_is_unknown_until_it_was_measured_and_kept(
    place: Workplace, sixty: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    brought = database_info(place.request())["bars"]
    change(sixty)
    before = database_info(place.request())

    reloaded = database_reload(place.request())
    told = capfd.readouterr().err

    validate_output("database_reload", reloaded)
    assert (before["bars"], before["calibrated"]) == (None, False)
    assert (reloaded["bars"], reloaded["calibrated"]) == (brought, True)
    assert database_info(place.request()) == reloaded
    assert "Calibrating: 100%" in told
    assert "\x01p\x021.0000" in told


def test_a_law_is_measured_once(
    place: Workplace, sixty: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    change(sixty)
    first = database_reload(place.request())
    capfd.readouterr()

    second = database_reload(place.request())

    assert first == second
    assert "Calibrating" not in capfd.readouterr().err


@pytest.mark.parametrize(
    "fields",
    [
        {"location": 17.0},  # absurd
        {"scale": float("nan")},
        {"genuine_mean": "about half"},
        {"poor": {"location": -5}},
        {"people": 61},  # of another database
        {"weights": {"arcface_mbf": "0" * 64}},  # of another pack
    ],
    ids=str,
)
def test_a_law_that_cannot_be_is_measured_anew_and_told(
    place: Workplace, sixty: Path, fields: dict[str, Any], capfd: pytest.CaptureFixture[str]
) -> None:
    brought = database_info(place.request())["bars"]
    change(sixty, **fields)

    reloaded = database_reload(place.request())

    assert (reloaded["bars"], reloaded["calibrated"]) == (brought, True)
    assert "says what cannot be, so it is measured anew." in capfd.readouterr().err
    assert database_info(place.request()) == reloaded
