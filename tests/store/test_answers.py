from __future__ import annotations

import pytest

from stash_face.store.answers import (
    Progress,
    database_number,
    load_answer,
    load_progress,
    save_answer,
    save_progress,
)
from stash_face.store.connection import Store

ANSWER = {"faces": [{"name": "Zoë 李", "distance": 0.5}], "done": True}


def test_an_answer_comes_back_as_it_was_given(fresh_store: Store) -> None:
    save_answer(fresh_store, "image", "7", "state", ANSWER)

    assert load_answer(fresh_store, "image", "7") == ANSWER


@pytest.mark.parametrize(
    ("kind", "item", "state", "known"),
    [
        ("image", "7", "state", True),
        # whatever it was given for
        ("image", "7", None, True),
        # the file, the models, the database or the settings are others now
        ("image", "7", "another state", False),
        ("gallery", "7", "state", False),
        ("image", "8", "state", False),
    ],
)
def test_an_answer_holds_for_its_item_and_its_state(
    fresh_store: Store, kind: str, item: str, state: str | None, known: bool
) -> None:
    save_answer(fresh_store, "image", "7", "state", ANSWER)

    assert (load_answer(fresh_store, kind, item, state) == ANSWER) is known


def test_only_the_last_answer_is_kept(fresh_store: Store) -> None:
    save_answer(fresh_store, "image", "7", "old", {})
    save_answer(fresh_store, "image", "7", "new", ANSWER)

    assert load_answer(fresh_store, "image", "7", "old") is None
    assert load_answer(fresh_store, "image", "7", "new") == ANSWER


def test_progress_comes_back_and_is_replaced(fresh_store: Store) -> None:
    save_progress(fresh_store, "gallery", "3", Progress(1, 10, 2, 0.5, 1))
    save_progress(fresh_store, "gallery", "3", Progress(4, 10, 7, 2.5, 4))

    assert load_progress(fresh_store, "gallery", "3") == Progress(4, 10, 7, 2.5, 4)
    assert load_progress(fresh_store, "gallery", "4") is None


@pytest.mark.parametrize(
    ("progress", "eta"),
    [
        # nothing is known about the pace yet
        (Progress(0, 10, 0, 0.0, 0), None),
        # half of it known from earlier: no pace either
        (Progress(5, 10, 3, 0.0, 0), None),
        # 2 s a picture
        (Progress(5, 10, 3, 10.0, 5), 10.0),
        # what was known already took no time
        (Progress(9, 10, 3, 4.0, 2), 2.0),
        (Progress(10, 10, 3, 20.0, 10), 0.0),
        # a gallery that lost pictures meanwhile
        (Progress(11, 10, 3, 20.0, 10), 0.0),
        (Progress(0, 0, 0, 0.0, 0), 0.0),
    ],
)
def test_the_time_left_is_told_at_the_pace_so_far(progress: Progress, eta: float | None) -> None:
    assert progress.eta_s == eta


def test_a_face_database_keeps_its_number(fresh_store: Store) -> None:
    first = database_number(fresh_store, "2026.01", "dev", "abc")
    second = database_number(fresh_store, "2026.01", "dev", "rebuilt on the same day")

    assert database_number(fresh_store, "2026.01", "dev", "abc") == first != second
