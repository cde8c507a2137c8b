from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from stash_face.environment.fetch import fetch
from stash_face.errors import DownloadError
from tests.fakes.file_server import FileServer, file_server

CONTENT = bytes(range(256)) * 2_000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def server() -> Iterator[FileServer]:
    with file_server() as running:
        yield running


@pytest.mark.parametrize(
    "fault",
    [
        # none
        {},
        # the connection breaks twice
        {"cuts": [100_000, 100_000]},
        # the server begins anew each time
        {"cuts": [100_000], "ranges": False},
        # it does not say how long the file is
        {"length": False},
        # nor where it breaks, but for a chunk that never comes
        {"chunked": True, "cuts": [100_000]},
    ],
)
def test_a_file_arrives_whole(server: FileServer, tmp_path: Path, fault: dict[str, object]) -> None:
    url = server.put("/a.tar", CONTENT, **fault)
    told: list[tuple[int, int]] = []

    fetch(url, tmp_path / "a.tar", SHA256, lambda *seen: told.append(seen), pause=0.0)

    assert (tmp_path / "a.tar").read_bytes() == CONTENT
    assert [path.name for path in tmp_path.iterdir()] == ["a.tar"]
    assert told[-1][0] == len(CONTENT)


def test_what_an_earlier_call_fetched_is_continued(server: FileServer, tmp_path: Path) -> None:
    url = server.put("/a.tar", CONTENT)
    (tmp_path / "a.tar.part").write_bytes(CONTENT[:1_000])

    fetch(url, tmp_path / "a.tar", SHA256, pause=0.0)
    assert server.seen == [("/a.tar", "bytes=1000-", 206)]


@pytest.mark.parametrize("left", [b"x" * 1_000, b"x" * (len(CONTENT) + 1)])
def test_a_part_of_other_content_is_fetched_afresh(
    server: FileServer, tmp_path: Path, left: bytes
) -> None:
    url = server.put("/a.tar", CONTENT)
    (tmp_path / "a.tar.part").write_bytes(left)

    fetch(url, tmp_path / "a.tar", SHA256, pause=0.0)
    assert (tmp_path / "a.tar").read_bytes() == CONTENT


def test_other_content_is_never_put_in_place(server: FileServer, tmp_path: Path) -> None:
    url = server.put("/a.tar", b"<html>a login page</html>")

    with pytest.raises(DownloadError, match=r"did not send a\.tar \(other content than expected"):
        fetch(url, tmp_path / "a.tar", SHA256, pause=0.0)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_has_moved_is_told_at_once(server: FileServer, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match=r"is not there \(HTTP 404\): update the plugin"):
        fetch(f"http://127.0.0.1:{server.server_port}/b", tmp_path / "b", SHA256, pause=0.0)
    assert len(server.seen) == 1


def test_a_name_and_a_password_of_the_address_go_to_the_server_and_into_no_sentence(
    server: FileServer, tmp_path: Path
) -> None:
    url = server.put("/a", CONTENT).replace("127.0.0.1", "ann:p%40ss@127.0.0.1")

    fetch(url, tmp_path / "a", SHA256, pause=0.0)
    assert server.logins == ["ann:p@ss"]
    with pytest.raises(DownloadError, match="^http://127.0.0.1") as caught:
        fetch(f"{url}/b?key=p%40ss", tmp_path / "b", SHA256, pause=0.0)
    assert "p%40ss" not in caught.value.sentence


def test_no_server_is_told(tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="127.0.0.1:9 did not send a: .*|check the connection"):
        fetch("http://127.0.0.1:9/a", tmp_path / "a", SHA256, pause=0.0)
