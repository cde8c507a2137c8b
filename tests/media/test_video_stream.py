from __future__ import annotations

import io
from pathlib import Path

import pytest

from stash_face.errors import MediaError, StashError
from stash_face.media.video import open_video
from stash_face.media.video_stream import BLOCK, KEPT, RangedStream
from tests.media.moving import moving

DATA = bytes(i * 37 % 251 for i in range(2 * BLOCK + 1234))


class Source:
    """Bytes that are fetched by range, and a list of what was asked for."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.asked: list[tuple[int, int]] = []

    def read(self, start: int, length: int) -> bytes:
        self.asked.append((start, length))
        return self.data[start : start + length]


def everything(stream: RangedStream) -> bytes:
    return b"".join(iter(lambda: stream.read(100_000), b""))


def test_it_reads_like_a_file() -> None:
    source = Source(DATA)
    stream, file = RangedStream(source.read, len(DATA)), io.BytesIO(DATA)

    assert everything(stream) == DATA
    for offset, whence in ((5, 0), (-7, 2), (-10, 1), (0, 2), (10**9, 0)):
        assert stream.seek(offset, whence) == file.seek(offset, whence)
        assert stream.tell() == file.tell()
        assert stream.read(5) == file.read(5)


def test_what_was_fetched_lately_is_not_fetched_again() -> None:
    source = Source(DATA)
    stream = RangedStream(source.read, len(DATA))

    for _ in range(3):
        stream.seek(0)
        everything(stream)

    assert source.asked == [(0, BLOCK), (BLOCK, BLOCK), (2 * BLOCK, 1234)]


def test_memory_does_not_grow_with_the_file() -> None:
    size = 1000 * BLOCK
    stream = RangedStream(lambda start, length: bytes(length), size)

    for number in range(200):
        stream.seek(number * 5 * BLOCK)
        stream.read(10)

    assert len(stream._blocks) == KEPT


@pytest.mark.parametrize(
    ("failure", "sentence"),
    [
        (TimeoutError("timed out"), 'The video "a.mp4" stopped coming (TimeoutError); check the'),
        (ConnectionResetError(104, "reset by peer"), "stopped coming (reset by peer); check the c"),
        (StashError("Stash does not answer."), "Stash does not answer."),
    ],
)
def test_a_stream_that_stalls_ends_in_a_sentence(
    tmp_path: Path, failure: Exception, sentence: str
) -> None:
    noisy = moving(tmp_path / "a.mp4", codec="mjpeg", pixels="yuvj420p", side=384, noise=True)
    data = noisy.read_bytes()
    assert len(data) > 2 * BLOCK

    def read(start: int, length: int) -> bytes:
        # The table of contents at the end still comes, the pictures do not.
        if start >= BLOCK and start + length < len(data):
            raise failure
        return data[start : start + length]

    with (
        pytest.raises((MediaError, StashError)) as told,
        open_video(RangedStream(read, len(data), "a.mp4"), "a.mp4") as video,
    ):
        list(video.frames([0.0, 3.0, 6.0, 9.0]))

    assert sentence in str(told.value)


def test_a_stream_that_breaks_off_says_where(tmp_path: Path) -> None:
    data = moving(tmp_path / "a.mp4").read_bytes()

    with pytest.raises(MediaError, match=f"broke off at byte 1000 of {len(data)}; check the conn"):
        open_video(RangedStream(Source(data[:1000]).read, len(data)), "a.mp4").__enter__()


def test_a_video_is_read_in_few_ranges(tmp_path: Path) -> None:
    source = Source(moving(tmp_path / "a.mp4", seconds=20).read_bytes())

    with open_video(RangedStream(source.read, len(source.data))) as video:
        assert [frame.at for frame in video.frames([0.0, 10.0])] == [0.0, 10.0]

    assert len(source.asked) == -(-len(source.data) // BLOCK)
