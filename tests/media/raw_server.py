"""A server on loopback that answers with exactly the bytes it is given, sound or not."""

from __future__ import annotations

import contextlib
import socketserver
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

CERTIFICATE = Path(__file__).parents[1] / "fakes" / "loopback.pem"


class RawServer(socketserver.ThreadingTCPServer):
    """`answers`: per path the parts of the answer; between two parts it waits `pause` seconds."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, tls: bool = False) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: dict[str, list[bytes]] = {}
        self.requests: list[str] = []
        self.names: list[str | None] = []
        self.pause = 0.0
        self.stopping = threading.Event()
        self.scheme = "https" if tls else "http"
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(CERTIFICATE)
            context.sni_callback = lambda _socket, name, _context: self.names.append(name)
            self.context = context

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def put(self, path: str, *parts: bytes) -> str:
        self.answers[path] = list(parts)
        return f"{self.scheme}://127.0.0.1:{self.port}{path}"


class _Handler(socketserver.BaseRequestHandler):
    server: RawServer

    def handle(self) -> None:
        with contextlib.suppress(OSError):
            connection = self.request
            if self.server.scheme == "https":
                connection = self.server.context.wrap_socket(connection, server_side=True)
            with connection:
                self._answer(connection)

    def _answer(self, connection: ssl.SSLSocket) -> None:
        request = b""
        while not request.endswith(b"\r\n\r\n"):
            got = connection.recv(65536)
            if not got:
                return
            request += got
        self.server.requests.append(request.decode("latin-1"))
        path = request.split()[1].decode("latin-1")
        for part in self.server.answers[path]:
            connection.sendall(part)
            if self.server.stopping.wait(self.server.pause):
                return


@contextlib.contextmanager
def raw_server(tls: bool = False) -> Iterator[RawServer]:
    with RawServer(tls) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield server
        server.stopping.set()
        server.shutdown()
        thread.join()


def ok(body: bytes, *headers: str, kind: str = "image/jpeg") -> bytes:
    lines = ["HTTP/1.1 200 OK", f"Content-Type: {kind}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def redirect(location: str, status: int = 302) -> bytes:
    raw = location.encode()
    return b"HTTP/1.1 %d Found\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % (status, raw)
