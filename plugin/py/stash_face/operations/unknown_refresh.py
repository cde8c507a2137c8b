"""Groups the unnamed faces of the whole library by person, new ones with those known before;
numbers of people never change their meaning."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from ..identify.clusters import cluster_vectors
from ..identify.unknown import Crowd
from ..store import unknown
from ..store.connection import Store
from ..store.unknown import IGNORED, NAMED, OPEN, Member, Person
from ..store.unnamed import IMAGE, SCENE, Place, UnknownFace, unnamed_faces
from .context import Context
from .recognition import Recognition
from .unknown_faces import StoredVectors, bar, dimension, load_vectors, vectors_of_people

# Poorer faces tell nobody apart.
LEAST_QUALITY = 0.35


class Refreshed(NamedTuple):
    """Faces that joined, faces that left (named, ignored or gone), people who were touched, and
    how many faces are left for the next call."""

    joined: int
    gone: int
    people: list[int]
    left: int


def refresh(
    context: Context, recognition: Recognition, go_on: Callable[[], bool] = lambda: True
) -> Refreshed:
    """One portion at least; what was done is committed."""
    store, pack = context.store, context.pack
    faces = unnamed_faces(store, pack.name, IMAGE, LEAST_QUALITY)
    scenes = unnamed_faces(store, pack.name, SCENE, LEAST_QUALITY)
    noted = set(unknown.load_members(store))
    members, gone = _found_again(noted, [*faces, *scenes])
    unknown.save_members(store, gone, set(members) - noted)
    held = {(each.place.kind, each.face_id) for each in members}
    new = [face for face in faces if face.ready and (IMAGE, face.face_id) not in held]
    new += _of_new_scenes(context, [face for face in scenes if face.ready], members)
    if not new:
        unknown.forget_nobodies(store)
        return Refreshed(0, len(gone), [], 0)
    ready = {(f.place.kind, f.face_id) for f in [*faces, *scenes] if f.ready}
    seen = [each for each in members if (each.place.kind, each.face_id) in ready]
    crowd, numbers = _crowd(context, seen, len(new))
    vectors = StoredVectors(store, pack, [(face.face_id, face.place) for face in new])
    level = bar(recognition.law, pack, len(crowd) + len(new))
    places = crowd.join(vectors, [_picture(face.place) for face in new], level, go_on)
    known = len(numbers)
    joined = [
        Member(face.face_id, face.place, face.quality,
               numbers[place] if place < known else known - place - 1)
        for face, place in zip(new, places, strict=False)
    ]  # fmt: skip
    numbers += unknown.save_members(store, [], joined, len(crowd) - known)
    touched = sorted(set(places))
    merged = _merge_alike(store, crowd, numbers, touched, level)
    unknown.forget_nobodies(store)
    people = sorted({merged.get(numbers[place], numbers[place]) for place in touched})
    return Refreshed(len(joined), len(gone), people, len(new) - len(joined))


def _found_again(
    members: Iterable[Member], faces: Sequence[UnknownFace]
) -> tuple[list[Member], list[Member]]:
    """Members under the numbers that their faces have now, and those that are to go: a scan may
    have numbered the faces anew, or a face got a name."""
    by_picture: dict[tuple[str, str, str], list[UnknownFace]] = {}
    for face in faces:
        by_picture.setdefault(face.place[:3], []).append(face)
    taken: set[tuple[str, int]] = set()
    kept, gone = [], []
    for member in members:
        here = [f for f in by_picture.get(member.place[:3], ()) if _holds(f, member.place.middle)]
        here = [f for f in here if (f.place.kind, f.face_id) not in taken]
        best = min(here, key=lambda f: f.face_id != member.face_id, default=None)
        if best is None or best.face_id != member.face_id:
            gone.append(member)
        if best is not None:
            taken.add((best.place.kind, best.face_id))
            kept.append(Member(best.face_id, best.place, best.quality, member.person_id))
    return kept, gone


def _holds(face: UnknownFace, middle: tuple[float, float]) -> bool:
    x, y, w, h = face.corners
    return x <= middle[0] <= x + w and y <= middle[1] <= y + h


def _of_new_scenes(
    context: Context, faces: Sequence[UnknownFace], members: Sequence[Member]
) -> list[UnknownFace]:
    """The best face of each person of scenes that nobody is noted for: somebody who is seen
    twice in the scene."""
    seen = {each.place.item_id for each in members if each.place.kind == SCENE}
    by_scene: dict[str, list[UnknownFace]] = {}
    for face in faces:
        if face.place.item_id not in seen:
            by_scene.setdefault(face.place.item_id, []).append(face)
    found = []
    for theirs in by_scene.values():
        vectors = load_vectors(
            context.store, context.pack, [(face.face_id, face.place) for face in theirs]
        )
        pictures = [face.place.picture for face in theirs]
        groups = cluster_vectors(vectors.astype("float32"), pictures, context.pack.join)
        found += [
            max((theirs[index] for index in group), key=lambda face: face.quality)
            for group in groups
            if len(group) > 1
        ]
    return found


def _crowd(context: Context, members: Sequence[Member], room: int) -> tuple[Crowd, list[int]]:
    """Everybody who is known, with the number of each place, and room for others."""
    by_person: dict[int, list[Member]] = {}
    for member in members:
        by_person.setdefault(member.person_id, []).append(member)
    crowd = Crowd(dimension(context.pack), len(by_person) + room)
    faces = [[(each.face_id, each.place) for each in theirs] for theirs in by_person.values()]
    read = vectors_of_people(context.store, context.pack, faces)
    for theirs, vectors in zip(by_person.values(), read, strict=True):
        crowd.add(vectors, [_picture(each.place) for each in theirs])
    return crowd, list(by_person)


def _picture(place: Place) -> str:
    """Nobody is twice in a picture, nor in a scene, where each person has one face."""
    return f"{place.kind}:{place.item_id}"


def _merge_alike(
    store: Store, crowd: Crowd, numbers: Sequence[int], touched: Sequence[int], level: float
) -> dict[int, int]:
    """Joins people who turned out to be one; {number: whose it is now}."""
    people, apart = unknown.load_people(store), unknown.apart(store)
    merged: dict[int, int] = {}
    for one, other in crowd.alike(touched, level):
        places = {numbers[one]: one, numbers[other]: other}
        pair = sorted((people[each] for each in places if each in people), key=_standing)
        # Whoever was joined just now has changed: the next call looks at them again.
        if len(pair) < 2 or places.keys() & {*merged, *merged.values()}:
            continue
        kept, gone = pair
        if gone.state == NAMED or gone.by_user or frozenset(places) in apart:
            continue
        unknown.merge_people(store, gone.id, kept.id, by_user=False)
        crowd.merge(places[gone.id], places[kept.id])
        merged[gone.id] = kept.id
    return merged


def _standing(person: Person) -> tuple[int, bool, int]:
    """Who is kept of two: whom the user named or ignored, touched, or who is known for longer."""
    return {NAMED: 0, IGNORED: 1, OPEN: 2}.get(person.state, 3), not person.by_user, person.id
