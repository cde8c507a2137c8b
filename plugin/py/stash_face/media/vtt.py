"""A sprite's WebVTT file to the parts of its sheet and the times they show. Standard library only.

What the file says holds: neither the number nor the size of the tiles is taken for granted.
"""

from __future__ import annotations

import math
import re
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from stash_face.errors import MediaError
from stash_face.media.naming import titled

MAX_CUES = 10_000
"""Cues that are read; Stash makes at most 500."""

# Hours may be missing, or have more than two digits.
_TIME = r"(-?(?:\d+:)?\d+:\d+(?:[.,]\d+)?)"
_TIMING = re.compile(rf"^\s*{_TIME}\s*-->\s*{_TIME}")
_PLACE = re.compile(r"^xywh=(?:pixel:)?(-?\d+),(-?\d+),(-?\d+),(-?\d+)$")


class Cue(NamedTuple):
    """What the sheet `file` (a bare name) shows at x, y, w, h (pixels) from `start` to `end`
    (seconds)."""

    start: float
    end: float
    file: str
    x: int
    y: int
    w: int
    h: int


def parse_vtt(text: str | bytes, name: str = "") -> list[Cue]:
    """The usable cues by their start, one a start. Cues without a part of a picture, with a
    negative or missing time or an impossible part are left out; an end before its start is
    taken for its start. MediaError where nothing usable is left; `name` is only shown in it.
    """
    title = titled("sprite's list", name)
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    if not text.removeprefix("\ufeff").lstrip().startswith("WEBVTT"):
        raise MediaError(f"{title} is not a WebVTT file; generate the sprite again in Stash.")
    found: dict[float, Cue] = {}
    timing: tuple[float, float] | None = None
    for line in text.splitlines():
        if "-->" in line:
            timing = _timing(line)
        elif not line.strip():
            timing = None
        elif timing and (cue := _cue(*timing, line.strip())):
            found.setdefault(cue.start, cue)
            timing = None
            if len(found) >= MAX_CUES:
                break
    if not found:
        raise MediaError(f"{title} names no part of a picture; generate the sprite again in Stash.")
    return sorted(found.values())


def _timing(line: str) -> tuple[float, float] | None:
    match = _TIMING.match(line)
    if not match:
        return None
    start, end = (_seconds(part) for part in match.groups())
    if not (0 <= start < math.inf and end < math.inf):
        return None
    return start, max(start, end)


def _seconds(text: str) -> float:
    sign = -1.0 if text.startswith("-") else 1.0
    total = 0.0
    for part in text.lstrip("-").replace(",", ".").split(":"):
        total = 60 * total + float(part)
    return sign * total


def _cue(start: float, end: float, line: str) -> Cue | None:
    address, _, fragment = line.partition("#")
    match = _PLACE.match(fragment.strip())
    if not match:
        return None
    # Names longer than this no file system has; larger numbers are no pixels.
    if any(len(number) > 9 for number in match.groups()):
        return None
    x, y, w, h = map(int, match.groups())
    if x < 0 or y < 0 or w < 1 or h < 1:
        return None
    return Cue(start, end, _bare_name(address), x, y, w, h)


def _bare_name(address: str) -> str:
    try:
        path = urlsplit(address.strip()).path
    except ValueError:
        path = address
    return re.split(r"[/\\]", unquote(path))[-1]
