"""The picture of an image: its file where this process can see it, else over Stash's HTTP.

Returns bytes and paths; it neither opens archives nor decodes pictures.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit

import requests

from ..errors import BadRequest, MediaError, NotFound
from ..protocol.arguments import shown
from . import failures
from .client import StashClient
from .connection import Connection
from .entities import FileRef, ImageItem

MAX_BYTES = 200_000_000
# The whole of a picture; a client that only watches the pauses can be kept waiting for ever.
MAX_SECONDS = 120.0
_CHUNK = 1 << 16
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1", "0.0.0.0"})
_PORTS = {"http": 80, "https": 443}
_NOT_IN_A_URL = re.compile(r"[\s\\\x00-\x1f\x7f]")
# What Stash serves pictures under; a proxy's prefix may stand before it.
_MEDIA_PATH = re.compile(
    r"(?P<prefix>/.*?)??(?P<path>/(?:image|performer|scene|gallery|studio|tag|group)/[^/]+(?:/.*)?)"
)


class ZipEntry(NamedTuple):
    """A picture inside an archive on this computer."""

    archive: Path
    entry: str


def open_picture(client: StashClient, item: ImageItem) -> Path | ZipEntry | bytes:
    """The image's file on this computer, else its bytes from Stash.

    A ZipEntry that cannot be opened (names in old encodings) can still be had by
    `download_picture`.
    """
    if item.file is None:
        raise MediaError(
            f"Image {item.id} has no file in Stash: let Stash scan its folder, or delete the image."
        )
    return on_disk(item.file) or download_picture(client, item.id)


def download_picture(client: StashClient, image_id: str, *, max_bytes: int = MAX_BYTES) -> bytes:
    """The original file's bytes from Stash, also from inside archives."""
    try:
        return _download(client, f"/image/{image_id}/image", max_bytes)
    except NotFound:
        raise NotFound(f"Image {image_id} is not in Stash (any more): reload the page.") from None


def is_stash_url(connection: Connection, url: str, external_hosts: Iterable[str] = ()) -> bool:
    """Whether the address is a picture of this Stash, so that it may be asked with credentials.

    A bare path (`/image/5/image`) is; so is an http(s) address under the connection's host and
    port, under loopback with that port, or under one of `external_hosts` ("host" for any port, or
    "host:port").
    """
    return _media_path(connection, url, external_hosts) is not None


def fetch_stash_media(
    client: StashClient,
    url: str,
    external_hosts: Iterable[str] = (),
    *,
    max_bytes: int = MAX_BYTES,
) -> bytes:
    """The bytes behind a picture's address of this Stash, always asked on the connection itself."""
    path = _media_path(client.connection, url, external_hosts)
    if path is None:
        raise BadRequest(f"The address {shown(url)} is not a picture of this Stash.")
    return _download(client, path, max_bytes)


def on_disk(file: FileRef) -> Path | ZipEntry | None:
    if file.zip_path and file.zip_entry:
        archive = Path(file.zip_path)
        return ZipEntry(archive, file.zip_entry) if os.access(archive, os.R_OK) else None
    path = Path(file.path)
    try:
        as_scanned = path.stat().st_size == file.size and os.access(path, os.R_OK)
    except OSError:
        return None
    return path if as_scanned else None


def _download(client: StashClient, path: str, max_bytes: int) -> bytes:
    end = time.monotonic() + MAX_SECONDS
    content = bytearray()
    with client.get(path) as response:
        try:
            for chunk in response.iter_content(_CHUNK):
                content += chunk
                if len(content) > max_bytes:
                    raise MediaError(
                        f"The picture is larger than {max_bytes // 1_000_000} MB: "
                        "save a smaller copy of it."
                    )
                if time.monotonic() > end:
                    raise MediaError(
                        f"Stash needs more than {MAX_SECONDS:.0f} s for one picture: "
                        "see how busy its disk is, and try again."
                    )
        except requests.RequestException as error:
            raise failures.of_exception(error, client.connection) from None
    return bytes(content)


def _media_path(connection: Connection, url: str, external_hosts: Iterable[str]) -> str | None:
    """The address as a path and query of the connection, or None when it is somebody else's."""
    if _NOT_IN_A_URL.search(url):
        return None
    try:
        parts = urlsplit(url)
        at_home = _is_at_home(connection, parts, external_hosts)
    except ValueError:  # a broken IPv6 address or port
        return None
    match = _MEDIA_PATH.fullmatch(parts.path)
    if not at_home or match is None or ".." in parts.path.split("/"):
        return None
    # The key of a copied address may be old; the connection has its own.
    query = [pair for pair in parse_qsl(parts.query) if pair[0].lower() != "apikey"]
    return match["path"] + (f"?{urlencode(query)}" if query else "")


def _is_at_home(connection: Connection, parts: SplitResult, external_hosts: Iterable[str]) -> bool:
    if not parts.scheme and not parts.netloc:
        return True
    if parts.scheme not in _PORTS or not parts.hostname or parts.username is not None:
        return False
    host, port = parts.hostname, parts.port or _PORTS[parts.scheme]
    own = {connection.host.lower(), *(_LOOPBACK if connection.is_loopback else ())}
    if host in own and port == connection.port:
        return True
    known = {each.lower() for each in external_hosts}
    return host in known or f"{host}:{port}" in known
