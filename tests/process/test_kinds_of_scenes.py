"""Videos of all kinds that there are: the same person is found in each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from tests.media.drawn import with_matrix
from tests.photos import Photos
from tests.process.plugin import Plugin
from tests.process.scenes import added, names
from tests.videos import sprite, still, stretched, write_video

CLINTON = "Bill_Clinton"
HDR = "log-level=none:pools=none:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc"
ENCRYPTED = {
    "encryption_scheme": "cenc-aes-ctr",
    "encryption_key": "76a6c65c5ea762046bd749a2e632ccbb",
    "encryption_kid": "a7e61c373e219033c21091fa607bf3b8",
}


def high_dynamic_range(path: Path, shots: list[Image.Image]) -> None:
    options = {"codec": "libx265", "pix_fmt": "yuv420p10le", "x265-params": HDR}
    write_video(path, shots, **options)


def turned(path: Path, shots: list[Image.Image]) -> None:
    write_video(path, [shot.rotate(90, expand=True) for shot in shots])
    path.write_bytes(with_matrix(path.read_bytes(), 0, 1, -1, 0))


def very_large(path: Path, shots: list[Image.Image]) -> None:
    large = (shot.resize((7680, 4320)) for shot in shots)
    write_video(path, large, fps=1, codec="mjpeg", pix_fmt="yuvj420p", seconds=1.0)


def uneven(path: Path, shots: list[Image.Image]) -> None:
    stretched(path, shots[0], [0, 1, 2, 50, 51, 300])


def damaged(path: Path, shots: list[Image.Image]) -> None:
    write_video(path, shots * 3, codec="mpeg2video", container={"format": "mpegts"})
    data = path.read_bytes()
    third = len(data) // 3
    path.write_bytes(data[:third] + bytes(third // 2) + data[third + third // 2 :])


@pytest.mark.parametrize("write", [high_dynamic_range, turned, very_large, uneven, damaged])
def test_the_person_is_found_in_a_video_of_any_kind(
    plugin: Plugin,
    photos: Photos,
    tmp_path: Path,
    write: Callable[[Path, list[Image.Image]], None],
) -> None:
    shots = [still(photo) for photo in photos.known[CLINTON][3:5]]
    write(tmp_path / "a.mp4", shots)
    scene_id = added(plugin, tmp_path / "a.mp4", shots, 0)

    answer = plugin.finish_scene(scene_id, max_frames=4)

    assert names(answer) == ["Bill Clinton"]
    assert answer["problems"] == [answer["source_reason"].partition("at. ")[2]]


def test_an_encrypted_video_is_told(plugin: Plugin, photos: Photos, tmp_path: Path) -> None:
    shots = [still(photos.known[CLINTON][3])]
    write_video(tmp_path / "a.mp4", shots, container={"options": ENCRYPTED})
    scene_id = added(plugin, tmp_path / "a.mp4", shots, 0)

    answer = plugin.finish_scene(scene_id, max_frames=4)

    assert (answer["source"], answer["persons"]) == ("none", [])
    assert "is encrypted; only a copy without protection can be read" in answer["problems"][1]


@pytest.mark.parametrize("size", [(180, 320), (240, 180)])
def test_sprites_of_other_shapes_are_read(
    plugin: Plugin, photos: Photos, tmp_path: Path, size: tuple[int, int]
) -> None:
    shots = [still(photo, size=size) for photo in photos.known[CLINTON][3:5]]
    (tmp_path / "a.mp4").write_bytes(b"never opened")
    scene_id = added(plugin, tmp_path / "a.mp4", shots, 0)
    # Shorter than 5 s Stash repeats frames: the tiles are closer together than frames are.
    plugin.stash.add_sprite(scene_id, *sprite(shots, 0.2, 9, columns=3))

    answer = plugin.finish_scene(scene_id, max_frames=0)

    assert names(answer) == ["Bill Clinton"]
    assert answer["stills"]["sprite"] == 9
