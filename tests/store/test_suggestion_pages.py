from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from stash_face.store.connection import Store
from stash_face.store.references import Who
from stash_face.store.runs import begin_run
from stash_face.store.suggestion_pages import (
    ITEM,
    PERSON,
    Place,
    Wanted,
    groups,
    page,
    tallies,
    total,
)
from stash_face.store.suggestions import (
    ACCEPTED,
    PICTURE,
    Item,
    Proposal,
    propose,
    set_state,
)


def person(name: str, confidence: float) -> Proposal:
    who = Who(f"stashdb.org:{name}", name.title(), {"stashdb.org": name})
    return Proposal(who, "match", confidence, 0.25, "Close.", {"faces": []})


@pytest.fixture
def library(fresh_store: Store) -> Store:
    """Ann in three items, Ben in two of them, Zoë by her picture; Ben in the image is accepted."""
    run = begin_run(fresh_store, "scan")
    propose(fresh_store, run, Item("image", "1", "Beach"), [person("ann", 0.9), person("ben", 0.5)])
    propose(fresh_store, None, Item("gallery", "1", "100 % BEACH"), [person("ann", 0.9)])
    propose(fresh_store, None, Item("scene", "4", "Night"), [person("ann", 0.7), person("ben", 1)])
    propose(fresh_store, None, Item("performer", "9", "Zoë"), [person("zoë", 0.6)], PICTURE)
    set_state(fresh_store, 2, ACCEPTED)
    return fresh_store


def names(store: Store, **wanted: Any) -> list[str]:
    found = page(store, Wanted(**wanted), 100)
    assert total(store, Wanted(**wanted)) == len(found)
    return [f"{each.proposal.who.name} {each.item.kind}" for each in found]


def test_the_surest_come_first(library: Store) -> None:
    assert names(library) == [
        "Ben scene", "Ann gallery", "Ann image", "Ann scene", "Zoë performer",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"state": ACCEPTED}, ["Ben image"]),
        ({"state": None, "item_id": "1"}, ["Ann gallery", "Ann image", "Ben image"]),
        ({"kind": "scene"}, ["Ben scene", "Ann scene"]),
        ({"kind": "scene", "item_id": "4", "high": 0.9}, ["Ann scene"]),
        ({"low": 0.6, "high": 0.7}, ["Ann scene", "Zoë performer"]),
        ({"performer_id": "stashdb.org:ann"}, ["Ann gallery", "Ann image", "Ann scene"]),
        ({"source": PICTURE}, ["Zoë performer"]),
        ({"run_id": 1}, ["Ann image"]),
        ({"text": "beach"}, ["Ann gallery", "Ann image"]),
        ({"text": "100 % b"}, ["Ann gallery"]),
        ({"text": "%"}, ["Ann gallery"]),
        ({"text": "ZOË"}, ["Zoë performer"]),
        ({"text": "' OR 1 --"}, []),
    ],
)
def test_a_filter_finds_what_it_says(
    library: Store, wanted: dict[str, Any], found: list[str]
) -> None:
    assert names(library, **wanted) == found


def test_items_are_grouped_with_their_surest_first(library: Store) -> None:
    found = groups(library, Wanted(), ITEM, 10)

    assert [tuple(each[:4]) for each in found] == [
        ("scene:4", "Night", 1.0, 2),
        ("gallery:1", "100 % BEACH", 0.9, 1),
        ("image:1", "Beach", 0.9, 1),
        ("performer:9", "Zoë", 0.6, 1),
    ]
    assert total(library, Wanted(), ITEM) == 4


def test_people_are_grouped_with_their_surest_first(library: Store) -> None:
    found = groups(library, Wanted(kind="scene"), PERSON, 10)

    assert [tuple(each[:4]) for each in found] == [
        ("stashdb.org:ben", "Ben", 1.0, 1),
        ("stashdb.org:ann", "Ann", 0.7, 1),
    ]
    assert total(library, Wanted(kind="scene"), PERSON) == 2


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_pages_follow_each_other_without_a_gap(fresh_store: Store, size: int) -> None:
    for number in range(1, 12):
        item = Item("image", str(number), f"{number}")
        propose(fresh_store, None, item, [person(str(number % 3), number // 4 / 10)])

    def all_pages(read: Callable[[Place | None], list[Any]], place: Any) -> list[Any]:
        found: list[Any] = []
        while rows := read(place(found[-1]) if found else None):
            assert len(rows) <= size
            found += rows
        return found

    whole = page(fresh_store, Wanted(), 100)
    assert len(whole) == 11
    assert whole == all_pages(
        lambda after: page(fresh_store, Wanted(), size, after),
        lambda last: Place(last.proposal.confidence, str(last.id)),
    )
    for by in (ITEM, PERSON):
        grouped = groups(fresh_store, Wanted(), by, 100)
        assert sum(each.size for each in grouped) == 11
        assert grouped == all_pages(
            lambda after, by=by: groups(fresh_store, Wanted(), by, size, after),  # type: ignore[misc]
            lambda last: last.place,
        )


def test_the_tallies_count_states_and_kinds(library: Store) -> None:
    assert tallies(library) == {
        "open": {"image": 1, "gallery": 1, "scene": 2, "performer": 1},
        "accepted": {"image": 1},
    }


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        ({}, "suggestions_surest (state=?)"),
        ({"low": 0.5}, "suggestions_surest (state=? AND confidence>? AND confidence<?)"),
        ({"kind": "scene"}, "suggestions_surest_of_a_kind (state=? AND kind=?)"),
        (
            {"kind": "scene", "item_id": "4", "text": "x"},
            "suggestions_item (state=? AND kind=? AND item_id=?)",
        ),
        ({"performer_id": "x"}, "suggestions_person (state=? AND performer_id=?)"),
    ],
)
def test_a_page_is_read_from_an_index_without_sorting(
    fresh_store: Store, wanted: dict[str, Any], index: str
) -> None:
    plans = explained(fresh_store, lambda: page(fresh_store, Wanted(**wanted), 50))

    assert f"INDEX {index}" in plans[0]
    assert "TEMP B-TREE FOR ORDER BY" not in plans[0]


def test_people_are_grouped_from_an_index(fresh_store: Store) -> None:
    plans = explained(fresh_store, lambda: groups(fresh_store, Wanted(), PERSON, 50))

    assert "USING COVERING INDEX suggestions_person (state=?)" in plans[0]
    assert "TEMP B-TREE FOR GROUP BY" not in plans[0]


def test_items_are_read_in_the_order_of_an_index_until_a_page_is_full(fresh_store: Store) -> None:
    plans = explained(fresh_store, lambda: groups(fresh_store, Wanted(), ITEM, 50))

    assert plans[0].startswith("SEARCH s USING INDEX suggestions_surest (state=?)")
    assert "SEARCH other USING COVERING INDEX suggestions_item" in plans[0]
    assert "TEMP B-TREE" not in plans[0]


def test_what_no_index_fits_reads_the_narrow_table_once(fresh_store: Store) -> None:
    wanted = Wanted(text="ann", source="faces")

    plans = explained(fresh_store, lambda: page(fresh_store, wanted, 50))

    assert plans[0] == "SCAN suggestions; USE TEMP B-TREE FOR ORDER BY"


def explained(store: Store, read: Callable[[], object]) -> list[str]:
    """The query plans of what is read, one text each."""
    asked: list[str] = []
    store.connection.set_trace_callback(asked.append)
    read()
    store.connection.set_trace_callback(None)
    plans = [store.rows(f"EXPLAIN QUERY PLAN {each}") for each in asked if "SELECT" in each]
    return ["; ".join(row[3] for row in plan) for plan in plans]
