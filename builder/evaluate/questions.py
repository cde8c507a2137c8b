"""Which held-out pictures there are to ask about, and who they show."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from builder.folder import PICTURES, clean, named_performers
from stash_face.errors import BadRequest
from stash_face.facedb.reader import FaceDatabase
from stash_face.facedb.types import Person


class Question(NamedTuple):
    """A picture of the person `key` of the database, None for one whom it does not have."""

    path: Path
    key: str | None


class Questions(NamedTuple):
    """`lost` are folders of people whom the database does not have, or has twice by that name:
    nobody is asked about them."""

    asked: list[Question]
    lost: list[str]


def questions(database: FaceDatabase, people: Path, strangers: Path | None) -> Questions:
    """`people`: a folder of pictures per performer, called by name or id as for a build;
    `strangers`: a folder of pictures however deep, or a list of them, a path a line. BadRequest
    where there is nothing to ask about."""
    keys = _Keys(database)
    found = Questions([], [])
    for name, performer in named_performers(people):
        key = keys.of(name, performer.person)
        if key is None:
            found.lost.append(name)
        else:
            found.asked.extend(Question(path.absolute(), key) for path in performer.pictures)
    if not found.asked:
        raise BadRequest(
            f"{people} has no pictures of anybody in the face database: name a folder with one "
            "per performer, called as they are there."
        )
    known = {question.path for question in found.asked}
    others = _strangers(strangers) if strangers else iter(())
    found.asked.extend(Question(path, None) for path in others if path not in known)
    return found


class _Keys:
    def __init__(self, database: FaceDatabase) -> None:
        self._database = database
        self._called: dict[str, set[str]] = {}
        for key in database.keys:
            person = database.person(key)
            ids = (uuid for uuid in person.stash_ids.values() if uuid)
            for name in (_plain(person.name), *(each.casefold() for each in ids)):
                self._called.setdefault(name, set()).add(key)

    def of(self, folder: str, person: Person) -> str | None:
        ids = [f"{host}:{uuid}" for host, uuid in person.stash_ids.items() if uuid]
        for each in (person.key, *ids):
            if (key := self._database.key_of(each)) is not None:
                return key
        for name in (folder.casefold(), _plain(person.name), _plain(folder)):
            if len(named := self._called.get(name, set())) == 1:
                return next(iter(named))
        return None


def _plain(name: str) -> str:
    return " ".join(clean(name).replace("_", " ").split()).casefold()


def _strangers(place: Path) -> Iterator[Path]:
    if place.is_dir():
        yield from sorted(
            path.absolute() for path in place.rglob("*")
            if path.suffix.lower() in PICTURES and path.is_file()
        )  # fmt: skip
        return
    try:
        lines = place.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, ValueError) as error:
        raise BadRequest(
            f"{place} is neither a folder of pictures nor a list of them ({error})."
        ) from None
    for line in dict.fromkeys(each.strip() for each in lines):
        if line:
            yield (place.parent / line).absolute()
