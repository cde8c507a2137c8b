from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fakes.stash_server import StashStandIn
from tests.photos import Photos, stash_id

PACKAGE = Path(__file__).resolve().parents[2] / "plugin" / "py"
KEY = "eyJhbGciOi.JIUzI1NiJ9.x-y_z"


def measure(*words: object, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("STASH_")}
    return subprocess.run(
        [sys.executable, "-m", "stash_face", "measure", *map(str, words)],
        cwd=PACKAGE,
        env=kept | {"PYTHONUTF8": "1"} | variables,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )


def test_a_stash_with_a_password_is_measured_with_a_key_from_a_file_or_the_environment(
    tmp_path: Path, face_database: Path, dev_models: Path, photos: Photos
) -> None:
    data, key_file = tmp_path / "data", tmp_path / "key.txt"
    shutil.copytree(face_database, data / "facedb" / "v1")
    key_file.write_text(f"{KEY}\n")
    with StashStandIn(tmp_path, password=True, api_key=KEY) as stash:
        bill = stash.add_performer(
            "Bill", [("https://stashdb.org/graphql", stash_id("Bill_Clinton"))]
        )
        stash.add_image(photos.known["Bill_Clinton"][4], performers=[bill])
        words = ("--url", stash.url, "--data", data, "--limit", 10)
        models = {"STASH_FACE_MODELS": str(dev_models)}

        by_file = measure(*words, "--api-key-file", key_file, **models)
        by_variable = measure(*words, **models, STASH_API_KEY=KEY)
        without = measure(*words, **models)

    assert by_file.returncode == 0, by_file.stderr
    assert json.loads(by_file.stdout)["images"]["found"] == 1
    assert by_variable.stdout == by_file.stdout
    assert Path(json.loads(by_file.stdout)["page"]).parent == data / "reports"
    assert without.returncode == 1
    assert without.stderr.strip().splitlines()[-1].endswith(".")


@pytest.mark.parametrize(
    "words",
    [
        # No number is a port.
        ["--url", "http://localhost:port"],
        # No scheme.
        ["--url", "localhost:9999"],
        # No such file.
        ["--url", "http://localhost:9999", "--api-key-file", "nowhere"],
    ],
)
def test_an_address_or_a_file_that_cannot_be_used_is_told_in_a_sentence(
    tmp_path: Path, words: list[str]
) -> None:
    told = measure(*words, "--data", tmp_path)

    assert told.returncode == 1
    assert "Traceback" not in told.stderr
    assert told.stderr.strip().endswith(".")
