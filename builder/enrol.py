"""From stored faces to references: for each person which faces they are, and what was left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np

from builder.choose import Rule, Seen, choose
from builder.people import Someone
from builder.report import Report
from builder.state.builds import Reference
from builder.state.connection import State
from builder.state.faces import StoredFace, faces_of, size_of
from builder.state.files import File
from stash_face.facedb.types import Person


class Enrolment(NamedTuple):
    """Who is in the database, and by which faces, in the sources' order."""

    people: list[Person]
    references: list[Reference]


def enrol(
    state: State,
    models: str,
    everyone: Iterable[Someone],
    files: Mapping[str, File],
    problems: Mapping[str, str],
    rule: Rule,
    report: Report,
) -> Enrolment:
    """Chooses for everybody; what was left out goes into `report`."""
    found = Enrolment([], [])
    owners: dict[str, tuple[str, str]] = {}
    for someone in everyone:
        report.performers += len(someone.members)
        looked = _Looked(state, models, files, problems, report)
        for ref in someone.pictures:
            looked.add(ref.location, ref.name)
        key, name = someone.person.key, someone.person.name
        choice = choose([pictures for _, _, pictures in looked.pictures], rule)
        for index, reason in sorted(choice.dropped.items()):
            report.left_out[looked.pictures[index][1]] = reason
        if choice.doubt:
            report.doubtful[f"{name} ({key})" if name != key else name] = choice.doubt
        kept = [
            Reference(key, looked.pictures[face.picture][0], face.number) for face in choice.kept
        ]
        for reference, face in zip(kept, choice.kept, strict=True):
            short = looked.pictures[face.picture][1]
            owner, first = owners.setdefault(reference.picture, (key, short))
            if owner != key:
                report.same_picture.append([first, short])
        if kept:
            found.people.append(someone.person)
            found.references.extend(kept)
        else:
            report.performers_without_face.extend([name] * len(someone.members))
    report.people, report.faces = len(found.people), len(found.references)
    return found


class _Looked:
    """One person's pictures with a face: (sha256, name, faces); the others are reported."""

    def __init__(
        self,
        state: State,
        models: str,
        files: Mapping[str, File],
        problems: Mapping[str, str],
        report: Report,
    ) -> None:
        self.pictures: list[tuple[str, str, list[Seen]]] = []
        self._state, self._models = state, models
        self._files, self._problems = files, problems
        self._report = report
        self._had: dict[str, str] = {}

    def add(self, location: str, name: str) -> None:
        self._report.pictures += 1
        file = self._files.get(location)
        sha256 = file.sha256 if file else None
        problem = self._problems.get(sha256) if sha256 else file and file.problem
        if sha256 is None or problem:
            self._report.unreadable[name] = problem or "It was not looked at yet."
            return
        if sha256 in self._had:
            self._report.left_out[name] = f"is the same file as {self._had[sha256]}"
            return
        self._had[sha256] = name
        faces = faces_of(self._state, self._models, sha256)
        if not faces:
            self._report.without_face.append(name)
            return
        index = len(self.pictures)
        size = size_of(self._state, self._models, sha256)
        self.pictures.append((sha256, name, [_seen(index, size, each) for each in faces]))


def _seen(picture: int, size: tuple[int, int], face: StoredFace) -> Seen:
    x1, y1, x2, y2 = face.detection.bbox
    off = ((x1 + x2 - size[0]) / 2) ** 2 + ((y1 + y2 - size[1]) / 2) ** 2
    weight = (x2 - x1) * (y2 - y1) - 2 * off
    vector = face.vectors / np.float32(np.linalg.norm(face.vectors))
    return Seen(picture, face.number, vector, face.quality, weight, y2 - y1)
