"""The user's own performers, with or without an id of a stash-box, and their pictures."""

from __future__ import annotations

from typing import Any

from ..errors import NotFound
from . import queries
from .client import StashClient
from .entities import LocalPerformer, local_performer
from .ids import item_id
from .library import PAGE_SIZE
from .pictures import fetch_stash_media


def performer(client: StashClient, performer_id: Any) -> LocalPerformer:
    wanted = item_id(performer_id, "performer")
    row = client.query(queries.PERFORMER, {"id": wanted})["findPerformer"]
    if row is None:
        raise NotFound(f"Performer {wanted} is not in Stash (any more): reload the page.")
    return local_performer(row)


def performers(client: StashClient, page_size: int = PAGE_SIZE) -> list[LocalPerformer]:
    """All of them, by id."""
    found: dict[str, LocalPerformer] = {}
    page = 1
    while True:
        variables = {"page": page, "size": page_size}
        rows = client.query(queries.PERFORMERS, variables)["findPerformers"]["performers"]
        found.update((row["id"], local_performer(row)) for row in rows)
        if len(rows) < page_size:
            return sorted(found.values(), key=lambda each: int(each.id))
        page += 1


def performer_picture(client: StashClient, performer_id: str) -> bytes:
    """The file that Stash shows on the performer's page."""
    return fetch_stash_media(client, f"/performer/{performer_id}/image")
