"""Sprites, lists and videos that are not as they should be: each is named, none stops the rest."""

from __future__ import annotations

import wave
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from tests.photos import Photos
from tests.process.pictures import drawn
from tests.process.plugin import Plugin, is_a_sentence
from tests.process.scenes import SECONDS, add_scene, added, names
from tests.videos import SIZE, sprite, stamp, still, stretched, write_video

CLINTON = "Bill_Clinton"
TILES = 4


@pytest.fixture
def shots(photos: Photos) -> list[Image.Image]:
    return [still(photo) for photo in photos.known[CLINTON][3:5]]


@pytest.fixture
def scene(plugin: Plugin, shots: list[Image.Image], tmp_path: Path) -> str:
    """A scene of Bill Clinton without a sprite."""
    return add_scene(plugin, tmp_path / "a.mp4", shots, tiles=0)


def hours_over_99(vtt: str) -> bytes:
    for tile in range(TILES + 1):
        late = stamp(tile * 2.0).replace("00:00:", "100:00:")
        vtt = vtt.replace(stamp(tile * 2.0), late)
    return vtt.encode()


SHEET = "a1b2c3d4_sprite.jpg"


def foreign(vtt: str) -> bytes:
    named = vtt.replace(SHEET, "https://example.org/x/whatever.png?a=1")
    return b"\xef\xbb\xbf" + named.replace("\n", "\r\n").encode()


def impossible(vtt: str) -> bytes:
    overlapping = vtt.replace("--> 00:00:02", "--> 00:00:05")
    return overlapping.replace("00:00:04.000 -->", "-00:00:04.000 -->").encode()


LISTS: dict[str, tuple[Callable[[str], bytes], list[float]]] = {
    # what is wrong: (the list, the seconds that are seen all the same)
    "absolute URLs of another name, BOM and CRLF": (foreign, [0.0, 2.0, 4.0, 6.0]),
    "hours over 99": (hours_over_99, [360000.0, 360002.0, 360004.0, 360006.0]),
    "overlapping times and a negative one": (impossible, [0.0, 2.0, 6.0]),
}


@pytest.mark.parametrize("wrong", LISTS)
def test_a_list_that_is_odd_is_read_as_far_as_it_makes_sense(
    plugin: Plugin, shots: list[Image.Image], scene: str, wrong: str
) -> None:
    sheet, vtt = sprite(shots, SECONDS, TILES, columns=2, name=SHEET)
    make, times = LISTS[wrong]
    plugin.stash.add_sprite(scene, sheet, make(vtt.decode()))

    answer = plugin.finish_scene(scene, max_frames=0)

    assert answer["problems"] == []
    assert answer["persons"][0]["timestamps"] == times
    assert names(answer) == ["Bill Clinton"]


def cut(shots: list[Image.Image]) -> bytes:
    return sprite(shots, SECONDS, TILES, columns=2)[0][:400]


SHEETS: dict[str, tuple[Callable[[list[Image.Image]], bytes], str]] = {
    # what the sheet is: (its bytes, what the user reads)
    "empty": (lambda _: b"", "is an empty file of 0 bytes"),
    "cut off": (cut, "is cut off or damaged"),
    "text": (lambda _: b"404 page not found", "holds text, not a picture"),
    "of another size": (lambda _: drawn(160, 90), "but its list of parts speaks of 320 x 180"),
}


@pytest.mark.parametrize("kind", SHEETS)
def test_a_sheet_that_cannot_be_is_named(
    plugin: Plugin, shots: list[Image.Image], scene: str, kind: str
) -> None:
    make, said = SHEETS[kind]
    plugin.stash.add_sprite(scene, make(shots), sprite(shots, SECONDS, TILES, columns=2)[1])

    answer = plugin.finish_scene(scene, max_frames=0)

    assert answer["source"] == "none"
    (problem,) = answer["problems"]
    assert said in problem
    assert is_a_sentence(problem)


@pytest.mark.parametrize(
    ("vtt", "said"),
    [
        # Another part of the sheet than there is: nothing is guessed.
        (b"WEBVTT\n\n00:00.000 --> 00:02.000\na.jpg#xywh=320,0,160,90\n", "parts speaks of 480 x"),
        (b"404 page not found", "is not a WebVTT file"),
        (b"WEBVTT\n\n00:00.000 --> 00:02.000\na.jpg\n", "names no part of a picture"),
    ],
)
def test_a_list_that_says_nothing_is_named(
    plugin: Plugin, shots: list[Image.Image], scene: str, vtt: bytes, said: str
) -> None:
    plugin.stash.add_sprite(scene, sprite(shots, SECONDS, TILES, columns=2)[0], vtt)
    answer = plugin.finish_scene(scene, max_frames=0)
    assert (answer["source"], answer["persons"]) == ("none", [])
    assert said in answer["problems"][0]


@pytest.mark.parametrize("missing", ["sheet", "vtt"])
def test_half_a_sprite_is_told(
    plugin: Plugin, shots: list[Image.Image], scene: str, missing: str
) -> None:
    sheet, vtt = sprite(shots, SECONDS, TILES, columns=2)
    plugin.stash.add_sprite(
        scene, None if missing == "sheet" else sheet, None if missing == "vtt" else vtt
    )
    answer = plugin.finish_scene(scene, max_frames=0)
    assert answer["problems"][0].startswith(
        "The sprite has a list" if missing == "sheet" else "There is no sprite"
    )


def test_a_black_sprite_leaves_it_to_the_video(
    plugin: Plugin, shots: list[Image.Image], scene: str
) -> None:
    black = [Image.new("RGB", SIZE)] * 2
    plugin.stash.add_sprite(scene, *sprite(black, SECONDS, TILES, columns=2))
    answer = plugin.finish_scene(scene, max_frames=2)
    assert (answer["source"], names(answer)) == ("both", ["Bill Clinton"])


def sound(path: Path) -> None:
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(bytes(8000))


def half(path: Path) -> None:
    write_video(path, [still()], 2.0)
    path.write_bytes(path.read_bytes()[:500])


VIDEOS: dict[str, Callable[[Path], object]] = {
    "only sound": sound,
    "a picture": lambda path: path.write_bytes(drawn(320, 180)),
    "text": lambda path: path.write_bytes(b"404 page not found\n" * 10),
    "empty": lambda path: path.write_bytes(b""),
    "cut off": half,
}


@pytest.mark.parametrize("kind", VIDEOS)
def test_a_file_that_is_no_video_is_told(plugin: Plugin, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.mp4"
    VIDEOS[kind](path)
    scene_id = added(plugin, path, [still()], 0)

    answer = plugin.finish_scene(scene_id)

    assert (answer["source"], answer["persons"]) == ("none", [])
    assert len(answer["problems"]) == 2
    assert all(is_a_sentence(problem) for problem in answer["problems"])
    assert "a.mp4" in answer["problems"][1]


def test_a_video_that_is_gone_is_told_and_looked_for_again(
    plugin: Plugin, scene: str, tmp_path: Path
) -> None:
    (tmp_path / "a.mp4").rename(tmp_path / "away.mp4")
    gone = plugin.finish_scene(scene, max_frames=2)
    assert gone["problems"][1].startswith("The scene's video file is gone: put it back")

    (tmp_path / "away.mp4").rename(tmp_path / "a.mp4")
    # At once the stored answer stands; a while later the disk may be back.
    assert plugin.finish_scene(scene, max_frames=2) == gone
    plugin.change("UPDATE scene_fingerprints SET updated_at = datetime('now', '-1 hour')")
    assert names(plugin.finish_scene(scene, max_frames=2)) == ["Bill Clinton"]


def test_a_stream_that_stalls_is_given_up_and_the_sprite_counts(
    plugin: Plugin, photos: Photos, tmp_path: Path
) -> None:
    # Faces of 15 pixels in a tile: the video would help.
    shots = [still(photo, size=(960, 540), face=0.25) for photo in photos.known[CLINTON][3:5]]
    scene_id = add_scene(plugin, tmp_path / "a.mp4", shots, TILES)
    plugin.hide_files()
    plugin.stash.generated_path = plugin.stash.generated
    plugin.stash.faults["stream"] = [None, "hang"]

    answer = plugin.finish_scene(scene_id)

    assert answer["source_reason"] == "Only the sprite could be looked at, not the video."
    assert answer["persons"][0]["evidence"]["sources"] == {"sprite": TILES}
    (problem,) = answer["problems"]
    assert "did not answer in time" in problem


@pytest.mark.parametrize("hours", [0, 12])
def test_a_scene_may_be_one_frame_or_half_a_day(
    plugin: Plugin, shots: list[Image.Image], tmp_path: Path, hours: int
) -> None:
    path = tmp_path / "a.mp4"
    stretched(path, shots[0], list(range(0, hours * 3600 + 1, 1800)))
    scene_id = plugin.stash.add_scene(path, duration=hours * 3600.0, size=SIZE)

    answer = plugin.finish_scene(scene_id, max_frames=4)

    assert 1 <= answer["stills"]["frame"] <= 4
    best = answer["persons"][0]
    assert best.get("name") == "Bill Clinton" or best["candidates"][0]["name"] == "Bill Clinton"
    assert max(best["timestamps"]) <= hours * 3600


@pytest.mark.parametrize("people", [0, 1, 30])
def test_a_scene_may_show_nobody_or_a_crowd(
    plugin: Plugin, photos: Photos, tmp_path: Path, people: int
) -> None:
    crowd = Image.new("RGB", (1200, 1000), (90, 90, 90))
    for place, photo in enumerate(photos.strangers[:people]):
        with Image.open(photo) as face:
            crowd.paste(face.convert("RGB").resize((200, 200)), (place % 6 * 200, place // 6 * 200))
    path = write_video(tmp_path / "a.mp4", [crowd], 2.0)
    scene_id = plugin.stash.add_scene(path, duration=2.0, size=crowd.size)

    answer = plugin.finish_scene(scene_id, max_frames=1)

    # Some photos show another face in the background, who may be anybody.
    assert people * 0.9 <= answer["faces_detected"] <= people * 1.4
    assert len(answer["persons"]) == answer["faces_detected"]
    assert len(names(answer)) <= 1
    assert answer["source"] == "frames"
