"""People of different sources whose faces are alike, by the bar of the one source's own people.

Each source's people become a small face database for the moment, and whoever only later sources
have is asked about as a stranger would be. So nobody stands twice in what the bar is measured on.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from builder.agreement import Known, agree
from builder.enrol import Enrolment
from builder.people import Someone
from builder.state.builds import Reference
from builder.state.connection import State
from builder.state.faces import apart, stored_rows
from stash_face.facedb.calibration import default_law
from stash_face.facedb.kept_law import brought_law
from stash_face.facedb.law import FPIR_AUTOMATIC, Law
from stash_face.facedb.reader import FaceDatabase
from stash_face.facedb.writer import write_database
from stash_face.faces.packs import Pack

FOUND = "likeness.json"
# Less alike than every second stranger's nearest: another face.
UNCLEAR = 0.5
# People asked about in one go, and the nearest of each that are looked at.
_BATCH, _NEAREST = 256, 5
# Names that so many have say nothing of who it is.
_COMMON = 50


class Pair(NamedTuple):
    """Keys of two people, how alike their faces are, whether that is over the bar, and whether
    a name or a birth date agrees."""

    one: str
    other: str
    similarity: float
    sure: bool
    agreed: bool


class Faces(NamedTuple):
    """Whose faces there are to compare: people as enrolled, with what else is known of each."""

    state: State
    models: str
    pack: Pack
    people: Mapping[str, tuple[Someone, Known]]
    found: Enrolment


def likeness(faces: Faces, work: Path, say: Callable[[str], None]) -> list[Pair]:
    """The most alike first. What was found is kept in `work` until a face or a name changes."""
    digest = _digest(faces)
    try:
        kept = json.loads((work / FOUND).read_bytes())
        if kept["digest"] == digest:
            return [Pair(*each) for each in kept["pairs"]]
    except (OSError, ValueError, KeyError, TypeError):
        pass
    say("Comparing the people of different sources")
    sources = list(dict.fromkeys(s for each, _ in faces.people.values() for s, _ in each.members))
    pairs: dict[tuple[str, str], Pair] = {}
    for number, source in enumerate(sources[:-1]):
        for pair in _across(faces, source, set(sources[number + 1 :]), work):
            pairs.setdefault((pair.one, pair.other), pair)
    ordered = sorted(pairs.values(), key=lambda pair: (-pair.similarity, pair))
    new = work / f".{FOUND}.new"
    new.write_text(json.dumps({"digest": digest, "pairs": ordered}), encoding="utf-8")
    new.replace(work / FOUND)
    return ordered


def _across(faces: Faces, source: str, later: set[str], work: Path) -> Iterator[Pair]:
    """Those whom `source` has beside those whom only `later` ones have."""
    own: set[str] = set()
    asked: set[str] = set()
    for person in faces.found.people:
        told = {name for name, _ in faces.people[person.key][0].members}
        own |= {person.key} if source in told else set()
        asked |= {person.key} if source not in told and told & later else set()
    if not own or not asked:
        return
    # Of one name, so that what a kill leaves behind is replaced.
    folder = work / "compared"
    try:
        write_database(
            folder, faces.pack, [p for p in faces.found.people if p.key in own],
            ((r.key, _vectors(faces, r)) for r in faces.found.references if r.key in own),
            version="0", sources=[source],
        )  # fmt: skip
        database = FaceDatabase.open(folder)
        yield from _compared(faces, database, [r for r in _first(faces) if r.key in asked])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _compared(faces: Faces, database: FaceDatabase, probes: Sequence[Reference]) -> Iterator[Pair]:
    people = len(database.keys)
    law: Law = brought_law(database.manifest, people) or default_law(faces.pack, people)
    sure, unclear = law.threshold(FPIR_AUTOMATIC), law.threshold(UNCLEAR)
    named = _named(faces, database.keys)
    for start in range(0, len(probes), _BATCH):
        some = probes[start : start + _BATCH]
        vectors = [_vectors(faces, each) for each in some]
        nearest = database.search(vectors, count=_NEAREST)
        for reference, vector, candidates in zip(some, vectors, nearest, strict=True):
            about = faces.people[reference.key][1]
            near = {each.key: each.similarity for each in candidates}
            namesakes = {key for name in about.names for key in named.get(name, ())}
            for key in sorted(namesakes - near.keys()):
                near[key] = database.compare([vector], key)[0].similarity
            for key, similarity in near.items():
                agreed = agree(faces.people[key][1], about)
                if similarity >= (unclear if agreed else sure):
                    told = round(similarity, 4)
                    yield Pair(key, reference.key, told, similarity >= sure, agreed)


def _named(faces: Faces, keys: Sequence[str]) -> dict[str, list[str]]:
    """Who has a name, where that says something."""
    found: dict[str, list[str]] = {}
    for key in keys:
        for name in faces.people[key][1].names:
            found.setdefault(name, []).append(key)
    return {name: each for name, each in found.items() if len(each) <= _COMMON}


def _first(faces: Faces) -> list[Reference]:
    """The first reference of each person."""
    first: dict[str, Reference] = {}
    for reference in faces.found.references:
        first.setdefault(reference.key, reference)
    return list(first.values())


def _vectors(faces: Faces, reference: Reference) -> dict[str, Any]:
    (row,) = stored_rows(faces.state, faces.models, [reference[1:]])
    return apart(faces.pack, row)


def _digest(faces: Faces) -> str:
    about = [
        [key, [*someone.members], *map(sorted, known)]
        for key, (someone, known) in faces.people.items()
    ]
    told = json.dumps([faces.models, UNCLEAR, about, faces.found.references])
    return hashlib.sha256(told.encode()).hexdigest()
