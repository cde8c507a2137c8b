"""Single frames of a video, wherever it lies: seeks to the key frames near the wanted times.

Knows nothing of Stash. What is wrong with a file is told as a sentence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import av
import numpy as np
from numpy.typing import NDArray

from stash_face.errors import MediaError
from stash_face.media.container import BROKEN, MAX_PACKETS, open_container, video_track
from stash_face.media.frames import upright
from stash_face.media.limits import check_pixels
from stash_face.media.naming import titled
from stash_face.media.source import open_file
from stash_face.media.video_stream import RangedStream

FRAME_SIDE = 1920
"""Pixels of a frame's long side; larger videos are scaled down as they are decoded."""


class Frame(NamedTuple):
    """A still of the video at `at` seconds from its beginning: upright RGB uint8 (H, W, 3)."""

    at: float
    picture: NDArray[np.uint8]


class Video:
    """An open video: `duration` in seconds (0 where nothing tells), `size` (width, height) in
    pixels as stored."""

    def __init__(self, container: Any, track: Any, title: str) -> None:
        self._container = container
        self._track = track
        self._title = title
        codec = track.codec_context
        self.size: tuple[int, int] = (codec.width, codec.height)
        self._start = float((track.start_time or 0) * track.time_base)
        self.duration = self._told_duration()

    def frames(self, times: Iterable[float]) -> Iterator[Frame]:
        """The frame at the key frame at or before each time, earliest first and none twice.

        `Frame.at` is where it really is. MediaError where not one frame could be decoded."""
        last, found = -1.0, False
        for at in sorted(times):
            frame = self._key_frame(at)
            if frame is not None and frame.at > last:
                last, found = frame.at, True
                yield frame
        if not found:
            raise MediaError(f"{self._title} has no whole frame; copy or download it again.")

    def _told_duration(self) -> float:
        track, container = self._track, self._container
        if track.duration:
            return float(track.duration * track.time_base)
        return float((container.duration or 0) / av.time_base)

    def _key_frame(self, at: float) -> Frame | None:
        base = self._track.time_base
        self._container.seek(int((at + self._start) / base), stream=self._track)
        for count, packet in enumerate(self._container.demux(self._track)):
            if count >= MAX_PACKETS:
                return None
            for frame in packet.decode():
                if frame.key_frame and not frame.is_corrupt:
                    return self._shown(frame)
        return None

    def _shown(self, frame: Any) -> Frame:
        check_pixels(frame.width, frame.height, self._title)
        scale = min(1.0, FRAME_SIDE / max(frame.width, frame.height))
        picture = upright(frame, self._track.sample_aspect_ratio, scale)
        return Frame(float(frame.time or 0.0) - self._start, picture)


@contextmanager
def open_video(source: Path | RangedStream, name: str = "") -> Iterator[Video]:
    """The video of a file, or of a stream that reads ranges (closed by whoever made it).

    MediaError where it is missing, has no picture that can be decoded, or stops coming."""
    title = titled("video", name or (source.name if isinstance(source, Path) else ""))
    if isinstance(source, Path):
        stream, _ = open_file(source, title)
        with stream, _opened(stream, title) as video:
            yield video
        return
    try:
        with _opened(source, title) as video:  # type: ignore[arg-type]
            yield video
    finally:
        if source.failure is not None:
            raise source.failure


@contextmanager
def _opened(stream: BinaryIO, title: str) -> Iterator[Video]:
    try:
        with open_container(stream) as container:
            track = video_track(container)
            if track is None:
                raise MediaError(f"{title} holds no video track that can be decoded.")
            yield Video(container, track, title)
    except BROKEN as error:
        raise MediaError(f"{title} is cut off or damaged; copy or download it again.") from error
