"""The source `theporndb`: ThePornDB's REST interface, which knows no order of changes.

Each reading goes through everybody. Rows move meanwhile, so whoever was on no page is asked about
before they count as gone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

from builder.net.web import Web
from builder.settings import Secret
from builder.sources.asking import CURE_OF_SILENCE, heard, understood, web_address
from builder.sources.source import End, Known, Page
from builder.values import PictureRef, SourcePerformer
from stash_face.errors import BadRequest, DownloadError
from stash_face.facedb.types import Person

HOST = "theporndb.net"
PER_PAGE = 100
# With more missing than this they are not asked about one by one.
MOST_ASKED = 300
MOST_BYTES = 64_000_000

Row = dict[str, Any]


class ThePornDB:
    """Everybody there. `url` is the interface's, as in `https://api.theporndb.net`."""

    def __init__(self, url: str, key: Secret | None, web: Web, most: int | None = None) -> None:
        self._url, self._key, self._web, self._most = url.rstrip("/"), key, web, most
        self.name = HOST

    def read(self, known: Known) -> Iterator[Page]:
        page, met = json.loads(known.cursor) if known.cursor else (1, 0)
        while True:
            rows, last, total = self._page(page)
            with understood(HOST):
                found = [told(row) for row in rows if row.get("id")]
            page, met = page + 1, met + len(found)
            yield Page(found, json.dumps((page, met)), total=total)
            if self._most is not None and met >= self._most:
                yield Page((), end=End(whole=False))
                return
            if page > last or not rows:
                break
        there, gone = self._asked(known.unseen())
        yield Page(there, json.dumps((page, met)), gone=gone, end=End(whole=False))

    def _asked(self, unmet: set[str]) -> tuple[list[SourcePerformer], list[str]]:
        """Who of those that no page had is there after all, and who is gone."""
        if len(unmet) > MOST_ASKED:
            return [], sorted(unmet)
        there, gone = [], []
        for ident in sorted(unmet):
            status, content = self._ask(f"performers/{quote(ident, safe='')}")
            if status in (404, 410):
                gone.append(ident)
                continue
            row = content.get("data")
            if not isinstance(row, dict):
                raise _odd(status)
            with understood(HOST):
                there.append(told({**row, "id": ident}))
        return there, gone

    def _page(self, page: int) -> tuple[list[Row], int, int | None]:
        """The rows of a page, the number of the last one, and how many rows there are."""
        query = urlencode({"page": page, "per_page": PER_PAGE})
        status, content = self._ask(f"performers?{query}")
        try:
            meta = content.get("meta") or {}
            return list(content["data"]), int(meta.get("last_page") or page), meta.get("total")
        except (ValueError, KeyError, TypeError, AttributeError):
            raise _odd(status) from None

    def _ask(self, path: str) -> tuple[int, Row]:
        """The status of an answer, and its JSON object."""
        headers = {"Accept": "application/json"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key.value}"
        answer = heard(
            HOST, lambda: self._web.get(f"{self._url}/{path}", headers, MOST_BYTES), CURE_OF_SILENCE
        )
        if answer.status in (401, 403):
            raise BadRequest(
                f"{HOST} does not take the API key (it says {answer.status}): make one in your "
                "profile there."
            )
        if answer.status in (404, 410):
            return answer.status, {}
        try:
            content = json.loads(answer.body)
        except ValueError:
            content = None
        if not isinstance(content, dict):
            raise _odd(answer.status)
        return answer.status, content


def _odd(status: int) -> DownloadError:
    return DownloadError(
        f"{HOST} answers with status {status} and no list of performers: try again later."
    )


def told(row: Row) -> SourcePerformer:
    """A row as a performer: the cropped face first, then the posters; a StashDB link in `extras`
    is the same person's id there."""
    ident = str(row["id"])
    name = str(row.get("name") or row.get("full_name") or ident)
    extras = row.get("extras") or {}
    posters = [each.get("url") for each in row.get("posters") or () if isinstance(each, dict)]
    told_at = (row.get("face"), row.get("image"), *posters)
    addresses = [web_address(f"https://{HOST}/", str(url)) for url in told_at if url]
    links = extras.get("links") or {}
    urls = tuple(str(url) for url in (links.values() if isinstance(links, dict) else links) if url)
    pictures = tuple(
        PictureRef(url, f"{name} {number}") for number, url in enumerate(dict.fromkeys(addresses))
    )
    country = extras.get("nationality") or extras.get("birthplace_code")
    key = f"{HOST}:{ident}"
    person = Person(
        key, key, name, {HOST: ident}, str(country) if country else None,
        addresses[0] if addresses else None,
    )  # fmt: skip
    aliases = tuple(map(str, row.get("aliases") or ()))
    return SourcePerformer(
        ident, ident, person, pictures, aliases, str(row.get("disambiguation") or ""),
        str(extras.get("birthday") or ""), urls,
    )  # fmt: skip
