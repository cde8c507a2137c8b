"""Suggestions in a made-up library, and calls that are held against the schema."""

from __future__ import annotations

from typing import Any

from stash_face.operations.decide import decide
from stash_face.operations.suggestions import suggestions
from stash_face.operations.undo import undo
from stash_face.store.references import Who
from stash_face.store.runs import begin_run
from stash_face.store.suggestions import FACES, Item, Proposal, propose
from tests.contracts.api import validate_args, validate_output
from tests.operations.workplace import Workplace

STASHDB = "https://stashdb.org/graphql"
ANN = Who("stashdb.org:ann", "Ann", {"stashdb.org": "ann"})
BEN = Who("stashdb.org:ben", "Ben", {"stashdb.org": "ben"})


def proposal(who: Who, images: list[str] | None = None, confidence: float = 0.9) -> Proposal:
    faces = [{"image_id": each, "face": 0} for each in images or []]
    evidence = {"faces": faces, "image_ids": images or []}
    return Proposal(who, "match", confidence, 0.25, "A close match.", evidence)


def found(
    place: Workplace, kind: str, item_id: str, *people: Proposal, source: str = FACES
) -> list[str]:
    """The numbers of the open suggestions for the item, after a run that found these people."""
    with place.store as store:
        run = begin_run(store, "scan")
        propose(store, run, Item(kind, item_id, f"{kind} {item_id}"), people, source)
    rows = listed(place, kind=kind, id=item_id)
    return [row["suggestion"] for row in rows]


def listed(place: Workplace, **args: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = call(place, "suggestions", **args)["suggestions"]
    return rows


def call(place: Workplace, mode: str, **args: Any) -> Any:
    modes = {"decide": decide, "suggestions": suggestions, "undo": undo}
    validate_args(mode, {"mode": mode, **args})
    answer = modes[mode](place.request(**args))
    validate_output(mode, answer)
    return answer


def accept(place: Workplace, *numbers: str, **args: Any) -> list[dict[str, Any]]:
    given = {"suggestions": list(numbers), "decision": "accept", **args}
    decided: list[dict[str, Any]] = call(place, "decide", **given)["decided"]
    return decided


def on(place: Workplace, kind: str, item_id: str) -> list[str]:
    """The performers on an item in Stash."""
    library = place.stash.library
    items: dict[str, Any] = {
        "image": library.images, "gallery": library.galleries, "scene": library.scenes,
    }  # fmt: skip
    return [performer.id for performer in items[kind][item_id].performers]
