"""The first picture of a video that stands where a picture is expected, through PyAV.

FFmpeg may follow playlists and addresses inside a file; here it reads nothing but the stream it
is given: the containers are named, and no protocol is allowed.
"""

from __future__ import annotations

from struct import unpack
from typing import Any, BinaryIO, NoReturn

import av
import av.error
import av.logging
import numpy as np
from numpy.typing import NDArray

from stash_face.errors import MediaError
from stash_face.media.limits import MAX_PIXELS, check_pixels, reduction

MAX_PACKETS = 2000
"""Packets that are read before a video counts as one without a picture."""

_CONTAINERS = "mov,matroska,avi,flv,asf,mpegts,mpeg,mpegvideo,ogg,rm"

# PyAV has errors of its own and, for what it has no name for, Python's.
_BROKEN = (av.error.FFmpegError, ValueError, RuntimeError, OverflowError)

NO_PICTURE = "is neither a picture nor a video that can be read"

# PyAV's `options` would reach the streams too, and crashes PyAV 16 where a container tells of its
# streams late (MPEG).
_CONTAINER_OPTIONS = {"format_whitelist": _CONTAINERS, "protocol_whitelist": ""}


def first_frame(stream: BinaryIO, title: str, known: bool = True) -> NDArray[np.uint8]:
    """The first undamaged key frame, as it is shown: uint8 RGB (H, W, 3), upright.

    `known` is False where nothing but FFmpeg can say whether the file is a video at all.
    """
    av.logging.set_level(None)
    try:
        with av.open(stream, "r", container_options=_CONTAINER_OPTIONS, **_lenient()) as container:
            video = container.streams.best("video")
            if video is None or video.codec_context is None:
                _refuse(title, "holds no video track that can be decoded")
            check_pixels(video.codec_context.width, video.codec_context.height, title)
            video.codec_context.options = {"max_pixels": str(MAX_PIXELS)}
            video.codec_context.thread_count = 1
            frame = _decode(container, video)
            if frame is None:
                _refuse(title, "is a video without a single whole frame, cut off or damaged")
            return _upright(frame, video.sample_aspect_ratio, title)
    except _BROKEN as error:
        what = "is a video that is cut off or damaged" if known else NO_PICTURE
        _refuse(title, what, error)


def _lenient() -> dict[str, str]:
    # A title in another encoding than UTF-8 is no reason to refuse; PyAV 19 does not ask any more.
    return {"metadata_errors": "replace"} if int(av.__version__.split(".")[0]) < 19 else {}


def _refuse(title: str, what: str, cause: BaseException | None = None) -> NoReturn:
    raise MediaError(f"{title} {what}; copy or download it again.") from cause


def _decode(container: Any, video: Any) -> Any:
    for count, packet in enumerate(container.demux()):
        if count >= MAX_PACKETS:
            return None
        if packet.stream_index != video.index:
            continue
        try:
            frames = packet.decode()
        except av.error.InvalidDataError:
            continue
        for frame in frames:
            # What follows a damaged key frame looks whole to the decoder and shows its damage.
            if frame.key_frame and not frame.is_corrupt:
                return frame
    return None


def _upright(frame: Any, pixel_aspect: Any, title: str) -> NDArray[np.uint8]:
    check_pixels(frame.width, frame.height, title)
    factor = reduction(frame.width, frame.height)
    wide = float(pixel_aspect) if pixel_aspect and 0.25 <= pixel_aspect <= 4 else 1.0
    width = max(1, round(frame.width * wide / factor))
    height = max(1, round(frame.height / factor))
    rgb = frame.reformat(width, height, "rgb24", interpolation="AREA").to_ndarray()
    matrix = _display_matrix(frame)
    return rgb if matrix is None else _turned(rgb, matrix)


def _display_matrix(frame: Any) -> tuple[int, ...] | None:
    try:
        data = frame.side_data.get("DISPLAYMATRIX")
    except ValueError:
        # A frame may carry data that this PyAV has no name for: then the angle must do.
        quarters = round(frame.rotation / 90) % 4
        cos, sin = ((1, 0), (0, -1), (-1, 0), (0, 1))[quarters]
        return cos, sin, 0, -sin, cos
    return unpack("=9i", bytes(data)) if data is not None else None


def _turned(rgb: NDArray[np.uint8], matrix: tuple[int, ...]) -> NDArray[np.uint8]:
    # ISO/IEC 14496-12: (x, y) is shown at (a x + c y, b x + d y); a video is turned by quarters.
    a, b, _, c, d = matrix[:5]
    if abs(b) > abs(a):
        right, down = c, b
        rgb = rgb.transpose(1, 0, 2)
    else:
        right, down = a, d
    rgb = rgb[:: -1 if down < 0 else 1, :: -1 if right < 0 else 1]
    return np.ascontiguousarray(rgb)
