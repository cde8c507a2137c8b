"""The reliability diagram as SVG: stated confidence across, share right up. Standard library
only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dev.score_confidence import Bin, likely_range

LEFT, TOP, SIDE = 70, 54, 360
WIDTH, HEIGHT = 640, 480
COLOURS = ("#1f6feb", "#c2571a")
_INK, _FAINT, _GRID = "#1f2933", "#56606b", "#d9e0e7"
# Fewer names than this say nothing about a share.
FEWEST = 5


def reliability_diagram(series: Mapping[str, Sequence[Bin]], title: str) -> str:
    """One colour per entry of `series`; a dot's area grows with its names, its line is the 95 %
    range."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        "font-family=\"system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif\" role=\"img\" "
        'aria-labelledby="t">',
        f'<title id="t">{title}</title>',
        f'<rect width="{WIDTH}" height="{HEIGHT}" rx="12" fill="#ffffff"/>',
        _text(LEFT, 32, title, size=16, anchor="start", colour=_INK),
        *_frame(),
    ]
    for number, (name, held) in enumerate(series.items()):
        colour, beside = COLOURS[number % len(COLOURS)], (number * 2 - len(series) + 1) * 3
        parts += [mark for each in held for mark in _mark(each, colour, beside)]
        parts += _legend(number, name, held, colour)
    return "\n".join([*parts, "</svg>", ""])


def _frame() -> list[str]:
    parts = []
    for tenth in range(0, 11, 2):
        share = tenth / 10
        x, y = _at(share, share)
        parts += [
            f'<path d="M{x:g} {TOP}V{TOP + SIDE}M{LEFT} {y:g}H{LEFT + SIDE}" stroke="{_GRID}"/>',
            _text(x, TOP + SIDE + 20, f"{tenth * 10} %"),
            _text(LEFT - 8, y + 4, f"{tenth * 10} %", anchor="end"),
        ]
    (x0, y0), (x1, y1) = _at(0, 0), _at(1, 1)
    middle = LEFT + SIDE / 2
    return [
        *parts,
        f'<path d="M{x0} {y0}L{x1} {y1}" stroke="{_FAINT}" stroke-dasharray="5 4"/>',
        _text(middle, TOP + SIDE + 46, "confidence stated", size=14, colour=_INK),
        f'<g transform="translate(22 {TOP + SIDE / 2}) rotate(-90)">'
        f"{_text(0, 0, 'share of names that were right', size=14, colour=_INK)}</g>",
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
        _text(x + 14, y, name, size=14, anchor="start", colour=_INK),
        _text(x + 14, y + 18, f"{count} names", anchor="start"),
    ]


def _at(confidence: float, right: float) -> tuple[float, float]:
    return LEFT + SIDE * confidence, TOP + SIDE * (1 - right)


def _text(
    x: float, y: float, words: str, size: int = 12, anchor: str = "middle", colour: str = _FAINT
) -> str:
    return (
        f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" font-size="{size}" '
        f'fill="{colour}">{words}</text>'
    )
