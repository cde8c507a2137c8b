"""The source `stash:URL`: the performers of a Stash, by their stash ids, and their pictures.

A performer without a stash id is named by nobody else, so only those with one are taken.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin, urlsplit

from builder.net.web import Web
from builder.settings import Secret
from builder.sources.asking import graphql, heard, understood
from builder.sources.source import End, Known, Page
from builder.sources.stashbox import host_of
from builder.values import PictureRef, SourcePerformer
from stash_face.errors import BadRequest, DownloadError
from stash_face.facedb.people import person

PER_PAGE = 100
MOST_IMAGES = 10
_PERFORMERS = """
query Performers($filter: FindFilterType) {
  findPerformers(filter: $filter) {
    count
    performers {
      id name disambiguation alias_list birthdate country image_path
      stash_ids { endpoint stash_id }
    }
  }
}"""
_IMAGES = """
query Images($filter: FindFilterType, $image: ImageFilterType) {
  findImages(filter: $filter, image_filter: $image) { images { id paths { image } } }
}"""

Row = dict[str, Any]


class StashLibrary:
    """Everybody of a Stash at `url` who has a stash id. `images`: also take images of the library
    that are tagged with that one performer alone; `base` prefixes addresses that need the key."""

    def __init__(self, url: str, key: Secret | None, web: Web, images: bool = False) -> None:
        self.base = url.rstrip("/") + "/"
        self._key, self._web, self._images = key, web, images
        self.name = f"stash:{host_of(url)}"
        self._called = f"The Stash at {self.base}"

    def read(self, known: Known) -> Iterator[Page]:
        page = int(known.cursor or 1)
        while True:
            given = {"page": page, "per_page": PER_PAGE, "sort": "id", "direction": "ASC"}
            data = self._ask(_PERFORMERS, {"filter": given})
            with understood(self._called):
                rows, total = data["findPerformers"]["performers"], data["findPerformers"]["count"]
                told = [self._told(row) for row in rows if row["stash_ids"]]
            page += 1
            if len(rows) < PER_PAGE:
                yield Page(told, total=total, end=End(whole=True))
                return
            yield Page(told, str(page), total=total)

    def _told(self, row: Row) -> SourcePerformer:
        ids = {host_of(str(each["endpoint"])): str(each["stash_id"]) for each in row["stash_ids"]}
        (host, uuid), *others = ids.items()
        own = f"{host}:{uuid}" if not others else f"{self.name}:{row['id']}"
        record = {"name": row["name"], "country": row["country"], "stash_ids": ids}
        pictures = []
        if row["image_path"] and "default=true" not in row["image_path"]:
            pictures.append(self._picture(str(row["image_path"]), str(row["name"])))
        if self._images:
            pictures += self._tagged(row)
        return SourcePerformer(
            str(row["id"]), f"{int(row['id']):09}", person(own, record), tuple(pictures),
            tuple(map(str, row["alias_list"] or ())), str(row["disambiguation"] or ""),
            str(row["birthdate"] or ""),
        )  # fmt: skip

    def _tagged(self, row: Row) -> list[PictureRef]:
        given = {
            "filter": {"per_page": MOST_IMAGES, "sort": "id", "direction": "ASC"},
            "image": {
                "performers": {"value": [row["id"]], "modifier": "INCLUDES"},
                "performer_count": {"value": 1, "modifier": "EQUALS"},
            },
        }
        found = self._ask(_IMAGES, given)["findImages"]["images"]
        return [
            self._picture(str(each["paths"]["image"]), f"{row['name']} image {each['id']}")
            for each in found
            if each["paths"]["image"]
        ]

    def _picture(self, address: str, name: str) -> PictureRef:
        """Stash writes addresses as whoever asked reached it; behind a proxy they are wrong."""
        parts = urlsplit(address)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        # Its addresses carry the time of the last change.
        return PictureRef(urljoin(self.base, path), name, frozen="t=" in parts.query)

    def _ask(self, query: str, variables: dict[str, Any]) -> dict[str, Any]:
        headers = {"ApiKey": self._key.value} if self._key else {}
        content = {"query": query, "variables": variables}
        answer = heard(
            self._called, lambda: self._web.post(urljoin(self.base, "graphql"), headers, content),
            "start it, or mend the address",
        )  # fmt: skip
        if answer.status in (401, 403):
            raise BadRequest(
                f"{self._called} wants an API key: make one under Settings, Security, "
                "and give it as STASH_API_KEY."
            )
        data, wrong = graphql(self._called, answer)
        if wrong:
            raise DownloadError(
                f"{self._called} refuses the question ({wrong}): update Stash or the builder."
            )
        return data
