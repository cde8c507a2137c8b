"""The whole library, newest first, page by page: what comes or goes meanwhile moves nobody."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, TypeVar

from . import queries
from .client import StashClient
from .entities import GalleryItem, ImageItem, gallery_item, image_item

# GraphQL's Int: no id of Stash is as large.
_HIGHEST = 2**31 - 1
PAGE_SIZE, IDS = 200, 5_000
_IDS = {
    "image": (queries.IMAGE_IDS, "findImages"),
    "gallery": (queries.GALLERY_IDS, "findGalleries"),
    "scene": (queries.SCENE_IDS, "findScenes"),
}
Item = TypeVar("Item")


class Counts(NamedTuple):
    """How many items of each kind there are."""

    images: int
    galleries: int
    scenes: int


class TaggedItem(NamedTuple):
    """An item, and the performers it is tagged with."""

    id: str
    title: str
    performer_ids: tuple[str, ...]


def ahead(items: Iterator[Item], depth: int) -> Iterator[Item]:
    """The same items, read on a thread of their own, `depth` of them before they are asked for."""
    end = object()
    with ThreadPoolExecutor(1) as pool:
        waiting = deque(pool.submit(next, items, end) for _ in range(depth))
        try:
            while (item := waiting.popleft().result()) is not end:
                waiting.append(pool.submit(next, items, end))
                yield item  # type: ignore[misc]
        finally:
            for each in waiting:
                each.cancel()


def library_counts(client: StashClient) -> Counts:
    variables = {"below": _HIGHEST, "size": 1}
    images = client.query(queries.NEWEST_IMAGES, variables)["findImages"]
    galleries = client.query(queries.NEWEST_GALLERIES, variables)["findGalleries"]
    scenes = client.query(queries.SCENE_IDS, variables)["findScenes"]
    return Counts(images["count"], galleries["count"], scenes["count"])


def newest_images(client: StashClient, size: int = PAGE_SIZE) -> Iterator[list[ImageItem]]:
    """Pages of all images."""
    return _pages(client, queries.NEWEST_IMAGES, "findImages", image_item, {}, size)


def newest_galleries(client: StashClient, size: int = PAGE_SIZE) -> Iterator[list[GalleryItem]]:
    """Pages of all galleries."""
    return _pages(client, queries.NEWEST_GALLERIES, "findGalleries", gallery_item, {}, size)


def item_ids(client: StashClient, kind: str, size: int = IDS) -> Iterator[list[str]]:
    """Pages of the ids of all images, galleries or scenes."""
    document, find = _IDS[kind]
    return _pages(client, document, find, lambda row: str(row["id"]), {}, size)


def images_of_performer(
    client: StashClient, performer_id: str, size: int = PAGE_SIZE
) -> Iterator[list[TaggedItem]]:
    """Pages of the images tagged with the performer."""
    given = {"performer": performer_id}
    return _pages(client, queries.IMAGES_OF_PERFORMER, "findImages", _tagged, given, size)


def galleries_of_performer(
    client: StashClient, performer_id: str, size: int = PAGE_SIZE
) -> Iterator[list[TaggedItem]]:
    """Pages of the galleries tagged with the performer."""
    given = {"performer": performer_id}
    return _pages(client, queries.GALLERIES_OF_PERFORMER, "findGalleries", _tagged, given, size)


def scenes_of_performer(
    client: StashClient, performer_id: str, size: int = PAGE_SIZE
) -> Iterator[list[TaggedItem]]:
    """Pages of the scenes tagged with the performer."""
    given = {"performer": performer_id}
    return _pages(client, queries.SCENES_OF_PERFORMER, "findScenes", _tagged, given, size)


def _pages(
    client: StashClient,
    document: str,
    find: str,
    read: Callable[[dict[str, Any]], Item],
    given: dict[str, Any],
    size: int,
) -> Iterator[list[Item]]:
    below, kind = _HIGHEST, find.removeprefix("find").lower()
    while True:
        variables = {**given, "below": below, "size": size}
        rows = client.query(document, variables)[find][kind]
        if rows:
            yield [read(row) for row in rows]
        if len(rows) < size:
            return
        below = int(rows[-1]["id"])


def _tagged(row: dict[str, Any]) -> TaggedItem:
    performers = tuple(each["id"] for each in row["performers"])
    return TaggedItem(row["id"], row["title"] or "", performers)
