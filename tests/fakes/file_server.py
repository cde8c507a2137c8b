"""A file server on loopback with the faults that downloads meet; it counts what it is asked."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Served:
    """One file and what is wrong with the way it is served.

    `cuts`: after how many bytes of a body the connection breaks, one entry a request; `hangs`:
    the byte of the file that is never sent; `pause`: seconds between blocks; `chunked`: in
    chunks, each with its length."""

    content: bytes
    kind: str = "application/octet-stream"
    status: int = 200
    etag: str | None = None
    ranges: bool = True
    length: bool = True
    cuts: list[int] = field(default_factory=list)
    hangs: int | None = None
    pause: float = 0.0
    chunked: bool = False


class FileServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.stopping = threading.Event()
        self.files: dict[str, Served] = {}
        # Path, Range header and status of every request.
        self.seen: list[tuple[str, str | None, int]] = []
        # Name and password, of requests that brought them.
        self.logins: list[str] = []

    def put(self, path: str, content: bytes, **faults: object) -> str:
        served = Served(content, **faults)  # type: ignore[arg-type]
        served.etag = served.etag or f'"{hashlib.sha256(content).hexdigest()}"'
        self.files[path] = served
        return f"http://127.0.0.1:{self.server_port}{path}"


class _Handler(BaseHTTPRequestHandler):
    server: FileServer

    def do_GET(self) -> None:
        served = self.server.files.get(self.path, Served(b"no such file", "text/plain", 404))
        scheme, _, login = self.headers.get("Authorization", "").partition(" ")
        if scheme == "Basic":
            self.server.logins.append(base64.b64decode(login).decode())
        start, status = self._start(served)
        self.server.seen.append((self.path, self.headers.get("Range"), status))
        self.send_response(status)
        self.send_header("Content-Type", served.kind)
        if served.etag:
            self.send_header("ETag", served.etag)
        if status == 206:
            end = len(served.content) - 1
            self.send_header("Content-Range", f"bytes {start}-{end}/{len(served.content)}")
        if served.chunked:
            self.send_header("Transfer-Encoding", "chunked")
        elif served.length:
            self.send_header("Content-Length", str(len(served.content) - start))
        self.end_headers()
        with contextlib.suppress(ConnectionError):
            self._send(served, served.content[start : served.hangs])
            if served.hangs is not None:
                self.server.stopping.wait()

    def _start(self, served: Served) -> tuple[int, int]:
        wanted = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        same = self.headers.get("If-Range", served.etag) == served.etag
        if served.status != 200 or not wanted or not served.ranges or not same:
            return 0, served.status
        if int(wanted[1]) >= len(served.content):
            return len(served.content), 416
        return int(wanted[1]), 206

    def _send(self, served: Served, body: bytes) -> None:
        end = served.cuts.pop(0) if served.cuts else len(body)
        for at in range(0, min(end, len(body)), 1 << 16):
            block = body[at : min(at + (1 << 16), end)]
            self.wfile.write(b"%x\r\n%b\r\n" % (len(block), block) if served.chunked else block)
            time.sleep(served.pause)
        if served.chunked and end >= len(body):
            self.wfile.write(b"0\r\n\r\n")
        self.close_connection = True

    def log_message(self, *args: object) -> None:
        pass


@contextlib.contextmanager
def file_server() -> Iterator[FileServer]:
    with FileServer() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield server
        server.stopping.set()
        server.shutdown()
        thread.join()
