"""The sources `csv:FILE` and `jsonl:FILE`: id, name and image of performers, a row each.

Rows of one id are one performer; `image` is a path, relative to the file, or an address.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from builder.folder import clean
from builder.sources.source import End, Known, Page
from builder.values import PictureRef, SourcePerformer, is_remote
from stash_face.errors import BadRequest
from stash_face.facedb.people import person

_COLUMNS = ("id", "name", "image")


class Table:
    """`kind` is csv (with a head line) or jsonl (an object a line; `image` or `images`)."""

    def __init__(self, kind: str, path: Path) -> None:
        self._kind, self._path = kind, path
        self.name = f"{kind}:{clean(path.name)}"

    def read(self, known: Known) -> Iterator[Page]:
        rows = _csv(self._path) if self._kind == "csv" else _lines(self._path)
        found: dict[str, SourcePerformer] = {}
        for number, row in rows:
            ident, name = str(row.get("id") or ""), str(row.get("name") or "")
            if not ident:
                raise BadRequest(f"{self._path} line {number}: there is no id.")
            images = row.get("images") or [row.get("image")]
            if not isinstance(images, list):
                raise BadRequest(f"{self._path} line {number}: images must be a list.")
            pictures = tuple(self._picture(str(each), number) for each in images if each)
            had = found.get(ident)
            if had:
                found[ident] = had._replace(pictures=had.pictures + pictures)
                continue
            record = {"name": name or ident, "country": row.get("country")}
            found[ident] = SourcePerformer(
                ident, f"{number:09}", person(ident, record), pictures,
                birth_date=str(row.get("birth_date") or ""),
            )  # fmt: skip
        yield Page(list(found.values()), end=End(whole=True))

    def _picture(self, image: str, number: int) -> PictureRef:
        if is_remote(image):
            return PictureRef(image, f"line {number}")
        if "://" in image or "\0" in image:
            raise BadRequest(f"{self._path} line {number}: {image!r} is no path and no address.")
        path = (self._path.parent / image).absolute()
        return PictureRef(str(path), clean(image))


def _csv(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        # Windows' editors put a mark before the text.
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            missing = [name for name in _COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                raise BadRequest(
                    f"{path} lacks the column {missing[0]!r}: its first line must name "
                    f"{', '.join(_COLUMNS)}."
                )
            for row in reader:
                yield reader.line_num, row
    except (OSError, ValueError, csv.Error) as error:
        raise _unreadable(path, error) from None


def _lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        with path.open(encoding="utf-8-sig") as stream:
            for number, line in enumerate(stream, 1):
                if not line.strip():
                    continue
                try:
                    row = json.loads(line)
                except (ValueError, RecursionError) as error:
                    raise BadRequest(f"{path} line {number} is no JSON ({error}).") from None
                if not isinstance(row, dict):
                    raise BadRequest(f"{path} line {number} is no JSON object.")
                yield number, row
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: Exception) -> BadRequest:
    return BadRequest(f"{path} cannot be read ({error}): give a file in UTF-8.")
