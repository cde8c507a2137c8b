"""Suggestions that follow from who an unknown person is: one for every item they are seen in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..facedb.law import Law
from ..identify.types import MATCH, Reason, code_of
from ..identify.unknown import Crowd
from ..stash.changes import tagged_items
from ..store.references import Who
from ..store.suggestions import UNKNOWN_PEOPLE, Item, Proposal, Proposed, propose
from ..store.unknown import Person, load_people, people_in
from ..store.unknown_pages import SeenFace, seen_faces
from ..store.unnamed import IMAGE
from .apply import find_performer
from .context import Context
from .unknown_faces import dimension, load_vectors

_SHOWN_FACES = 12


def propose_people(
    context: Context, run_id: int | None, people: Iterable[int], law: Law
) -> Proposed:
    """Brings the suggestions of every item up to date in which one of these people is seen."""
    touched = seen_faces(context.store, people)
    items = {_item(face) for face in touched}
    everyone = people_in(context.store, {face.member.place.item_id for face in touched})
    known = {n: p for n, p in load_people(context.store, everyone).items() if person_who(p)}
    found: dict[tuple[str, str], dict[int, list[SeenFace]]] = {}
    for face in seen_faces(context.store, known):
        theirs = found.setdefault(_item(face), {})
        theirs.setdefault(face.member.person_id, []).append(face)
    confidences = _confidences(context, known, law)
    total = Proposed()
    local = {n: find_performer(context.client, _who(p)) for n, p in known.items()}
    for kind in sorted({kind for kind, _ in items}):
        ids = sorted(number for each, number in items if each == kind)
        for item_id, tagged in tagged_items(context.client, kind, ids).items():
            proposals = [
                _proposal(known[number], faces, confidences[number], local[number])
                for number, faces in found.get((kind, item_id), {}).items()
                if local[number] not in tagged.performer_ids
            ]
            item = Item(kind, item_id, tagged.title)
            changed = propose(context.store, run_id, item, proposals, UNKNOWN_PEOPLE)
            total = Proposed(*(a + b for a, b in zip(total, changed, strict=True)))
    return total


def person_who(person: Person) -> Who | None:
    """Whom the user named, else whom the database would name."""
    if person.who is not None or person.guess is None:
        return person.who
    guess = person.guess
    stash_ids = {host: uuid for host, uuid in guess["stash_ids"].items() if uuid}
    return Who(guess["performer_id"], guess["name"], stash_ids)


def _who(person: Person) -> Who:
    who = person_who(person)
    assert who is not None
    return who


def _item(face: SeenFace) -> tuple[str, str]:
    """A picture of a gallery speaks for the gallery."""
    place = face.member.place
    if place.kind == IMAGE and face.gallery_id is not None:
        return "gallery", face.gallery_id
    return place.kind, place.item_id


def _confidences(
    context: Context, known: Mapping[int, Person], law: Law
) -> dict[int, dict[tuple[str, int], tuple[float, float]]]:
    """Of each person's faces: (confidence, distance) beside all of their faces together."""
    answers = {}
    for number in known:
        faces = seen_faces(context.store, [number])
        places = [(each.member.face_id, each.member.place) for each in faces]
        vectors = load_vectors(context.store, context.pack, places)
        crowd = Crowd(dimension(context.pack), 1)
        crowd.add(vectors, [])
        answers[number] = {
            (face.member.place.kind, face.member.face_id): (
                round(law.at(face.member.quality).confidence(likeness), 4),
                round(1 - likeness, 4),
            )
            for face, likeness in zip(faces, crowd.likeness(vectors, 0), strict=True)
        }
    return answers


def _proposal(
    person: Person,
    faces: Sequence[SeenFace],
    confidences: Mapping[tuple[str, int], tuple[float, float]],
    local_performer_id: str | None,
) -> Proposal:
    told = {face: confidences[face.member.place.kind, face.member.face_id] for face in faces}
    confidence, distance = max(told.values(), key=lambda pair: pair[0])
    who = _who(person)._replace(local_performer_id=local_performer_id)
    code = "named_unknown"
    told_why = f"Looks like the unknown person {person.id}, whom you named {who.name}."
    if person.who is None and person.guess:
        confidence = min(confidence, person.guess["confidence"])
        code = "guessed_unknown"
        told_why = f"Looks like the unknown person {person.id}, who seems to be {who.name}."
    reason = Reason(told_why, code, person=str(person.id), name=who.name)
    images = dict.fromkeys(
        face.member.place.item_id for face in faces if face.member.place.kind == IMAGE
    )
    evidence: dict[str, Any] = {
        "faces": [_face(face, *told[face]) for face in faces[:_SHOWN_FACES]],
        "unknown_person": str(person.id),
        **code_of(reason.entry),
    }
    if images:
        evidence["image_ids"] = list(images)
    return Proposal(who, MATCH, confidence, distance, reason, evidence)


def _face(face: SeenFace, confidence: float, distance: float) -> dict[str, Any]:
    place = face.member.place
    told = {
        "bbox": dict(zip("xywh", face.corners, strict=True)),
        "confidence": confidence,
        "distance": distance,
    }
    if place.kind == IMAGE:
        return {"image_id": place.item_id, "face": face.ordinal, **told}
    return {"scene_id": place.item_id, "face": face.member.face_id, "at": face.at, **told}
