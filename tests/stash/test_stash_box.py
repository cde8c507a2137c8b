from __future__ import annotations

from typing import Any

import pytest

from stash_face.errors import NotFound
from stash_face.stash.client import StashClient
from stash_face.stash.stash_box import create_fields, endpoint_of, performer_fields, site
from tests.fakes.stash_server import StashStandIn

STASHDB, TPDB = "https://stashdb.org/graphql", "https://theporndb.net/graphql"
ADA = {"name": "Ada", "remote_site_id": "0f3c"}


@pytest.fixture
def boxes(stash: StashStandIn) -> StashStandIn:
    stash.library.stash_boxes = [
        {"endpoint": each, "api_key": "", "name": each, "max_requests_per_minute": 0}
        for each in (STASHDB, TPDB)
    ]
    return stash


@pytest.mark.parametrize(
    ("term", "rows"),
    [
        ("by id", [ADA]),
        # A stash-box that knows names only; somebody of the same name comes first.
        ("by name", [{**ADA, "remote_site_id": "other"}, {**ADA, "remote_site_id": "0F3C"}]),
    ],
)
def test_a_performer_is_found_by_id_else_by_name(
    boxes: StashStandIn, client: StashClient, term: str, rows: list[dict[str, Any]]
) -> None:
    boxes.library.stash_box_performers = {STASHDB: rows}

    fields = performer_fields(client, {"fansdb.cc": "x", "stashdb.org": "0f3c"}, "Ada")

    assert fields == {
        "name": "Ada",
        "alias_list": [],
        "stash_ids": [{"endpoint": STASHDB, "stash_id": "0f3c"}],
    }


def test_only_stash_boxes_that_the_user_has_are_asked(
    boxes: StashStandIn, client: StashClient
) -> None:
    with pytest.raises(NotFound, match=r"known to fansdb\.cc, which Stash does not have"):
        performer_fields(client, {"fansdb.cc": "x"}, "Ada")

    assert [each.operation for each in boxes.requests] == ["StashBoxes"]


def test_an_endpoint_is_found_by_its_host_in_any_spelling() -> None:
    known = {"theporndb.net": TPDB}

    assert endpoint_of(known, "api.theporndb.net") == TPDB
    assert endpoint_of(known, "stashdb.org") is None
    assert site("https://API.theporndb.net/graphql") == site("theporndb.net")


@pytest.mark.parametrize(
    ("row", "fields"),
    [
        ({"gender": "Transgender Female"}, {"gender": "TRANSGENDER_FEMALE"}),
        ({"gender": "unknown"}, {}),
        ({"height": "170", "weight": "60 kg"}, {"height_cm": 170}),
        ({"birthdate": "1990-01-02", "death_date": "2020"}, {"birthdate": "1990-01-02"}),
        ({"images": ["a", "b"], "urls": []}, {"image": "a"}),
        ({"country": "GB", "details": ""}, {"country": "GB"}),
        # Stash refuses an alias that is the name, or there twice.
        ({"aliases": "ada, Ady,ADY , ,Augusta"}, {"alias_list": ["ADY", "Augusta"]}),
    ],
)
def test_what_stash_would_refuse_is_left_out(row: dict[str, Any], fields: dict[str, Any]) -> None:
    made = create_fields({**ADA, **row}, STASHDB, "0f3c")

    plain = {"name": "Ada", "stash_ids": [{"endpoint": STASHDB, "stash_id": "0f3c"}]}
    assert made == {**plain, "alias_list": [], **fields}
