from __future__ import annotations

from pathlib import Path

import pytest

from stash_face.errors import MediaError, NotFound, StashError
from stash_face.stash import library
from stash_face.stash.client import StashClient
from stash_face.stash.scene_media import VideoParts, open_scene_video, open_sprite
from tests.fakes.stash_server import StashStandIn
from tests.stash.conftest import Opener

SHEET, VTT = b"\xff\xd8sheet", b"WEBVTT"


@pytest.fixture
def scene_id(stash: StashStandIn, tmp_path: Path) -> str:
    path = tmp_path / "clip.mp4"
    path.write_bytes(bytes(range(250)) * 1000)
    ada = stash.add_performer("Ada", [("https://stashdb.org/graphql", "0a-b")], image=b"\xff\xd8")
    return stash.add_scene(path, performers=[ada], title="At sea", duration=12.5)


def hide(stash: StashStandIn, scene_id: str) -> None:
    """This computer sees neither the video nor what Stash generated."""
    stash.library.scenes[scene_id].files[0].size += 1
    stash.generated_path = stash.root / "elsewhere"


def test_a_scene_comes_with_its_file_and_performers(
    stash: StashStandIn, client: StashClient, scene_id: str
) -> None:
    item = library.scene(client, int(scene_id))

    assert (item.id, item.title, item.duration) == (scene_id, "At sea", 12.5)
    assert item.file is not None
    assert item.file.checksum.startswith("oshash:")
    assert item.file.is_video
    assert [(each.name, each.stash_ids) for each in item.performers] == [
        ("Ada", (("https://stashdb.org/graphql", "0a-b"),))
    ]
    with pytest.raises(NotFound, match=r"Scene 7 is not in Stash \(any more\): reload the page."):
        library.scene(client, 7)


def test_a_scene_may_have_no_file(stash: StashStandIn, client: StashClient, scene_id: str) -> None:
    stash.library.scenes[scene_id].files.clear()
    item = library.scene(client, scene_id)

    with pytest.raises(MediaError, match="has no file in Stash"):
        open_scene_video(client, item)
    with pytest.raises(NotFound, match="Stash has not generated one"):
        open_sprite(client, item)


@pytest.mark.parametrize("hidden", [False, True])
def test_a_sprite_is_read_from_disk_or_else_over_http(
    stash: StashStandIn, client: StashClient, scene_id: str, hidden: bool
) -> None:
    stash.add_sprite(scene_id, SHEET, VTT)
    if hidden:
        hide(stash, scene_id)
    stash.external_host = "https://stash.example.org:8443/prefix"

    sprite = open_sprite(client, library.scene(client, scene_id))

    sheet = sprite.sheet.read_bytes() if isinstance(sprite.sheet, Path) else sprite.sheet
    assert (sprite.vtt, sheet) == (VTT, SHEET)
    asked = [each.path for each in stash.requests if each.method == "GET"]
    assert asked == ["/scene/1/vtt/thumbs", "/scene/1/vtt/sprite"] * hidden


@pytest.mark.parametrize(
    ("sheet", "vtt", "said"),
    [
        (None, None, "There is no sprite: Stash has not generated one"),
        (SHEET, None, "There is no sprite: Stash has not generated one"),
        (None, VTT, "The sprite has a list of its tiles, but no sheet"),
    ],
)
def test_a_sprite_that_is_not_whole_is_told(
    stash: StashStandIn,
    client: StashClient,
    scene_id: str,
    sheet: bytes | None,
    vtt: bytes | None,
    said: str,
) -> None:
    stash.add_sprite(scene_id, sheet, vtt)
    with pytest.raises(NotFound, match=said):
        open_sprite(client, library.scene(client, scene_id))


def test_a_video_on_this_computer_is_a_path(
    stash: StashStandIn, client: StashClient, scene_id: str
) -> None:
    item = library.scene(client, scene_id)
    assert open_scene_video(client, item) == Path(item.path)


def test_any_other_video_is_read_in_parts_with_the_session(
    guarded: StashStandIn, connect: Opener, tmp_path: Path
) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(bytes(range(250)) * 1000)
    scene_id = guarded.add_scene(path)
    hide(guarded, scene_id)
    client = connect(guarded)

    parts = open_scene_video(client, library.scene(client, scene_id))

    assert isinstance(parts, VideoParts)
    assert parts.size == 250_000
    assert parts.read(248, 4) == bytes([248, 249, 0, 1])
    assert len(parts.read(100_000, 150_000)) == 150_000


def test_a_video_that_is_gone_is_told(
    stash: StashStandIn, client: StashClient, scene_id: str
) -> None:
    item = library.scene(client, scene_id)
    Path(item.path).unlink()
    with pytest.raises(NotFound, match="The scene's video file is gone: put it back"):
        open_scene_video(client, item)


@pytest.mark.parametrize(
    ("fault", "error", "said"),
    [
        # A proxy without ranges, or a login page, answers with the whole of something.
        ("html", MediaError, "cannot give the scene's video in parts"),
        ("500", MediaError, "Stash cannot read the picture's file"),
        ("401", StashError, "refused the session"),
        ("reset", StashError, "closed the connection|cannot be reached"),
    ],
)
def test_a_stream_that_fails_is_told(
    stash: StashStandIn,
    client: StashClient,
    scene_id: str,
    fault: str,
    error: type[Exception],
    said: str,
) -> None:
    hide(stash, scene_id)
    item = library.scene(client, scene_id)
    parts = VideoParts(client, scene_id)
    stash.faults["stream"] = fault
    with pytest.raises(error, match=said):
        open_scene_video(client, item)
    with pytest.raises(error, match=said):
        parts.read(0, 10)
