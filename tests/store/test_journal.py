from __future__ import annotations

import pytest

from stash_face.store.connection import Store
from stash_face.store.journal import (
    ADD_PERFORMER,
    BEGUN,
    CREATE_PERFORMER,
    DONE,
    FAILED,
    Intent,
    begin_changes,
    begun_changes,
    changes_of_run,
    changes_of_suggestion,
    end_change,
)
from stash_face.store.references import Who
from stash_face.store.runs import begin_run
from stash_face.store.suggestions import (
    ACCEPTED,
    OPEN,
    Item,
    Proposal,
    load_suggestions,
    propose,
)

ADDED = Intent(ADD_PERFORMER, "image", ("1", "2"), "3", "Ann", {"1": ["9"], "2": []})


@pytest.fixture
def run(fresh_store: Store) -> int:
    """A run that suggested Ann for image 1."""
    run = begin_run(fresh_store, "scan")
    who = Who("stashdb.org:ann", "Ann", {"stashdb.org": "ann"})
    propose(fresh_store, run, Item("image", "1"), [Proposal(who, "match", 0.9, 0.3, "", {})])
    return run


def state(store: Store) -> str:
    return load_suggestions(store, [1])[0].state


def test_a_change_is_there_before_it_is_made_and_accepts_the_suggestion(
    fresh_store: Store, run: int
) -> None:
    (number,) = begin_changes(fresh_store, run, 1, 0.9, [ADDED], accept=True)

    (entry,) = begun_changes(fresh_store)
    assert (entry.id, entry.run_id, entry.suggestion_id) == (number, run, 1)
    assert (entry.intent, entry.state) == (ADDED, BEGUN)
    assert state(fresh_store) == ACCEPTED


def test_a_change_that_cannot_be_noted_accepts_nothing(fresh_store: Store, run: int) -> None:
    with pytest.raises(TypeError):
        begin_changes(
            fresh_store, run, 1, 0.9, [ADDED, ADDED._replace(before={"1": object()})], accept=True
        )

    assert begun_changes(fresh_store) == []
    assert state(fresh_store) == OPEN


def test_what_came_to_be_known_by_the_change_is_noted_at_its_end(
    fresh_store: Store, run: int
) -> None:
    created = Intent(CREATE_PERFORMER, "performer", (), None, "Ann", {})
    first, second = begin_changes(fresh_store, run, None, None, [created, ADDED])

    end_change(fresh_store, first, DONE, None, "40", {"updated_at": "now"})
    end_change(fresh_store, second, FAILED, "Stash did not answer.")

    assert begun_changes(fresh_store) == []
    later, earlier = changes_of_run(fresh_store, run)
    assert (later.id, later.state, later.told) == (second, FAILED, "Stash did not answer.")
    assert earlier.intent == created._replace(performer_id="40", before={"updated_at": "now"})


def test_changes_of_a_suggestion_come_last_first(fresh_store: Store, run: int) -> None:
    numbers = begin_changes(fresh_store, run, 1, 0.9, [ADDED, ADDED])
    begin_changes(fresh_store, run, None, None, [ADDED])

    assert [each.id for each in changes_of_suggestion(fresh_store, 1)] == numbers[::-1]
