"""What is known of a person whom the user chose for an item: from its stored answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..identify.types import Reason, code_of
from ..store.references import Who
from ..store.suggestions import Proposal

_BY_THE_USER = Reason("Chosen by you.", "by_user")
_SHOWN_FACES = 12


def chosen_proposal(answer: Mapping[str, Any] | None, who: Who) -> Proposal:
    """The person as the answer has them, or with nothing but the user's word."""
    names = set(who.names)
    for entry in _entries(answer or {}):
        if names & _names(entry):
            evidence = {
                "faces": entry["seen"], "image_ids": entry.get("image_ids", []), **code_of(entry)
            }  # fmt: skip
            return Proposal(
                who, entry["decision"], entry["confidence"], entry["distance"], entry["reason"],
                evidence, entry["margin"],
            )  # fmt: skip
    return Proposal(
        who, "match", 0.0, 0.0, _BY_THE_USER, {"faces": [], **code_of(_BY_THE_USER.entry)}
    )


def _entries(answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every person that the answer names, with the faces they were `seen` by."""
    found = []
    for number, face in enumerate(answer.get("faces", [])):
        seen = {"image_id": answer.get("image_id"), "face": number, "bbox": face["bbox"]}
        told = {"decision": face["decision"], "reason": face["reason"], "seen": [seen]}
        told |= code_of(face)
        found += [{**match, **told} for match in face["matches"]]
    for entry in answer.get("performers", []):
        image_id, number = entry["face"]
        found.append({**entry, "seen": [{"image_id": image_id, "face": number}]})
    for entry in answer.get("persons", []):
        if not entry.get("unknown"):
            sightings = entry["evidence"]["sightings"]
            found.append({**entry, "seen": sorted(sightings, key=_distance)[:_SHOWN_FACES]})
    return found


def _names(entry: Mapping[str, Any]) -> set[str]:
    boxes = {f"{host}:{uuid}" for host, uuid in entry["stash_ids"].items() if uuid}
    return {entry["performer_id"], *boxes}


def _distance(sighting: Mapping[str, Any]) -> float:
    return float(sighting["distance"] or 0)
