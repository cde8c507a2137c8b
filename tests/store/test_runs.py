from __future__ import annotations

from stash_face.store.connection import Store
from stash_face.store.runs import (
    DONE,
    RUNNING,
    STOPPED,
    begin_run,
    count,
    end_run,
    load_runs,
    run_exists,
    stop_lost_runs,
)


def test_a_run_counts_what_it_does_and_ends(fresh_store: Store) -> None:
    run = begin_run(fresh_store, "scan")
    count(fresh_store, run, {"images": 2, "faces": 3})
    count(fresh_store, run, {"images": 1})
    assert load_runs(fresh_store)[0].state == RUNNING

    end_run(fresh_store, run)

    (told,) = load_runs(fresh_store)
    assert (told.task, told.state, told.counts) == ("scan", DONE, {"images": 3, "faces": 3})
    assert told.ended_at is not None


def test_runs_come_newest_first_in_pages(fresh_store: Store) -> None:
    runs = [begin_run(fresh_store, "scan") for _ in range(5)]

    first = load_runs(fresh_store, limit=2)
    second = load_runs(fresh_store, before=first[-1].id, limit=9)

    assert [run.id for run in [*first, *second]] == runs[::-1]


def test_the_order_does_not_trust_the_clock(fresh_store: Store) -> None:
    runs = [begin_run(fresh_store, "scan") for _ in range(2)]
    with fresh_store.transaction() as connection:
        connection.execute("UPDATE runs SET started_at = '1999-01-01' WHERE id = ?", (runs[1],))

    assert [run.id for run in load_runs(fresh_store)] == runs[::-1]


def test_a_run_whose_process_died_is_marked(fresh_store: Store) -> None:
    scan, review = begin_run(fresh_store, "scan"), begin_run(fresh_store, "review")

    assert stop_lost_runs(fresh_store, "scan") == [scan]

    states = {run.id: run.state for run in load_runs(fresh_store)}
    assert states == {scan: STOPPED, review: RUNNING}


def test_an_unknown_run_is_none(fresh_store: Store) -> None:
    assert not run_exists(fresh_store, 7)
    assert run_exists(fresh_store, begin_run(fresh_store, "scan"))
