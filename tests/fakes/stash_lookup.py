"""How the Stash stand-in looks things up: by id, by criterion, in pages; Stash's error texts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sized
from typing import Any, TypeVar

from tests.fakes.stash_library import Gallery, Image, Performer, natural
from tests.fakes.stash_scenes import Scene

DEFAULT_PAGE = 25
Item = TypeVar("Item", Image, Gallery, Scene, Performer)


def atoi(text: str) -> int:
    if not re.fullmatch(r"[+-]?[0-9]+", text):
        raise ValueError(f'strconv.Atoi: parsing "{text}": invalid syntax')
    if not -(2**63) <= int(text) < 2**63:
        raise ValueError(f'strconv.Atoi: parsing "{text}": value out of range')
    return int(text)


def one(found: dict[str, Item], item_id: str | None) -> Item | None:
    return None if item_id is None else found.get(str(atoi(item_id)))


def many(found: dict[str, Item], ids: Iterable[str], kind: str) -> list[Item]:
    rows = [(each, found.get(str(atoi(each)))) for each in ids]
    for each, item in rows:
        if item is None:
            raise ValueError(f"{kind} with id {each} not found")
    return [item for _, item in rows if item is not None]


def page(items: list[Item], find: dict[str, Any] | None) -> list[Item]:
    find = find or {}
    if find.get("sort"):
        # The id settles ties, as Stash's last sort does.
        items = sorted(items, key=lambda item: int(item.id))
        items.sort(key=_sort_key(find["sort"]), reverse=find.get("direction") == "DESC")
    size = find.get("per_page")
    size = DEFAULT_PAGE if size is None else size
    if size < 0:
        return items
    start = (max(find.get("page") or 1, 1) - 1) * size
    return items[start : start + size]


def _sort_key(sort: str) -> Callable[[Any], Any]:
    if sort == "id":
        return lambda item: int(item.id)
    if re.fullmatch("random_[0-9]+", sort):
        seed = int(sort.partition("_")[2])
        return lambda item: (int(item.id) + seed) ** 2 * 52959209 % 2147483647
    if sort == "path":
        return lambda item: natural(getattr(item, "path", ""))
    if sort in ("title", "name"):
        return lambda item: natural(getattr(item, sort) or "")
    raise ValueError(f"invalid sort: {sort}")


def holds(items: Iterable[Any], criterion: dict[str, Any] | None) -> bool:
    """A MultiCriterionInput against the items that something is linked to."""
    if criterion is None:
        return True
    have, wanted = {item.id for item in items}, set(criterion.get("value") or [])
    rules = {
        "INCLUDES": bool(have & wanted),
        "INCLUDES_ALL": wanted <= have,
        "EXCLUDES": not have & wanted,
        "IS_NULL": not have,
        "NOT_NULL": bool(have),
    }
    return rules[_modifier(criterion, rules)]


def id_matches(item: Any, criterion: dict[str, Any] | None) -> bool:
    """An IntCriterionInput against the number of an item."""
    if criterion is None:
        return True
    have, wanted = int(item.id), int(criterion["value"])
    rules = {"EQUALS": have == wanted, "LESS_THAN": have < wanted, "GREATER_THAN": have > wanted}
    return rules[_modifier(criterion, rules)]


def counts(items: Sized, criterion: dict[str, Any] | None) -> bool:
    """An IntCriterionInput against how many there are."""
    if criterion is None:
        return True
    have, wanted = len(items), int(criterion["value"])
    rules = {"EQUALS": have == wanted, "GREATER_THAN": have > wanted, "LESS_THAN": have < wanted}
    return rules[_modifier(criterion, rules)]


def matches(text: str | None, criterion: dict[str, Any] | None) -> bool:
    """A StringCriterionInput; EQUALS is LIKE without wildcards, so without regard to case."""
    if criterion is None:
        return True
    have, wanted = (text or "").lower(), str(criterion.get("value") or "").lower()
    rules = {
        "EQUALS": have == wanted,
        "NOT_EQUALS": have != wanted,
        "INCLUDES": wanted in have,
        "IS_NULL": not have,
        "NOT_NULL": bool(have),
    }
    return rules[_modifier(criterion, rules)]


def _modifier(criterion: dict[str, Any], rules: dict[str, bool]) -> str:
    modifier = str(criterion["modifier"])
    if modifier not in rules:
        raise ValueError(f"the stand-in has no modifier {modifier} here")
    return modifier


def stash_id_matches(performer: Performer, criterion: dict[str, Any] | None) -> bool:
    if criterion is None:
        return True
    endpoint = criterion.get("endpoint")
    rows: list[str | None] = [
        row["stash_id"] for row in performer.stash_ids if endpoint in (None, "", row["endpoint"])
    ]
    string = {"value": criterion.get("stash_id"), "modifier": criterion["modifier"]}
    return any(matches(row, string) for row in rows or [None])
