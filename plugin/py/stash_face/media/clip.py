"""The first picture of a video that stands where a picture is expected, through PyAV."""

from __future__ import annotations

from typing import Any, BinaryIO, NoReturn

import av.error
import numpy as np
from numpy.typing import NDArray

from stash_face.errors import MediaError
from stash_face.media.container import BROKEN, MAX_PACKETS, open_container, video_track
from stash_face.media.frames import upright
from stash_face.media.limits import check_pixels, reduction

NO_PICTURE = "is neither a picture nor a video that can be read"


def first_frame(stream: BinaryIO, title: str, known: bool = True) -> NDArray[np.uint8]:
    """The first undamaged key frame, as it is shown: uint8 RGB (H, W, 3), upright.

    `known` is False where nothing but FFmpeg can say whether the file is a video at all.
    """
    try:
        with open_container(stream) as container:
            video = video_track(container)
            if video is None:
                _refuse(title, "holds no video track that can be decoded")
            check_pixels(video.codec_context.width, video.codec_context.height, title)
            frame = _decode(container, video)
            if frame is None:
                _refuse(title, "is a video without a single whole frame, cut off or damaged")
            check_pixels(frame.width, frame.height, title)
            scale = 1 / reduction(frame.width, frame.height)
            return upright(frame, video.sample_aspect_ratio, scale)
    except BROKEN as error:
        what = "is a video that is cut off or damaged" if known else NO_PICTURE
        _refuse(title, what, error)


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
