"""Videos made on the spot with PyAV from photos, and the sprites that Stash would make of them."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image

SIZE = (320, 180)
TILE = 160
BLACK = Image.new("RGB", SIZE)


def still(*photos: Path, size: tuple[int, int] = SIZE, face: float = 1.0) -> Image.Image:
    """The photos beside each other on grey, each `face` of the height."""
    picture = Image.new("RGB", size, (90, 90, 90))
    share = size[0] // max(len(photos), 1)
    for place, path in enumerate(photos):
        with Image.open(path) as photo:
            side = min(round(size[1] * face), share)
            small = photo.convert("RGB").resize((side, side))
        picture.paste(small, (place * share + (share - side) // 2, (size[1] - side) // 2))
    return picture


def write_video(
    path: Path, shots: Iterable[Image.Image], seconds: float = 4.0, fps: int = 5, **options: Any
) -> Path:
    """Each shot for `seconds`, one after the other, each beginning with a key frame."""
    codec, rest = options.pop("codec", "libx264"), iter(shots)
    first = next(rest)
    with av.open(str(path), "w", **options.pop("container", {})) as container:
        stream = container.add_stream(codec, rate=fps)
        stream.width, stream.height = first.size
        stream.pix_fmt = options.pop("pix_fmt", "yuv420p")
        stream.options = {"g": str(round(seconds * fps)), "preset": "ultrafast", **options}
        for shot in chain([first], rest):
            pixels = np.asarray(shot)
            for _ in range(round(seconds * fps)):
                for packet in stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")):
                    container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    return path


def stretched(path: Path, shot: Image.Image, seconds: list[int]) -> None:
    """A frame at each of the seconds."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=1)
        stream.width, stream.height = shot.size
        stream.pix_fmt, stream.options = "yuv420p", {"g": "1", "preset": "ultrafast", "bf": "0"}
        frame = av.VideoFrame.from_ndarray(np.asarray(shot), format="rgb24")
        for at in seconds:
            frame.pts = at
            frame.time_base = Fraction(1)
            for packet in stream.encode(frame):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)


def sprite(
    shots: Sequence[Image.Image], seconds: float, count: int = 81, columns: int = 9,
    name: str = "a1b2c3d4_sprite.jpg",
) -> tuple[bytes, bytes]:  # fmt: skip
    """(sheet, VTT) as Stash makes them: tiles of 160 px, evenly over all shots of `seconds`."""
    total = seconds * len(shots)
    height = round(TILE * shots[0].height / shots[0].width / 2) * 2
    sheet = Image.new("RGB", (TILE * columns, height * -(-count // columns)))
    lines = ["WEBVTT", ""]
    for tile in range(count):
        start, end = tile * total / count, (tile + 1) * total / count
        x, y = tile % columns * TILE, tile // columns * height
        shot = shots[min(int(start / seconds + 1e-6), len(shots) - 1)]
        sheet.paste(shot.resize((TILE, height), Image.Resampling.BICUBIC), (x, y))
        lines += [f"{stamp(start)} --> {stamp(end)}", f"{name}#xywh={x},{y},{TILE},{height}", ""]
    return jpeg(sheet), "\n".join(lines).encode()


def jpeg(picture: Image.Image, quality: int = 95) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality)
    return out.getvalue()


def stamp(seconds: float) -> str:
    whole, milliseconds = divmod(round(seconds * 1000), 1000)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}.{milliseconds:03}"
