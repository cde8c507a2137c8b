"""People from a folder: each folder in it is a performer, its pictures the references.

A `performer.json` beside the pictures may say `name`, `stash_ids {host: uuid}`, `country` and
`image_url`; without it the folder's name is both key and name.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from stash_face.errors import BadRequest
from stash_face.facedb.people import person
from stash_face.facedb.types import Person

DESCRIPTION = "performer.json"
PICTURES = frozenset(
    {".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif", ".heic", ".heif"}
)


class Performer(NamedTuple):
    """Someone to enrol, and the pictures that show them."""

    person: Person
    pictures: list[Path]


def performers(folder: Path) -> Iterator[Performer]:
    """Everyone in `folder`, by name. BadRequest for a folder that is none, or a performer.json
    that cannot be used."""
    for _, performer in named_performers(folder):
        yield performer


def named_performers(folder: Path) -> Iterator[tuple[str, Performer]]:
    """The same with the name of each one's folder: two folders may be one person."""
    if not folder.is_dir():
        raise BadRequest(f"{folder} is not a folder: name one that holds a folder per performer.")
    for place in sorted(p for p in folder.iterdir() if p.is_dir() and p.name[0] != "."):
        pictures = sorted(p for p in place.iterdir() if p.suffix.lower() in PICTURES)
        yield clean(place.name), Performer(_person(place), pictures)


def clean(name: str) -> str:
    """Names in an old encoding hold what no JSON can."""
    return name.encode(errors="replace").decode()


def _person(place: Path) -> Person:
    path = place / DESCRIPTION
    name = clean(place.name)
    if not path.is_file():
        return person(name, {})
    try:
        # Windows' editors put a mark before the text.
        record = json.loads(path.read_text(encoding="utf-8-sig"))
        if not isinstance(record, dict):
            raise ValueError("not a JSON object")
        ids = record.get("stash_ids") or {}
        if not isinstance(ids, dict):
            raise ValueError("stash_ids must be an object of host and id")
    except (OSError, ValueError, RecursionError) as error:
        raise BadRequest(f"{path} cannot be used ({error}): mend it or delete it.") from None
    record = {"name": name, **record}
    known = [(host, uuid) for host, uuid in ids.items() if uuid]
    if len(known) == 1:
        # One stash-box: the universal id is the key, as in published databases.
        return person(":".join(map(str, known[0])), record)
    return person(name, record)
