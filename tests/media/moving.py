"""Videos drawn for tests: a bar moves from left to right, so that a frame shows its own time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

RATE = 10
# Seconds that the bar takes from the left to the right.
ROUND = 25.0
DARK, LIGHT = 40, 210


def moving(
    path: Path,
    *,
    seconds: float = 10,
    codec: str = "libx264",
    side: int = 128,
    gop: int = 20,
    kind: str | None = None,
    pixels: str = "yuv420p",
    noise: bool = False,
    times: Callable[[int], int] = lambda number: number,
    colour: tuple[int, int, int] | None = None,
    **options: str,
) -> Path:
    """A square video of `side` pixels and RATE frames a second, a key frame every `gop` frames.
    `times` gives each frame's own number; `colour` is H.273's primaries, transfer and matrix."""
    with av.open(str(path), "w", format=kind, options=options) as container:
        stream: Any = container.add_stream(codec, rate=RATE, options=_options(codec))
        stream.width = stream.height = side
        stream.pix_fmt = pixels
        codec_context = stream.codec_context
        codec_context.gop_size = gop
        if colour:
            codec_context.color_primaries, codec_context.color_trc = colour[:2]
            codec_context.colorspace = colour[2]
        for number, drawn in enumerate(_pictures(round(seconds * RATE), side, noise)):
            frame = av.VideoFrame.from_ndarray(drawn, format="rgb24")
            frame.pts = times(number)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def shown_time(picture: NDArray[np.uint8]) -> float:
    """The time that the bar of a frame shows (seconds, modulo ROUND)."""
    row = picture[picture.shape[0] // 2, :, 0].astype(int)
    return float((row > (DARK + LIGHT) / 2).mean() * ROUND)


def _pictures(count: int, side: int, noise: bool) -> Iterator[NDArray[np.uint8]]:
    random = np.random.default_rng(5)
    for number in range(count):
        picture = np.full((side, side, 3), DARK, np.uint8)
        picture[:, : round(side * (number / RATE % ROUND) / ROUND)] = LIGHT
        if noise:
            picture[: side // 3] = random.integers(0, 256, (side // 3, side, 3))
        yield picture


def _options(codec: str) -> dict[str, str]:
    """Key frames where they are asked for alone, and no words on stderr."""
    return {
        "libx264": {"x264-params": "scenecut=0"},
        "libx265": {"x265-params": "log-level=none:pools=none:scenecut=0"},
        "libvpx": {"deadline": "realtime", "cpu-used": "8"},
    }.get(codec, {})
