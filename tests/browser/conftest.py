from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from dev import browser
from tests.browser.site import site
from tests.conftest import ROOT, absent
from tests.photos import Photos, stash_id
from tests.process.plugin import Plugin

HERE = Path(__file__).parent
OUTPUT = ROOT / "build" / "browser"
STASH_DB = "https://stashdb.org/graphql"


@pytest.fixture(scope="session")
def chromium() -> str:
    found = browser.chromium()
    if not found:
        absent("no Chromium: install it (Debian: apt install chromium) or set CHROMIUM")
    return found


@pytest.fixture(scope="session")
def bundle() -> Path:
    """The folder with the stand-in page's script, made of what dev/setup.py brings."""
    if not shutil.which("node") or not (HERE / "node_modules").is_dir():
        absent("no Node.js with the libraries of tests/browser: see CONTRIBUTING.md")
    subprocess.run(["node", str(HERE / "build.mjs"), str(OUTPUT)], check=True)
    return OUTPUT


@pytest.fixture
def drive(plugin: Plugin, bundle: Path, chromium: str) -> Callable[..., None]:
    """`drive("image", **given)` runs flows/image.mjs in Chromium against the stand-in page."""
    plugin.stash.site = site(plugin.stash, plugin.folder, bundle)

    def run(flow: str, **given: object) -> None:
        environment = {
            **os.environ,
            "CHROMIUM": chromium,
            "BASE": plugin.stash.url,
            "OUTPUT": str(OUTPUT),
            "GIVEN": json.dumps(given),
        }
        done = subprocess.run(
            ["node", str(HERE / "run.mjs"), flow],
            env=environment,
            capture_output=True,
            text=True,
            encoding="utf-8",
        )
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"

    return run


@pytest.fixture
def cast(plugin: Plugin) -> dict[str, str]:
    """Performers of the library: two whom the face database has, and somebody else."""
    stash = plugin.stash
    found = {
        name: stash.add_performer(name.replace("_", " "), [(STASH_DB, stash_id(name))])
        for name in ("Bill_Clinton", "Colin_Powell")
    }
    return {**found, "Somebody": stash.add_performer("Somebody Else")}


@pytest.fixture
def clinton(plugin: Plugin, photos: Photos, cast: dict[str, str]) -> str:
    """An image of Bill Clinton which is tagged with somebody else."""
    return plugin.stash.add_image(
        photos.known["Bill_Clinton"][3], performers=[cast["Somebody"]], title="A picture"
    )
