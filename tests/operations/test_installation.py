from __future__ import annotations

from pathlib import Path

import pytest

from stash_face.errors import StoreError
from stash_face.operations.context import Context
from stash_face.operations.decide import decide
from stash_face.operations.installation import check_installation
from tests.fakes.stash_server import StashStandIn
from tests.operations.review import ANN, found, proposal
from tests.operations.workplace import Workplace


def check(place: Workplace, stash: StashStandIn) -> None:
    place.stash = stash
    with Context(place.request()) as context:
        check_installation(context)


@pytest.fixture
def database(place: Workplace) -> Path:
    """The file in which the first Stash keeps its own data."""
    path = place.stash.root / "stash-go.sqlite"
    path.write_bytes(b"Stash's own")
    check(place, place.stash)
    return path


def test_the_same_stash_is_at_home(place: Workplace, database: Path) -> None:
    check(place, place.stash)


def test_a_second_stash_that_shares_the_folder_is_refused(
    place: Workplace, database: Path, tmp_path: Path
) -> None:
    told = "belongs to the Stash whose database is"
    with StashStandIn(tmp_path / "other") as other, pytest.raises(StoreError, match=told) as raised:
        check(place, other)

    assert str(database) in raised.value.sentence
    assert raised.value.sentence.endswith("aside and scan again.")


def test_a_stash_that_has_moved_is_at_home(
    place: Workplace, database: Path, tmp_path: Path
) -> None:
    first = place.stash
    database.unlink()
    with StashStandIn(tmp_path / "elsewhere") as moved:
        check(place, moved)
        check(place, moved)

        # Two that take turns in separate containers are told apart by that.
        with pytest.raises(StoreError, match="give each its own"):
            check(place, first)


def test_nothing_is_changed_in_a_foreign_stash(
    place: Workplace, database: Path, tmp_path: Path
) -> None:
    (number,) = found(place, "image", place.add_unknown_image(), proposal(ANN))
    with StashStandIn(tmp_path / "other") as place.stash:
        with pytest.raises(StoreError, match="belongs to the Stash"):
            decide(place.request(suggestions=[number], decision="accept"))

        assert [each.operation for each in place.stash.requests if "Update" in each.operation] == []


def test_nothing_that_is_known_of_one_stash_is_told_to_or_kept_for_another(
    place: Workplace, database: Path, tmp_path: Path
) -> None:
    with StashStandIn(tmp_path / "other") as other:
        place.stash = other
        with Context(place.request()) as context, pytest.raises(StoreError, match="belongs to"):
            context.store  # noqa: B018
