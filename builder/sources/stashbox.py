"""The source `stashdb` and its kind: a stash-box, page by page.

Pages are offsets, and rows move while people edit. A whole reading goes by creation, where only a
deletion moves anything, and steps back a page when the count fell; later readings go back by
update to where the last one began. Nobody is gone before they were asked about by their id.
"""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Iterator
from datetime import datetime, timezone
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from builder.net.web import Web
from builder.net.wire import Answer
from builder.settings import Secret
from builder.sources.asking import CURE_OF_SILENCE, graphql, heard, understood, web_address
from builder.sources.source import End, Known, Page
from builder.values import PictureRef, SourcePerformer
from stash_face.errors import BadRequest, DownloadError
from stash_face.facedb.types import Person

PER_PAGE = 100
# Whole readings, one behind the other, until as many were met as there are.
MOST_PASSES = 3
# Every so many readings of changes are followed by a whole one.
WHOLE_EVERY = 10
# With more missing than this they are not asked about one by one.
MOST_ASKED = 300
_FIELDS = """
    id name disambiguation aliases country birth_date urls { url } images { id url }
    deleted merged_ids merged_into_id created updated"""
_PAGE = """
query Performers($input: PerformerQueryInput!) {
  queryPerformers(input: $input) { count performers { FIELDS } }
}""".replace("FIELDS", _FIELDS)
_ONE = """
query Performer($id: ID!) { findPerformer(id: $id) { FIELDS } }""".replace("FIELDS", _FIELDS)
_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)")

Row = dict[str, Any]


class _At(NamedTuple):
    """Where a whole reading stands: its pass, the page to be asked for next, the total that the
    server told last (-1: not yet), and the newest update seen."""

    turn: int = 1
    page: int = 1
    total: int = -1
    newest: str = ""


class StashBox:
    """Everybody of one stash-box, but those who are deleted or merged into others."""

    def __init__(
        self, url: str, key: Secret | None, web: Web, most: int | None = None, name: str = ""
    ) -> None:
        """`url` is the GraphQL address; `most` ends a reading early, for trying out; `name` is
        that in universal ids where it is not the address's host."""
        self._url, self._key, self._web, self._most = url, key, web, most
        self.name = name or host_of(url)

    def read(self, known: Known) -> Iterator[Page]:
        if self._most is not None:
            yield from self._some(self._most)
            return
        newest, readings = json.loads(known.mark) if known.mark else ("", 0)
        if newest and not known.cursor and readings < WHOLE_EVERY:
            newest, count, merged = yield from self._changes(newest)
            ids = known.ids()
            if len(ids - merged) == count:
                mark = json.dumps((newest, readings + 1))
                yield Page((), gone=sorted(merged & ids), end=End(whole=False, mark=mark))
                return
        yield from self._everybody(known, newest)

    def _some(self, most: int) -> Iterator[Page]:
        found: list[Row] = []
        page, full, count = 1, True, 0
        while len(found) < most and full:
            rows, count, full = self._rows(page, "CREATED_AT", "ASC")
            found += rows
            page += 1
        # Not whole: nobody is gone because of it, and the next reading begins anew.
        told = [self._told(row) for row in found[:most]]
        yield Page(told, total=count, end=End(whole=False))

    def _everybody(self, known: Known, newest: str) -> Iterator[Page]:
        at = _At(*json.loads(known.cursor)) if known.cursor else _At(newest=newest)
        while True:
            rows, count, full = self._rows(at.page, "CREATED_AT", "ASC")
            at = at._replace(newest=max([at.newest, *(_time(row["updated"]) for row in rows)]))
            fallen, at = at.total - count, at._replace(total=count)
            if fallen > 0 and at.page > 1:
                # Whoever was deleted has let as many slide to the page before.
                at = at._replace(page=max(at.page - 1 - fallen // PER_PAGE, 1))
                continue
            at = at._replace(page=at.page + 1)
            yield Page([self._told(row) for row in rows], json.dumps(at), total=count)
            if full:
                continue
            unmet = known.unseen()
            if len(known.ids() - unmet) >= count or at.turn == MOST_PASSES:
                break
            at = at._replace(turn=at.turn + 1, page=1)
        found, gone = self._asked(known.unseen())
        end = End(whole=False, mark=json.dumps((at.newest, 0)))
        yield Page(found, json.dumps(at), gone=gone, end=end)

    def _changes(self, since: str) -> Generator[Page, None, tuple[str, int, set[str]]]:
        """Back to the newest update of the last reading; gives the newest now, how many there
        are, and whom others were merged from."""
        page, before, newest, merged = 1, -1, since, set[str]()
        while True:
            rows, count, full = self._rows(page, "UPDATED_AT", "DESC")
            times = [_time(row["updated"]) for row in rows]
            newest = max([newest, *times])
            changed = [row for row, at in zip(rows, times, strict=True) if at >= since]
            merged.update(str(ident) for row in changed for ident in row["merged_ids"] or ())
            yield Page([self._told(row) for row in changed], total=len(changed))
            if before > count and page > 1:
                page -= 1
            elif not full or len(changed) < len(rows):
                return newest, count, merged
            else:
                page += 1
            before = count

    def _asked(self, unmet: set[str]) -> tuple[list[SourcePerformer], list[str]]:
        """Who of those that no page had is there after all, and who is gone."""
        if len(unmet) > MOST_ASKED:
            return [], sorted(unmet)
        rows = {ident: self._ask(_ONE, {"id": ident}).get("findPerformer")
                for ident in sorted(unmet)}  # fmt: skip
        there = [row for row in rows.values()
                 if row and not row["deleted"] and not row["merged_into_id"]]  # fmt: skip
        left = {str(row["id"]) for row in there}
        return [self._told(row) for row in there], sorted(unmet - left)

    def _rows(self, page: int, sort: str, direction: str) -> tuple[list[Row], int, bool]:
        """A page, how many there are in all, and whether the page was full."""
        given = {"page": page, "per_page": PER_PAGE, "sort": sort, "direction": direction}
        data = self._ask(_PAGE, {"input": given})
        with understood(self.name):
            found = data["queryPerformers"]
            rows = found["performers"]
            there = [row for row in rows if not row["deleted"]]
            return there, int(found["count"]), len(rows) == PER_PAGE

    def _ask(self, query: str, variables: dict[str, Any]) -> dict[str, Any]:
        headers = {"ApiKey": self._key.value} if self._key else {}
        content = {"query": query, "variables": variables}
        answer = heard(
            self.name, lambda: self._web.post(self._url, headers, content), CURE_OF_SILENCE
        )
        return _data(self.name, answer)

    def _told(self, row: Row) -> SourcePerformer:
        with understood(self.name):
            ident = str(row["id"])
            images = [(web_address(self._url, str(each["url"])), each["id"])
                      for each in row["images"] or ()]  # fmt: skip
            pictures = tuple(
                PictureRef(address, f"{row['name']} {number}", frozen=True)
                for address, number in images
            )
            person = Person(
                f"{self.name}:{ident}", f"{self.name}:{ident}", str(row["name"]),
                {self.name: ident}, row["country"], images[0][0] if images else None,
            )  # fmt: skip
            return SourcePerformer(
                ident, f"{_time(row['created'])} {ident}", person, pictures,
                tuple(map(str, row["aliases"] or ())), str(row["disambiguation"] or ""),
                str(row["birth_date"] or ""), tuple(str(url["url"]) for url in row["urls"] or ()),
                tuple(map(str, row["merged_ids"] or ())),
            )  # fmt: skip


def host_of(url: str) -> str:
    """How a stash-box is called in universal ids: its host, as the plugin calls it too."""
    return (urlsplit(url).hostname or "").removeprefix("www.").removeprefix("api.")


def _time(text: str) -> str:
    """A time as all can be compared: UTC with six digits; Go leaves zeros out."""
    match = _TIME.match(text)
    if match is None:
        return ""
    whole, part, zone = match.groups()
    zone = "+00:00" if zone == "Z" else zone
    told = datetime.fromisoformat(f"{whole}.{(part or '')[:6]:0<6}{zone}")
    return told.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")


def _data(name: str, answer: Answer) -> dict[str, Any]:
    """The `data` of an answer; a sentence for every other one."""
    status = answer.status
    if status in (401, 403) or (status == 500 and not answer.body.lstrip().startswith(b"{")):
        raise BadRequest(
            f"{name} does not take the API key (it says {status}): copy it anew from your profile "
            "there."
        )
    data, wrong = graphql(name, answer)
    if "not authorized" in wrong.lower():
        raise BadRequest(
            f"{name} wants an API key that it knows (it says: {wrong}): copy yours from your "
            "profile there."
        )
    if wrong:
        raise DownloadError(
            f"{name} refuses the question ({wrong}): its version may be another than the builder "
            "knows; update the builder."
        )
    return data
