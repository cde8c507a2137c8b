"""Changes in Stash: performers are added to items, never replaced; performers get stash ids.

Every change is a single request that Stash makes as a whole or not at all; none is sent twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..errors import BadRequest
from . import change_documents as documents
from .client import StashClient
from .ids import item_id

# Stash runs other plugins' hooks for each item before it answers.
_CHUNK = 50
_KINDS = {"image": "Image", "gallery": "Gallery", "scene": "Scene"}


class Tagged(NamedTuple):
    """An item's title, and who is on it."""

    title: str
    performer_ids: tuple[str, ...]


class PerformerState(NamedTuple):
    """A performer as it is in Stash: (endpoint, id) pairs, how many items it is on, and when
    it was last changed."""

    id: str
    name: str
    stash_ids: tuple[tuple[str, str], ...]
    items: int
    updated_at: str


def performers_of(client: StashClient, kind: str, ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The performers on each item; items that are gone are absent."""
    return {each: tagged.performer_ids for each, tagged in tagged_items(client, kind, ids).items()}


def tagged_items(client: StashClient, kind: str, ids: Sequence[str]) -> dict[str, Tagged]:
    """Each item by its id; items that are gone are absent."""
    found: dict[str, Tagged] = {}
    name = _name(kind)
    for start in range(0, len(ids), _CHUNK):
        chunk = [item_id(each) for each in ids[start : start + _CHUNK]]
        variables = {f"i{n}": each for n, each in enumerate(chunk)}
        answer = client.query(documents.performers_of(name, len(chunk)), variables)
        for row in answer.values():
            if row is not None:
                performers = tuple(each["id"] for each in row["performers"])
                found[row["id"]] = Tagged(row["title"] or "", performers)
    return found


def add_performer(client: StashClient, kind: str, ids: Sequence[str], performer_id: str) -> None:
    """To each of the items, beside those who are on it."""
    _update_performers(client, kind, ids, performer_id, "ADD")


def remove_performer(client: StashClient, kind: str, ids: Sequence[str], performer_id: str) -> None:
    """From each of the items; the others stay."""
    _update_performers(client, kind, ids, performer_id, "REMOVE")


def performer_state(client: StashClient, performer_id: str) -> PerformerState | None:
    """None where it is not in Stash any more: it was deleted or merged."""
    row = client.query(documents.PERFORMER_STATE, {"id": item_id(performer_id)})["findPerformer"]
    if row is None:
        return None
    pairs = tuple((each["endpoint"], each["stash_id"]) for each in row["stash_ids"])
    items = row["scene_count"] + row["image_count"] + row["gallery_count"]
    return PerformerState(row["id"], row["name"], pairs, items, row["updated_at"])


def create_performer(client: StashClient, fields: Mapping[str, Any]) -> str:
    """The new performer's id; StashError with Stash's reason where it refuses."""
    answer = client.mutate(documents.CREATE_PERFORMER, {"input": dict(fields)})
    return str(answer["performerCreate"]["id"])


def destroy_performer(client: StashClient, performer_id: str) -> None:
    client.mutate(documents.DESTROY_PERFORMER, {"id": performer_id})


def set_stash_ids(client: StashClient, performer_id: str, pairs: Sequence[tuple[str, str]]) -> None:
    """All of the performer's (endpoint, id) pairs from now on."""
    rows = [{"endpoint": endpoint, "stash_id": stash_id} for endpoint, stash_id in pairs]
    client.mutate(documents.SET_STASH_IDS, {"id": performer_id, "stash_ids": rows})


def _update_performers(
    client: StashClient, kind: str, ids: Sequence[str], performer_id: str, mode: str
) -> None:
    document = documents.update_performers(_name(kind))
    for start in range(0, len(ids), _CHUNK):
        chunk = list(ids[start : start + _CHUNK])
        client.mutate(document, {"ids": chunk, "performers": [performer_id], "mode": mode})


def _name(kind: str) -> str:
    if kind not in _KINDS:
        raise BadRequest(f"The argument kind must be one of {', '.join(_KINDS)}, not {kind}.")
    return _KINDS[kind]
