"""Answers beside tags, as figures: precision, recall, confidence against truth, mistakes.

Pure: knows neither Stash nor the store. Tags are taken for the truth, which they are not always:
a name that is not tagged may be an untagged person, and a tagged person may not be visible.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from .measure_sample import Tagged

MATCH, UNCERTAIN = "match", "uncertain"
BINS = 10
LISTED_MISTAKES = 60
LISTED_MISSED = 30


class Given(NamedTuple):
    """The first candidate of a face, or of a person of a gallery: `image_id` and `thumbnail` (a
    data address or None) show where."""

    performer_id: str
    name: str
    confidence: float
    decision: str
    reason: str
    image_id: str
    thumbnail: str | None


class Look(NamedTuple):
    """An image or a gallery: who is tagged (`also` on single pictures of the gallery, and how
    many without a stash-box id), how many faces (of a gallery: people) were seen, and what was
    answered."""

    kind: str
    id: str
    tagged: list[Tagged]
    also: list[Tagged]
    without_id: int
    faces: int
    given: list[Given]

    @property
    def in_database(self) -> list[Tagged]:
        return [each for each in self.tagged if each.known_as]

    @property
    def found(self) -> list[Tagged]:
        named = {each.performer_id for each in self.given if each.decision == MATCH}
        return [each for each in self.in_database if each.known_as & named]

    @property
    def lost(self) -> list[Tagged]:
        return [each for each in self.in_database if each not in self.found]

    def confirms(self, given: Given) -> bool:
        return any(given.performer_id in each.known_as for each in [*self.tagged, *self.also])


def figures(looks: Sequence[Look]) -> dict[str, Any]:
    """The counts and shares of images, or of galleries; a share of nothing is None."""
    named = [(look, g) for look in looks for g in look.given if g.decision == MATCH]
    unsure = [(look, g) for look in looks for g in look.given if g.decision == UNCERTAIN]
    confirmed = sum(look.confirms(given) for look, given in named)
    wanted = sum(len(look.in_database) for look in looks)
    found = sum(len(look.found) for look in looks)
    faces = sum(look.faces for look in looks)
    return {
        "looked_at": len(looks),
        "faces": faces,
        "tagged": wanted,
        "found": found,
        "recall": share(found, wanted),
        "missed_without_any_face": sum(len(look.lost) for look in looks if not look.faces),
        "named": len(named),
        "confirmed": confirmed,
        "precision_at_least": share(confirmed, len(named)),
        "uncertain": len(unsure),
        "uncertain_share": share(len(unsure), faces),
        "uncertain_confirmed": sum(look.confirms(given) for look, given in unsure),
    }


def calibration(looks: Sequence[Look]) -> dict[str, Any]:
    """`bins` of equal width from 0 to 1, each with its mean confidence and the share that tags
    confirm; `error` is their mean distance (ECE), None without answers."""
    answers = [(given.confidence, look.confirms(given)) for look in looks for given in look.given]
    rows, error = [], 0.0
    for number in range(BINS):
        inside = [a for a in answers if min(int(a[0] * BINS), BINS - 1) == number]
        mean = share(sum(confidence for confidence, _ in inside), len(inside))
        right = share(sum(confirmed for _, confirmed in inside), len(inside))
        rows.append(
            {
                "from": number / BINS,
                "to": (number + 1) / BINS,
                "answers": len(inside),
                "confidence": mean,
                "confirmed": right,
            }
        )
        if mean is not None and right is not None:
            error += abs(mean - right) * len(inside)
    return {"error": share(error, len(answers)), "bins": rows}


def mistakes(looks: Sequence[Look]) -> list[dict[str, Any]]:
    """Names given that no tag confirms: first those beside a tagged person who was not found,
    each by confidence."""
    found = [
        (look, given)
        for look in looks
        for given in look.given
        if given.decision == MATCH and not look.confirms(given)
    ]
    found.sort(key=lambda pair: (not pair[0].lost, -pair[1].confidence, pair[0].id))
    return [
        {
            "kind": look.kind,
            "id": look.id,
            "image_id": given.image_id,
            "name": given.name,
            "performer_id": given.performer_id,
            "confidence": given.confidence,
            "reason": given.reason,
            "tagged": [each.name for each in look.tagged],
            "tagged_without_stash_id": look.without_id,
            "not_found": [each.name for each in look.lost],
            "not_in_database": [each.name for each in look.tagged if not each.known_as],
            "face_thumbnail": given.thumbnail,
        }
        for look, given in found[:LISTED_MISTAKES]
    ]


def most_missed(looks: Sequence[Look]) -> list[dict[str, Any]]:
    """The people of the database who were tagged and not named, most often missed first; `kind`
    and `id` are of one item to look at."""
    tagged = Counter(each for look in looks for each in look.in_database)
    missed = Counter(each for look in looks for each in look.lost)
    example = {each: (look.kind, look.id) for look in reversed(looks) for each in look.lost}
    ranked = sorted(missed, key=lambda each: (-missed[each], each.name, each.id))
    return [
        {
            "performer_id": each.id,
            "name": each.name,
            "missed": missed[each],
            "tagged": tagged[each],
            "kind": example[each][0],
            "id": example[each][1],
        }
        for each in ranked[:LISTED_MISSED]
    ]


def share(part: float, whole: float) -> float | None:
    return round(part / whole, 4) if whole else None
