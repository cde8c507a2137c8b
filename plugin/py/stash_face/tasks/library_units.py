"""The library as units to be answered: galleries with their images, and images in no gallery."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from ..errors import NotFound
from ..operations.gallery_answers import KIND as GALLERY
from ..operations.identify_image import KIND as IMAGE
from ..stash.browse import ahead, newest_galleries, newest_images
from ..stash.client import StashClient
from ..stash.entities import GalleryItem, ImageItem
from ..stash.library import gallery, gallery_images, image
from .pipeline import Unit

# Read from Stash while what came before is worked on.
_GALLERIES_AHEAD, _PAGES_AHEAD = 4, 5

Gone = Callable[[str, str], None]


def library_units(
    client: StashClient, kinds: Iterable[str], passed: Callable[[int], None]
) -> Iterator[Unit]:
    """Everything, newest first; `passed` gets the pictures that are no unit of their own."""
    wanted = set(kinds)
    if GALLERY in wanted:
        yield from ahead(_gallery_units(client), _GALLERIES_AHEAD)
    if IMAGE in wanted:
        for images in ahead(newest_images(client), _PAGES_AHEAD):
            for item in images:
                if not item.gallery_ids:
                    yield image_unit(item)
                elif GALLERY not in wanted:
                    passed(1)


def _gallery_units(client: StashClient) -> Iterator[Unit]:
    for galleries in newest_galleries(client):
        for each in galleries:
            if each.image_count:
                yield gallery_unit(client, each)


def units_of(client: StashClient, items: Iterable[tuple[str, str]], gone: Gone) -> Iterator[Unit]:
    """The units of single items (kind, id); images in galleries stand for these. `gone` gets
    what is not in Stash any more."""
    done: set[str] = set()
    for kind, item_id in items:
        try:
            if kind == GALLERY:
                galleries = [item_id]
            else:
                item = image(client, item_id)
                galleries = list(item.gallery_ids)
                if not galleries:
                    yield image_unit(item)
            for gallery_id in galleries:
                if gallery_id not in done:
                    done.add(gallery_id)
                    yield gallery_unit(client, gallery(client, gallery_id))
        except NotFound:
            gone(kind, item_id)


def gallery_unit(client: StashClient, item: GalleryItem) -> Unit:
    images = gallery_images(client, item.id)
    return Unit(GALLERY, item.id, item.title or name(item.path), images, item.performer_ids)


def image_unit(item: ImageItem) -> Unit:
    return Unit(IMAGE, item.id, item.title or name(item.path), [item], item.performer_ids)


def name(path: str) -> str:
    """The last part of a path of any system."""
    return re.split(r"[/\\]", path)[-1]
