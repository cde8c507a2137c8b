"""The stored faces in what a performer is tagged on: no media is opened."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from typing import Any, NamedTuple

from ..stash.browse import (
    TaggedItem,
    galleries_of_performer,
    images_of_performer,
    scenes_of_performer,
)
from ..store.connection import Store
from ..store.images import StoredFace, images_of_gallery, load_faces
from ..store.scenes import load_scene_faces
from .context import Context

# The newest items of each kind that are looked at, and the best faces of one of them.
ITEMS, FACES = 200, 20


class TaggedFace(NamedTuple):
    """A face in an item: `picture` is the image or the moment it is in, of which nobody is in
    twice; `place` tells where it is as evidence does."""

    item: str
    picture: str
    face: StoredFace
    place: dict[str, Any]


class TaggedFaces(NamedTuple):
    """What a performer is tagged on by kind, how many of it were scanned, and the faces."""

    items: dict[str, list[TaggedItem]]
    scanned: int
    faces: list[TaggedFace]

    def title(self, item: str) -> TaggedItem:
        kind, _, item_id = item.partition(":")
        return next(each for each in self.items[kind] if each.id == item_id)


def tagged_faces(context: Context, performer_id: str) -> TaggedFaces:
    """The newest items that the performer is tagged on, with their faces."""
    pages: dict[str, Callable[..., Iterator[list[TaggedItem]]]] = {
        "image": images_of_performer,
        "gallery": galleries_of_performer,
        "scene": scenes_of_performer,
    }
    items = {
        kind: list(islice(chain.from_iterable(read(context.client, performer_id)), ITEMS))
        for kind, read in pages.items()
    }
    found, scanned = [], 0
    for kind, each in items.items():
        for item in each:
            faces = list(_faces(context.store, kind, item.id))
            scanned += bool(faces)
            faces.sort(key=lambda seen: -seen.face.quality)
            found += faces[:FACES]
    return TaggedFaces(items, scanned, found)


def _faces(store: Store, kind: str, item_id: str) -> Iterable[TaggedFace]:
    item = f"{kind}:{item_id}"
    if kind == "scene":
        for seen in load_scene_faces(store, item_id):
            place = {"face_id": seen.id, "at": seen.at, "bbox": _box(seen.face)}
            yield TaggedFace(item, f"{item}/{seen.source}/{seen.at}", seen.face, place)
        return
    images = [item_id] if kind == "image" else images_of_gallery(store, item_id)
    for image_id, ordinal, face in load_faces(store, images, thumbnails=False):
        place = {"image_id": image_id, "face": ordinal, "bbox": _box(face)}
        yield TaggedFace(item, f"image:{image_id}", face, place)


def _box(face: StoredFace) -> dict[str, float]:
    return dict(zip("xywh", face.bbox, strict=True))
