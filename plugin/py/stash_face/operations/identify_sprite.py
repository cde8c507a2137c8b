"""Who is in a sprite that belongs to no scene of Stash, given by addresses; nothing is stored."""

from __future__ import annotations

from typing import Any

from .context import Context
from .given import from_url, told_if_any
from .identify_scene import mark_scene, show_faces

_VTT_BYTES = 5_000_000


def identify_sprite(context: Context, sprite_url: Any, vtt_url: Any) -> dict[str, Any]:
    """`persons[]` of the scene that the sprite and its list of tiles show."""
    from ..identify.scene import moments
    from ..store.scenes import SPRITE, SceneFace
    from .scene_look import TILES, seen_pictures, sprite_tiles, tile_stills
    from .scene_recognition import SceneFaces, SceneRecognition

    vtt = from_url(context, vtt_url, "vtt_url", _VTT_BYTES)
    tiles = sprite_tiles(vtt, from_url(context, sprite_url, "sprite_url"))
    options, engine = context.options, context.engine
    seen = [
        picture
        for start in range(0, len(tiles), TILES)
        for picture in seen_pictures(
            engine, SPRITE, tile_stills(engine, tiles[start : start + TILES])
        )
    ]
    found = [(picture.at, face) for picture in seen for face in picture.faces]
    faces = [SceneFace(number, SPRITE, at, face) for number, (at, face) in enumerate(found)]
    told = told_if_any(context)
    recognition = SceneRecognition(context.manifest, context.pack, context.data_home, options, told)
    answer = {
        "stills": {"sprite": len(tiles), "frame": 0, "player": 0},
        "source": "sprite",
        "source_reason": "Only a sprite was given.",
        "problems": [],
        **recognition.scene(SceneFaces("", faces, moments(tile.at for tile in tiles))).answer(),
        "stored": False,
    }
    show_faces(answer, lambda number: faces[number].face.thumbnail)
    mark_scene(context, answer, set())
    return answer
