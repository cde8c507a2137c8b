"""Performers of a stash-box, asked for through Stash, which has the key: nothing else is asked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from ..errors import NotFound
from ..protocol.arguments import shown
from . import change_documents as documents
from .client import StashClient
from .library import comparable

_GENDERS = {
    "MALE",
    "FEMALE",
    "TRANSGENDER_MALE",
    "TRANSGENDER_FEMALE",
    "INTERSEX",
    "NON_BINARY",
}
_SAME = (
    "disambiguation", "ethnicity", "country", "eye_color", "measurements", "fake_tits",
    "career_length", "tattoos", "piercings", "details", "hair_color",
)  # fmt: skip
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def endpoints(client: StashClient) -> dict[str, str]:
    """{host: endpoint} of the stash-boxes that the user has configured."""
    rows = client.query(documents.STASH_BOXES)["configuration"]["general"]["stashBoxes"]
    return {host_of(row["endpoint"]): row["endpoint"] for row in rows}


def endpoint_of(known: Mapping[str, str], host: str) -> str | None:
    """The endpoint of a stash-box, whether its host is told with or without `api.`."""
    return next((each for name, each in known.items() if site(name) == site(host)), None)


def performer_fields(
    client: StashClient, stash_ids: Mapping[str, str], name: str
) -> dict[str, Any]:
    """What Stash needs to create this performer, from the first configured stash-box that knows
    one of the ids {host: uuid}. NotFound with a sentence where none does."""
    known = endpoints(client)
    asked = []
    for host, stash_id in stash_ids.items():
        endpoint = endpoint_of(known, host)
        if endpoint is None:
            continue
        asked.append(host)
        # A stash-box takes the id itself as a search term; older ones know names only.
        for term in (stash_id, name):
            rows = client.query(documents.SEARCH_STASH_BOX, {"endpoint": endpoint, "term": term})
            for row in rows["scrapeSinglePerformer"]:
                if (row["remote_site_id"] or "").lower() == stash_id.lower():
                    return create_fields(row, endpoint, stash_id)
    if asked:
        raise NotFound(
            f"{shown(name)} was not found at {', '.join(asked)}: add them in Stash by hand."
        )
    hosts = ", ".join(stash_ids) or "a stash-box"
    raise NotFound(
        f"{shown(name)} is known to {hosts}, which Stash does not have: add it in Stash under "
        "Settings > Metadata Providers, or add the performer by hand."
    )


def create_fields(row: Mapping[str, Any], endpoint: str, stash_id: str) -> dict[str, Any]:
    """A PerformerCreateInput from a ScrapedPerformer; what Stash would refuse is left out."""
    fields: dict[str, Any] = {
        "name": row["name"],
        "stash_ids": [{"endpoint": endpoint, "stash_id": stash_id}],
        **{key: row[key] for key in _SAME if row.get(key)},
    }
    gender = re.sub("[ -]", "_", (row.get("gender") or "").strip()).upper()
    if gender in _GENDERS:
        fields["gender"] = gender
    for key in ("birthdate", "death_date"):
        if _DATE.fullmatch(row.get(key) or ""):
            fields[key] = row[key]
    for key, target in (("height", "height_cm"), ("weight", "weight")):
        if (row.get(key) or "").isdecimal():
            fields[target] = int(row[key])
    fields["alias_list"] = _aliases((row.get("aliases") or "").split(","), row["name"])
    if row.get("urls"):
        fields["urls"] = row["urls"]
    if row.get("images"):
        fields["image"] = row["images"][0]
    return fields


def _aliases(names: Iterable[str], name: str) -> list[str]:
    """Stash refuses an alias that is the name, or there twice, in whatever case."""
    kept = {each.strip().casefold(): each.strip() for each in names}
    return [each for key, each in kept.items() if key not in ("", name.strip().casefold())]


def host_of(endpoint: str) -> str:
    return (urlsplit(endpoint).hostname or endpoint).lower()


def site(endpoint: str) -> str:
    """The same for every spelling of a stash-box's endpoint or host."""
    return comparable(host_of(endpoint), "")
