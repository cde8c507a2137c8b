from __future__ import annotations

from typing import Any

import pytest

from stash_face.operations.chosen import chosen_proposal
from tests.operations.review import ANN, BEN

MATCH = {
    "performer_id": "stashdb.org:ann",
    "stash_ids": {"stashdb.org": "ann", "fansdb.cc": None},
    "confidence": 0.97,
    "distance": 0.3,
    "margin": 0.2,
}
TOLD = {"decision": "uncertain", "reason": "Between two people."}
BOX = {"x": 0.1, "y": 0.1, "w": 0.2, "h": 0.3}


def sighting(face: int, distance: float | None) -> dict[str, Any]:
    return {"face": face, "at": face / 2, "bbox": BOX, "distance": distance, "confidence": 0.9}


@pytest.mark.parametrize(
    ("answer", "faces"),
    [
        (
            {"image_id": "7", "faces": [{**TOLD, "bbox": BOX, "matches": [MATCH]}]},
            [{"image_id": "7", "face": 0, "bbox": BOX}],
        ),
        # As it is stored: the best face is named by image and place.
        (
            {"performers": [{**MATCH, **TOLD, "face": ["7", 3], "image_ids": ["7", "9"]}]},
            [{"image_id": "7", "face": 3}],
        ),
        (
            {
                "persons": [
                    {"unknown": True},
                    {
                        **MATCH,
                        **TOLD,
                        "unknown": False,
                        "face": 1,
                        "evidence": {"sightings": [sighting(5, 0.6), sighting(1, 0.2)]},
                    },
                ]
            },
            [sighting(1, 0.2), sighting(5, 0.6)],
        ),
    ],
    ids=["image", "gallery", "scene"],
)
def test_a_person_whom_the_answer_names_comes_with_its_numbers(
    answer: dict[str, Any], faces: list[dict[str, Any]]
) -> None:
    found = chosen_proposal(answer, ANN)

    assert (found.decision, found.reason) == ("uncertain", "Between two people.")
    assert (found.confidence, found.distance, found.margin) == (0.97, 0.3, 0.2)
    assert found.evidence["faces"] == faces
    assert found.evidence["image_ids"] == answer.get("performers", [{}])[0].get("image_ids", [])


@pytest.mark.parametrize("answer", [None, {"image_id": "7", "faces": []}])
def test_anybody_else_comes_with_nothing_but_the_users_word(answer: dict[str, Any] | None) -> None:
    found = chosen_proposal(answer, BEN)

    assert (found.reason, found.confidence, found.evidence) == (
        "Chosen by you.",
        0.0,
        {"faces": [], "reason_code": "by_user", "reason_values": {}},
    )
