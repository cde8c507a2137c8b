from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stash_face.stash.client import StashClient
from stash_face.stash.connection import from_server_connection
from tests.fakes.stash_server import StashStandIn

Picture = Callable[..., Path]
Opener = Callable[..., StashClient]


@pytest.fixture
def picture(tmp_path: Path) -> Picture:
    """Writes a file with a PNG's header; another `width` is another picture."""

    def write(name: str = "a.png", width: int = 3) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        size = width.to_bytes(4, "big") + (2).to_bytes(4, "big")
        path.write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + size + b"\x08\x02\0\0\0")
        return path

    return write


@pytest.fixture
def stash(tmp_path: Path) -> Iterator[StashStandIn]:
    with StashStandIn(tmp_path, api_key="the-key") as server:
        yield server


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[StashStandIn]:
    """A Stash with a password and an API key."""
    with StashStandIn(tmp_path, password=True, api_key="the-key") as server:
        yield server


@pytest.fixture
def connect() -> Iterator[Opener]:
    """Opens clients that wait three seconds, and closes them at the end."""
    opened: list[StashClient] = []

    def open_client(server: StashStandIn, **options: object) -> StashClient:
        connection = from_server_connection(server.server_connection())
        patience = {"read_timeout_s": 3.0, "pause_s": 0.01, **options}
        client = StashClient(connection, **patience)  # type: ignore[arg-type]
        opened.append(client)
        return client

    yield open_client
    for each in opened:
        each.close()


@pytest.fixture
def client(stash: StashStandIn, connect: Opener) -> StashClient:
    return connect(stash)
