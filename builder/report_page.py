"""The report as one page with small pictures of what a person should look at.

It shows faces, so it is made only where it was asked for, and is no part of the database.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable
from html import escape

import cv2

from builder.report import Report
from stash_face.errors import MediaError
from stash_face.media.image import decode

# Pixels of a thumbnail's height, and rows of one table: a longer page is one that nobody opens.
HEIGHT, ROWS = 112, 500

# The bytes of a picture by the name that the report has for it.
Content = Callable[[str], "bytes | None"]

_STYLE = (
    "body{font:15px/1.4 sans-serif;margin:2em auto;max-width:70em;padding:0 1em}"
    "table{border-collapse:collapse;width:100%}td{border-top:1px solid #ccc;padding:.3em .6em;"
    "vertical-align:middle}img{height:112px;display:block}h2{margin-top:2em}"
)


def page(report: Report, content: Content) -> str:
    """One HTML file without scripts or anything from elsewhere."""
    counts = {
        "performers": report.performers, "people": report.people, "pictures": report.pictures,
        "faces": report.faces, **{f"from {name}": n for name, n in report.sources.items()},
    }  # fmt: skip
    parts = [
        "<!doctype html><html lang=en><meta charset=utf-8><title>Face database</title>",
        f"<style>{_STYLE}</style><h1>Face database</h1>",
        _table(([name, f"{count:,}"] for name, count in counts.items()), content, 0),
        _section("People to look at", report.doubtful.items(), content, 0),
        _section("Perhaps one person twice", report.alike, content, 0),
        _section("One picture of two people", report.same_picture, content, 2),
        _section("Pictures left out", report.left_out.items(), content, 1),
        _section("Pictures without a face", ([name] for name in report.without_face), content, 1),
        _section("Pictures that cannot be read", report.unreadable.items(), content, 0),
        _section(
            "People without a face", ([n] for n in report.performers_without_face), content, 0
        ),
    ]
    return "".join(parts)


def _section(title: str, rows: Iterable[Iterable[str]], content: Content, pictures: int) -> str:
    listed = [list(row) for row in rows]
    if not listed:
        return ""
    more = f" (the first {ROWS} of them)" if len(listed) > ROWS else ""
    head = f"<h2>{escape(title)}: {len(listed):,}{more}</h2>"
    return head + _table(listed[:ROWS], content, pictures)


def _table(rows: Iterable[list[str]], content: Content, pictures: int) -> str:
    """The first `pictures` cells of a row are names of pictures, which come with them."""
    lines = []
    for row in rows:
        cells = [
            _thumbnail(content, cell) + escape(cell) if number < pictures else escape(cell)
            for number, cell in enumerate(row)
        ]
        lines.append("<tr>" + "".join(f"<td>{cell}" for cell in cells))
    return f"<table>{''.join(lines)}</table>"


def _thumbnail(content: Content, name: str) -> str:
    data = content(name)
    if data is None:
        return ""
    try:
        picture = decode(data)
    except MediaError:
        return ""
    height, width = picture.shape[:2]
    size = (max(round(width * HEIGHT / height), 1), HEIGHT)
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    _, jpeg = cv2.imencode(".jpg", cv2.cvtColor(small, cv2.COLOR_RGB2BGR))
    coded = base64.b64encode(jpeg.tobytes()).decode()
    return f'<img alt="" src="data:image/jpeg;base64,{coded}">'
