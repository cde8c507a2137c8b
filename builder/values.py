"""What goes through the builder: performers as sources tell of them, and where pictures lie."""

from __future__ import annotations

import json
from typing import NamedTuple

from stash_face.facedb.types import Person


class PictureRef(NamedTuple):
    """A picture of a performer. `location` is an http(s) address or an absolute path, `name` what
    reports call it. `frozen`: what lies at this address never changes, as at a stash-box."""

    location: str
    name: str
    frozen: bool = False

    @property
    def remote(self) -> bool:
        return is_remote(self.location)


class SourcePerformer(NamedTuple):
    """Someone as one source knows them. `id` is the source's own, `place` sorts performers within
    the source and never changes; `person.key` is the face database's key. The rest is for joining
    people of several sources: other ids of the same person, as the source says, in `merged`."""

    id: str
    place: str
    person: Person
    pictures: tuple[PictureRef, ...]
    aliases: tuple[str, ...] = ()
    disambiguation: str = ""
    birth_date: str = ""
    urls: tuple[str, ...] = ()
    merged: tuple[str, ...] = ()

    def to_json(self) -> str:
        # As ASCII: paths in an old encoding hold what SQLite's text cannot.
        return json.dumps(self, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> SourcePerformer:
        ident, place, person, pictures, *rest = json.loads(text)
        aliases, disambiguation, birth_date, urls, merged = rest
        return cls(
            ident, place, Person(*person), tuple(PictureRef(*each) for each in pictures),
            tuple(aliases), disambiguation, birth_date, tuple(urls), tuple(merged),
        )  # fmt: skip


def is_remote(location: str) -> bool:
    return location.startswith(("http://", "https://"))
