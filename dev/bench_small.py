"""The builder's memory with many pictures: small ones, so that it takes minutes."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from dev.bench_build import build_of, shared_photos
from dev.bench_process import Figure, setting

# Pictures of a person, and those of them that show a face.
_EACH, _FACES = 10, 3
_MB = 1e6


def many() -> Iterator[Figure]:
    """Product: the most memory that `builder build` holds with BENCH_MANY pictures; floor: with a
    twentieth of them."""
    count = setting("BENCH_MANY", 20_000)
    if not count:
        return
    few = max(count // 20, _EACH)
    with tempfile.TemporaryDirectory(prefix="stash_face_bench_") as work:
        peaks = []
        for number in (few, count):
            draw(Path(work) / str(number), number)
            built = build_of(Path(work) / str(number), Path(work) / f"db{number}")
            peaks.append(built.peak / _MB)
    detail = f"{peaks[1]:.0f} MB beside {peaks[0]:.0f} MB"
    yield Figure(f"build: memory of {count} over {few}", peaks[1] - peaks[0], "MB", 100, detail)


def draw(folder: Path, count: int) -> None:
    """Parts of the shared photos in another light: faces and, mostly, what lies beside them."""
    photos = shared_photos(count)
    rng = np.random.default_rng(0)
    for number in range(count):
        place = folder / f"person {number // _EACH}" / f"{number % _EACH}.jpg"
        place.parent.mkdir(parents=True, exist_ok=True)
        with Image.open(photos[rng.integers(len(photos))]) as photo:
            if number % _EACH < _FACES:
                x, y = rng.integers(50, 70, 2).tolist()
                part = photo.convert("RGB").crop((x, y, x + 130, y + 130)).resize((112, 112))
            else:
                x, y = (rng.integers(0, 2, 2) * 200).tolist()
                part = photo.convert("RGB").crop((x, y, x + 50, y + 50)).resize((64, 64))
        light = np.asarray(part, np.int16) + rng.integers(-8, 8, (1, 1, 3))
        Image.fromarray(light.clip(0, 255).astype(np.uint8)).save(place, quality=85)
