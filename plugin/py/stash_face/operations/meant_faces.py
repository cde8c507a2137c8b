"""The stored faces that a decision is about: of an image by their place, of a scene by their
number in the store."""

from __future__ import annotations

from typing import NamedTuple

from ..errors import BadRequest, NotFound
from ..stash.library import image, scene
from ..store.answers import load_answer
from ..store.connection import Store
from ..store.images import StoredFace, load_scan
from ..store.references import Origin
from ..store.scenes import load_looked, load_scene_faces
from ..store.suggestions import Item
from .context import Context
from .identify_image import KIND as IMAGE
from .identify_scene import KIND as SCENE


class Meant(NamedTuple):
    number: int
    face: StoredFace
    origin: Origin


def meant_face(context: Context, item: Item, number: int | None) -> Meant:
    """The face of this number; without one the only face of the item."""
    return _chosen(_known(context, item), item, number)


def meant_person(context: Context, item: Item, number: int | None) -> list[Meant]:
    """That face first, then those of a scene that are of the same person."""
    known = _known(context, item)
    first = _chosen(known, item, number)
    others = same_person(context.store, item, first.number) - {first.number}
    return [first, *(known[each] for each in sorted(others) if each in known)]


def same_person(store: Store, item: Item, number: int) -> set[int]:
    """The numbers of the faces that the stored answer of a scene takes for one person with that
    of `number`; of an image it is alone."""
    answer = load_answer(store, SCENE, item.id) if item.kind == SCENE else None
    for person in answer["persons"] if answer else ():
        faces = {sighting["face"] for sighting in person["evidence"]["sightings"]}
        if number in faces:
            return faces
    return {number}


def _chosen(known: dict[int, Meant], item: Item, number: int | None) -> Meant:
    if number is None and len(known) > 1:
        raise BadRequest(
            f"{item.kind.capitalize()} {item.id} has {len(known)} faces: say which one with the "
            "argument face."
        )
    if number is None:
        number = next(iter(known), 0)
    if number not in known:
        raise NotFound(
            f"Face {number} of {item.kind} {item.id} is not known: identify the {item.kind} first."
        )
    return known[number]


def _known(context: Context, item: Item) -> dict[int, Meant]:
    """The item's faces, if they were found in the file that it has now."""
    return _in_image(context, item.id) if item.kind == IMAGE else _in_scene(context, item.id)


def _in_image(context: Context, image_id: str) -> dict[int, Meant]:
    file = image(context.client, image_id).file
    scan, state = load_scan(context.store, image_id), file.fingerprint() if file else ""
    if scan is None or (scan.file_fingerprint, scan.pack) != (state, context.pack.name):
        return {}
    origin = Origin(scan.file_fingerprint, scan.pack)
    return {place: Meant(place, face, origin) for place, face in enumerate(scan.faces)}


def _in_scene(context: Context, scene_id: str) -> dict[int, Meant]:
    file = scene(context.client, scene_id).file
    state, pack = file.fingerprint() if file else "", context.pack.name
    if load_looked(context.store, scene_id, state, pack) is None:
        return {}
    return {
        each.id: Meant(each.id, each.face, Origin(state, pack, (each.source, each.at)))
        for each in load_scene_faces(context.store, scene_id)
    }
