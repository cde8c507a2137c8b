from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from stash_face.facedb.calibration import default_law
from stash_face.facedb.kept_law import brought_law, keep_law, kept_law, weights_of
from stash_face.facedb.manifest import read_manifest
from tests.facedb.made_up import PACK, manifest_of, say

ROOT = Path(__file__).resolve().parents[2]
LAW = default_law(PACK, 60)._replace(location=0.2, scale=0.03, probes=60, fitted=True)


def test_the_law_that_a_manifest_brings_is_read(folder: Path) -> None:
    manifest = read_manifest(folder)

    law = brought_law(manifest)

    assert law is not None
    assert law == brought_law(manifest, 60)
    assert brought_law(manifest, 61) is None


def test_a_law_is_kept_for_the_very_database_it_was_measured_on(
    folder: Path, tmp_path: Path
) -> None:
    manifest = read_manifest(folder)
    assert kept_law(tmp_path, manifest) is None

    keep_law(tmp_path, manifest, LAW)

    assert kept_law(tmp_path, manifest) == kept_law(tmp_path, manifest, 60) == LAW
    assert kept_law(tmp_path, manifest, 61) is None
    say(folder, version="a later one")
    assert kept_law(tmp_path, read_manifest(folder)) is None


def test_a_law_of_other_weights_is_not_used(folder: Path) -> None:
    entry = manifest_of(folder)["calibration"]
    weights = weights_of(read_manifest(folder))
    say(folder, calibration=entry | {"weights": dict.fromkeys(weights, "0" * 64)})

    assert brought_law(read_manifest(folder)) is None


@pytest.mark.parametrize("people", [None, "sixty", 1.5, [], -1, True])
def test_a_law_of_nobody_is_none(folder: Path, people: object) -> None:
    entry = manifest_of(folder)["calibration"]
    say(folder, calibration=entry | {"people": people}, performer_count=60)

    assert brought_law(read_manifest(folder), 60) is None


def test_the_law_is_read_without_numpy(folder: Path) -> None:
    code = (
        "import sys; from pathlib import Path;"
        "from stash_face.facedb.kept_law import brought_law;"
        "from stash_face.facedb.manifest import read_manifest;"
        "assert brought_law(read_manifest(Path(sys.argv[1])));"
        "assert 'numpy' not in sys.modules"
    )

    subprocess.run([sys.executable, "-c", code, str(folder)], cwd=ROOT / "plugin/py", check=True)
