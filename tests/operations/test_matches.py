from __future__ import annotations

from typing import Any

import pytest

from stash_face.facedb.types import Candidate, Person
from stash_face.operations.matches import jpeg_uri, mark_local, match_entry
from tests.contracts.api import validate
from tests.identify.synthetic import LAW
from tests.operations.workplace import Workplace

STASHDB, FANSDB = "https://stashdb.org/graphql", "https://fansdb.cc/graphql"
UUID = "5c3f1b6e-0000-4000-8000-000000000001"
ANN = Person(
    "performer_00001",
    f"stashdb.org:{UUID}",
    "Ann",
    {"stashdb.org": UUID, "fansdb.cc": None},
    "NO",
    "https://cdn.example/ann.jpg",
)


def entry(who: Person = ANN, runner_up: float | None = 0.3) -> dict[str, Any]:
    candidate = Candidate(who.key, 0.654321, {"north": 0.7, "south": 0.608642})
    return match_entry(candidate, who, LAW, runner_up)


def test_a_match_says_who_how_close_and_how_sure() -> None:
    validate("match", entry())
    assert entry() == {
        "performer_id": f"stashdb.org:{UUID}",
        "stashdb_id": UUID,
        "stash_ids": {"stashdb.org": UUID, "fansdb.cc": None},
        "name": "Ann",
        "country": "NO",
        "image_url": "https://cdn.example/ann.jpg",
        "stashdb_url": f"https://stashdb.org/performers/{UUID}",
        "distance": 0.3457,
        "distances": {"north": 0.3, "south": 0.3914},
        "margin": 0.3543,
        "confidence": pytest.approx(1.0, abs=0.01),
        "local_performer_id": None,
        "already_tagged": False,
    }


def test_the_last_of_all_has_no_margin() -> None:
    assert entry(runner_up=None)["margin"] is None


@pytest.mark.parametrize(
    ("performer_id", "page"),
    [
        ("fansdb.cc:x", "https://fansdb.cc/performers/x"),
        # somebody of no stash-box has no page
        ("Ann", None),
        ("Ann: the singer", None),
        ("stashdb.org:", None),
    ],
)
def test_a_page_is_given_where_there_is_one(performer_id: str, page: str | None) -> None:
    assert entry(ANN._replace(performer_id=performer_id, stash_ids={}))["stashdb_url"] == page


def test_a_thumbnail_is_a_data_address_or_nothing() -> None:
    assert jpeg_uri(b"jpeg") == "data:image/jpeg;base64,anBlZw=="
    assert jpeg_uri(b"") is None


def test_who_is_in_the_library_is_marked_with_one_question(place: Workplace) -> None:
    ann = place.stash.add_performer("Ann", [(STASHDB, "ann")])
    ben = place.stash.add_performer("Ben", [(FANSDB, "ben")])
    # the same uuid at another stash-box is somebody else
    place.stash.add_performer("Cleo", [(FANSDB, "cleo")])
    people = [{"stashdb.org": "ann"}, {"stashdb.org": None, "fansdb.cc": "ben"},
              {"stashdb.org": "cleo"}, {}]  # fmt: skip
    entries = [entry(ANN._replace(stash_ids=ids)) for ids in people]  # type: ignore[arg-type]
    asked = len(place.stash.requests)

    mark_local(place.client, entries, {ben})

    marks = [(each["local_performer_id"], each["already_tagged"]) for each in entries]
    assert marks == [(ann, False), (ben, True), (None, False), (None, False)]
    assert len(place.stash.requests) == asked + 1


def test_nobody_to_look_up_is_no_question(place: Workplace) -> None:
    mark_local(place.client, [entry(ANN._replace(stash_ids={}))], set())

    assert place.stash.requests == []
