from __future__ import annotations

import pytest

from stash_face.errors import BusyError, StashError
from stash_face.operations.context import Context
from stash_face.stash.library import stash_version
from stash_face.tasks import run as module
from stash_face.tasks.run import run_of, with_patience
from tests.operations.workplace import Workplace


def states(place: Workplace) -> list[tuple[str, str | None]]:
    with place.store as store:
        return store.rows("SELECT state, told FROM runs ORDER BY id")


def ask(context: Context) -> None:
    stash_version(context.client)


def test_a_stash_that_stays_away_ends_the_run_with_its_sentence(
    place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "STASH_PATIENCE_SECONDS", 0.0)

    def scan() -> None:
        with Context(place.request()) as context, run_of(context, "scan") as run:
            place.stash.faults["graphql"] = "503"
            with_patience(context, run, lambda: ask(context))

    with pytest.raises(StashError) as failure:
        scan()
    assert states(place) == [("failed", failure.value.sentence)]

    # What was stopped in between does not stand in the way of the next one.
    place.stash.faults["graphql"] = None
    with Context(place.request()) as context, run_of(context, "scan", tell=lambda _: "Done."):
        pass
    assert states(place)[1:] == [("done", "Done.")]


def test_a_stash_that_fails_again_and_again_without_anything_done_is_given_up(
    place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = 0

    def fail() -> None:
        nonlocal asked
        asked += 1
        raise StashError("Stash fails.")

    monkeypatch.setattr(module, "_await_stash", lambda context, error: None)
    with (
        Context(place.request()) as context,
        run_of(context, "scan") as run,
        pytest.raises(StashError, match="Stash fails"),
    ):
        with_patience(context, run, fail)
    assert asked == 3


def test_a_second_run_is_refused_while_one_is_at_work(place: Workplace) -> None:
    with (
        Context(place.request()) as one,
        Context(place.request()) as other,
        run_of(one, "scan"),
        pytest.raises(BusyError, match="works on the library"),
        run_of(other, "match_again"),
    ):
        pass
