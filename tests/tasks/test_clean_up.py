from __future__ import annotations

from pathlib import Path

import pytest

from stash_face.errors import StashError, StoreError
from stash_face.store.answers import save_answer
from stash_face.store.images import load_scan, save_scan
from stash_face.store.references import Who, decisions, reject
from stash_face.store.runs import load_runs
from stash_face.tasks.clean_up import clean_up
from tests.fakes.stash_server import StashStandIn
from tests.operations.workplace import ANN, Workplace, face
from tests.store.made_up import scan


def test_what_is_not_in_stash_is_forgotten_and_what_was_decided_stays(place: Workplace) -> None:
    kept, gone = place.add_image(face(ANN)), place.add_image(face(ANN))
    with place.store as store:
        save_answer(store, "gallery", "7", "state", {})
        reject(store, "image", gone, None, None, Who("stashdb.org:ann", "Ann", {}))
    place.stash.delete_image(gone)

    counts = clean_up(place.request())

    assert (counts["images"], counts["galleries"], counts["scenes"]) == (1, 1, 0)
    with place.store as store:
        assert load_scan(store, gone) is None
        assert load_scan(store, kept)
        assert decisions(store, "image", [gone])
        assert load_runs(store)[0].told == "Forgot 1 image, 1 gallery."
    assert clean_up(place.request())["images"] == 0


def test_another_stash_does_not_make_everything_forgotten(place: Workplace) -> None:
    with place.store as store:
        for number in range(1000, 1101):
            save_scan(store, scan(str(number), faces=0))

    with pytest.raises(StashError, match="see whether this is the right Stash"):
        clean_up(place.request())

    with place.store as store:
        assert load_scan(store, "1000")
        assert [run.state for run in load_runs(store)] == ["failed"]
    assert clean_up(place.request(force=True))["images"] == 101


def test_the_items_of_one_stash_are_not_forgotten_for_another(
    place: Workplace, tmp_path: Path
) -> None:
    place.add_image(face(ANN))
    (place.stash.root / "stash-go.sqlite").touch()
    clean_up(place.request())
    with StashStandIn(tmp_path / "other") as other:
        request = place.request()._replace(server_connection=other.server_connection())

        with pytest.raises(StoreError, match="belongs to the Stash whose database is"):
            clean_up(request)

    with place.store as store:
        assert load_scan(store, "1")
