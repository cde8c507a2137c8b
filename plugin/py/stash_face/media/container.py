"""Opens a video with PyAV so that FFmpeg reads nothing but the stream it is given.

FFmpeg may follow playlists and addresses inside a file: the containers are named, and no
protocol is allowed.
"""

from __future__ import annotations

from typing import Any, BinaryIO

import av
import av.error
import av.logging
from av.stream import Disposition

from stash_face.media.limits import MAX_PIXELS

MAX_PACKETS = 2000
"""Packets that are read before a place in a video counts as one without a picture."""

BROKEN = (av.error.FFmpegError, ValueError, RuntimeError, OverflowError)
"""PyAV has errors of its own and, for what it has no name for, Python's."""

_CONTAINERS = "mov,matroska,avi,flv,asf,mpegts,mpeg,mpegvideo,ogg,rm"

# PyAV's `options` would reach the streams too, and crashes PyAV 16 where a container tells of its
# streams late (MPEG).
_OPTIONS = {"format_whitelist": _CONTAINERS, "protocol_whitelist": ""}


def open_container(stream: BinaryIO) -> Any:
    """PyAV's input container, to be closed; one of BROKEN is raised where it cannot be read."""
    av.logging.set_level(None)
    return av.open(stream, "r", container_options=_OPTIONS, **_lenient())


def video_track(container: Any) -> Any | None:
    """The video track with its decoder made ready, None where there is none that can be decoded."""
    video = container.streams.best("video")
    if video is None or video.codec_context is None:
        return None
    video.codec_context.options = {"max_pixels": str(MAX_PIXELS)}
    video.codec_context.thread_count = 1
    return video


def _lenient() -> dict[str, str]:
    # A title in another encoding than UTF-8 is no reason to refuse; PyAV 19 does not ask any more.
    return {"metadata_errors": "replace"} if int(av.__version__.split(".")[0]) < 19 else {}


def is_cover(track: Any) -> bool:
    """Whether the track is the cover picture of a piece of music."""
    return bool(track.disposition & Disposition.attached_pic)


def is_encrypted(packet: Any) -> bool:
    """Whether a packet is protected by common encryption (ISO/IEC 23001-7)."""
    return bool(packet.has_sidedata("encryption_info"))
