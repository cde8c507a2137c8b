"""Answers of the plugin as tables for a terminal of 100 columns."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any, NamedTuple

WIDTH = 100
_NAME = 26
# From so many equal rows on they are one.
MANY = 4
_NOTE = re.compile(r"\s*\((With [^()]*)\)$")

# Neither a path nor an address is cut.
_WRAPPER = textwrap.TextWrapper(
    WIDTH,
    initial_indent="  ",
    subsequent_indent="  ",
    break_long_words=False,
    break_on_hyphens=False,
)

UNKNOWN = "*unknown*"


class Row(NamedTuple):
    """One line: which face or how often seen, who, the numbers where there are any, and why."""

    label: str
    name: str
    distance: float | None
    confidence: float | None
    reason: str


def picture_rows(faces: Sequence[dict[str, Any]]) -> list[Row]:
    """A row per face of identify_image, numbered as given."""
    return [
        _row(str(number), face["matches"][:1], face["decision"], face["reason"])
        for number, face in enumerate(faces, 1)
    ]


def gallery_rows(answer: dict[str, Any]) -> list[Row]:
    """A row per person of identify_gallery, the unknown ones last."""
    rows = [
        _row(_seen(p, answer), [{**p, "distance": p["best_distance"]}], p["decision"], p["reason"])
        for p in answer["performers"]
    ]
    rows += [
        _row(_seen(u, answer), u["candidates"][:1], "unknown", u["reason"])
        for u in answer["unknown"]
    ]
    return rows


def table(label: str, rows: Sequence[Row]) -> str:
    """The rows under a heading. Many equal ones in a row are one line, and a remark that every
    reason repeats stands once below."""
    notes: dict[str, None] = {}
    told = []
    for row in rows:
        remark = _NOTE.search(row.reason)
        if remark:
            notes[remark[1]] = None
        told.append(row._replace(reason=_NOTE.sub("", row.reason)))
    lines = [line for _, same in groupby(told, _alike) for line in _together(list(same))]
    first = max(len(label), *(len(row.label) for row in lines))
    second = min(max(4, *(len(row.name) for row in lines)), _NAME)
    heading = f"  {label:>{first}}  {'name':<{second}}  distance  confidence  reason"
    shown = [heading, f"  {'-' * (WIDTH - 2)}"]
    for row in lines:
        start = f"  {row.label:>{first}}  {_fit(row.name, second):<{second}}  "
        start += f"{_distance(row.distance):>8}  {_percent(row.confidence):>10}  "
        rest = " " * len(start)
        shown += textwrap.wrap(row.reason, WIDTH, initial_indent=start, subsequent_indent=rest)
    return "\n".join([*shown, *paragraphs(notes)])


def _alike(row: Row) -> tuple[object, ...]:
    """All but the number of a face."""
    return row[1:] if row.label.isdigit() else row


def _together(rows: list[Row]) -> list[Row]:
    if len(rows) < MANY:
        return rows
    labels = list(dict.fromkeys(row.label for row in rows))
    label = labels[0] if len(labels) == 1 else f"{labels[0]}-{labels[-1]}"
    return [rows[0]._replace(label=label, name=f"{len(rows)} x {rows[0].name}")]


def paragraphs(sentences: Iterable[str]) -> list[str]:
    """Each sentence in lines of the table's width, indented like it."""
    return [line for sentence in sentences for line in _WRAPPER.wrap(sentence)]


def local_notes(matches: Iterable[dict[str, Any]]) -> list[str]:
    """Who of the named people the stand-in's library has as a performer."""
    found = {m["name"]: m["local_performer_id"] for m in matches if m["local_performer_id"]}
    return [f"{name} is performer {number} of this library." for name, number in found.items()]


def _row(label: str, best: Sequence[dict[str, Any]], decision: str, reason: str) -> Row:
    name = best[0]["name"] if best and decision != "unknown" else UNKNOWN
    if decision == "uncertain":
        name = f"perhaps {name}"
    distance = best[0]["distance"] if best else None
    confidence = best[0]["confidence"] if best else None
    return Row(label, name, distance, confidence, reason)


def _seen(person: dict[str, Any], answer: dict[str, Any]) -> str:
    readable = answer["total_images"] - len(answer["problems"])
    return f"{person['image_count']} of {readable}"


def _fit(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 3] + "..."


def _distance(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _percent(value: float | None) -> str:
    if value is None:
        return "-"
    return ">99 %" if value > 0.99 else f"{value * 100:.0f} %"
