"""Pictures with boxes and names: one picture large, or many on a contact sheet."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFont

COLOURS = {"match": (46, 160, 67), "uncertain": (230, 150, 0), "unknown": (125, 130, 138)}
_INK = {"match": "white", "uncertain": "black", "unknown": "white"}
_PAPER, _TEXT = (24, 26, 30), (225, 228, 232)

# The longer side of a single picture, in pixels: a small one is enlarged, a large one reduced.
LEAST_SIDE, MOST_SIDE = 900, 1600
# The share of a label that may lie on other faces and labels.
TOLERATED = 0.1
SYSTEM_FONTS = (
    "Arial Unicode.ttf",
    "arialuni.ttf",
    "NotoSans-Regular.ttf",
    "DejaVuSans.ttf",
    "arial.ttf",
)
COLUMNS, CELL, CAPTION, GAP, FOOT = 4, (390, 300), 28, 12, 44

Box = tuple[float, float, float, float]


class Mark(NamedTuple):
    """A face to point out: (x, y, w, h) in shares of the picture, what to write, which colour;
    `short` is written in a crowd, where labels would hide faces."""

    bbox: Box
    label: str
    decision: str
    short: str


def draw_picture(picture: Image.Image, marks: Sequence[Mark]) -> Image.Image:
    """The picture at a size to look at, with every mark."""
    longer = max(picture.size)
    factor = min(max(longer, LEAST_SIDE), MOST_SIDE) / longer
    size = (max(round(picture.width * factor), 1), max(round(picture.height * factor), 1))
    drawn = picture.resize(size, Image.Resampling.LANCZOS)
    _draw_marks(drawn, marks, text=24, line=4)
    return drawn


def draw_sheet(pictures: Sequence[tuple[str, Image.Image, Sequence[Mark]]]) -> Image.Image:
    """All pictures in a grid, each with its caption and marks, and a legend of the colours."""
    columns = min(COLUMNS, len(pictures))
    rows = -(-len(pictures) // columns)
    width, height = CELL[0] + GAP, CELL[1] + CAPTION + GAP
    sheet = Image.new("RGB", (columns * width + GAP, rows * height + GAP + FOOT), _PAPER)
    pen = ImageDraw.Draw(sheet)
    for number, (caption, picture, marks) in enumerate(pictures):
        left = GAP + number % columns * width
        top = GAP + number // columns * height
        small = _fitted(picture)
        _draw_marks(small, marks, text=17, line=3)
        sheet.paste(
            small, (left + (CELL[0] - small.width) // 2, top + (CELL[1] - small.height) // 2)
        )
        place = (left + CELL[0] // 2, top + CELL[1] + CAPTION // 2)
        label = _shortened(pen, caption, CELL[0], 16)
        pen.text(place, label, _TEXT, _font(16, label), anchor="mm")
    _draw_legend(pen, sheet.height - FOOT // 2 - 2)
    return sheet


def _fitted(picture: Image.Image) -> Image.Image:
    factor = min(CELL[0] / picture.width, CELL[1] / picture.height)
    size = (max(round(picture.width * factor), 1), max(round(picture.height * factor), 1))
    return picture.resize(size, Image.Resampling.LANCZOS)


def _draw_legend(pen: ImageDraw.ImageDraw, middle: int) -> None:
    left = 2 * GAP
    for decision, colour in COLOURS.items():
        pen.rectangle((left, middle - 9, left + 18, middle + 9), colour)
        pen.text((left + 27, middle), decision, _TEXT, _font(18, decision), anchor="lm")
        left += 55 + round(pen.textlength(decision, _font(18, decision)))


def _draw_marks(picture: Image.Image, marks: Sequence[Mark], text: int, line: int) -> None:
    pen = ImageDraw.Draw(picture)
    boxes = [_pixels(mark.bbox, picture.size) for mark in marks]
    labels = [_shortened(pen, mark.label, picture.width - 16, text) for mark in marks]
    places, hidden = _layout(pen, labels, boxes, picture.size, text)
    if hidden:
        labels = [mark.short for mark in marks]
        places, _ = _layout(pen, labels, boxes, picture.size, text)
    for mark, box in zip(marks, boxes, strict=True):
        pen.rectangle(box, outline=COLOURS[mark.decision], width=line)
    for mark, label, place in zip(marks, labels, places, strict=True):
        if place:
            pen.rectangle(place, COLOURS[mark.decision])
            middle = ((place[0] + place[2]) / 2, (place[1] + place[3]) / 2)
            pen.text(middle, label, _INK[mark.decision], _font(text, label), anchor="mm")


def _layout(
    pen: ImageDraw.ImageDraw,
    labels: Sequence[str],
    boxes: Sequence[Box],
    picture: tuple[int, int],
    text: int,
) -> tuple[list[Box | None], bool]:
    """A place for each label that is not empty, and whether one hides what it should not."""
    places: list[Box | None] = []
    taken: list[Box] = []
    hidden = False
    for number, label in enumerate(labels):
        if not label:
            places.append(None)
            continue
        size = (pen.textlength(label, _font(text, label)) + 12, text * 1.4)
        others = [box for at, box in enumerate(boxes) if at != number]
        place = _place(size, boxes[number], picture, taken, others)
        covered = sum(_common(place, other) for other in (*taken, *others))
        hidden = hidden or covered > TOLERATED * size[0] * size[1]
        places.append(place)
        taken.append(place)
    return places, hidden


def _place(
    size: tuple[float, float],
    box: Box,
    picture: tuple[int, int],
    labels: Sequence[Box],
    faces: Sequence[Box],
) -> Box:
    """Where a label of `size` covers least: above the box, below it, or inside, moved into the
    picture. Covering another label is worse than covering another face."""
    width, height = size
    x1, y1, x2, y2 = box
    best, least = box, float("inf")
    for rank, top in enumerate((y1 - height, y2, y1, y2 - height)):
        for left in (x1, x2 - width, (x1 + x2 - width) / 2):
            x = min(max(left, 0.0), max(picture[0] - width - 1, 0.0))
            y = min(max(top, 0.0), max(picture[1] - height - 1, 0.0))
            place = (x, y, x + width, y + height)
            cost = 10 * sum(_common(place, other) for other in labels)
            cost += sum(_common(place, other) for other in faces)
            cost += 0.5 * _common(place, box) + rank
            if cost < least:
                best, least = place, cost
    return best


def _common(one: Box, other: Box) -> float:
    """The area that two boxes share, in pixels."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return max(width, 0.0) * max(height, 0.0)


def _pixels(bbox: Box, size: tuple[int, int]) -> Box:
    x, y, w, h = bbox
    width, height = size[0] - 1, size[1] - 1
    return x * width, y * height, (x + w) * width, (y + h) * height


def _shortened(pen: ImageDraw.ImageDraw, text: str, width: float, size: int) -> str:
    """The text, cut where it would be wider than `width` pixels."""
    font = _font(size, text)
    if pen.textlength(text, font) <= width:
        return text
    while text and pen.textlength(f"{text}...", font) > width:
        text = text[:-1]
    return f"{text}..."


def _font(size: int, text: str) -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    return _plain_font(size) if text.isascii() else _wide_font(size)


@cache
def _plain_font(size: int) -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    return ImageFont.load_default(size)


@cache
def _wide_font(size: int) -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    """A font of the system: Pillow's own has no letters with accents and no other scripts."""
    for name in SYSTEM_FONTS:
        try:
            return ImageFont.truetype(name, size)
        except OSError:
            continue
    return _plain_font(size)
