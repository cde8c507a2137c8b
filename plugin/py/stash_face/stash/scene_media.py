"""The media of a scene: its sprite and its video, on this computer or over Stash's HTTP.

Returns bytes, paths and ranges of bytes; it decodes nothing.
"""

from __future__ import annotations

import os
import re
import time
from pathlib import Path
from typing import NamedTuple

import requests

from ..errors import MediaError, NotFound
from . import failures
from .client import StashClient
from .entities import NO_SPRITE, SceneItem
from .pictures import MAX_BYTES, fetch_stash_media, on_disk

MAX_VTT_BYTES = 5_000_000
# For one part of a video; Stash's disk may have to wake up first.
PAUSE_S = 10.0
PART_S = 30.0
_CHUNK = 1 << 16
_TOTAL = re.compile(r"bytes [0-9]+-[0-9]+/([0-9]+)")


class Sprite(NamedTuple):
    """The list of tiles, a WebVTT file, and the sheet that it speaks of."""

    vtt: bytes
    sheet: Path | bytes


def open_sprite(client: StashClient, item: SceneItem) -> Sprite:
    """The scene's sprite; NotFound says in a sentence what of it Stash has not generated."""
    try:
        vtt = _generated(client, item, "_thumbs.vtt", "thumbs", MAX_VTT_BYTES)
    except NotFound:
        raise NotFound(NO_SPRITE) from None
    try:
        sheet = _generated(client, item, "_sprite.jpg", "sprite")
    except NotFound:
        raise NotFound(
            "The sprite has a list of its tiles, but no sheet: generate it again in Stash."
        ) from None
    return Sprite(vtt.read_bytes() if isinstance(vtt, Path) else vtt, sheet)


def has_sprite_here(item: SceneItem) -> bool:
    """Whether this computer sees a sprite; Stash is not asked."""
    return bool(item.sprite) and Path(f"{item.sprite}_thumbs.vtt").is_file()


def _generated(
    client: StashClient, item: SceneItem, ending: str, route: str, max_bytes: int = MAX_BYTES
) -> Path | bytes:
    path = Path(item.sprite + ending)
    if item.sprite and os.access(path, os.R_OK) and path.is_file():
        return path
    return fetch_stash_media(client, f"/scene/{item.id}/vtt/{route}", max_bytes=max_bytes)


class VideoParts:
    """A scene's video on Stash's HTTP, `size` bytes long, part by part."""

    def __init__(self, client: StashClient, scene_id: str) -> None:
        """Asks for the size. NotFound and MediaError say what is wrong with the file."""
        self._client = client
        self._path = f"/scene/{scene_id}/stream"
        try:
            with client.get(self._path, (0, 0), PAUSE_S) as response:
                total = _TOTAL.fullmatch(response.headers.get("Content-Range", ""))
        except NotFound:
            raise NotFound(
                "The scene's video file is gone: put it back, or let Stash scan its folder."
            ) from None
        if total is None:
            raise _not_in_parts()
        self.size = int(total[1])

    def read(self, start: int, length: int) -> bytes:
        """`length` bytes from `start` on; MediaError where they do not come in time."""
        end, content = time.monotonic() + PART_S, bytearray()
        with self._client.get(self._path, (start, start + length - 1), PAUSE_S) as response:
            if response.status_code != requests.codes.partial_content:
                raise _not_in_parts()
            try:
                for chunk in response.iter_content(_CHUNK):
                    content += chunk
                    if len(content) > length:
                        break
                    if time.monotonic() > end:
                        raise MediaError(
                            "Stash gives the scene's video too slowly: see how busy its disk "
                            "is, and try again."
                        )
            except requests.RequestException as error:
                raise failures.of_exception(error, self._client.connection) from None
        return bytes(content[:length])


def _not_in_parts() -> MediaError:
    return MediaError(
        "Stash cannot give the scene's video in parts: see whether the file is still there, and "
        "whether a proxy stands in between."
    )


def open_scene_video(client: StashClient, item: SceneItem) -> Path | VideoParts:
    """The video's file on this computer, else its parts over HTTP."""
    if item.file is None:
        raise MediaError(
            f"Scene {item.id} has no file in Stash: let Stash scan its folder, or delete the scene."
        )
    found = on_disk(item.file)
    return found if isinstance(found, Path) else VideoParts(client, item.id)
