"""Candidates and verdicts in the words of the contract (docs/api.md)."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from ..facedb.law import Law
from ..facedb.types import Candidate, Person

if TYPE_CHECKING:
    from ..stash.reader import Asks

# A candidate less likely than this is not worth showing, whatever its rank.
LISTED_CONFIDENCE = 0.01
# People of no stash-box whom the user has: "local:" and their id in Stash.
LOCAL = "local:"


def match_entry(
    candidate: Candidate, person: Person, law: Law, runner_up: float | None
) -> dict[str, Any]:
    """One of `matches[]`; `runner_up` is the similarity of the next person, for the margin."""
    stashdb = person.stash_ids.get("stashdb.org")
    margin = None if runner_up is None else round(candidate.similarity - runner_up, 4)
    return {
        "performer_id": person.performer_id,
        "stashdb_id": stashdb,
        "stash_ids": person.stash_ids,
        "name": person.name,
        "country": person.country,
        "image_url": person.image_url,
        "stashdb_url": _page(person),
        "distance": round(candidate.distance, 4),
        "distances": {key: round(1 - s, 4) for key, s in candidate.similarities.items()},
        "margin": margin,
        "confidence": round(law.confidence(candidate.similarity), 4),
        "local_performer_id": None,
        "already_tagged": False,
    }


def _page(person: Person) -> str | None:
    host, _, uuid = person.performer_id.partition(":")
    return f"https://{host}/performers/{uuid}" if uuid and "." in host else None


def jpeg_uri(jpeg: bytes) -> str | None:
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode() if jpeg else None


def mark_local(client: Asks, entries: list[dict[str, Any]], tagged: set[str]) -> None:
    """Fills local_performer_id and already_tagged of match entries, with one query for all."""
    from ..stash.library import local_performers  # not above: stored lists ask nothing of Stash

    wanted = {
        f"{host}:{uuid}" for entry in entries for host, uuid in entry["stash_ids"].items() if uuid
    }
    local = local_performers(client, sorted(wanted)) if wanted else {}
    for entry in entries:
        ids = (f"{host}:{uuid}" for host, uuid in entry["stash_ids"].items() if uuid)
        found = next((local[i].id for i in ids if i in local), None)
        if entry["performer_id"].startswith(LOCAL):
            found = entry["performer_id"].removeprefix(LOCAL)
        entry["local_performer_id"] = found
        entry["already_tagged"] = found in tagged
