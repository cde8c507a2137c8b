from __future__ import annotations

from typing import Any

import pytest

from stash_face.store.connection import Store
from stash_face.store.references import Who, reject
from stash_face.store.runs import begin_run
from stash_face.store.suggestion_pages import wake
from stash_face.store.suggestions import (
    ACCEPTED,
    LATER,
    OPEN,
    REJECTED,
    STASH_IDS,
    Item,
    Proposal,
    Proposed,
    add_decided,
    find_suggestion,
    forget_item,
    load_suggestions,
    propose,
    set_local_performer,
    set_state,
)

GALLERY = Item("gallery", "7", "Holiday")


def who(name: str = "Ann", **ids: str) -> Who:
    known = {"stashdb.org": name.lower(), **{k.replace("_", "."): v for k, v in ids.items()}}
    return Who(f"stashdb.org:{name.lower()}", name, known)


def proposal(name: str = "Ann", confidence: float = 0.9, **changed: Any) -> Proposal:
    face = {"image_id": "31", "face": 0, "bbox": {"x": 0.1, "y": 0.1, "w": 0.5, "h": 0.5}}
    made = Proposal(who(name), "match", confidence, 0.25, "Close.", {"faces": [face]}, 0.5)
    return made._replace(**changed)


def rows(store: Store) -> list[tuple[str, str, int | None]]:
    """(name, state, run) of everybody ever proposed for the gallery."""
    ids = [number for (number,) in store.rows("SELECT id FROM suggestions ORDER BY id")]
    found = load_suggestions(store, ids)
    return [(each.proposal.who.name, each.state, each.run_id) for each in found]


def test_a_suggestion_is_kept_with_all_its_evidence(fresh_store: Store) -> None:
    run = begin_run(fresh_store, "scan")

    assert propose(fresh_store, run, GALLERY, [proposal()]) == Proposed(new=1)

    (kept,) = load_suggestions(fresh_store, [1])
    assert (kept.item, kept.proposal, kept.state, kept.run_id) == (GALLERY, proposal(), OPEN, run)


def test_an_answer_that_is_the_same_keeps_its_run(fresh_store: Store) -> None:
    first, second, third = (begin_run(fresh_store, "scan") for _ in range(3))
    propose(fresh_store, first, GALLERY, [proposal()])

    same = propose(fresh_store, second, GALLERY, [proposal(confidence=0.91)])
    assert (same, rows(fresh_store)) == (Proposed(), [("Ann", OPEN, first)])
    other = propose(fresh_store, third, GALLERY, [proposal(decision="uncertain")])

    assert (other, rows(fresh_store)) == (Proposed(changed=1), [("Ann", OPEN, third)])


def test_who_is_not_found_any_more_is_withdrawn(fresh_store: Store) -> None:
    propose(fresh_store, None, GALLERY, [proposal("Ann"), proposal("Ben")])

    assert propose(fresh_store, None, GALLERY, [proposal("Ben")]) == Proposed(withdrawn=1)

    assert rows(fresh_store) == [("Ben", OPEN, None)]
    assert fresh_store.rows("SELECT count(*) FROM suggestion_evidence") == [(1,)]


def test_one_source_does_not_withdraw_what_another_found(fresh_store: Store) -> None:
    propose(fresh_store, None, GALLERY, [proposal("Ann")])
    propose(fresh_store, None, GALLERY, [proposal("Ben")], STASH_IDS)

    propose(fresh_store, None, GALLERY, [])

    assert [name for name, _, _ in rows(fresh_store)] == ["Ben"]


@pytest.mark.parametrize("state", [ACCEPTED, REJECTED])
def test_what_the_user_decided_is_never_overwritten(fresh_store: Store, state: str) -> None:
    propose(fresh_store, None, GALLERY, [proposal()])
    set_state(fresh_store, 1, state)

    for found in ([], [proposal(confidence=0.99, decision="uncertain")]):
        assert propose(fresh_store, 5, GALLERY, found) == Proposed()

    assert rows(fresh_store) == [("Ann", state, None)]
    assert load_suggestions(fresh_store, [1])[0].proposal == proposal()


def test_who_was_rejected_is_not_proposed_under_another_id(fresh_store: Store) -> None:
    reject(fresh_store, "gallery", "7", None, None, who("Ann", fansdb_cc="a1"))
    elsewhere = proposal("Anne", who=Who("fansdb.cc:a1", "Anne", {"fansdb.cc": "a1"}))

    assert propose(fresh_store, None, GALLERY, [proposal(), elsewhere]) == Proposed()
    assert propose(fresh_store, None, Item("gallery", "8"), [proposal()]) == Proposed(new=1)


def test_a_person_has_one_row_under_all_their_ids(fresh_store: Store) -> None:
    propose(fresh_store, None, GALLERY, [proposal(who=who("Ann", fansdb_cc="a1"))])
    elsewhere = proposal(who=Who("fansdb.cc:a1", "Anne", {"fansdb.cc": "a1"}))

    propose(fresh_store, None, GALLERY, [elsewhere, elsewhere])

    assert rows(fresh_store) == [("Anne", OPEN, None)]
    assert find_suggestion(fresh_store, GALLERY, ["fansdb.cc:a1"]) == 1
    assert find_suggestion(fresh_store, GALLERY, ["stashdb.org:ben"]) is None


def test_what_is_put_off_comes_back(fresh_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    propose(fresh_store, None, GALLERY, [proposal()])
    set_state(fresh_store, 1, LATER, awake_at=1000)

    monkeypatch.setattr("stash_face.store.suggestion_pages.time.time", lambda: 999)
    wake(fresh_store)
    assert rows(fresh_store)[0][1] == LATER
    monkeypatch.setattr("stash_face.store.suggestion_pages.time.time", lambda: 1000)
    wake(fresh_store)

    assert rows(fresh_store)[0][1] == OPEN


def test_what_the_user_chose_by_themselves_has_a_row_too(fresh_store: Store) -> None:
    first = add_decided(fresh_store, GALLERY, proposal())

    assert add_decided(fresh_store, GALLERY, proposal("Ann", 0.1)) == first
    assert load_suggestions(fresh_store, [first])[0].proposal == proposal()


def test_a_performer_who_is_in_stash_by_now_is_so_everywhere(fresh_store: Store) -> None:
    for number in "12":
        propose(fresh_store, None, Item("image", number), [proposal("Ann"), proposal("Ben")])

    set_local_performer(fresh_store, who("Ann"), "40")

    known = load_suggestions(fresh_store, [1, 2, 3, 4])
    assert [each.proposal.who.local_performer_id for each in known] == ["40", None, "40", None]


def test_an_item_that_is_gone_takes_its_open_suggestions_along(fresh_store: Store) -> None:
    propose(fresh_store, None, GALLERY, [proposal("Ann"), proposal("Ben")])
    set_state(fresh_store, 1, ACCEPTED)

    forget_item(fresh_store, "gallery", "7")

    assert rows(fresh_store) == [("Ann", ACCEPTED, None)]


@pytest.mark.parametrize(
    "name",
    ["'); DROP TABLE suggestions; --", "<script>alert(1)</script>", "\u202eenola", "", "x" * 9999],
)
def test_a_hostile_name_is_text(fresh_store: Store, name: str) -> None:
    hostile = proposal(who=Who(f"stashdb.org:{name}", name, {name: name}), reason=name)

    propose(fresh_store, None, Item("image", "1", name), [hostile])

    (kept,) = load_suggestions(fresh_store, [1])
    assert (kept.proposal, kept.item.title) == (hostile, name)
