"""How long the review page takes in a browser among a hundred thousand suggestions."""

from __future__ import annotations

import io
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from dev.bench_process import ROOT, CannotMeasureError, Figure, run, setting
from dev.bench_review import fill
from dev.browser import FOLDER, chromium
from stash_face.store.connection import FILE_NAME, Store
from stash_face.store.images import save_scan
from tests.browser.site import site
from tests.fakes.stash_server import StashStandIn
from tests.store.made_up import face, scan

FIRST_ROWS_S = 0.3


def page(rounds: int) -> Iterator[Figure]:
    """From a click to the first rows, the median of `rounds`; and the tasks of the page that
    hold it up while it is scrolled."""
    browser = chromium()
    if not browser or not shutil.which("node") or not (FOLDER / "node_modules").is_dir():
        raise CannotMeasureError(
            "The page is not measured without Node.js, Chromium and the libraries of the browser "
            "tests: install the first two, and run make test once."
        )
    count = setting("BENCH_SUGGESTIONS", 100_000)
    with tempfile.TemporaryDirectory(prefix="stash_face_bench_") as folder:
        work = Path(folder)
        plugin = work / "plugins" / "stash_face"
        ignored = shutil.ignore_patterns("__pycache__", "data")
        shutil.copytree(ROOT / "plugin", plugin, ignore=ignored)
        run(["node", str(FOLDER / "build.mjs"), folder, "production"])
        (work / "data").mkdir()
        with Store(work / "data" / FILE_NAME) as store:
            save_scan(store, scan("1")._replace(faces=[face()._replace(thumbnail=_picture())]))
            fill(store, count)
        with StashStandIn(work, plugins=plugin.parent) as stash:
            stash.environment["STASH_FACE_DATA"] = str(work / "data")
            stash.site = site(stash, plugin, work)
            told = {"BASE": f"{stash.url}/", "CHROMIUM": browser, "ROUNDS": str(rounds)}
            measured = run(["node", str(FOLDER / "measure.mjs")], environment=told).json()
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    yield Figure(
        "first rows of the review page",
        measured["first_rows_ms"] / 1000,
        "s",
        FIRST_ROWS_S,
        f"of {count:,}; the machine's load: {load}",
    )
    yield Figure(
        "tasks over 50 ms while it is scrolled",
        measured["long_tasks"],
        "",
        0,
        json.dumps({name: measured[name] for name in ("row", "mounted", "tasks", "longest_ms")}),
    )


def _picture() -> bytes:
    """A JPEG of the size that a face has: noise, which takes as much as a photo."""
    stream = io.BytesIO()
    Image.effect_noise((112, 112), 40).convert("RGB").save(stream, "JPEG", quality=60)
    return stream.getvalue()
