"""Scenes for the tests: small videos of photos, with sprites as Stash makes them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from tests.process.plugin import Plugin
from tests.videos import SIZE, sprite, write_video

SECONDS = 4.0


def add_scene(
    plugin: Plugin,
    path: Path,
    shots: Sequence[Image.Image],
    tiles: int = 8,
    **about: Any,
) -> str:
    """A scene of `shots`, 4 s each; with `tiles` it has a sprite of so many."""
    write_video(path, shots, SECONDS)
    return added(plugin, path, shots, tiles, **about)


def added(
    plugin: Plugin, path: Path, shots: Sequence[Image.Image], tiles: int, **about: Any
) -> str:
    """The same for a video that is there already."""
    length = SECONDS * len(shots)
    scene_id = plugin.stash.add_scene(path, duration=length, size=SIZE, **about)
    if tiles:
        plugin.stash.add_sprite(scene_id, *sprite(shots, SECONDS, tiles, columns=4))
    return scene_id


def names(answer: Any) -> list[str]:
    return [each["name"] for each in answer["persons"] if each["decision"] == "match"]


def looked_at(plugin: Plugin) -> list[tuple[Any, ...]]:
    """What is stored of scenes: every picture by its number, which is new with each look."""
    return plugin.rows("SELECT id, stash_scene_id, source, at FROM scene_pictures ORDER BY id")
