from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.photos import Photos
from tests.process.plugin import Plugin
from tests.process.scenes import add_scene, names
from tests.videos import still


def test_a_sprite_given_by_addresses_is_answered_and_nothing_stored(
    plugin: Plugin, photos: Photos, tmp_path: Path
) -> None:
    shots = [still(photos.known["Bill_Clinton"][3]), still(photos.strangers[3])]
    scene_id = add_scene(plugin, tmp_path / "a.mp4", shots, tiles=4)

    answer = plugin.get(
        "identify",
        sprite_url=f"{plugin.stash.url}/scene/{scene_id}/vtt/sprite",
        vtt_url=f"/scene/{scene_id}/vtt/thumbs",
    )

    assert names(answer) == ["Bill Clinton"]
    assert [each["unknown"] for each in answer["persons"]] == [False, True]
    assert answer["persons"][0]["timestamps"] == [0.0, 2.0]
    assert all(each["face_thumbnail"] for each in answer["persons"])
    assert answer["stills"] == {"sprite": 4, "frame": 0, "player": 0}
    assert answer["stored"] is False
    assert not plugin.has_tables()
    assert plugin.streamed() == 0


@pytest.mark.parametrize(
    ("args", "said"),
    [
        # One without the other, or with something else.
        ({"sprite_url": "/scene/1/vtt/sprite"}, "Give either image_url or image_base64, or"),
        ({"vtt_url": "/scene/1/vtt/thumbs"}, "Give either image_url or image_base64, or"),
        (
            {"sprite_url": "/scene/1/vtt/sprite", "vtt_url": "/x", "image_url": "/y"},
            "Give either image_url or image_base64, or",
        ),
        # Never from a private network, whichever of the two it is.
        (
            {"sprite_url": "/scene/1/vtt/sprite", "vtt_url": "http://127.0.0.1:9/a.vtt"},
            "127.0.0.1 is not on the public internet",
        ),
        (
            {"sprite_url": "http://10.0.0.1/a.jpg", "vtt_url": "/scene/1/vtt/thumbs"},
            "10.0.0.1 is not on the public internet",
        ),
        ({"sprite_url": 1, "vtt_url": 2}, "The argument vtt_url must be text."),
        # The scene is there, the sprite is not.
        (
            {"sprite_url": "/scene/9/vtt/sprite", "vtt_url": "/scene/9/vtt/thumbs"},
            "Stash has no such picture (any more)",
        ),
    ],
)
def test_what_may_not_be_asked_is_refused(
    plugin: Plugin, photos: Photos, tmp_path: Path, args: dict[str, Any], said: str
) -> None:
    add_scene(plugin, tmp_path / "a.mp4", [still(photos.strangers[3])], tiles=4)
    assert plugin.refuse("identify", **args).startswith(said)
