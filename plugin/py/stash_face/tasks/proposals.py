"""Answers about images and galleries as proposals, with the faces that they rest on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from ..facedb.law import FPIR_AUTOMATIC, FPIR_SUGGEST, Law
from ..identify.types import UNKNOWN, code_of
from ..operations.matches import LOCAL
from ..stash.entities import LocalPerformer
from ..stash.library import comparable, comparable_ids
from ..store.images import StoredFace
from ..store.references import Who
from ..store.suggestions import Proposal

# Faces that are shown as evidence of one suggestion, the closest first.
SHOWN_FACES = 12
_SIGHTED = ("at", "source", "bbox", "distance", "confidence")


class LocalPeople:
    """The user's own performers by the stash-box ids they have."""

    def __init__(self, performers: Iterable[LocalPerformer]) -> None:
        self._by_id: dict[str, str] = {}
        for performer in performers:
            for stash_id in comparable_ids(performer):
                self._by_id.setdefault(stash_id, performer.id)

    def who(self, match: Mapping[str, Any]) -> Who:
        """The person of a match, with the performer of Stash where there is one."""
        stash_ids = {host: uuid for host, uuid in match["stash_ids"].items() if uuid}
        known = (self._by_id.get(comparable(host, uuid)) for host, uuid in stash_ids.items())
        local_id = next((each for each in known if each), None)
        if match["performer_id"].startswith(LOCAL):
            local_id = match["performer_id"].removeprefix(LOCAL)
        return Who(match["performer_id"], match["name"], stash_ids, local_id)


def image_proposals(
    answer: Mapping[str, Any], people: LocalPeople, tagged: Collection[str], law: Law
) -> list[Proposal]:
    """Who is proposed for one image, without those whom it is tagged with."""
    proposals = []
    for number, face in enumerate(answer["faces"]):
        if face["decision"] == UNKNOWN or not face["matches"]:
            continue
        match = face["matches"][0]
        seen = {
            "image_id": answer["image_id"], "face": number, "bbox": face["bbox"],
            "distance": match["distance"], "confidence": match["confidence"],
        }  # fmt: skip
        quality = face["quality"]
        evidence = {"faces": [seen], "image_count": 1, "images": 1, "quality": quality}
        proposals.append(_proposal(people.who(match), match, face, evidence, law))
    return [each for each in proposals if each.who.local_performer_id not in tagged]


def gallery_proposals(
    answer: Mapping[str, Any],
    faces: Sequence[tuple[str, int, StoredFace]],
    people: LocalPeople,
    tagged: Collection[str],
    law: Law,
) -> list[Proposal]:
    """The same for a gallery; `faces` are those of its images (image id, place, face)."""
    places = {(image_id, *face.bbox): (place, face) for image_id, place, face in faces}
    proposals = []
    for entry in answer["performers"]:
        who = people.who(entry)
        if who.local_performer_id in tagged:
            continue
        seen = []
        for sighting in entry["all_matches"][:SHOWN_FACES]:
            key = (sighting["image_id"], *sighting["bbox"].values())
            if key in places:
                seen.append({**sighting, "face": places[key][0]})
        # What several faces have in common is no poor face any more.
        alone = len(entry["all_matches"]) == 1 and seen
        evidence = {
            "faces": seen,
            "image_count": entry["image_count"],
            "images": answer["total_images"],
            "image_ids": entry["image_ids"],
            "quality": _quality(seen[0], places) if alone else None,
        }
        proposals.append(_proposal(who, entry, entry, evidence, law))
    return proposals


def scene_proposals(
    answer: Mapping[str, Any], people: LocalPeople, tagged: Collection[str], law: Law
) -> list[Proposal]:
    """The same for a scene."""
    proposals = []
    for person in answer["persons"]:
        if person["unknown"]:
            continue
        who = people.who(person)
        if who.local_performer_id in tagged:
            continue
        sightings = person["evidence"]["sightings"]
        closest = sorted(sightings, key=lambda each: each["distance"] or 0.0)[:SHOWN_FACES]
        evidence = {
            "faces": [
                {**{name: each[name] for name in _SIGHTED}, "face_id": each["face"]}
                for each in closest
            ],
            "appearances": person["appearances"],
            "timestamps": person["timestamps"],
            "quality": person["evidence"]["quality"] if person["appearances"] == 1 else None,
        }
        proposals.append(_proposal(who, person, person, evidence, law))
    return proposals


def _quality(
    seen: Mapping[str, Any], places: Mapping[tuple[Any, ...], tuple[int, StoredFace]]
) -> float:
    key = (seen["image_id"], *seen["bbox"].values())
    return places[key][1].quality


def _proposal(
    who: Who,
    match: Mapping[str, Any],
    verdict: Mapping[str, Any],
    evidence: Mapping[str, Any],
    law: Law,
) -> Proposal:
    """Its `evidence` gets the embedders' distances and the largest distance of a match."""
    quality = evidence["quality"]
    bar = law.at(1.0 if quality is None else quality)
    known = {"distances": match["distances"], "bar": round(1 - bar.threshold(FPIR_SUGGEST), 4)}
    sure = bar.fitted and bar.fpir(1 - match["distance"]) <= FPIR_AUTOMATIC
    return Proposal(
        who,
        verdict["decision"],
        match["confidence"],
        match["distance"],
        verdict["reason"],
        {**evidence, **known, **code_of(verdict)},
        match["margin"],
        sure and verdict["decision"] == "match",
    )
