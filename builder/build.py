"""From pictures on disk to a face database: decode, find the face, embed, write."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path

from builder.folder import Performer
from builder.spoilt_faces import Enrolled, spoilt_faces
from stash_face.errors import BadRequest, MediaError
from stash_face.facedb.calibration import FEWEST_PEOPLE
from stash_face.facedb.poor_faces import SpoiltFace
from stash_face.facedb.types import Person
from stash_face.facedb.writer import check_target, write_database
from stash_face.faces.engine import Engine
from stash_face.faces.main_face import main_face
from stash_face.faces.types import Picture, Vector
from stash_face.media.image import decode

REPORT = "report.json"


@dataclass
class Report:
    """What became of every picture; written beside the database. `performers` were asked for,
    `people` are enrolled; `same_picture` are pairs of two different people's pictures that are
    the same to the last pixel, `spoilt_faces` how many poor copies the law was measured on."""

    performers: int = 0
    people: int = 0
    pictures: int = 0
    faces: int = 0
    spoilt_faces: int = 0
    without_face: list[str] = field(default_factory=list)
    unreadable: dict[str, str] = field(default_factory=dict)
    performers_without_face: list[str] = field(default_factory=list)
    same_picture: list[list[str]] = field(default_factory=list)


def build(
    performers: Iterable[Performer],
    engine: Engine,
    output: Path,
    *,
    source: str,
    say: Callable[[str], None] = lambda sentence: None,
) -> Report:
    """Writes the database to `output` and its report into it. Performers of one key are one
    person, named by the first. BadRequest when no face at all was found, DatabaseError when
    `output` holds something else."""
    check_target(output)
    enrolment = _Enrolment(engine)
    report = enrolment.report
    for performer in performers:
        if enrolment.enrol(performer) and len(enrolment.people) % 100 == 0:
            say(f"{len(enrolment.people)} performers, {report.faces} faces")
    if not enrolment.people:
        raise BadRequest(
            f"No face was found in {report.pictures} pictures of {report.performers} performers: "
            "a face database needs at least one."
        )
    spoilt: list[SpoiltFace] = []
    if len(enrolment.people) >= FEWEST_PEOPLE:
        say("Looking at spoilt copies of some of the pictures")
        spoilt = list(spoilt_faces(enrolment.enrolled, engine))
    report.spoilt_faces = len(spoilt)
    write_database(
        output,
        engine.pack,
        list(enrolment.people.values()),
        enrolment.references,
        version=datetime.now(timezone.utc).strftime("%Y.%m.%d"),
        sources=[source],
        spoilt=spoilt,
        say=say,
    )
    (output / REPORT).write_text(json.dumps(report.__dict__, indent=1), encoding="utf-8")
    return report


class _Enrolment:
    """People and references so far. No picture is kept: a large database's fill no memory."""

    def __init__(self, engine: Engine) -> None:
        self.people: dict[str, Person] = {}
        self.references: list[tuple[str, dict[str, Vector]]] = []
        self.enrolled: list[Enrolled] = []
        self.report = Report()
        self._engine = engine
        self._counts: dict[str, int] = {}
        self._seen: dict[bytes, tuple[str, str]] = {}

    def enrol(self, performer: Performer) -> bool:
        """Whether any face of the performer was found."""
        self.report.performers += 1
        key, before = performer.person.key, self.report.faces
        for path in performer.pictures:
            self._add(key, path)
        if self.report.faces == before:
            self.report.performers_without_face.append(performer.person.name)
            return False
        self.people.setdefault(key, performer.person)
        self.report.people = len(self.people)
        return True

    def _add(self, key: str, path: Path) -> None:
        self.report.pictures += 1
        try:
            picture = decode(path)
        except MediaError as error:
            self.report.unreadable[_short(path)] = error.sentence
            return
        detections = self._engine.detect(picture)
        if not detections:
            self.report.without_face.append(_short(path))
            return
        self._compare(key, path, picture)
        found = main_face(picture, detections)
        face = self._engine.embed([(picture, found)])[0]
        vectors = {name: embedding.vector for name, embedding in face.embeddings.items()}
        number = self._counts.get(key, 0)
        self._counts[key] = number + 1
        self.references.append((key, vectors))
        self.enrolled.append(Enrolled(key, number, path, found))
        self.report.faces += 1

    def _compare(self, key: str, path: Path, picture: Picture) -> None:
        digest = hashlib.sha256(picture.tobytes()).digest()
        owner, first = self._seen.setdefault(digest, (key, _short(path)))
        if owner != key:
            self.report.same_picture.append([first, _short(path)])


def _short(path: Path) -> str:
    """Performer's folder and file: where the folders lie is nobody else's business."""
    return f"{path.parent.name}/{path.name}"
