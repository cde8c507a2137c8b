"""Reads items from Stash: one image, one gallery, a gallery's images, performers by stash id."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from ..errors import NotFound, StashError
from . import queries
from .entities import (
    GalleryItem,
    ImageItem,
    LocalPerformer,
    SceneItem,
    gallery_item,
    image_item,
    local_performer,
    scene_item,
)
from .ids import item_id
from .reader import Asks

PAGE_SIZE = 500
# Searches in one request: more would make one slow statement after another inside it.
_SEARCHES = 50
# A gallery that changes while it is read is read again, but not for ever.
_READINGS = 3
# Stash's shuffle by a number: the same order each time, and nobody moves when others join.
_SHUFFLED = "random_1927"
_STASH_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")


def image(client: Asks, image_id: Any) -> ImageItem:
    wanted = item_id(image_id, "image_id")
    row = client.query(queries.FIND_IMAGE, {"id": wanted})["findImage"]
    if row is None:
        raise NotFound(f"Image {wanted} is not in Stash (any more): reload the page.")
    return image_item(row)


def gallery(client: Asks, gallery_id: Any) -> GalleryItem:
    wanted = item_id(gallery_id, "gallery_id")
    row = client.query(queries.FIND_GALLERY, {"id": wanted})["findGallery"]
    if row is None:
        raise NotFound(f"Gallery {wanted} is not in Stash (any more): reload the page.")
    return gallery_item(row)


def scene(client: Asks, scene_id: Any) -> SceneItem:
    wanted = item_id(scene_id, "scene_id")
    answer = client.query(queries.FIND_SCENE, {"id": wanted})
    if answer["findScene"] is None:
        raise NotFound(f"Scene {wanted} is not in Stash (any more): reload the page.")
    return scene_item(answer["findScene"], answer["configuration"]["general"])


def gallery_images(client: Asks, gallery_id: Any, page_size: int = PAGE_SIZE) -> list[ImageItem]:
    """Every image of the gallery once, by path; an unknown gallery has none."""
    wanted = item_id(gallery_id, "gallery_id")
    for _ in range(_READINGS):
        found, counts = _read_pages(client, wanted, page_size)
        if counts == {len(found)}:
            return sorted(found.values(), key=lambda item: (item.path, int(item.id)))
    raise StashError(
        f"The images of gallery {wanted} change faster than they can be read: "
        "wait until Stash's scan has finished, and try again."
    )


def local_performers(client: Asks, universal_ids: Iterable[str]) -> dict[str, LocalPerformer]:
    """The user's own performers by universal id (`stashdb.org:<uuid>`); the unknown are absent.

    One request for up to 50 ids. An endpoint is matched by its host: the same uuid under another
    stash-box is somebody else.
    """
    wanted = sorted({each for each in universal_ids if _is_universal_id(each)})
    found: dict[str, LocalPerformer] = {}
    for chunk in _chunks(wanted, _SEARCHES):
        variables = {f"s{i}": each.partition(":")[2] for i, each in enumerate(chunk)}
        answer = client.query(queries.performers_by_stash_id(len(chunk)), variables)
        for i, universal_id in enumerate(chunk):
            rows = (local_performer(row) for row in answer[f"p{i}"]["performers"])
            match = next((each for each in rows if _is_known_as(each, universal_id)), None)
            if match is not None:
                found[universal_id] = match
    return found


def plugin_settings(client: Asks, plugin_id: str) -> dict[str, Any]:
    """What the user has set under Settings > Plugins; what was never set is absent."""
    answer = client.query(queries.SETTINGS, {"plugin": plugin_id})
    settings: dict[str, Any] = answer["configuration"]["plugins"].get(plugin_id) or {}
    return settings


def tagged_images(client: Asks, page_size: int = 100) -> Iterator[ImageItem]:
    """The images with performers, in one shuffled order that is always the same, read page by
    page; one may come twice while Stash scans."""
    rows = _each(client, queries.TAGGED_IMAGES, "findImages", page_size, _SHUFFLED)
    return map(image_item, rows)


def tagged_galleries(client: Asks, page_size: int = 100) -> Iterator[GalleryItem]:
    """The galleries with performers, in such an order."""
    rows = _each(client, queries.TAGGED_GALLERIES, "findGalleries", page_size, _SHUFFLED)
    return map(gallery_item, rows)


def performers_with_ids(client: Asks, page_size: int = PAGE_SIZE) -> list[LocalPerformer]:
    """The user's own performers who have a stash-box id, by id."""
    rows = _each(client, queries.PERFORMERS_WITH_IDS, "findPerformers", page_size, "id")
    return list({row["id"]: local_performer(row) for row in rows}.values())


def comparable_ids(performer: LocalPerformer) -> set[str]:
    """What `comparable` makes of the performer's stash-box ids."""
    sites = ((urlsplit(endpoint).hostname or endpoint, known) for endpoint, known in
             performer.stash_ids)  # fmt: skip
    return {comparable(host, stash_id) for host, stash_id in sites}


def comparable(host: str, stash_id: str) -> str:
    """`host:id` in the one form in which two spellings of the same id are equal."""
    return f"{_site(host)}:{stash_id.lower()}"


def system_paths(client: Asks) -> tuple[str, str, str]:
    """Where Stash keeps its database and its settings, and its operating system."""
    status = client.query(queries.SYSTEM_PATHS)["systemStatus"]
    return status["databasePath"] or "", status["configPath"] or "", status["os"]


def stash_version(client: Asks) -> str:
    return str(client.query(queries.VERSION)["version"]["version"] or "unknown")


def _read_pages(
    client: Asks, gallery_id: str, page_size: int
) -> tuple[dict[str, ImageItem], set[int]]:
    """The images by id, and every total that Stash named on the way."""
    found: dict[str, ImageItem] = {}
    counts: set[int] = set()
    page = 1
    while True:
        variables = {"gallery": gallery_id, "page": page, "size": page_size}
        answer = client.query(queries.GALLERY_IMAGES, variables)["findImages"]
        counts.add(answer["count"])
        found.update((row["id"], image_item(row)) for row in answer["images"])
        if len(answer["images"]) < page_size:
            return found, counts
        page += 1


def _each(
    client: Asks, document: str, find: str, page_size: int, sort: str
) -> Iterator[dict[str, Any]]:
    rows = find.removeprefix("find").lower()
    page = 1
    while True:
        variables = {"page": page, "size": page_size, "sort": sort}
        found = client.query(document, variables)[find][rows]
        yield from found
        if len(found) < page_size:
            return
        page += 1


def _is_universal_id(text: str) -> bool:
    host, _, stash_id = text.partition(":")
    return bool(host) and _STASH_ID.fullmatch(stash_id) is not None


def _is_known_as(performer: LocalPerformer, universal_id: str) -> bool:
    host, _, stash_id = universal_id.partition(":")
    return any(
        _site(urlsplit(endpoint).hostname or endpoint) == _site(host)
        and known.lower() == stash_id.lower()
        for endpoint, known in performer.stash_ids
    )


def _site(host: str) -> str:
    """`api.theporndb.net` and `theporndb.net` are one stash-box."""
    return host.lower().removeprefix("www.").removeprefix("api.")


def _chunks(items: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (items[start : start + size] for start in range(0, len(items), size))
