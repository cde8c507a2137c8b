from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from builder.net.pace import Paces
from builder.net.web import Web
from builder.settings import Secret
from builder.sources import theporndb
from builder.sources.source import End, Known, Page
from builder.sources.theporndb import ThePornDB
from builder.values import PictureRef
from stash_face.errors import StashFaceError

ROW = {
    "id": "0f3c8a52",
    "name": "Ada",
    "disambiguation": "the first",
    "aliases": ["Ada L."],
    "face": "https://cdn.example/face.jpg",
    "image": "https://cdn.example/a.jpg",
    "posters": [{"url": "https://cdn.example/a.jpg"}, {"url": "https://cdn.example/b.jpg"}],
    "extras": {
        "birthday": "1815-12-10",
        "nationality": "GB",
        "links": {"StashDB": "https://stashdb.org/performers/5d0c1f0e"},
    },
}


class Server(ThreadingHTTPServer):
    """Rows in pages, for whoever has the key."""

    daemon_threads = True

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.rows = rows
        self.pages: list[int] = []
        self.body: bytes | None = None


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        status, content = self._page(parts.query) if parts.query else self._one(parts.path)
        allowed = self.headers.get("Authorization") == "Bearer a.b.c"
        body = self.server.body or json.dumps(content).encode()
        self.send_response(status if allowed else 401)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _page(self, query: str) -> tuple[int, dict[str, Any]]:
        asked = {name: int(each[0]) for name, each in parse_qs(query).items()}
        page, size = asked["page"], asked["per_page"]
        self.server.pages.append(page)
        rows = self.server.rows
        meta = {"total": len(rows), "last_page": -(-len(rows) // size)}
        return 200, {"data": rows[(page - 1) * size : page * size], "meta": meta}

    def _one(self, path: str) -> tuple[int, dict[str, Any]]:
        ident = path.rpartition("/")[2]
        row = next((row for row in self.server.rows if row["id"] == ident), None)
        return (200, {"data": row}) if row else (404, {"message": "Not found"})

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def serving(rows: list[dict[str, Any]]) -> Iterator[Server]:
    with Server(rows) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(theporndb, "PER_PAGE", 3)
    with serving([{**ROW, "id": f"id{number}"} for number in range(7)]) as opened:
        yield opened


def read(
    server: Server,
    key: str = "a.b.c",
    cursor: str = "",
    most: int | None = None,
    unseen: set[str] = frozenset(),  # type: ignore[assignment]
) -> list[Page]:
    url = f"http://127.0.0.1:{server.server_port}"
    source = ThePornDB(url, Secret(key), Web(Paces(0, 2), [url], pause=0.01), most)
    return list(source.read(Known(cursor, unseen=lambda: set(unseen))))


def test_a_row_is_a_performer_with_its_face_first() -> None:
    ada = theporndb.told(ROW)

    key = "theporndb.net:0f3c8a52"
    assert ada.person.key == ada.person.performer_id == key
    assert (ada.person.name, ada.person.country) == ("Ada", "GB")
    assert ada.pictures == (
        PictureRef("https://cdn.example/face.jpg", "Ada 0"),
        PictureRef("https://cdn.example/a.jpg", "Ada 1"),
        PictureRef("https://cdn.example/b.jpg", "Ada 2"),
    )
    assert (ada.aliases, ada.disambiguation) == (("Ada L.",), "the first")
    assert (ada.birth_date, ada.urls) == (
        "1815-12-10",
        ("https://stashdb.org/performers/5d0c1f0e",),
    )


@pytest.mark.parametrize(
    "row",
    [
        {"id": 7},
        {"id": 7, "name": None, "extras": None, "posters": None, "aliases": None},
        {"id": 7, "extras": {"links": ["https://a.b"]}, "posters": ["odd"]},
    ],
)
def test_a_row_may_lack_nearly_everything(row: dict[str, Any]) -> None:
    assert theporndb.told(row).person.name == "7"


def test_all_pages_are_read(server: Server) -> None:
    pages = read(server)

    assert [each.id for page in pages for each in page.performers] == [f"id{n}" for n in range(7)]
    assert server.pages == [1, 2, 3]
    assert (pages[-1].gone, pages[-1].end) == ([], End(whole=False))


def test_a_stopped_reading_goes_on_with_its_page(server: Server) -> None:
    first = read(server)[0]
    server.pages.clear()

    assert len(read(server, cursor=first.cursor)) == 3
    assert server.pages == [2, 3]


def test_nobody_is_gone_because_rows_have_moved(server: Server) -> None:
    cursor = read(server)[0].cursor
    server.rows.pop(0)
    server.rows += [{**ROW, "id": "new1"}, {**ROW, "id": "new2"}]

    # One row slid to the page before, where it is not read any more.
    last = read(server, cursor=cursor, unseen={"id0", "id3"})[-1]

    assert [performer.id for performer in last.performers] == ["id3"]
    assert (last.gone, last.end) == (["id0"], End(whole=False))


def test_only_some_can_be_read_for_trying_out(server: Server) -> None:
    pages = read(server, most=2)

    assert server.pages == [1]
    assert pages[-1].end is not None
    assert not pages[-1].end.whole


@pytest.mark.parametrize(
    ("key", "body", "told"),
    [
        ("wrong", None, "does not take the API key (it says 401): make one in your profile there."),
        ("a.b.c", b"<html>", "answers with status 200 and no list of performers"),
        ("a.b.c", b"[]", "answers with status 200 and no list of performers"),
        ("a.b.c", b'{"data": null}', "answers with status 200 and no list of performers"),
    ],
)
def test_every_failure_is_one_sentence(
    server: Server, key: str, body: bytes | None, told: str
) -> None:
    server.body = body

    with pytest.raises(StashFaceError) as failure:
        read(server, key)

    assert failure.value.sentence.startswith(f"theporndb.net {told}")
