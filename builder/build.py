"""From pictures on disk to a face database: decode, find the face, embed, write."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path

from builder.folder import Performer
from stash_face.errors import BadRequest, MediaError
from stash_face.facedb.types import Person
from stash_face.facedb.writer import check_target, write_database
from stash_face.faces.engine import Engine
from stash_face.faces.types import Detection, Picture, Vector
from stash_face.media.image import decode

REPORT = "report.json"


@dataclass
class Report:
    """What became of every picture; written beside the database. `performers` were asked for,
    `people` are enrolled."""

    performers: int = 0
    people: int = 0
    pictures: int = 0
    faces: int = 0
    without_face: list[str] = field(default_factory=list)
    unreadable: dict[str, str] = field(default_factory=dict)
    performers_without_face: list[str] = field(default_factory=list)


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
    report = Report()
    people: dict[str, Person] = {}
    references: list[tuple[str, dict[str, Vector]]] = []
    for performer in performers:
        report.performers += 1
        found = [
            vectors
            for path in performer.pictures
            if (vectors := _reference(path, engine, report)) is not None
        ]
        if not found:
            report.performers_without_face.append(performer.person.name)
            continue
        people.setdefault(performer.person.key, performer.person)
        references += [(performer.person.key, vectors) for vectors in found]
        report.faces += len(found)
        if len(people) % 100 == 0:
            say(f"{len(people)} performers, {report.faces} faces")
    if not people:
        raise BadRequest(
            f"No face was found in {report.pictures} pictures of {report.performers} performers: "
            "a face database needs at least one."
        )
    report.people = len(people)
    version = datetime.now(timezone.utc).strftime("%Y.%m.%d")
    write_database(
        output,
        engine.pack,
        list(people.values()),
        references,
        version=version,
        sources=[source],
        say=say,
    )
    (output / REPORT).write_text(json.dumps(report.__dict__, indent=1), encoding="utf-8")
    return report


def _reference(path: Path, engine: Engine, report: Report) -> dict[str, Vector] | None:
    report.pictures += 1
    try:
        picture = decode(path)
    except MediaError as error:
        report.unreadable[_short(path)] = error.sentence
        return None
    detections = engine.detect(picture)
    if not detections:
        report.without_face.append(_short(path))
        return None
    face = engine.embed([(picture, main_face(picture, detections))])[0]
    return {key: embedding.vector for key, embedding in face.embeddings.items()}


def _short(path: Path) -> str:
    """Performer's folder and file: where the folders lie is nobody else's business."""
    return f"{path.parent.name}/{path.name}"


def main_face(picture: Picture, detections: list[Detection]) -> Detection:
    """The large face near the middle: area less twice the squared distance from the middle,
    in pixels (insightface's own rule)."""
    height, width = picture.shape[:2]

    def weight(detection: Detection) -> float:
        x1, y1, x2, y2 = detection.bbox
        off = ((x1 + x2 - width) / 2) ** 2 + ((y1 + y2 - height) / 2) ** 2
        return (x2 - x1) * (y2 - y1) - 2 * off

    return max(detections, key=weight)
