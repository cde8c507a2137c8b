"""People out of the sources' performers: who is one person, and which pictures are theirs.

This is where several sources meet. Today performers of one key are one person.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from builder.values import PictureRef, SourcePerformer
from stash_face.facedb.types import Person


class Someone(NamedTuple):
    """A person to enrol. `members`: (source, performer's id) of all that they are made of."""

    person: Person
    members: list[tuple[str, str]]
    pictures: list[PictureRef]


def people(
    performers: Iterable[tuple[str, SourcePerformer]], most_people: int, most_pictures: int
) -> Iterator[Someone]:
    """The first `most_people` of them in the sources' order, each named as the first source has
    it, with at most `most_pictures` pictures."""
    found: dict[str, Someone] = {}
    for source, performer in performers:
        key = performer.person.key
        if key not in found and len(found) >= most_people:
            continue
        someone = found.setdefault(key, Someone(performer.person, [], []))
        someone.members.append((source, performer.id))
        someone.pictures.extend(performer.pictures)
    for someone in found.values():
        unique = dict.fromkeys(someone.pictures)
        yield someone._replace(pictures=list(unique)[:most_pictures])
