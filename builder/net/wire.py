"""One HTTP request over a connection to an address that was checked, and kept for the next.

A host is looked up once a connection; only addresses of the public internet are asked, beside
the hosts that the user has named. Proxies, cookies and stored passwords are not used.
"""

from __future__ import annotations

import http.client
import re
import socket
import ssl
import threading
import weakref
from collections.abc import Callable, Mapping
from email.message import Message
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from stash_face import __version__
from stash_face.media.naming import shown
from stash_face.media.public_address import is_public
from stash_face.media.web import tls_context

# Seconds to connect, to wait for each part of an answer, and for the whole of it.
CONNECT, PART, WHOLE = 10.0, 30.0, 180.0
_IDLE = 8


class DroppedError(Exception):
    """No whole answer came; another try may go better. Says why in a few words."""


class RefusedError(Exception):
    """This address is not asked. Says why in a few words."""


class Answer(NamedTuple):
    """`body` is whole, or empty where it was above the limit (`large`)."""

    status: int
    headers: Message
    body: bytes
    large: bool = False


class Target(NamedTuple):
    """An http or https address taken apart."""

    scheme: str
    host: str
    port: int
    path: str

    @classmethod
    def of(cls, url: str) -> Target:
        """RefusedError for anything that is no such address."""
        try:
            parts = urlsplit(url.strip())
            host = (parts.hostname or "").encode("idna").decode("ascii").lower().rstrip(".")
            port = parts.port or (443 if parts.scheme == "https" else 80)
        except ValueError:
            raise RefusedError(f'"{shown(url)}" is no address') from None
        named = re.fullmatch(r"[a-z0-9_.-]+|[0-9a-f:.]+", host)
        if parts.scheme not in ("http", "https") or not named or not url.strip().isprintable():
            raise RefusedError(f'"{shown(url)}" is no http or https address')
        if "@" in parts.netloc:
            raise RefusedError("the address holds a user name or password")
        path = quote(parts.path or "/", safe="/%:=&~+!$,;'()*@")
        query = "?" + quote(parts.query, safe="/%:=&~+!$,;'()*@?[]") if parts.query else ""
        return cls(parts.scheme, host, port, path + query)

    @property
    def place(self) -> tuple[str, int]:
        return self.host, self.port


class Question(NamedTuple):
    """One request; an answer of more than `max_bytes` is told as `large`."""

    method: str
    target: Target
    headers: Mapping[str, str]
    body: bytes | None
    max_bytes: int


class Wire:
    """Connections to many hosts, for many threads. `inside`: hosts and ports that may lie in
    the home network; all others must be on the public internet."""

    def __init__(self, inside: frozenset[tuple[str, int]], timeouts: tuple[float, float, float]
                 = (CONNECT, PART, WHOLE)) -> None:  # fmt: skip
        self.inside = inside
        self._timeouts = timeouts
        self._idle: dict[tuple[str, str, int], list[_Connection]] = {}
        # Idle connections go with the last who could use them.
        weakref.finalize(self, _close, self._idle)
        self._lock = threading.Lock()
        self._tls: ssl.SSLContext | None = None

    def ask(self, question: Question, left: Callable[[], None] = lambda: None) -> Answer:
        """One request, one answer. `left` is called when it leaves. DroppedError, RefusedError."""
        left()
        target = question.target
        connection, used = self._connection(target)
        try:
            return self._through(connection, question)
        except _GoneError:
            if not used:
                raise DroppedError(f"{target.host} broke off before its answer") from None
        # It was closed while it lay idle: once more over a new one.
        return self._through(self._new(target), question)

    def _through(self, connection: _Connection, question: Question) -> Answer:
        target = question.target
        late = threading.Event()
        alarm = threading.Timer(self._timeouts[2], connection.cut, [late])
        alarm.daemon = True
        alarm.start()
        keep = False
        try:
            headers = {**_headers(target), **question.headers}
            connection.request(question.method, target.path, question.body, headers)
            response = connection.getresponse()
            answer, keep = _whole(response, question.max_bytes)
            return answer
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError) as error:
            if late.is_set():
                raise DroppedError(f"{target.host} answers too slowly") from None
            raise _GoneError from error
        except (OSError, http.client.HTTPException) as error:
            if late.is_set() or isinstance(error, TimeoutError):
                raise DroppedError(f"{target.host} answers too slowly") from None
            told = str(error) or type(error).__name__
            raise DroppedError(f"{target.host} broke off its answer ({told})") from None
        finally:
            alarm.cancel()
            if keep:
                self._put_back(target, connection)
            else:
                connection.close()

    def _connection(self, target: Target) -> tuple[_Connection, bool]:
        with self._lock:
            idle = self._idle.get((target.scheme, *target.place))
            if idle:
                return idle.pop(), True
        return self._new(target), False

    def _put_back(self, target: Target, connection: _Connection) -> None:
        with self._lock:
            idle = self._idle.setdefault((target.scheme, *target.place), [])
            if len(idle) < _IDLE:
                idle.append(connection)
                return
        connection.close()

    def _new(self, target: Target) -> _Connection:
        addresses = self._addresses(target)
        if target.scheme == "https" and self._tls is None:
            self._tls = tls_context()
        connection = _Connection(target, self._timeouts[1])
        try:
            connection.open(addresses, self._timeouts[0], self._tls)
        except ssl.SSLCertVerificationError as error:
            raise RefusedError(
                f"{target.host} cannot prove that it is {target.host} ({error.verify_message})"
            ) from None
        except OSError as error:
            raise DroppedError(f"{target.host} cannot be reached ({error})") from None
        return connection

    def _addresses(self, target: Target) -> list[str]:
        try:
            found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            raise DroppedError(f"{target.host} cannot be found") from None
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        if target.place not in self.inside:
            addresses = [address for address in addresses if is_public(address)]
        if not addresses:
            raise RefusedError(f"{target.host} is not on the public internet")
        return addresses[:4]


class _GoneError(Exception):
    """The other side had closed the connection."""


class _Connection(http.client.HTTPConnection):
    def __init__(self, target: Target, part: float) -> None:
        super().__init__(target.host, target.port)
        self._target, self._part = target, part

    def open(self, addresses: list[str], timeout: float, context: ssl.SSLContext | None) -> None:
        for number, address in enumerate(addresses, 1):
            try:
                wire = socket.create_connection((address, self._target.port), timeout)
                break
            except OSError:
                if number == len(addresses):
                    raise
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._target.scheme == "https" and context is not None:
            try:
                wire = context.wrap_socket(wire, server_hostname=self._target.host)
            except BaseException:
                wire.close()
                raise
        wire.settimeout(self._part)
        self.sock = wire

    def connect(self) -> None:
        """http.client would open a closed one again, to an address that nobody has checked."""
        raise ConnectionResetError("closed")

    def cut(self, late: threading.Event) -> None:
        """Ends the answer from another thread, also one that trickles in."""
        late.set()
        wire = self.sock
        if wire is not None:
            try:
                socket.socket.shutdown(wire, socket.SHUT_RDWR)
            except OSError:  # it has ended by itself
                pass


def _close(idle: dict[tuple[str, str, int], list[_Connection]]) -> None:
    for connections in idle.values():
        for connection in connections:
            connection.close()


def _headers(target: Target) -> dict[str, str]:
    host = f"[{target.host}]" if ":" in target.host else target.host
    usual = 443 if target.scheme == "https" else 80
    return {
        "Host": host if target.port == usual else f"{host}:{target.port}",
        "User-Agent": f"stash_face-builder/{__version__}",
        "Accept-Encoding": "identity",
    }


def _whole(response: http.client.HTTPResponse, max_bytes: int) -> tuple[Answer, bool]:
    """The answer, and whether its connection can be used again."""
    promised = response.length
    if (promised or 0) > max_bytes:
        return Answer(response.status, response.headers, b"", large=True), False
    body = bytearray()
    while part := response.read(1 << 16):
        body += part
        if len(body) > max_bytes:
            return Answer(response.status, response.headers, b"", large=True), False
    if len(body) < (promised or 0):
        raise http.client.IncompleteRead(bytes(body[:0]), (promised or 0) - len(body))
    return Answer(response.status, response.headers, bytes(body)), not response.will_close
