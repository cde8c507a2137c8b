"""The reliability diagram as SVG: stated confidence across, share right up. Standard library
only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from builder.drawing import COLOURS, FAINT, GRID, INK, svg, text
from builder.evaluate.shares import likely_range
from dev.score_confidence import Bin

LEFT, TOP, SIDE = 70, 54, 360
WIDTH, HEIGHT = 640, 480
# Fewer names than this say nothing about a share.
FEWEST = 5


def reliability_diagram(series: Mapping[str, Sequence[Bin]], title: str) -> str:
    """One colour per entry of `series`; a dot's area grows with its names, its line is the 95 %
    range."""
    parts = _frame()
    for number, (name, held) in enumerate(series.items()):
        colour, beside = COLOURS[number % len(COLOURS)], (number * 2 - len(series) + 1) * 3
        parts += [mark for each in held for mark in _mark(each, colour, beside)]
        parts += _legend(number, name, held, colour)
    return svg(WIDTH, HEIGHT, title, LEFT, parts)


def _frame() -> list[str]:
    parts = []
    for tenth in range(0, 11, 2):
        share = tenth / 10
        x, y = _at(share, share)
        parts += [
            f'<path d="M{x:g} {TOP}V{TOP + SIDE}M{LEFT} {y:g}H{LEFT + SIDE}" stroke="{GRID}"/>',
            text(x, TOP + SIDE + 20, f"{tenth * 10} %"),
            text(LEFT - 8, y + 4, f"{tenth * 10} %", anchor="end"),
        ]
    (x0, y0), (x1, y1) = _at(0, 0), _at(1, 1)
    middle = LEFT + SIDE / 2
    return [
        *parts,
        f'<path d="M{x0} {y0}L{x1} {y1}" stroke="{FAINT}" stroke-dasharray="5 4"/>',
        text(middle, TOP + SIDE + 46, "confidence stated", size=14, colour=INK),
        f'<g transform="translate(22 {TOP + SIDE / 2}) rotate(-90)">'
        f"{text(0, 0, 'share of names that were right', size=14, colour=INK)}</g>",
    ]


def _mark(held: Bin, colour: str, beside: int) -> list[str]:
    if held.names < FEWEST:
        return []
    x, y = _at(held.confidence, held.right)
    x += beside
    low, high = (_at(0, share)[1] for share in likely_range(held.right, held.names))
    radius = 3 + (held.names / 60) ** 0.5
    return [
        f'<path d="M{x:.1f} {low:.1f}V{high:.1f}" stroke="{colour}" stroke-width="1.5"/>',
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{colour}" fill-opacity="0.75"/>',
    ]


def _legend(number: int, name: str, held: Sequence[Bin], colour: str) -> list[str]:
    x, y = LEFT + SIDE + 30, TOP + 20 + number * 52
    count = sum(each.names for each in held)
    return [
        f'<circle cx="{x}" cy="{y - 5}" r="6" fill="{colour}" fill-opacity="0.75"/>',
        text(x + 14, y, name, size=14, anchor="start", colour=INK),
        text(x + 14, y + 18, f"{count} names", anchor="start"),
    ]


def _at(confidence: float, right: float) -> tuple[float, float]:
    return LEFT + SIDE * confidence, TOP + SIDE * (1 - right)
