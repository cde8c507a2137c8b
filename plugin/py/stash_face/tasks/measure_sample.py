"""What the measuring looks at: a sample of what the user has tagged, the same one every time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import NamedTuple, Protocol, TypeVar

from ..errors import DatabaseError, NotFound
from ..facedb.types import Person
from ..stash.client import StashClient
from ..stash.entities import GalleryItem, ImageItem
from ..stash.library import (
    comparable,
    comparable_ids,
    gallery_images,
    performers_with_ids,
    tagged_galleries,
    tagged_images,
)

# Pictures of one gallery that are looked at, evenly over it.
GALLERY_PICTURES = 100
# Tagged items read for one that is taken: the others show only people without stash-box ids.
_READ = 20


class People(Protocol):
    """The face database, as far as it is asked who is in it."""

    @property
    def keys(self) -> list[str]: ...
    def person(self, key: str, /) -> Person: ...


class Tagged(NamedTuple):
    """A performer of the user's Stash with stash-box ids; `known_as` are the universal ids under
    which the face database has them, none where it has not."""

    id: str
    name: str
    known_as: frozenset[str]


class SampledGallery(NamedTuple):
    item: GalleryItem
    images: list[ImageItem]


class Sample(NamedTuple):
    images: list[ImageItem]
    galleries: list[SampledGallery]

    @property
    def pictures(self) -> list[ImageItem]:
        """Every picture once."""
        inside = [image for gallery in self.galleries for image in gallery.images]
        return list({image.id: image for image in [*self.images, *inside]}.values())


def tagged_performers(client: StashClient, people: People, version: str) -> dict[str, Tagged]:
    """Everyone in Stash with a stash-box id, by their id in Stash; a failure where there is
    nobody, or nobody of them in the face database."""
    known: dict[str, set[str]] = {}
    for key in people.keys:
        person = people.person(key)
        for host, stash_id in person.stash_ids.items():
            if stash_id:
                known.setdefault(comparable(host, stash_id), set()).add(person.performer_id)
    found = {
        each.id: Tagged(
            each.id,
            each.name,
            frozenset(name for i in comparable_ids(each) for name in known.get(i, ())),
        )
        for each in performers_with_ids(client)
    }
    if not found:
        raise nothing_tagged()
    if not any(each.known_as for each in found.values()):
        raise DatabaseError(
            f"None of your {len(found)} performers with a stash-box id is in the face database "
            f"{version}, so there is nothing to compare with: install a database that has them."
        )
    return found


def choose(client: StashClient, performers: Mapping[str, Tagged], limit: int) -> Sample:
    """`limit` images and a tenth as many galleries, over the whole library."""
    images = list(_taken(tagged_images(client), performers, limit))
    galleries = []
    for item in _taken(tagged_galleries(client), performers, max(1, limit // 10)):
        pictures = evenly(gallery_images(client, item.id), GALLERY_PICTURES)
        if pictures:
            galleries.append(SampledGallery(item, pictures))
    if not images and not galleries:
        raise nothing_tagged()
    return Sample(images, galleries)


def nothing_tagged() -> NotFound:
    return NotFound(
        "No image and no gallery in Stash is tagged with a performer who has a stash-box id, so "
        "there is nothing to compare with: tag some, and let Stash's performer tagger find the ids."
    )


Item = TypeVar("Item", ImageItem, GalleryItem)


def _taken(items: Iterable[Item], performers: Mapping[str, Tagged], count: int) -> Iterator[Item]:
    wanted = {
        item.id: item
        for item in islice(items, count * _READ)
        if any(each in performers for each in item.performer_ids)
    }
    return islice(wanted.values(), count)


def evenly(items: list[ImageItem], count: int) -> list[ImageItem]:
    """At most `count` of the items, evenly spread over them."""
    if len(items) <= count:
        return items
    return [items[number * len(items) // count] for number in range(count)]
