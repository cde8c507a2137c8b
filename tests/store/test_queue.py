from __future__ import annotations

from pathlib import Path

import pytest

from stash_face.store.connection import Store
from stash_face.store.queue import done, enqueue, not_asked, open_store, peek, take
from tests.store.conftest import finish, start


def waiting(store: Store) -> list[tuple[str, str, str]]:
    return [(each.kind, each.item_id, each.reason) for each in take(store, 100)]


def test_only_the_first_item_asks_for_the_task(fresh_store: Store) -> None:
    asked = [enqueue(fresh_store, "image", str(number), "created") for number in range(1, 100)]

    assert asked == [True] + [False] * 98
    assert peek(fresh_store) == {"image": 99}


def test_an_item_that_comes_while_the_task_works_asks_for_another(fresh_store: Store) -> None:
    enqueue(fresh_store, "image", "1", "created")
    not_asked(fresh_store)

    assert enqueue(fresh_store, "image", "2", "created")


def test_the_newest_come_first_and_stay_until_they_are_done(fresh_store: Store) -> None:
    for item_id in ("1", "2", "3"):
        enqueue(fresh_store, "gallery", item_id, "created")

    newest = take(fresh_store, 2)
    assert [each.item_id for each in newest] == ["3", "2"]
    assert take(fresh_store, 2) == newest
    done(fresh_store, newest)

    assert waiting(fresh_store) == [("gallery", "1", "created")]


def test_what_happens_to_an_item_meanwhile_is_not_lost(fresh_store: Store) -> None:
    enqueue(fresh_store, "image", "1", "created")
    taken = take(fresh_store, 10)
    enqueue(fresh_store, "image", "1", "destroyed")

    done(fresh_store, taken)

    assert waiting(fresh_store) == [("image", "1", "destroyed")]


@pytest.mark.parametrize("hours", [-100, -2, 2])
def test_a_task_that_never_came_is_asked_for_again(
    fresh_store: Store, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    """Also where the clock was set back."""
    monkeypatch.setattr("stash_face.store.queue.time.time", lambda: 1e9)
    assert enqueue(fresh_store, "image", "1", "created")
    assert not enqueue(fresh_store, "image", "2", "created")

    monkeypatch.setattr("stash_face.store.queue.time.time", lambda: 1e9 + hours * 3600)

    assert enqueue(fresh_store, "image", "3", "created")


def test_many_processes_at_once_lose_nothing_and_ask_once(path: Path) -> None:
    running = [start("queue_up", path.parent, first, 20) for first in range(0, 120, 20)]

    asked = sum(int(finish(process)[0]) for process in running)

    assert asked == 1
    with open_store(path.parent) as store:
        assert peek(store) == {"image": 120}
