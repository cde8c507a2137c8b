from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.photos import Photos, stash_id
from tests.process.plugin import Plugin
from tests.process.scenes import add_scene, looked_at, names
from tests.videos import jpeg, still


@pytest.fixture
def shots(photos: Photos) -> list[Image.Image]:
    return [still(photos.known["Bill_Clinton"][3]), still(photos.known["Colin_Powell"][-1])]


def people(answer: Any) -> list[str]:
    return [face["matches"][0]["name"] for face in answer["faces"] if face["matches"]]


def encoded(shot: Image.Image) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(jpeg(shot)).decode()


def test_a_frame_at_a_time_is_answered_like_an_image_and_stored(
    plugin: Plugin, shots: list[Image.Image], tmp_path: Path
) -> None:
    tagged = plugin.stash.add_performer(
        "Colin", [("https://stashdb.org/graphql", stash_id("Colin_Powell"))]
    )
    scene_id = add_scene(plugin, tmp_path / "a.mp4", shots, tiles=0, performers=[tagged])

    answer = plugin.get("identify_frame", scene_id=scene_id, at=5.5)

    assert people(answer) == ["Colin Powell"]
    assert answer["faces"][0]["matches"][0]["already_tagged"] is True
    # The frame itself, not the key frame at 4 s.
    assert abs(answer["at"] - 5.5) <= 0.2
    assert (answer["scene_id"], answer["stored"]) == (scene_id, True)
    assert [row[2:] for row in looked_at(plugin)] == [("player", answer["at"])]
    # Again: the same moment is not stored twice.
    assert plugin.get("identify_frame", scene_id=scene_id, at=5.5) == answer
    assert len(looked_at(plugin)) == 1


def test_a_frame_of_the_player_counts_for_its_scene(
    plugin: Plugin, shots: list[Image.Image], tmp_path: Path
) -> None:
    scene_id = add_scene(plugin, tmp_path / "a.mp4", shots[:1], tiles=4)
    before = plugin.finish_scene(scene_id)
    assert names(before) == ["Bill Clinton"]
    (tmp_path / "a.mp4").unlink()

    for at in (1.0, 2.0):
        shown = plugin.get(
            "identify_frame", scene_id=scene_id, at=at, image_base64=encoded(shots[1])
        )
        assert people(shown) == ["Colin Powell"]
        assert (shown["at"], shown["stored"]) == (at, True)

    after = plugin.finish_scene(scene_id)
    assert set(names(after)) == {"Bill Clinton", "Colin Powell"}
    assert after["stills"] == {"sprite": 4, "frame": 0, "player": 2}


def test_a_face_of_a_frame_can_be_confirmed_and_ignored(
    plugin: Plugin, photos: Photos, tmp_path: Path
) -> None:
    shots = [still(photos.strangers[3]), still(photos.known["Colin_Powell"][-1])]
    scene_id = add_scene(plugin, tmp_path / "a.mp4", shots, tiles=0)
    own = plugin.stash.add_performer("Own")
    asked = {"kind": "scene", "id": scene_id}

    def seen(at: float) -> Any:
        (face,) = plugin.get("identify_frame", scene_id=scene_id, at=at)["faces"]
        return face

    first = seen(1.0)
    assert first["decision"] == "unknown"
    said = {**asked, "face": first["face"], "performer": own}
    plugin.get("decide", **said, decision="confirm")

    assert seen(2.0)["matches"][0]["performer_id"] == f"local:{own}"
    assert set(names(plugin.finish_scene(scene_id, max_frames=4))) == {"Own", "Colin Powell"}

    again = seen(1.0)
    assert again["face"] == first["face"]
    undone = plugin.get("decide", **said, decision="undo")
    assert undone["decisions"] == []
    assert plugin.get("local_references")["confirmed"] == 0

    powell = seen(5.0)
    assert powell["decision"] == "match"
    plugin.get("decide", **asked, face=powell["face"], decision="ignore")
    assert (seen(5.0)["decision"], seen(5.0)["matches"]) == ("unknown", [])
    # Another frame of theirs is not that face.
    assert seen(6.5)["decision"] == "match"
    plugin.get("decide", **asked, decision="undo")
    assert seen(5.0)["decision"] == "match"


def test_a_frame_of_no_scene_is_answered_and_not_stored(
    plugin: Plugin, shots: list[Image.Image]
) -> None:
    answer = plugin.get("identify_frame", image_base64=encoded(shots[0]))
    assert people(answer) == ["Bill Clinton"]
    assert (answer["scene_id"], answer["at"], answer["stored"]) == (None, None, False)
    assert not plugin.has_tables()


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ({}, "Give scene_id and at, or image_base64, or all three."),
        ({"scene_id": 1}, "Give scene_id and at, or image_base64, or all three."),
        ({"at": 3}, "Give scene_id and at, or image_base64, or all three."),
        ({"scene_id": 1, "at": -3}, "The argument at must be between 0 and"),
        ({"scene_id": 77, "at": 3}, "Scene 77 is not in Stash (any more): reload the page."),
        ({"image_base64": "AAAA"}, 'The picture "frame" is neither a picture nor a video'),
    ],
)
def test_what_cannot_be_asked_is_refused(plugin: Plugin, args: dict[str, Any], said: str) -> None:
    assert plugin.refuse("identify_frame", **args).startswith(said)


def test_a_video_that_cannot_be_read_is_told(
    plugin: Plugin, shots: list[Image.Image], tmp_path: Path
) -> None:
    scene_id = add_scene(plugin, tmp_path / "a.mp4", shots, tiles=0)
    (tmp_path / "a.mp4").unlink()
    sentence = plugin.refuse("identify_frame", scene_id=scene_id, at=1)
    assert sentence.startswith("The scene's video file is gone: put it back")
