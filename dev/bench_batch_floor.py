"""`python -m dev.bench_batch_floor PHOTOS SHEETS FRAMES DETECTOR EMBEDDER,...`: the least work that
finds and embeds the faces of a folder of photos, one of sprite sheets, and frames of videos, which
are JSON: seconds by path.

Decoding and models take turns, in the pictures' order; canvases, tiles, batches and threads are the
product's. Prints one JSON object.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from dev.bench_floor import _decoded, _embed, _loop, _session
from dev.bench_scene_floor import _frames
from dev.bench_sprite_floor import COLUMNS, ROWS, _doubled, _faces


def main(words: list[str]) -> None:
    photos, sheets, frames, detector, embedders = words
    sessions = [_session(path) for path in (detector, *embedders.split(","))]
    faces = _loop(_decoded(Path(photos)), sessions[0], sessions[1:])
    for sheet in _decoded(Path(sheets)):
        tiles, a_canvas = list(_doubled(sheet)), COLUMNS * ROWS
        canvases = [tiles[start : start + a_canvas] for start in range(0, len(tiles), a_canvas)]
        crops = [crop for canvas in canvases for crop in _faces(canvas, sessions[0])]
        faces += _embed(crops, sessions[1:])
    for video, times in json.loads(frames).items():
        faces += _loop(_frames(video, times), sessions[0], sessions[1:])
    print(json.dumps({"faces": faces}))


if __name__ == "__main__":
    main(sys.argv[1:])
