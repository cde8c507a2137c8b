from __future__ import annotations

from typing import Any

import pytest

from stash_face.errors import BadRequest
from stash_face.operations.waiting import waiting
from stash_face.store.connection import FILE_NAME
from tests.contracts.api import validate_args, validate_output
from tests.operations.review import ANN, BEN, call, found, proposal
from tests.operations.workplace import Workplace


def asked(place: Workplace, **items: list[Any]) -> dict[str, Any]:
    validate_args("waiting", {"mode": "waiting", "items": items})
    answer = waiting(place.request(items=items))
    validate_output("waiting", answer)
    counts: dict[str, Any] = answer["waiting"]
    return counts


def test_what_waits_for_each_card_is_counted(place: Workplace) -> None:
    found(place, "image", "1", proposal(ANN), proposal(BEN))
    (gallery,) = found(place, "gallery", "1", proposal(ANN))
    found(place, "performer", "1", proposal(ANN))

    assert asked(place, image=["1", "2"], gallery=[1], performer=["1"], scene=["1"]) == {
        "image": {"1": 2},
        "gallery": {"1": 1},
        "performer": {"1": 1},
    }

    call(place, "decide", suggestions=[gallery], decision="reject")

    assert asked(place, gallery=["1"]) == {}


def test_more_cards_than_a_statement_takes_are_counted(place: Workplace) -> None:
    found(place, "image", "1999", proposal(ANN))

    assert asked(place, image=[str(n) for n in range(1, 2_001)]) == {"image": {"1999": 1}}


def test_nothing_waits_before_anything_was_looked_at(place: Workplace) -> None:
    assert asked(place, image=["1"]) == {}
    assert not (place.data / FILE_NAME).exists()


@pytest.mark.parametrize(
    ("items", "told"),
    [
        (None, "must be {kind: \\[ids\\]}"),
        (["1"], "must be {kind: \\[ids\\]}"),
        ({"image": "1"}, "must be {kind: \\[ids\\]}"),
        ({"album": ["1"]}, "kinds of image, gallery, scene, performer"),
        ({"image": ["x"]}, "must be the number"),
        ({"image": ["1"] * 2_001}, "2000 ids"),
    ],
)
def test_what_cannot_be_meant_is_refused(place: Workplace, items: Any, told: str) -> None:
    with pytest.raises(BadRequest, match=told):
        waiting(place.request(items=items))
