from __future__ import annotations

from typing import Any

import pytest

from stash_face.errors import BadRequest
from stash_face.operations.tuning import BARS, tuning
from stash_face.store.suggestions import PICTURE
from tests.contracts.api import validate_args, validate_output
from tests.operations.review import ANN, BEN, STASHDB, accept, call, found, proposal
from tests.operations.workplace import Workplace


def asked(place: Workplace, **args: Any) -> dict[str, Any]:
    validate_args("tuning", {"mode": "tuning", **args})
    answer = tuning(place.request(**args))
    validate_output("tuning", answer)
    return answer


def at(steps: dict[str, Any], bar: float) -> tuple[Any, ...]:
    place = BARS.index(bar)
    return tuple(steps[name][place] for name in ("kept", "wrong", "accepted", "rejected"))


@pytest.fixture
def library(place: Workplace) -> Workplace:
    """Ann at 0.6, 0.8, 0.995 and 1, and Ben by his picture, which no face in an item is."""
    for number, confidence in enumerate((0.6, 0.8, 0.995, 1.0), 1):
        found(place, "image", str(number), proposal(ANN, confidence=confidence))
    found(place, "performer", "1", proposal(BEN, confidence=0.9), source=PICTURE)
    return place


def test_every_bar_tells_what_stays_and_how_many_of_it_are_wrong(library: Workplace) -> None:
    steps = asked(library)["steps"]

    assert at(steps, 0.0) == at(steps, 0.6) == (4, 0.605, 0, 0)
    assert at(steps, 0.61) == at(steps, 0.8) == (3, 0.205, 0, 0)
    assert at(steps, 0.81) == at(steps, 0.995) == (2, 0.005, 0, 0)
    assert at(steps, 0.999) == (1, 0.0, 0, 0)


def test_what_was_decided_no_longer_waits_but_tells_how_good_the_names_were(
    library: Workplace,
) -> None:
    library.stash.add_performer("Ann", [(STASHDB, "ann")])
    gallery = library.stash.add_gallery([])
    (right,) = found(library, "gallery", gallery, proposal(ANN, confidence=0.99))
    accept(library, right)
    (wrong,) = found(library, "scene", "9", proposal(ANN, confidence=0.7))
    call(library, "decide", suggestions=[wrong], decision="reject")

    steps = asked(library)["steps"]

    assert at(steps, 0.0) == (4, 0.605, 1, 1)
    assert at(steps, 0.9) == (2, 0.005, 1, 0)


def test_the_setting_in_force_comes_with_it(library: Workplace) -> None:
    library.stash.library.plugin_settings["stash_face"] = {"minConfidence": 80}

    steps = asked(library)["steps"]

    assert (steps["min_confidence"], steps["calibrated"]) == (0.8, False)


def test_examples_are_those_closest_to_the_bar(library: Workplace) -> None:
    answer = asked(library, bar=0.9)

    shown = {side: [row["confidence"] for row in rows] for side, rows in answer["examples"].items()}
    assert (answer["steps"], shown) == (None, {"kept": [0.995, 1.0], "gone": [0.8, 0.6]})


def test_a_bar_beyond_certainty_is_refused(place: Workplace) -> None:
    with pytest.raises(BadRequest, match="bar must be between 0 and 1"):
        tuning(place.request(bar=80))
