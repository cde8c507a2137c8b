from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import av
import numpy as np
import pytest

from stash_face.errors import MediaError
from stash_face.media.video import FRAME_SIDE, Frame, open_video
from tests.media.drawn import UPRIGHT, clip, quarters, seen, with_matrix
from tests.media.moving import DARK, LIGHT, ROUND, moving, shown_time


def frames(path: Path, times: Sequence[float]) -> list[Frame]:
    with open_video(path) as video:
        return list(video.frames(times))


def shows_its_time(frame: Frame) -> bool:
    return shown_time(frame.picture) == pytest.approx(frame.at % ROUND, abs=0.4)


@pytest.mark.parametrize(
    ("kind", "codec"),
    [
        ("mp4", "libx264"),
        ("mov", "libx265"),
        ("webm", "libvpx"),
        ("matroska", "mpeg4"),
        ("avi", "mpeg4"),
        ("mpegts", "mpeg2video"),  # no index
        ("flv", "flv"),
        ("asf", "msmpeg4"),
    ],
)
def test_the_key_frames_before_the_times_are_given_with_their_own_times(
    tmp_path: Path, kind: str, codec: str
) -> None:
    path = moving(tmp_path / "film", kind=kind, codec=codec)

    with open_video(path) as video:
        found = list(video.frames([9.0, 1.5, 5.0]))

        assert video.duration == pytest.approx(10, abs=0.3)
        assert video.size == (128, 128)
    assert [frame.picture.shape for frame in found] == [(128, 128, 3)] * 3
    assert all(shows_its_time(frame) for frame in found)
    for frame, wanted in zip(found, (1.5, 5.0, 9.0), strict=True):
        assert abs(frame.at - wanted) <= 2.1  # a key frame every two seconds


def test_a_key_frame_that_was_given_is_followed_by_the_frame_at_the_time(tmp_path: Path) -> None:
    found = frames(moving(tmp_path / "a.mp4", gop=1000), [0.0, 3.0, 3.0, 7.0])

    assert [frame.at for frame in found] == [0.0, 3.0, 7.0]
    assert all(shows_its_time(frame) for frame in found)


def test_no_frame_is_given_twice_as_long_as_the_video_is_open(tmp_path: Path) -> None:
    with open_video(moving(tmp_path / "a.mp4", seconds=1, gop=1)) as video:
        first = list(video.frames([0.5]))

        assert list(video.frames([0.5])) == []
        assert [frame.at for frame in first] == [0.5]


def test_times_outside_give_the_first_and_the_last_key_frame(tmp_path: Path) -> None:
    assert [f.at for f in frames(moving(tmp_path / "a.mp4"), [-5.0, 1e6])] == [0.0, 8.0]


def test_a_video_of_a_single_frame_has_one(tmp_path: Path) -> None:
    assert [f.at for f in frames(moving(tmp_path / "a.mp4", seconds=0.1), [0.0, 3.0])] == [0.0]


def test_frames_at_uneven_times_keep_their_own(tmp_path: Path) -> None:
    path = moving(tmp_path / "a.mkv", gop=5, times=lambda number: number * (number + 1) // 2)

    found = frames(path, [0.0, 100.0, 400.0])

    # Frame n, whose bar stands at n / 10 s, is shown at n (n + 1) / 20 s.
    for frame, wanted in zip(found, (0.0, 100.0, 400.0), strict=True):
        number = (np.sqrt(1 + 80 * frame.at) - 1) / 2
        assert shown_time(frame.picture) * 10 == pytest.approx(number, abs=2)
        assert wanted - 45 <= frame.at <= wanted


def test_twelve_hours_are_no_longer_than_a_minute(tmp_path: Path) -> None:
    path = moving(tmp_path / "a.mkv", gop=1, times=lambda number: number * 4320)

    with open_video(path) as video:
        assert video.duration == pytest.approx(12 * 3600, rel=0.02)
        assert [frame.at for frame in video.frames([21_700.0])] == [50 * 432.0]


@pytest.mark.parametrize(
    ("matrix", "shown", "shape"),
    [
        ((1, 0, 0, 1), UPRIGHT, (64, 96, 3)),
        ((0, 1, -1, 0), ["blue", "red", "white", "green"], (96, 64, 3)),  # a phone held upright
    ],
)
def test_a_turned_video_comes_upright(
    tmp_path: Path,
    matrix: tuple[int, int, int, int],
    shown: list[str],
    shape: tuple[int, int, int],
) -> None:
    (tmp_path / "a.mp4").write_bytes(with_matrix(clip(), *matrix))

    picture = frames(tmp_path / "a.mp4", [0.0])[0].picture

    assert (picture.shape, seen(picture)) == (shape, shown)


def test_a_very_large_video_is_scaled_down(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "a.mkv"), "w") as container:
        stream = container.add_stream("mjpeg", rate=1)
        stream.width, stream.height, stream.pix_fmt = 7680, 4320, "yuvj420p"
        container.mux(stream.encode(av.VideoFrame.from_image(quarters(7680, 4320))))
        container.mux(stream.encode())

    picture = frames(tmp_path / "a.mkv", [0.0])[0].picture

    assert picture.shape == (1080, FRAME_SIDE, 3)
    assert seen(picture) == UPRIGHT


@pytest.mark.parametrize(
    ("transfer", "darker", "lighter"),
    [
        (1, (30, 50), (200, 220)),  # BT.709
        (18, (30, 50), (200, 220)),  # HLG, made to be shown on plain screens
        (16, (0, 50), (200, 255)),  # PQ: half of its range is the white of a plain screen
    ],
)
def test_ten_bits_and_high_dynamic_range_come_as_plain_colours(
    tmp_path: Path, transfer: int, darker: tuple[int, int], lighter: tuple[int, int]
) -> None:
    path = moving(
        tmp_path / "a.mkv", seconds=1, codec="libx265", pixels="yuv420p10le", gop=1,
        colour=(9, transfer, 9),
    )  # fmt: skip

    picture = frames(path, [0.9])[0].picture

    assert picture.dtype == np.uint8
    assert darker[0] <= picture[64, 120].mean() <= darker[1], f"drawn as {DARK}"
    assert lighter[0] <= picture[64, 1].mean() <= lighter[1], f"drawn as {LIGHT}"


def test_reference_white_of_pq_becomes_bright_and_order_is_kept() -> None:
    from stash_face.media.frames import _tone_curve

    curve = _tone_curve().astype(int)

    assert (np.diff(curve) >= 0).all()
    assert curve[0] == 0
    # 203 cd/m2 lie at 58 % of PQ's range (ITU-R BT.2408), a face's 50 cd/m2 at 44 %.
    assert 150 <= curve[148] <= 220
    assert 90 <= curve[112] <= 150
    assert curve[255] == 255


def test_sound_alone_is_no_video(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "a.mkv"), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), layout="mono")
        silence.sample_rate = 8000
        container.mux(stream.encode(silence))
        container.mux(stream.encode())

    with pytest.raises(MediaError, match="holds no video track that can be decoded, perhaps sou"):
        frames(tmp_path / "a.mkv", [0.0])


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("picture.mp4", b"\xff\xd8\xff\xe0" + bytes(500)),
        ("text.mp4", b"404 page not found\n" * 20),
        ("playlist.mp4", b"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/x.ts\n#EXT-X-ENDLIST\n"),
    ],
)
def test_other_files_are_no_videos(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)

    with pytest.raises(MediaError, match=f'The video "{name}" is not a video that can be read'):
        frames(tmp_path / name, [0.0])


def test_a_picture_alone_is_no_video(tmp_path: Path) -> None:
    quarters().save(tmp_path / "a.mp4", "JPEG")

    with pytest.raises(MediaError, match="is not a video that can be read, or is cut off"):
        frames(tmp_path / "a.mp4", [0.0])


def test_a_missing_and_an_empty_file_have_sentences_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").touch()

    with pytest.raises(MediaError, match="is an empty file of 0 bytes; copy or download it aga"):
        frames(tmp_path / "empty.mp4", [0.0])
    with pytest.raises(MediaError, match='The video "gone.mp4" is not where it should be; put'):
        frames(tmp_path / "gone.mp4", [0.0])


def test_an_encrypted_video_is_called_so(tmp_path: Path) -> None:
    path = moving(
        tmp_path / "a.mp4",
        seconds=2,
        encryption_scheme="cenc-aes-ctr",
        encryption_key="76a6c65c5ea762046bd749a2e632ccbb",
        encryption_kid="a7e61c373e219033c21091fa607bf3b8",
    )

    with pytest.raises(MediaError, match="is encrypted; only a copy without protection can be"):
        frames(path, [0.0, 1.0])


def test_a_damaged_stretch_costs_only_its_own_frames(tmp_path: Path) -> None:
    path = moving(tmp_path / "a.ts", kind="mpegts", codec="mpeg2video")
    data = bytearray(path.read_bytes())
    data[len(data) // 3 : len(data) // 2] = bytes(len(data) // 2 - len(data) // 3)
    path.write_bytes(data)

    found = frames(path, [0.0, 9.5])

    assert [frame.at for frame in found] == [0.0, 8.0]
    assert all(shows_its_time(frame) for frame in found)


def test_a_video_without_a_whole_frame_is_refused(tmp_path: Path) -> None:
    data = clip("mp4", "libx264")
    start, end = data.index(b"mdat") + 4, data.index(b"moov") - 4
    (tmp_path / "a.mp4").write_bytes(data[:start] + bytes(end - start) + data[end:])

    with pytest.raises(MediaError, match='"a.mp4" has no whole frame, it is cut off or damaged;'):
        frames(tmp_path / "a.mp4", [0.0, 0.2])


def test_what_goes_wrong_while_it_is_open_is_not_blamed_on_the_video(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="elsewhere"), open_video(moving(tmp_path / "a.mp4")):
        raise ValueError("elsewhere")
