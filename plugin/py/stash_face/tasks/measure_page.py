"""The report as one page that opens from the disk: no script, nothing from any network.

Every text from outside goes through `escape`, every picture through `_picture`.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from html import escape
from typing import Any

# The browser itself is told to load nothing and run nothing.
_HEAD = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<meta name="referrer" content="no-referrer">
<title>Measured on my library</title>
<style>
:root { color-scheme: light dark; --line: #8886; --soft: #8882; --bar: #3b82c4; --bad: #d9822b; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto;
 padding: 0 1rem; background: Canvas; color: CanvasText; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2.5rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .35rem .8rem .35rem 0; border-bottom: 1px solid var(--line);
 vertical-align: top; font-variant-numeric: tabular-nums; }
th { font-weight: 600; }
a { color: LinkText; }
.note { opacity: .8; }
.mistakes { list-style: none; padding: 0; display: grid; gap: .8rem;
 grid-template-columns: repeat(auto-fill, minmax(18rem, 1fr)); }
.mistakes li { display: flex; gap: .8rem; background: var(--soft); border-radius: .5rem;
 padding: .7rem; }
.mistakes img, .mistakes .none { width: 6rem; height: 6rem; object-fit: cover; flex: none;
 border-radius: .3rem; background: var(--line); }
svg { width: 100%; max-width: 34rem; height: auto; }
svg .bar { fill: var(--bar); } svg .right { stroke: var(--bad); }
svg text { fill: CanvasText; font: 11px system-ui, sans-serif; }
</style>
</head>
<body>
"""

_READING = (
    "Tags are taken for the truth. A name that no tag confirms may be wrong, but it may also be "
    "somebody who is in the picture and not tagged; precision is therefore <em>at least</em> what "
    "stands here. A tagged person whose face cannot be seen counts as missed."
)


def page(report: dict[str, Any], base_url: str) -> str:
    """The report of `measure_library` as a whole HTML document; links lead to `base_url`."""
    parts = [
        _HEAD,
        "<h1>How far to trust the names, measured on my library</h1>",
        _about(report),
        "<h2>Names given, and people found</h2>",
        f"<p>{_READING}</p>",
        _figures(report),
        "<h2>Confidence against truth</h2>",
        _calibration(report["calibration"]),
        "<h2>Names that no tag confirms</h2>",
        _mistakes(report["mistakes"], base_url),
        "<h2>People most often missed</h2>",
        _missed(report["missed"], base_url),
        "</body>\n</html>\n",
    ]
    return "\n".join(parts)


def percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"


def _about(report: dict[str, Any]) -> str:
    people, database = report["performers"], report["database"]
    lost = report["unreadable"]
    unread = f" {lost} pictures could not be read and are left out." if lost else ""
    return (
        f"<p>{escape(report['date'])}, face database {escape(database['version'])} with "
        f"{database['performer_count']} people. Of the {people['with_stash_id']} performers in "
        f"Stash with a stash-box id, {people['in_database']} "
        f"({percent(people['share'])}) are in it: only they can be named.{unread} "
        "Nothing in Stash was changed.</p>"
    )


def _figures(report: dict[str, Any]) -> str:
    images, galleries = report["images"], report["galleries"]

    def row(head: str, text: str) -> str:
        cells = (text.format(**_told(each)) for each in (images, galleries))
        return f"<tr><th scope=row>{head}</th>" + "".join(f"<td>{c}</td>" for c in cells) + "</tr>"

    return "\n".join(
        [
            "<table><thead><tr><th></th><th>Images</th><th>Galleries</th></tr></thead><tbody>",
            row("Looked at", "{looked_at}"),
            row("Faces (galleries: people) seen", "{faces}"),
            row(
                "Precision of <em>match</em>",
                "at least <strong>{precision_at_least}</strong><br>"
                "{confirmed} of {named} names are confirmed by tags",
            ),
            row(
                "Recall of <em>match</em>",
                "<strong>{recall}</strong><br>{found} of {tagged} tagged people who are in the "
                "database; {missed_without_any_face} were missed where no face was seen at all",
            ),
            row(
                "<em>uncertain</em>",
                "{uncertain_share} of what was seen<br>"
                "{uncertain_confirmed} of {uncertain} guesses are confirmed by tags",
            ),
            "</tbody></table>",
        ]
    )


def _told(figures: dict[str, Any]) -> dict[str, Any]:
    shares = ("precision_at_least", "recall", "uncertain_share")
    return figures | {name: percent(figures[name]) for name in shares}


def _calibration(calibration: dict[str, Any]) -> str:
    """Bars of the confirmed share over ten bins of confidence; right is on the diagonal."""
    left, top, side, tall = 44, 12, 460, 220
    width = side / len(calibration["bins"])
    base = top + tall
    parts = [
        f'<svg viewBox="0 0 {left + side + 12} {base + 58}" role="img" '
        'aria-label="Share of first guesses that tags confirm, for each tenth of confidence">',
        f'<rect x="{left}" y="{top}" width="{side}" height="{tall}" fill="none" '
        'stroke="currentColor" stroke-opacity=".3"/>',
    ]
    for number, each in enumerate(calibration["bins"]):
        middle = left + width * (number + 0.5)
        if each["answers"]:
            height = tall * each["confirmed"]
            parts.append(
                f'<rect x="{left + width * number + 3:.1f}" y="{base - height:.1f}" '
                f'width="{width - 6:.1f}" height="{height:.1f}" class="bar"/>'
            )
        parts.append(_text(middle, base + 32, each["answers"]))
    for tenth in range(0, 11, 2):
        parts.append(_text(left + side * tenth / 10, base + 16, f"{tenth * 10} %"))
        parts.append(_text(left - 20, base - tall * tenth / 10 + 4, f"{tenth * 10} %"))
    parts += [
        f'<line x1="{left}" y1="{base}" x2="{left + side}" y2="{top}" class="right" '
        'stroke-width="2" stroke-dasharray="5 4"/>',
        _text(left + side / 2, base + 50, "confidence; below it how many answers"),
        "</svg>",
    ]
    return (
        "<p>Each bar is the share of first guesses of that confidence that tags confirm. Bars "
        "that end on the dashed line keep what the confidence promises; lower ones may also mean "
        f"missing tags. Mean distance from the line: {percent(calibration['error'])}.</p>\n"
        + "\n".join(parts)
    )


def _text(x: float, y: float, text: object) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="middle">{escape(str(text))}</text>'


def _mistakes(rows: Sequence[dict[str, Any]], base_url: str) -> str:
    if not rows:
        return "<p>None.</p>"
    intro = (
        "<p>First those where somebody who is tagged was not found: a wrong name, or a wrong tag. "
        "Look before you judge.</p>"
    )
    items = [
        f"<li>{_picture(row['face_thumbnail'])}<div>"
        f"<strong>{escape(row['name'])}</strong>, confidence {_sure(row['confidence'])}<br>"
        f"tagged: {escape(_tags(row))}<br>"
        f"<span class=note>{escape(_doubt(row))} {escape(row['reason'])}</span><br>"
        f"{_link(row, base_url)}</div></li>"
        for row in rows
    ]
    return intro + '<ul class="mistakes">' + "\n".join(items) + "</ul>"


def _sure(confidence: float) -> str:
    return percent(confidence) if confidence < 0.999 else "over 99.9%"


def _tags(row: dict[str, Any]) -> str:
    without = row["tagged_without_stash_id"]
    names = [*row["tagged"], *([f"{without} without a stash-box id"] if without else [])]
    return ", ".join(names) or "nobody"


def _doubt(row: dict[str, Any]) -> str:
    if row["not_found"]:
        return f"Not found: {', '.join(row['not_found'])}. A wrong name or a wrong tag."
    if row["not_in_database"]:
        names = ", ".join(row["not_in_database"])
        return f"Not in the database: {names}. Taken for somebody else, or another person."
    if row["tagged_without_stash_id"]:
        return "Perhaps the one without a stash-box id."
    return "Perhaps somebody who is not tagged."


def _missed(rows: Sequence[dict[str, Any]], base_url: str) -> str:
    if not rows:
        return "<p>Nobody.</p>"
    lines = [
        f"<tr><td>{escape(row['name'])}</td><td>{row['missed']} of {row['tagged']}</td>"
        f"<td>{_link(row, base_url)}</td></tr>"
        for row in rows
    ]
    head = "<tr><th>Tagged as</th><th>Missed</th><th>For example</th></tr>"
    return f"<table><thead>{head}</thead><tbody>" + "\n".join(lines) + "</tbody></table>"


def _link(row: dict[str, Any], base_url: str) -> str:
    places = [(row["kind"], row["id"])]
    if row["kind"] == "gallery" and row.get("image_id"):
        places.append(("image", row["image_id"]))
    roads = {"image": "images", "gallery": "galleries"}
    return ", ".join(
        f'<a href="{escape(f"{base_url}/{roads[kind]}/{item}")}">{kind} {escape(item)}</a>'
        for kind, item in places
    )


def _picture(uri: str | None) -> str:
    """An image of ours; nothing else is put into the page."""
    prefix, _, data = (uri or "").partition(",")
    try:
        jpeg = (
            base64.b64decode(data, validate=True) if prefix.startswith("data:image/jpeg") else b""
        )
    except binascii.Error:
        jpeg = b""
    if not jpeg:
        return '<span class="none"></span>'
    return f'<img alt="" src="data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}">'
