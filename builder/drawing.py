"""Diagrams as SVG: the frame that they share. Standard library only."""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import escape

COLOURS = ("#1f6feb", "#c2571a")
INK, FAINT, GRID = "#1f2933", "#56606b", "#d9e0e7"


def svg(width: int, height: int, title: str, left: float, parts: Iterable[str]) -> str:
    """A picture of that size in pixels, its title above what begins at `left`."""
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            "font-family=\"system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif\" role=\"img\" "
            'aria-labelledby="t">',
            f'<title id="t">{escape(title)}</title>',
            f'<rect width="{width}" height="{height}" rx="12" fill="#ffffff"/>',
            text(left, 32, title, size=16, anchor="start", colour=INK),
            *parts,
            "</svg>",
            "",
        ]
    )


def text(
    x: float, y: float, words: str, size: int = 12, anchor: str = "middle", colour: str = FAINT
) -> str:
    return (
        f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" font-size="{size}" '
        f'fill="{colour}">{escape(words)}</text>'
    )
