"""Accepting that is broken off: by a kill at the worst instant, or by a Stash that fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from stash_face.operations import apply, decide_suggestions
from stash_face.stash import changes
from stash_face.store import journal
from stash_face.store.runs import DONE, REVIEW, STOPPED, load_runs
from tests.operations.review import ANN, BEN, STASHDB, accept, call, found, listed, on, proposal
from tests.operations.test_accept import ROW
from tests.operations.workplace import Workplace


class KilledError(BaseException):
    """Stands for SIGKILL: nothing after it runs, and nothing catches it."""


@pytest.fixture
def ann(place: Workplace) -> str:
    return place.stash.add_performer("Anne", [(STASHDB, "ann")])


@pytest.fixture
def gallery(place: Workplace) -> tuple[str, list[str]]:
    images = [place.add_unknown_image() for _ in range(2)]
    return place.stash.add_gallery(images), images


def killed(*_args: Any, **_named: Any) -> Any:
    raise KilledError


def die_in(
    monkeypatch: pytest.MonkeyPatch, where: Any, name: str, does: Callable[[], object]
) -> None:
    """Runs `does` with the function replaced by a kill."""
    with monkeypatch.context() as patch:
        patch.setattr(where, name, killed)
        with pytest.raises(KilledError):
            does()


def states(place: Workplace) -> list[tuple[str, str]]:
    with place.store as store:
        return store.rows("SELECT change, state FROM journal ORDER BY id")


@pytest.mark.parametrize("when", ["before the change", "after the change"])
def test_what_was_begun_is_whole_after_the_next_start(
    place: Workplace,
    ann: str,
    gallery: tuple[str, list[str]],
    monkeypatch: pytest.MonkeyPatch,
    when: str,
) -> None:
    gallery_id, images = gallery
    (number,) = found(place, "gallery", gallery_id, proposal(ANN, images))
    where = (changes, "add_performer") if when == "before the change" else (journal, "end_change")
    die_in(monkeypatch, *where, lambda: accept(place, number, scope="gallery_and_images"))
    assert [state for _, state in states(place)] == ["begun", "begun"]

    accept(place, *found(place, "image", place.add_unknown_image(), proposal(BEN)))

    assert on(place, "gallery", gallery_id) == [ann]
    assert [on(place, "image", each) for each in images] == [[ann], [ann]]
    assert [state for _, state in states(place)] == ["done", "done"]
    assert [row["suggestion"] for row in listed(place, state="accepted")] == [number]
    with place.store as store:
        runs = [(run.task, run.state) for run in load_runs(store) if run.task == REVIEW]
    assert runs == [(REVIEW, DONE), (REVIEW, STOPPED)]


def test_what_was_made_for_some_items_is_made_for_the_others(
    place: Workplace, ann: str, gallery: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """But not for those whom somebody changed meanwhile."""
    zoe = place.stash.library.performers[place.stash.add_performer("Zoe")]
    gallery_id, images = gallery
    images = [*images, place.add_unknown_image()]
    (number,) = found(place, "gallery", gallery_id, proposal(ANN, images))
    add = changes.add_performer

    def halves(client: Any, kind: str, ids: Any, performer: str) -> None:
        add(client, kind, ids[:1], performer)
        if kind == "image":
            raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(changes, "add_performer", halves)
        with pytest.raises(KilledError):
            accept(place, number, scope="gallery_and_images")
    place.stash.library.images[images[2]].performers = [zoe]

    call(place, "undo", run=1)

    assert [on(place, "image", each) for each in images] == [[ann], [ann], [zoe.id]]
    assert [state for _, state in states(place)] == ["done", "done"]
    call(place, "undo", decision=number)
    assert [on(place, "image", each) for each in images] == [[], [], [zoe.id]]


def test_what_somebody_changed_meanwhile_is_not_touched_but_marked(
    place: Workplace, ann: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    zoe = place.stash.library.performers[place.stash.add_performer("Zoe")]
    image_id = place.add_unknown_image()
    (number,) = found(place, "image", image_id, proposal(ANN))
    die_in(monkeypatch, changes, "add_performer", lambda: accept(place, number))
    place.stash.library.images[image_id].performers = [zoe]

    call(place, "undo", run=1)

    assert on(place, "image", image_id) == [zoe.id]
    assert states(place) == [("add_performer", "failed")]
    assert [row["suggestion"] for row in listed(place)] == [number]


@pytest.mark.parametrize("when", ["before the change", "after the change"])
def test_a_performer_is_never_created_twice(
    place: Workplace, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    place.stash.library.stash_boxes = [
        {"endpoint": STASHDB, "api_key": "", "name": "", "max_requests_per_minute": 0}
    ]
    place.stash.library.stash_box_performers = {STASHDB: [ROW]}
    (number,) = found(place, "image", place.add_unknown_image(), proposal(ANN))
    before = when == "before the change"
    where = (changes, "create_performer") if before else (apply, "note_created")
    die_in(monkeypatch, *where, lambda: accept(place, number, create=True))

    (decided,) = accept(place, number, create=True)

    assert decided["state"] == "accepted"
    assert [each.name for each in place.stash.library.performers.values()] == ["Ann"]
    first = "failed" if before else "done"
    assert states(place)[0] == ("create_performer", first)


def test_a_stash_that_fails_in_the_middle_leaves_a_sentence_and_an_open_suggestion(
    place: Workplace, ann: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    image_id = place.add_unknown_image()
    (number,) = found(place, "image", image_id, proposal(ANN))
    add = changes.add_performer

    def fails(*args: Any) -> None:
        place.stash.faults["graphql"] = ["500"]
        add(*args)

    with monkeypatch.context() as patch:
        patch.setattr(changes, "add_performer", fails)
        (decided,) = accept(place, number)

    assert "failed with HTTP 500" in decided["problem"]
    assert (decided["state"], on(place, "image", image_id)) == ("open", [])
    assert states(place) == [("add_performer", "failed")]


def test_only_one_process_at_a_time_changes_things(
    place: Workplace, ann: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What another one has begun is not taken for what a dead one left behind."""
    (number,) = found(place, "image", place.add_unknown_image(), proposal(ANN))
    held: list[bool] = []
    real = apply.accept

    def look(*args: Any) -> Any:
        from stash_face.file_lock import _try_lock

        lock = place.data / "locks" / "changes.lock"
        with lock.open("r+") as file:
            held.append(_try_lock(file.fileno()) is None)
        return real(*args)

    monkeypatch.setattr(decide_suggestions, "accept", look)
    accept(place, number)

    assert held == [True]
