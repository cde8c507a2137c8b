"""The stand-in for Stash with the plugin in its plugins folder, and questions to that plugin."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from stash_face.errors import StashError
from tests.fakes.stash_plugins import PluginError
from tests.fakes.stash_server import StashStandIn

PLUGIN = "stash_face"
# Seconds of work per call, as a page would ask; the next call goes on.
SLICE = 5.0

Answer = dict[str, Any]


@contextmanager
def stash_with_plugin(source: Path, work: Path, data: Path, models: Path) -> Iterator[StashStandIn]:
    """A running stand-in whose plugins folder holds a copy of the plugin at `source`; the plugin
    keeps its data in `data` and finds its weights in `models`."""
    plugins = work / "plugins"
    unwanted = shutil.ignore_patterns("__pycache__")

    def ignored(folder: str, names: list[str]) -> set[str]:
        own_data = {"data"} if Path(folder) == source else set()
        return {*unwanted(folder, names), *own_data}

    shutil.copytree(source, plugins / PLUGIN, ignore=ignored)
    with StashStandIn(work, plugins=plugins) as stash:
        stash.environment = {"STASH_FACE_DATA": str(data), "STASH_FACE_MODELS": str(models)}
        yield stash


def ask(stash: StashStandIn, mode: str, **arguments: Any) -> Answer:
    """The plugin's answer; StashError with its sentence where it has none."""
    try:
        answer = stash.operation(PLUGIN, {"mode": mode, **arguments})
    except PluginError as error:
        raise StashError(str(error)) from None
    if not isinstance(answer, dict):
        raise StashError(f"The plugin's answer to {mode} is not an object: {answer!r:.200}.")
    return answer


def ask_gallery(stash: StashStandIn, gallery_id: str) -> Answer:
    """The gallery's answer once it is done."""
    return ask_slices(stash, "identify_gallery", "pictures", gallery_id=gallery_id)


def ask_slices(stash: StashStandIn, mode: str, what: str, **arguments: Any) -> Answer:
    """The answer, slice by slice until it is done; a terminal sees how far it is."""
    cursor = None
    while True:
        answer = ask(stash, mode, budget_s=SLICE, cursor=cursor, **arguments)
        if answer["done"]:
            return answer
        cursor = answer["cursor"]
        if sys.stdout.isatty():
            total = f" of {answer['total_images']}" if "total_images" in answer else ""
            print(f"\r  {cursor}{total} {what}", end="\r", flush=True)
