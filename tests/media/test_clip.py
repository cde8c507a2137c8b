from __future__ import annotations

from io import BytesIO

import av
import numpy as np
import pytest

from stash_face.errors import MediaError
from stash_face.media.clip import first_frame
from stash_face.media.image import decode
from tests.media.drawn import UPRIGHT, clip, quarters, seen, with_matrix


@pytest.mark.parametrize(
    ("kind", "codec"),
    [
        ("mp4", "libx264"),
        ("mov", "mpeg4"),
        ("webm", "libvpx"),
        ("matroska", "mpeg4"),
        ("avi", "mpeg4"),
        ("mpegts", "mpeg2video"),
        ("mpeg", "mpeg1video"),
        ("flv", "flv"),
        ("asf", "msmpeg4"),
    ],
)
def test_the_usual_containers_give_their_first_frame(kind: str, codec: str) -> None:
    rgb = decode(clip(kind, codec))

    assert (rgb.dtype, rgb.shape, rgb.flags.c_contiguous) == (np.uint8, (64, 96, 3), True)
    assert seen(rgb) == UPRIGHT


@pytest.mark.parametrize(
    ("matrix", "shown"),
    [
        ((1, 0, 0, 1), ["red", "green", "blue", "white"]),
        ((0, 1, -1, 0), ["blue", "red", "white", "green"]),  # a phone held upright
        ((0, -1, 1, 0), ["green", "white", "red", "blue"]),
        ((-1, 0, 0, -1), ["white", "blue", "green", "red"]),
        ((-1, 0, 0, 1), ["green", "red", "white", "blue"]),  # a mirrored front camera
        ((1, 0, 0, -1), ["blue", "white", "red", "green"]),
        ((0, 1, 1, 0), ["red", "blue", "green", "white"]),
        ((0, -1, -1, 0), ["white", "green", "blue", "red"]),
    ],
)
def test_a_video_is_turned_and_mirrored_as_its_matrix_says(
    matrix: tuple[int, int, int, int], shown: list[str]
) -> None:
    rgb = decode(with_matrix(clip(), *matrix))

    assert rgb.shape == ((64, 96, 3) if matrix[0] else (96, 64, 3))
    assert rgb.flags.c_contiguous
    assert seen(rgb) == shown


def test_pixels_that_are_not_square_are_made_so() -> None:
    out = BytesIO()
    with av.open(out, "w", format="matroska") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        stream.codec_context.sample_aspect_ratio = 2
        container.mux(stream.encode(av.VideoFrame.from_image(quarters())))
        container.mux(stream.encode())

    assert decode(out.getvalue()).shape == (64, 192, 3)


def test_a_title_in_another_encoding_is_no_reason_to_refuse() -> None:
    out = BytesIO()
    with av.open(out, "w", format="matroska") as container:
        container.metadata["title"] = "Gr@@e"
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        container.mux(stream.encode(av.VideoFrame.from_image(quarters())))
        container.mux(stream.encode())

    assert seen(decode(out.getvalue().replace(b"Gr@@e", b"Gr\xf6\xdfe"))) == UPRIGHT


def test_a_large_video_is_reduced() -> None:
    assert decode(clip("matroska", "mpeg4", 5600, 2800)).shape == (1400, 2800, 3)


def test_a_damaged_first_frame_is_passed_over_for_the_next_key_frame() -> None:
    data = bytearray(clip("mpegts", "mpeg2video"))
    data[700:760] = bytes(60)

    assert seen(decode(bytes(data))) == UPRIGHT


def test_a_video_without_a_whole_frame_is_refused() -> None:
    data = clip("mp4", "libx264")
    start, end = data.index(b"mdat") + 4, data.index(b"moov") - 4

    with pytest.raises(MediaError, match='"a.mp4" is a video without a single whole frame'):
        decode(data[:start] + bytes(end - start) + data[end:], "a.mp4")


def test_a_video_that_is_cut_off_before_its_table_is_refused() -> None:
    data = clip()

    with pytest.raises(MediaError, match="is a video that is cut off or damaged; copy or downl"):
        decode(data[: data.index(b"moov") - 4])


def test_sound_alone_is_no_picture() -> None:
    out = BytesIO()
    with av.open(out, "w", format="matroska") as container:
        stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), layout="mono")
        silence.sample_rate = 8000
        container.mux(stream.encode(silence))
        container.mux(stream.encode())

    with pytest.raises(MediaError, match="holds no video track that can be decoded; copy or"):
        decode(out.getvalue())


@pytest.mark.parametrize(
    "playlist",
    [
        b"ffconcat version 1.0\nfile 'other.mp4'\n",
        b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:9/x.ts\n#EXT-X-ENDLIST\n",
        b'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"/>',
        b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\nm=video 5004 RTP/AVP 96\r\n",
    ],
)
def test_playlists_that_lead_elsewhere_are_not_followed(playlist: bytes) -> None:
    with pytest.raises(MediaError, match="neither a picture nor a video that can be read"):
        first_frame(BytesIO(playlist), "The picture", known=False)


def test_damage_in_a_video_is_not_printed(capfd: pytest.CaptureFixture[str]) -> None:
    data = clip("mp4", "libx264")
    start, end = data.index(b"mdat") + 4, data.index(b"moov") - 4

    av.logging.restore_default_callback()  # as another library may have left it
    with pytest.raises(MediaError):
        decode(data[:start] + b"\xff" * (end - start) + data[end:])
    assert capfd.readouterr() == ("", "")
