"""Single frames of a video, wherever it lies, by seeking to the key frames near wanted times.

Knows nothing of Stash. What is wrong with a file is told as a sentence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, cast

import av
import numpy as np
from numpy.typing import NDArray

from stash_face.errors import MediaError, StashFaceError
from stash_face.media.container import (
    BROKEN,
    MAX_PACKETS,
    is_cover,
    is_encrypted,
    open_container,
    video_track,
)
from stash_face.media.frames import upright
from stash_face.media.limits import check_pixels
from stash_face.media.naming import titled
from stash_face.media.source import open_file
from stash_face.media.video_stream import RangedStream

FRAME_SIDE = 1920
"""Pixels of a frame's long side; larger videos are scaled down as they are decoded."""

WALK = 300
"""Frames that are decoded at most to come from a key frame that was given already to a time."""

# Damaged key frames that are passed over at one place.
_TRIES = 3
# Seconds that a seek starts earlier, where without an index it led too far.
_BACK = (0.0, 5.0, 30.0)


class Frame(NamedTuple):
    """A still of the video at `at` seconds from its beginning: upright RGB uint8 (H, W, 3)."""

    at: float
    picture: NDArray[np.uint8]


class Video:
    """An open video: `duration` in seconds (0 where nothing tells), `size` (width, height) in
    pixels as stored."""

    def __init__(self, container: Any, track: Any, title: str, stream: BinaryIO) -> None:
        self._container = container
        self._track = track
        self._title = title
        self._stream = stream
        self._codec = track.codec_context
        self._start = float((track.start_time or 0) * track.time_base)
        self._given: set[int] = set()
        self._encrypted = False
        self.size: tuple[int, int] = (self._codec.width, self._codec.height)
        self.duration = self._told_duration()

    def frames(self, times: Iterable[float]) -> Iterator[Frame]:
        """For each time in their order the key frame at or before it, or where that was given
        already the frame at the time itself; none twice as long as the video is open.

        `Frame.at` is where the frame really is. MediaError where not one could be decoded."""
        asked = found = False
        for at in sorted(times):
            asked = True
            try:
                frame = self._near(at)
            except BROKEN as error:
                raise self._failure() or self._damaged() from error
            failure = self._failure()
            if failure is not None:
                raise failure
            if frame is not None:
                found = True
                yield frame
        if asked and not found and not self._given:
            raise self._damaged()

    def _near(self, at: float) -> Frame | None:
        frame = self._key_frame(at)
        if frame is None:
            return None
        if frame.pts in self._given:
            frame = self._walked(at)
        if frame is None or frame.pts in self._given:
            return None
        self._given.add(frame.pts)
        return self._shown(frame)

    def _key_frame(self, at: float) -> Any | None:
        """The undamaged key frame at or before `at`, or else the first one after it."""
        late = None
        for back in _BACK:
            frame = self._last_key_frame(at - back, at, last=back > 0)
            if frame is not None and self._time(frame) <= at:
                return frame
            late = frame or late
            if at < back:
                break
        return late

    def _last_key_frame(self, start: float, at: float, last: bool) -> Any | None:
        """The first key frame behind the place that a seek to `start` leads to, or the `last`
        one that is not after `at`."""
        self._seek(start)
        found, damaged = None, 0
        for packet in self._packets():
            if not packet.is_keyframe:
                continue
            late = packet.pts is not None and self._time(packet) > at
            if found is not None and late:
                break
            frame = self._alone(packet)
            found = frame or found
            damaged += frame is None
            if damaged == _TRIES or (found is not None and (late or not last)):
                break
        return found

    def _alone(self, packet: Any) -> Any | None:
        """The key frame of one packet, without what depends on it."""
        self._encrypted = self._encrypted or is_encrypted(packet)
        frames = self._decoded(packet) + self._decoded(None)
        # What was told to be the last packet has to be forgotten before the next.
        self._codec.flush_buffers()
        whole = (f for f in frames if f.key_frame and not f.is_corrupt and f.pts is not None)
        return next(whole, None)

    def _walked(self, at: float) -> Any | None:
        """The frame at `at`, or the last one in reach, decoded from the key frame before."""
        self._seek(at)
        last, count = None, 0
        for packet in self._packets():
            for frame in self._decoded(packet):
                if frame.pts is None or frame.is_corrupt:
                    continue
                last, count = frame, count + 1
                if count == WALK or self._time(frame) >= at:
                    return last
        return last

    def _seek(self, at: float) -> None:
        if self.duration:
            at = min(at, self.duration)
        target = int((at + self._start) / self._track.time_base)
        try:
            self._container.seek(target, stream=self._track)
        except BROKEN:
            # Without an index there is only the way from the beginning.
            self._container.seek(0)

    def _packets(self) -> Iterator[Any]:
        for count, packet in enumerate(self._container.demux(self._track)):
            if count >= MAX_PACKETS or packet.size == 0:
                return
            yield packet

    def _decoded(self, packet: Any | None) -> list[Any]:
        try:
            return list(self._codec.decode(packet))
        except av.error.InvalidDataError:
            return []

    def _time(self, timed: Any) -> float:
        return float(timed.pts * self._track.time_base) - self._start

    def _shown(self, frame: Any) -> Frame:
        check_pixels(frame.width, frame.height, self._title)
        scale = min(1.0, FRAME_SIDE / max(frame.width, frame.height))
        picture = upright(frame, self._track.sample_aspect_ratio, scale)
        return Frame(max(0.0, self._time(frame)), picture)

    def _told_duration(self) -> float:
        track = self._track
        told = track.duration * track.time_base if track.duration else None
        if told is None:
            told = (self._container.duration or 0) / av.time_base
        return max(0.0, float(told))

    def _failure(self) -> StashFaceError | None:
        return self._stream.failure if isinstance(self._stream, RangedStream) else None

    def _damaged(self) -> MediaError:
        if self._encrypted:
            return MediaError(
                f"{self._title} is encrypted; only a copy without protection can be read."
            )
        return MediaError(
            f"{self._title} has no whole frame, it is cut off or damaged; "
            "copy or download it again."
        )


@contextmanager
def open_video(source: Path | RangedStream, name: str = "") -> Iterator[Video]:
    """The video of a file, or of a stream that reads ranges.

    MediaError where it is missing, holds no video that can be decoded, or stops coming; what
    the stream itself reports is passed on."""
    title = titled("video", name or (source.name if isinstance(source, Path) else ""))
    if isinstance(source, Path):
        stream, size = open_file(source, title)
        if size == 0:
            stream.close()
            raise MediaError(f"{title} is an empty file of 0 bytes; copy or download it again.")
    else:
        stream = cast(BinaryIO, source)
    with stream, closing(_container(stream, title)) as container:
        yield _video(container, title, stream)


def _container(stream: BinaryIO, title: str) -> Any:
    try:
        return open_container(stream)
    except BROKEN as error:
        if isinstance(stream, RangedStream) and stream.failure is not None:
            raise stream.failure from error
        raise MediaError(
            f"{title} is not a video that can be read, or is cut off or damaged; "
            "copy or download it again."
        ) from error


def _video(container: Any, title: str, stream: BinaryIO) -> Video:
    track = video_track(container)
    if track is None or is_cover(track):
        raise MediaError(f"{title} holds no video track that can be decoded, perhaps sound alone.")
    check_pixels(track.codec_context.width, track.codec_context.height, title)
    return Video(container, track, title, stream)
