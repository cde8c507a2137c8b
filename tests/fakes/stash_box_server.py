"""A stand-in for a stash-box on a free local port: performers, their pictures, and the ways in
which both go wrong. Standard library and graphql-core only.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import graphql

SDL = Path(__file__).with_name("stash_box.graphql")
EPOCH = datetime(2024, 5, 1, tzinfo=timezone.utc)


@dataclass
class Row:
    """A performer as the database has it; times as microseconds after EPOCH."""

    id: str
    name: str
    created: int
    updated: int
    images: list[str] = field(default_factory=list)
    aliases: list[str] = field(default_factory=list)
    urls: list[str] = field(default_factory=list)
    country: str | None = None
    birth_date: str | None = None
    disambiguation: str | None = None
    deleted: bool = False
    merged_ids: list[str] = field(default_factory=list)
    merged_into_id: str | None = None


@dataclass
class Served:
    """A picture. `faults` are used up request by request: a status, "hang", "truncated", "html",
    "huge", "redirect ADDRESS"; "429 3" also says Retry-After: 3."""

    content: bytes
    faults: list[str] = field(default_factory=list)


class StashBox(ThreadingHTTPServer):
    """`with stash_box() as box:`; `asked` are the requests (monotonic time, path, headers).

    `moves` are called one by one, each after another page of performers was answered: people
    who edit meanwhile. `faults` spoil questions as those of pictures do."""

    daemon_threads = True

    def __init__(self, key: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.key = key
        self.rows: dict[str, Row] = {}
        self.pictures: dict[str, Served] = {}
        # Of pictures by their id, where it is another one than that here.
        self.addresses: dict[str, str] = {}
        self.moves: list[Callable[[], object]] = []
        self.faults: list[str] = []
        self.asked: list[tuple[float, str, dict[str, str]]] = []
        self.pages: list[dict[str, Any]] = []
        self.latency = 0.0
        self.closing = threading.Event()
        self.lock = threading.RLock()
        self._clock = 0
        self.schema = graphql.build_schema(SDL.read_text(encoding="utf-8"))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def name(self) -> str:
        """As in universal ids."""
        return "127.0.0.1"

    def add(self, name: str, pictures: Iterable[bytes] = (), **fields: Any) -> Row:
        with self.lock:
            now = self._now()
            ident = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{name} {now}"))
            row = Row(ident, name, now, now, **fields)
            row.images = [self._picture(content) for content in pictures]
            self.rows[ident] = row
            return row

    def edit(self, row: Row, **fields: Any) -> None:
        with self.lock:
            for name, value in fields.items():
                setattr(row, name, value)
            row.updated = self._now()

    def delete(self, row: Row) -> None:
        self.edit(row, deleted=True)

    def merge(self, source: Row, target: Row) -> None:
        self.edit(source, deleted=True, merged_into_id=target.id)
        self.edit(target, merged_ids=[*target.merged_ids, source.id])

    def add_picture(self, row: Row, content: bytes) -> Served:
        ident = self._picture(content)
        self.edit(row, images=[*row.images, ident])
        return self.pictures[ident]

    def picture(self, row: Row, number: int = 0) -> Served:
        return self.pictures[row.images[number]]

    def fetched(self) -> list[str]:
        """The pictures that were asked for, in that order."""
        return [path for _, path, _ in self.asked if path.startswith("/images/")]

    def answer(self, body: dict[str, Any]) -> dict[str, Any]:
        result = graphql.graphql_sync(
            self.schema, str(body.get("query")), root_value=_Root(self),
            variable_values=body.get("variables"),
        )  # fmt: skip
        if result.errors:
            return {"errors": [{"message": e.message} for e in result.errors], "data": None}
        return {"data": result.data}

    def told(self, row: Row) -> dict[str, Any]:
        images = [{"id": each, "url": self.addresses.get(each, f"{self.url}/images/{each}")}
                  for each in row.images]  # fmt: skip
        urls = [{"url": url} for url in row.urls]
        own = {"images": images, "urls": urls}
        return {**vars(row), **own, "created": _go(row.created), "updated": _go(row.updated)}

    def _picture(self, content: bytes) -> str:
        # The same bytes uploaded twice are the same image.
        ident = str(uuid.uuid5(uuid.NAMESPACE_OID, hashlib.sha256(content).hexdigest()))
        self.pictures.setdefault(ident, Served(content))
        return ident

    def _now(self) -> int:
        self._clock += 100_100
        return self._clock


class _Root:
    def __init__(self, box: StashBox) -> None:
        self._box = box

    def queryPerformers(self, info: Any, input: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        box = self._box
        with box.lock:
            box.pages.append(input)
            rows = [row for row in box.rows.values() if not row.deleted]
            if input["sort"] in ("CREATED_AT", "UPDATED_AT"):
                column = str(input["sort"]).removesuffix("_AT").lower()
                rows.sort(key=lambda row: getattr(row, column))
            else:
                rows.sort(key=lambda row: row.name)
            if input["direction"] == "DESC":
                rows.reverse()
            start = (input["page"] - 1) * input["per_page"]
            found = [box.told(row) for row in rows[start : start + input["per_page"]]]
            if box.moves:
                box.moves.pop(0)()
            return {"count": len(rows), "performers": found}

    def findPerformer(self, info: Any, id: str) -> dict[str, Any] | None:  # noqa: N802
        row = self._box.rows.get(id)
        return self._box.told(row) if row else None


class _Handler(BaseHTTPRequestHandler):
    server: StashBox
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self._noted()
        if self.server.faults and self._spoilt(self.server.faults.pop(0), b"{}"):
            return
        key = self.headers.get("ApiKey", "")
        if key and key.count(".") != 2:
            self._send(500, b"token contains an invalid number of segments\n", "text/plain")
        elif key != self.server.key:
            refused = {"errors": [{"message": "not authorized"}], "data": None}
            self._send(200, json.dumps(refused).encode(), "application/json")
        else:
            answer = self.server.answer(json.loads(body))
            self._send(200, json.dumps(answer).encode(), "application/json")

    def do_GET(self) -> None:
        self._noted()
        served = self.server.pictures.get(self.path.rpartition("/")[2])
        if served is None:
            self._send(404, b"no such image\n", "text/plain")
        elif not (served.faults and self._spoilt(served.faults.pop(0), served.content)):
            tag = f'"{hashlib.sha256(served.content).hexdigest()[:16]}"'
            if self.headers.get("If-None-Match") == tag:
                self._send(304, b"", "", {"ETag": tag})
            else:
                self._send(200, served.content, "image/jpeg", {"ETag": tag})

    def _noted(self) -> None:
        with self.server.lock:
            self.server.asked.append((time.monotonic(), self.path, dict(self.headers)))
        time.sleep(self.server.latency)

    def _spoilt(self, fault: str, content: bytes) -> bool:
        """Whether the request was answered with it."""
        status, _, argument = fault.partition(" ")
        if status.isdigit():
            extra = {"Retry-After": argument} if argument else {}
            self._send(int(status), b"spoilt on purpose\n", "text/plain", extra)
        elif status == "html":
            self._send(200, b"<!doctype html><title>Log in</title>", "text/html")
        elif status == "redirect":
            self._send(302, b"", "text/plain", {"Location": argument})
        elif status == "hang":
            self.server.closing.wait()
            self.close_connection = True
        elif status in ("truncated", "huge"):
            self.send_response(200)
            self.send_header("Content-Type", "image/jpeg")
            long = 1 << 40 if status == "huge" else len(content)
            self.send_header("Content-Length", str(long))
            self.end_headers()
            self.wfile.write(content[: len(content) // 2])
            self.close_connection = True
        else:
            raise AssertionError(f"no fault {fault!r}")
        return True

    def _send(
        self, status: int, content: bytes, kind: str, headers: dict[str, str] | None = None
    ) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        try:
            self.wfile.write(content)
        except ConnectionError:
            self.close_connection = True

    def log_message(self, *args: object) -> None:
        pass


def _go(microseconds: int) -> str:
    """RFC 3339 as Go writes it: zeros at the end are left out."""
    at = EPOCH + timedelta(microseconds=microseconds)
    text = at.strftime("%Y-%m-%dT%H:%M:%S.%f").rstrip("0").rstrip(".")
    return f"{text}Z"


@contextmanager
def stash_box(key: str = "a.b.c") -> Iterator[StashBox]:
    with StashBox(key) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield server
        server.closing.set()
        server.shutdown()
        thread.join()
