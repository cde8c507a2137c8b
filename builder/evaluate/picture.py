"""Right and wrong distances as a picture: two heaps, and the bar between them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from builder.drawing import COLOURS, FAINT, GRID, INK, svg, text

_LEFT, _TOP, _WIDE, _HIGH = 60, 54, 540, 260
_WIDTH, _HEIGHT = 640, 400
_NAMES = {"right": "to the right person", "wrong": "to the nearest other"}


def distances_picture(distances: dict[str, Any], bar: float, title: str) -> str:
    """`distances` as builder.evaluate.figures has them; `bar`: the distance up to which clear
    faces are given a name."""
    shares = {
        name: [each / max(told["count"], 1) for each in told["bars"]]
        for name, told in distances.items()
    }
    width = float(distances["right"]["bar"])
    end = max(1.0, width * max(len(each) for each in shares.values()))
    top = max((share for each in shares.values() for share in each), default=0) or 1.0

    def x(distance: float) -> float:
        return _LEFT + _WIDE * distance / end

    parts = []
    for tenth in range(0, int(end * 10) + 1, 2):
        parts.append(f'<path d="M{x(tenth / 10):g} {_TOP}V{_TOP + _HIGH}" stroke="{GRID}"/>')
        parts.append(text(x(tenth / 10), _TOP + _HIGH + 20, f"{tenth / 10:g}"))
    for number, (name, each) in enumerate(shares.items()):
        colour = COLOURS[number]
        outline = _outline(
            [share / top for share in each], [x(n * width) for n in range(len(each) + 1)]
        )
        parts.append(f'<path d="{outline}" fill="{colour}" fill-opacity="0.55"/>')
        parts += _legend(number, f"{_NAMES[name]} ({distances[name]['count']:,})", colour)
    parts.append(
        f'<path d="M{x(bar):.1f} {_TOP}V{_TOP + _HIGH}" stroke="{INK}" stroke-dasharray="5 4"/>'
    )
    parts.append(text(x(bar), _TOP - 6, f"a name up to {bar:.3f}", colour=INK))
    parts.append(text(_LEFT + _WIDE / 2, _TOP + _HIGH + 44, "distance", size=14, colour=INK))
    return svg(_WIDTH, _HEIGHT, title, _LEFT, parts)


def _outline(heights: Sequence[float], edges: Sequence[float]) -> str:
    base = _TOP + _HIGH
    steps = "".join(
        f"V{base - _HIGH * height:.1f}H{edges[number + 1]:.1f}"
        for number, height in enumerate(heights)
    )
    return f"M{edges[0]:.1f} {base}{steps}V{base}Z"


def _legend(number: int, words: str, colour: str) -> list[str]:
    x, y = _LEFT + number * 260, _HEIGHT - 16
    return [
        f'<rect x="{x}" y="{y - 11}" width="14" height="14" fill="{colour}" fill-opacity="0.55"/>',
        text(x + 20, y + 1, words, size=13, anchor="start", colour=FAINT),
    ]
