from __future__ import annotations

from typing import Any

import pytest

from stash_face.facedb.law import FPIR_SUGGEST, Law
from stash_face.stash.entities import LocalPerformer
from stash_face.tasks.proposals import LocalPeople, image_proposals

LAW = Law(location=0.2, scale=0.02, genuine_mean=0.7, genuine_sd=0.1, people=1000, probes=500,
          fitted=True)  # fmt: skip
ADA = "50459d16-787c-47c9-8ce9-a4cac9404324"


def match(performer_id: str = f"stashdb.org:{ADA}", distance: float = 0.3) -> dict[str, Any]:
    host, _, known = performer_id.partition(":")
    return {
        "performer_id": performer_id, "name": "Ada", "stash_ids": {host: known, "fansdb.cc": None},
        "distance": distance, "distances": {"arcface": distance}, "confidence": 0.99, "margin": 0.2,
    }  # fmt: skip


def answer(*faces: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    box = {"x": 0.1, "y": 0.1, "w": 0.2, "h": 0.2}
    return {
        "image_id": "5",
        "faces": [
            {"decision": decision, "reason": "So it is.", "quality": 1.0, "bbox": box,
             "matches": [each]}
            for decision, each in faces
        ],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("endpoint", "known"),
    [
        ("https://stashdb.org/graphql", ADA),
        # However it is spelt.
        ("https://www.stashdb.org/graphql", ADA.upper()),
    ],
)
def test_a_match_is_the_performer_of_stash_with_the_same_id(endpoint: str, known: str) -> None:
    people = LocalPeople([LocalPerformer("12", "A.", ((endpoint, known),))])

    who = people.who(match())

    assert (who.local_performer_id, who.stash_ids) == ("12", {"stashdb.org": ADA})
    assert people.who(match("fansdb.cc:x")).local_performer_id is None
    assert people.who(match("local:40")).local_performer_id == "40"


def test_whoever_is_not_named_or_tagged_already_is_not_proposed() -> None:
    people = LocalPeople([LocalPerformer("12", "A.", (("https://stashdb.org/graphql", ADA),))])
    seen = answer(("unknown", match("fansdb.cc:x")), ("match", match()))

    (found,) = image_proposals(seen, people, (), LAW)

    assert (found.who.local_performer_id, found.decision, found.sure) == ("12", "match", True)
    assert found.evidence["distances"] == {"arcface": 0.3}
    assert found.evidence["bar"] == round(1 - LAW.threshold(FPIR_SUGGEST), 4)
    assert found.evidence["faces"][0]["face"] == 1
    assert image_proposals(seen, people, ("12",), LAW) == []


@pytest.mark.parametrize(
    ("decision", "distance", "law"),
    [
        # Only perhaps them.
        ("uncertain", 0.3, LAW),
        # More than 1 stranger in 1,000 comes as close.
        ("match", 0.68, LAW),
        # Nobody has measured how close strangers come.
        ("match", 0.3, LAW._replace(fitted=False)),
    ],
)
def test_what_may_be_wrong_is_not_sure(decision: str, distance: float, law: Law) -> None:
    (found,) = image_proposals(
        answer((decision, match(distance=distance))), LocalPeople([]), (), law
    )

    assert not found.sure
