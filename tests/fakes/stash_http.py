"""The HTTP face of the Stash stand-in: routes, authentication and faults on demand."""

from __future__ import annotations

import json
import select
import socket
import ssl
import struct
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qs, quote, urlsplit

from tests.fakes.stash_lookup import atoi
from tests.fakes.stash_scenes import serve_scene
from tests.fakes.stash_schema import Request, operation_name
from tests.fakes.stash_session import COOKIE, UnauthorizedError

if TYPE_CHECKING:
    from tests.fakes.stash_server import StashStandIn

# A status code as text ("401", "500", "503") answers with it; the others say what happens.
FAULTS = {
    "hang": "takes the request and never answers",
    "hold": "answers as ever, once the test has let go (`held.release()`)",
    "close": "closes the connection in the middle of the answer",
    "reset": "resets the connection before the answer",
    "html": "answers 200 with a web page, as a proxy's login does",
    "locked": "answers 200 with the GraphQL error of a locked database",
    "redirect": "sends the client to another host; `redirect <address>` names it",
}
PAGE = b"<!DOCTYPE html><html><head><title>Login</title></head><body>Log in</body></html>"
LOCKED = {"errors": [{"message": "database is locked (5) (SQLITE_BUSY)"}], "data": None}
DEFAULT_PICTURE = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="60">'
    b'<circle cx="20" cy="20" r="12"/><path d="M4 60a16 24 0 0 1 32 0z"/></svg>'
)
KINDS = {
    b"\xff\xd8": "image/jpeg",
    b"\x89P": "image/png",
    b"GI": "image/gif",
    b"RI": "image/webp",
    b"<s": "image/svg+xml",
}


class Received(NamedTuple):
    """One request: `operation` is the GraphQL operation's name, "" for media."""

    method: str
    path: str
    operation: str
    headers: dict[str, str]
    variables: dict[str, Any]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # As Stash does: else the second part of an answer waits 40 ms for the first to be confirmed.
    disable_nagle_algorithm = True
    stash: StashStandIn
    _renew = False
    _visited: Sequence[str] = ()

    def handle(self) -> None:
        # Who closes a connection before all of an answer was read resets it.
        with suppress(ConnectionResetError):
            super().handle()

    def do_GET(self) -> None:
        self._handle({})

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        try:
            body = json.loads(self.rfile.read(length) or b"{}")
        except ValueError as error:
            refused = {"errors": [{"message": f"json request body could not be decoded: {error}"}]}
            self._json(400, refused)
            return
        self._handle(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Silent: tests read `requests` instead."""

    def _handle(self, body: dict[str, Any]) -> None:
        self._renew, self._visited = False, ()
        path = urlsplit(self.path).path.rstrip("/")
        operation = operation_name(body)
        headers = dict(self.headers.items())
        variables = body.get("variables") or {}
        self.stash.requests.append(Received(self.command, self.path, operation, headers, variables))
        if self._fault(_room(path)) or not self._admitted(path):
            return
        if path == "/graphql":
            self._graphql(body)
        else:
            self._media(path)

    def _graphql(self, body: dict[str, Any]) -> None:
        aborted = threading.Event()
        request = Request(self.stash, self._base_url(), aborted)
        with self._watched(aborted):
            status, answer = self.stash.schema.answer(body, request)
        if not aborted.is_set():
            self._json(status, answer)

    def _media(self, path: str) -> None:
        match path.split("/")[1:]:
            case ["image", image_id, "image" | "thumbnail"]:
                self._image(image_id)
            case ["performer", performer_id, "image"]:
                self._performer(performer_id)
            case ["scene", _, *_] as parts:
                serve_scene(self, parts[1:])
            case ["image" | "performer" | "scene" | "gallery", *_]:
                self.answer_text(404, "Not Found")
            case ["healthz"]:
                self.answer_text(200, ".")
            case _:
                self.answer(200, *(self.stash.site(path) or (PAGE, "text/html")))

    def _image(self, image_id: str) -> None:
        library = self.stash.library
        with library.lock:
            by_md5 = (i for i in library.images.values() if i.visual_files[0].md5 == image_id)
            image = library.images.get(image_id) or next(by_md5, None)
        if image is None:
            self.answer_text(404, "Not Found")
            return
        try:
            content = image.visual_files[0].content()
        except (OSError, KeyError) as error:
            self.answer_text(500, str(error))
            return
        self.answer(200, content, KINDS.get(content[:2], "application/octet-stream"))

    def _performer(self, performer_id: str) -> None:
        try:
            performer = self.stash.library.performers.get(str(atoi(performer_id)))
        except ValueError:
            performer = None
        if performer is None:
            self.answer_text(404, "Not Found")
            return
        picture = performer.picture or DEFAULT_PICTURE
        self.answer(200, picture, KINDS.get(picture[:2], "application/octet-stream"))

    def _admitted(self, path: str) -> bool:
        """As Stash: a wrong key is 401 anywhere; nobody is 401 on GraphQL, else sent to log in."""
        sessions, query = self.stash.sessions, parse_qs(urlsplit(self.path).query)
        try:
            user = sessions.authenticate(self.headers, query.get("apikey", [""])[0])
        except UnauthorizedError:
            self._refuse()
            return False
        self._visited = user.get("visited", []) if user else []
        self._renew = bool(user) and COOKIE in (self.headers.get("Cookie") or "")
        if user is not None or not sessions.password or path.startswith("/login"):
            return True
        extension = path.rpartition("/")[2].rpartition(".")[2] if "." in path else ""
        if path == "/graphql" or extension not in ("", "html"):
            self._refuse()
        else:
            self.answer(302, b"", headers={"Location": f"/login?returnURL={quote(self.path, '')}"})
        return False

    def _refuse(self) -> None:
        self.answer(401, b"", headers={"WWW-Authenticate": "FormBased"})

    def _fault(self, room: str) -> bool:
        """Whether this request was spoilt."""
        fault = self.stash.faults.get(room)
        if isinstance(fault, list):
            fault = fault.pop(0) if fault else None
        if fault is None:
            return False
        if fault == "hold":
            self.stash.held.acquire()
            return False
        if fault == "401":
            self._refuse()
        elif fault.isdigit():
            self.answer_text(int(fault), "spoilt on purpose")
        elif fault == "html":
            self.answer(200, PAGE, "text/html")
        elif fault == "locked":
            self._json(200, LOCKED)
        elif fault.startswith("redirect"):
            address = fault.partition(" ")[2] or "http://elsewhere.invalid/picture.jpg"
            self.answer(302, b"", headers={"Location": address})
        elif fault in FAULTS:
            self._break_off(fault)
        else:
            raise AssertionError(f"no fault {fault!r}: {sorted(FAULTS)}")
        return True

    def _break_off(self, fault: str) -> None:
        self.close_connection = True
        if fault == "hang":
            self.stash.closing.wait()
        elif fault == "close":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n")
            self.wfile.write(b'Content-Length: 4096\r\n\r\n{"data": {"find')
        elif fault == "reset":
            # Linger 0 makes the kernel send RST instead of FIN.
            linger = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.connection.close()

    @contextmanager
    def _watched(self, aborted: threading.Event) -> Iterator[None]:
        """Sets `aborted` as soon as the client hangs up."""
        done = threading.Event()

        def watch() -> None:
            while not done.wait(0.02):
                if self._client_gone():
                    aborted.set()
                    return

        thread = threading.Thread(target=watch, daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def _client_gone(self) -> bool:
        if isinstance(self.connection, ssl.SSLSocket):
            return False
        try:
            readable, _, _ = select.select([self.connection], [], [], 0)
            return bool(readable) and not self.connection.recv(1, socket.MSG_PEEK)
        except (OSError, ValueError):
            return True

    def _base_url(self) -> str:
        return self.stash.external_host or self.stash.url.partition(":")[0] + "://" + str(
            self.headers.get("Host")
        )

    def _json(self, status: int, answer: dict[str, Any]) -> None:
        self.answer(status, json.dumps(answer).encode(), "application/json")

    def answer_text(self, status: int, text: str) -> None:
        self.answer(status, f"{text}\n".encode(), "text/plain; charset=utf-8")

    def answer(
        self, status: int, content: bytes, kind: str = "", headers: dict[str, str] | None = None
    ) -> None:
        try:
            self.send_response(status)
            if kind:
                self.send_header("Content-Type", kind)
            if self._renew:
                renewed = self.stash.sessions.cookie(list(self._visited))
                age = self.stash.max_session_age
                cookie = f"{COOKIE}={renewed}; Path=/; Max-Age={age}; SameSite=Lax"
                self.send_header("Set-Cookie", cookie)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
        except OSError:
            self.close_connection = True


def _room(path: str) -> str:
    if path == "/graphql":
        return "graphql"
    return "stream" if path.endswith("/stream") else "media"
