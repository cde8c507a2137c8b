"""`python -m dev.bench_sprite_floor SHEET DETECTOR EMBEDDER,...`: the least work that finds and
embeds the faces of a sprite sheet of 9 x 9 tiles.

The layout is the product's: tiles doubled, nine on a canvas. Prints one JSON object.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

import cv2
import numpy as np
from PIL import Image

from dev.bench_floor import Floats, Pixels, _crop, _embed, _session, detect

SIDE, COLUMNS, ROWS, GAP = 9, 3, 3, 8


def main(words: list[str]) -> None:
    sheet, detector, embedders = words
    sessions = [_session(path) for path in (detector, *embedders.split(","))]
    with Image.open(sheet) as image:
        tiles = list(_doubled(np.asarray(image.convert("RGB"))))
    crops = [
        crop
        for start in range(0, len(tiles), COLUMNS * ROWS)
        for crop in _faces(tiles[start : start + COLUMNS * ROWS], sessions[0])
    ]
    print(json.dumps({"faces": _embed(crops, sessions[1:])}))


def _doubled(sheet: Pixels) -> Iterator[Pixels]:
    height, width = sheet.shape[0] // SIDE, sheet.shape[1] // SIDE
    for row in range(SIDE):
        for column in range(SIDE):
            tile = sheet[row * height :, column * width :][:height, :width]
            yield cv2.resize(tile, (2 * width, 2 * height), interpolation=cv2.INTER_CUBIC)


def _faces(tiles: list[Pixels], detector: object) -> Iterator[Pixels]:
    height, width = tiles[0].shape[0] + GAP, tiles[0].shape[1] + GAP
    canvas = np.zeros((-(-len(tiles) // COLUMNS) * height, COLUMNS * width, 3), np.uint8)
    for number, tile in enumerate(tiles):
        y, x = number // COLUMNS * height, number % COLUMNS * width
        canvas[y : y + height - GAP, x : x + width - GAP] = tile
    for landmarks in detect(canvas, detector, max(canvas.shape)):
        column, row = (int(v) for v in landmarks.mean(0) // (width, height))
        own: Floats = (landmarks - (column * width, row * height)).astype(np.float32)
        yield _crop(tiles[row * COLUMNS + column], own)


if __name__ == "__main__":
    main(sys.argv[1:])
