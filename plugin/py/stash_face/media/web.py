"""A picture from the web, or out of a request's own text, without trusting where it leads.

Only public addresses are asked, and the connection goes to the very address that was checked: a
name that is looked up twice could answer differently. Proxies are not used (a proxy would look
the name up again, and reach what this machine reaches), nor cookies or stored passwords.
"""

from __future__ import annotations

import base64
import binascii
import http.client
import re
import socket
import ssl
import threading
from collections.abc import Callable
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import quote, urljoin, urlsplit

from stash_face import __version__
from stash_face.errors import BadRequest, DownloadError
from stash_face.media.naming import shown
from stash_face.media.public_address import is_public

MAX_REDIRECTS = 3
MAX_ADDRESSES = 4
"""Addresses of one host that are tried."""

MAX_URL = 8192
"""Characters of an address."""

PATIENCE = 10
"""A whole answer may take this many read timeouts; each part of it takes one."""

_REDIRECTS = (301, 302, 303, 307, 308)
_WEB_PAGES = ("text/html", "application/xhtml+xml")
_HOST = re.compile(r"[a-z0-9_]([a-z0-9_.-]{0,251}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_DATA_URL = re.compile(r"data:[^,]{0,200};base64,", re.IGNORECASE)

Allow = Callable[[str, int], bool]


class _Target(NamedTuple):
    scheme: str
    host: str
    port: int
    path: str

    @property
    def netloc(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = 443 if self.scheme == "https" else 80
        return host if self.port == usual else f"{host}:{self.port}"


def fetch_public(
    url: str, max_bytes: int, timeout: tuple[float, float], allow: Allow | None = None
) -> bytes:
    """The file behind an http or https address.

    timeout: seconds to connect and to wait for each part. `allow(host, port)` may let through a
    host that is not public, but not one that a public host redirects to. Raises BadRequest for
    an address that is refused, also after a redirect, and DownloadError for trouble on the way.
    """
    for _ in range(1 + MAX_REDIRECTS):
        target = _parse(url)
        if allow is not None and not allow(target.host, target.port):
            allow = None  # a public host may not lead back inside
        answer = _ask(target, _addresses(target, inside=allow is not None), max_bytes, timeout)
        if isinstance(answer, bytes):
            return answer
        url = urljoin(url, answer.location)
    raise DownloadError(
        f"{target.host} redirects more than {MAX_REDIRECTS} times; give the picture's own address."
    )


def from_base64(text: str, max_bytes: int) -> bytes:
    """The bytes of a base64 text or a `data:...;base64,` address; BadRequest otherwise.

    Of a data address any type is taken: browsers name HEIC application/octet-stream.
    """
    head = _DATA_URL.match(text.lstrip()[:300])
    body = text.lstrip()[head.end() :] if head else text
    packed = "".join(body.split()).rstrip("=")
    if not packed:
        raise BadRequest("The base64 text is empty; send the picture's bytes in it.")
    if len(packed) * 3 // 4 > max_bytes:
        raise BadRequest(
            f"The picture is above the limit of {max_bytes / 1e6:.0f} MB; send a smaller copy."
        )
    try:
        return base64.b64decode(packed + "=" * (-len(packed) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadRequest(
            "The base64 text holds characters that do not belong there, or ends in the middle; "
            "send it again."
        ) from error


def _parse(url: str) -> _Target:
    if len(url) > MAX_URL:
        raise BadRequest(f"The address is longer than {MAX_URL} characters; give a shorter one.")
    url = url.strip()
    refused = BadRequest(f'"{shown(url)}" is not a valid address; give one with https://.')
    if not url.isprintable() or "\\" in url:
        raise refused
    try:
        parts = urlsplit(url)
        port = parts.port
        host = _ascii_host(parts.hostname or "")
    except ValueError as error:  # also UnicodeError, of a name that DNS cannot hold
        raise refused from error
    if not parts.scheme:
        raise refused
    if parts.scheme not in ("http", "https"):
        raise BadRequest(
            f'"{shown(parts.scheme)}:" addresses are not opened; give one with http:// or https://.'
        )
    if "@" in parts.netloc:
        raise BadRequest("The address holds a user name or password; remove it, it is not sent.")
    if not host or port == 0:
        raise refused
    path = quote(parts.path or "/", safe="/%:=&~+!$,;'()*@") + (
        "?" + quote(parts.query, safe="/%:=&~+!$,;'()*@?[]") if parts.query else ""
    )
    return _Target(parts.scheme, host, port or (443 if parts.scheme == "https" else 80), path)


def _ascii_host(host: str) -> str:
    """The host as DNS and TLS write it; empty where it is none, or a number in disguise."""
    if ":" in host:
        return "" if "%" in host else str(ip_address(host))
    name = host.encode("idna").decode("ascii").lower().rstrip(".")
    if not _HOST.fullmatch(name):
        return ""
    # 2130706433, 0x7f.1 and 017700000001 are all 127.0.0.1 to a resolver.
    return str(ip_address(name)) if _NUMBER.fullmatch(name.rsplit(".", 1)[-1]) else name


def _addresses(target: _Target, inside: bool) -> list[str]:
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise DownloadError(
            f"{target.host} cannot be found; check the address and the connection to the internet."
        ) from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    usable = [address for address in addresses if inside or is_public(address)]
    if not usable:
        raise BadRequest(
            f"{target.host} is not on the public internet and is not asked; download the picture "
            "and send it itself."
        )
    return usable[:MAX_ADDRESSES]


class _Redirect(NamedTuple):
    location: str


def _ask(
    target: _Target, addresses: list[str], max_bytes: int, timeout: tuple[float, float]
) -> bytes | _Redirect:
    connection = _Pinned(target, addresses, timeout)
    late = threading.Event()
    alarm = threading.Timer(PATIENCE * timeout[1], connection.cut, [late])
    alarm.daemon = True
    try:
        connection.connect()
        alarm.start()
        connection.secure()
        connection.request("GET", target.path, headers=_headers(target))
        with connection.getresponse() as response:
            answer = _answer(response, target, max_bytes)
        if late.is_set():
            raise TimeoutError
        return answer
    except ssl.SSLCertVerificationError as error:
        raise DownloadError(
            f"{target.host} cannot prove that it is {target.host} ({error.verify_message}); "
            "download the picture yourself if you trust it."
        ) from error
    except (OSError, http.client.HTTPException, DownloadError) as error:
        if late.is_set() or isinstance(error, TimeoutError):
            raise DownloadError(f"{target.host} answers too slowly; try again later.") from error
        if isinstance(error, DownloadError):
            raise
        raise DownloadError(
            f"{target.host} cannot be reached or broke off its answer; try again later."
        ) from error
    finally:
        alarm.cancel()
        connection.close()


def _headers(target: _Target) -> dict[str, str]:
    return {
        "Host": target.netloc,
        "User-Agent": f"stash_face/{__version__}",
        "Accept": "image/*,video/*;q=0.8,*/*;q=0.5",
        "Accept-Encoding": "identity",
        "Connection": "close",
    }


def _answer(
    response: http.client.HTTPResponse, target: _Target, max_bytes: int
) -> bytes | _Redirect:
    location = response.getheader("Location")
    if response.status in _REDIRECTS and location:
        # http.client reads headers as Latin-1, servers write them as UTF-8.
        return _Redirect(location.encode("latin-1").decode("utf-8", "replace"))
    if response.status != 200:
        raise DownloadError(
            f"{target.host} answers with status {response.status} instead of a picture; check the "
            "address."
        )
    if response.headers.get_content_type() in _WEB_PAGES:
        raise DownloadError(
            f"{target.host} answers with a web page; give the address of the picture in it."
        )
    if response.getheader("Content-Encoding", "identity").lower() != "identity":
        raise DownloadError(f"{target.host} packs the picture; download it and send it itself.")
    return _body(response, target, max_bytes)


def _body(response: http.client.HTTPResponse, target: _Target, max_bytes: int) -> bytes:
    promised = response.length
    body = bytearray()
    while promised is None or promised <= max_bytes:
        part = response.read(65536)
        body += part
        if not part or len(body) > max_bytes:
            break
    if len(body) > max_bytes or (promised or 0) > max_bytes:
        raise DownloadError(
            f"The file at {target.host} is above the limit of {max_bytes / 1e6:.0f} MB; "
            "give a smaller one."
        )
    if not body or len(body) < (promised or 0):
        what = "broke off in the middle" if body else "sent an empty file"
        raise DownloadError(f"{target.host} {what}; try again later.")
    return bytes(body)


class _Pinned(http.client.HTTPConnection):
    """A connection to one of the given addresses that speaks to, and verifies, the host's name."""

    def __init__(self, target: _Target, addresses: list[str], timeout: tuple[float, float]) -> None:
        super().__init__(target.host, target.port)
        self._target, self._addresses, self._timeout = target, addresses, timeout
        self._wire: socket.socket | None = None

    def connect(self) -> None:
        for count, address in enumerate(self._addresses, 1):
            try:
                wire = socket.create_connection((address, self._target.port), self._timeout[0])
                break
            except OSError:
                if count == len(self._addresses):
                    raise
        wire.settimeout(self._timeout[1])
        self.sock = self._wire = wire

    def secure(self) -> None:
        """Agree on TLS with, and check the certificate of, an https host."""
        if self._target.scheme == "https":
            self.sock = self._wire = wire = tls_context().wrap_socket(
                self.sock, server_hostname=self._target.host, do_handshake_on_connect=False
            )
            wire.do_handshake()

    def cut(self, late: threading.Event) -> None:
        """End the answer from another thread, also one that trickles in byte by byte."""
        late.set()
        if self._wire is not None:
            try:
                socket.socket.shutdown(self._wire, socket.SHUT_RDWR)
            except OSError:  # it has ended by itself
                pass


def tls_context() -> ssl.SSLContext:
    """Certificates are checked, against certifi's list where it is installed."""
    context = ssl.create_default_context()
    try:
        import certifi
    except ImportError:  # then the system's own list must do
        return context
    context.load_verify_locations(certifi.where())
    return context
