from __future__ import annotations

from stash_face.operations.auto_apply import apply_sure
from stash_face.operations.context import Context
from stash_face.store.runs import begin_run
from stash_face.store.suggestions import STASH_IDS, Item, propose
from tests.operations.review import ANN, BEN, STASHDB, call, on, proposal
from tests.operations.workplace import Workplace


def scanned(place: Workplace) -> tuple[int, list[str]]:
    """A run that is sure of Ann in the first image only; Ben is sure too, but not in Stash."""
    place.stash.add_performer("Ann", [(STASHDB, "ann")])
    images = [place.add_unknown_image() for _ in range(3)]
    sure = proposal(ANN)._replace(sure=True)
    with place.store as store:
        run = begin_run(store, "scan")
        propose(store, run, Item("image", images[0]), [sure, proposal(BEN)._replace(sure=True)])
        propose(store, run, Item("image", images[1]), [proposal(ANN)])
        propose(store, run, Item("image", images[2]), [sure._replace(decision="uncertain")])
        propose(store, run, Item("performer", "1"), [sure], STASH_IDS)
        propose(store, begin_run(store, "scan"), Item("gallery", "9"), [sure])
    return run, images


def test_nothing_is_applied_unless_it_is_switched_on(place: Workplace) -> None:
    run, images = scanned(place)

    with Context(place.request()) as context:
        assert apply_sure(context, run) == []

    assert [on(place, "image", each) for each in images] == [[], [], []]


def test_only_what_is_sure_is_applied_and_the_run_takes_it_back(place: Workplace) -> None:
    place.stash.library.plugin_settings["stash_face"] = {"autoApply": True}
    run, images = scanned(place)

    with Context(place.request()) as context:
        outcomes = apply_sure(context, run)

    assert [bool(each.problem) for each in outcomes] == [True, False]
    assert [on(place, "image", each) for each in images] == [["1"], [], []]
    call(place, "undo", run=str(run))
    assert on(place, "image", images[0]) == []
