"""Performers of the Stash stand-in as mutations change them, and the stash-boxes it may ask."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphql import GraphQLResolveInfo

from tests.fakes.stash_library import CLOCK, Library, Performer
from tests.fakes.stash_lookup import many

_PLAIN = ("name", "disambiguation", "gender", "alias_list", "image")


def _library(info: GraphQLResolveInfo[Any]) -> Library:
    library: Library = info.context.stash.library
    return library


def _create(_root: Any, info: GraphQLResolveInfo[Any], input: dict[str, Any]) -> Performer:
    library = _library(info)
    with library.lock:
        _check(library, input)
        performer = library.performers[library.add_performer(input["name"])]
        _set(performer, input)
        return performer


def _update(_root: Any, info: GraphQLResolveInfo[Any], input: dict[str, Any]) -> Performer:
    library = _library(info)
    with library.lock:
        (performer,) = many(library.performers, [input["id"]], "performer")
        _set(performer, input)
        performer.updated_at = f"{CLOCK.isoformat()} and later"
        return performer


def _destroy(_root: Any, info: GraphQLResolveInfo[Any], input: dict[str, Any]) -> bool:
    library = _library(info)
    with library.lock:
        many(library.performers, [input["id"]], "performer")
        library.remove_performer(input["id"])
        return True


def _check(library: Library, given: dict[str, Any]) -> None:
    """Refuses what Stash refuses, in its words."""
    name = given["name"]
    for known in library.performers.values():
        if (known.name, known.disambiguation) == (name, given.get("disambiguation")):
            raise ValueError(f"performer with name '{name}' already exists")
    seen = {name.lower()}
    for alias in given.get("alias_list") or []:
        if alias.lower() in seen:
            raise ValueError(f"performer contains duplicate alias '{alias}'")
        seen.add(alias.lower())


def _set(performer: Performer, given: dict[str, Any]) -> None:
    for name in _PLAIN:
        if name in given:
            setattr(performer, name, given[name])
    if "stash_ids" in given:
        now = CLOCK.isoformat()
        performer.stash_ids = [
            {"endpoint": each["endpoint"], "stash_id": each["stash_id"], "updated_at": now}
            for each in given["stash_ids"]
        ]


def _scrape(
    _root: Any, info: GraphQLResolveInfo[Any], source: dict[str, Any], input: dict[str, Any]
) -> list[dict[str, Any]]:
    """A stash-box's search: by id, else by name."""
    library, endpoint = _library(info), source["stash_box_endpoint"]
    if endpoint not in [box["endpoint"] for box in library.stash_boxes]:
        raise ValueError(f"stash box not found for endpoint {endpoint}")
    term = input["query"].strip().lower()
    rows = library.stash_box_performers.get(endpoint, [])
    by_id = [row for row in rows if row["remote_site_id"] == term]
    return by_id or [row for row in rows if term in row["name"].lower()]


def _count(items: str) -> Callable[..., int]:
    def resolve(performer: Performer, info: GraphQLResolveInfo[Any]) -> int:
        held = getattr(_library(info), items).values()
        return sum(performer in item.performers for item in held)

    return resolve


QUERIES: dict[str, Callable[..., Any]] = {"scrapeSinglePerformer": _scrape}
MUTATIONS: dict[str, Callable[..., Any]] = {
    "performerCreate": _create,
    "performerUpdate": _update,
    "performerDestroy": _destroy,
}
COUNTS: dict[str, Callable[..., Any]] = {
    "image_count": _count("images"),
    "gallery_count": _count("galleries"),
    "scene_count": _count("scenes"),
}
