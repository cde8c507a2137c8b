"""What a look at Stash's health needs to know of it; holds no key and no user's name."""

from __future__ import annotations

from typing import NamedTuple

from ..errors import NotFound
from . import queries
from .client import StashClient

# Scenes whose sprites are asked for one by one; of larger libraries these are a sample.
SAMPLE = 100


class Inspection(NamedTuple):
    """`checked` of `scenes` were asked for their sprite, `sprites` of those have one.
    `session_s` is how long the session that Stash hands over lives, in seconds."""

    version: str
    password: bool
    api_key: bool
    session_s: int
    scenes: int
    checked: int
    sprites: int


def inspect(client: StashClient, sample: int = SAMPLE) -> Inspection:
    told = client.query(queries.INSPECTION, {"size": sample})
    general, scenes = told["configuration"]["general"], told["findScenes"]
    ids = [row["id"] for row in scenes["scenes"]]
    return Inspection(
        str(told["version"]["version"] or "unknown"),
        bool(general["username"]),
        bool(general["apiKey"]),
        int(general["maxSessionAge"]),
        int(scenes["count"]),
        len(ids),
        sum(_has_sprite(client, each) for each in ids),
    )


def _has_sprite(client: StashClient, scene_id: str) -> bool:
    try:
        client.get(f"/scene/{scene_id}/vtt/thumbs").close()
    except NotFound:
        return False
    return True
