from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.file_server import FileServer, file_server
from tests.photos import Photos
from tests.process.plugin import Plugin


@pytest.fixture
def elsewhere() -> Iterator[FileServer]:
    """Another server on this computer, which Stash's user has nothing to do with."""
    with file_server() as server:
        yield server


def names(answer: dict[str, list[dict[str, list[dict[str, str]]]]]) -> list[str]:
    return [face["matches"][0]["name"] for face in answer["faces"]]


@pytest.mark.parametrize("prefix", ["", "data:image/jpeg;base64,"])
def test_a_picture_in_the_request_is_identified_and_not_stored(
    plugin: Plugin, photos: Photos, prefix: str
) -> None:
    text = base64.b64encode(photos.known["Colin_Powell"][-1].read_bytes()).decode()

    answer = plugin.get("identify", image_base64=prefix + text)

    assert names(answer) == ["Colin Powell"]
    assert answer["stored"] is False
    assert not (plugin.data / "stash_face.sqlite").exists()


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:{port}/image/{id}/image",
        "http://localhost:{port}/image/{id}/image?t=1700000000",  # as Stash's UI shows it
        "/image/{id}/image",
    ],
)
def test_an_address_of_the_users_own_stash_is_asked_with_the_session(
    plugin: Plugin, photos: Photos, address: str
) -> None:
    image_id = plugin.stash.add_image(photos.known["Colin_Powell"][-1])
    plugin.stash.sessions.password = True

    url = address.format(port=plugin.stash.port, id=image_id)
    assert names(plugin.get("identify", image_url=url)) == ["Colin Powell"]


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("file:///etc/passwd", '"file:" addresses are not opened; give one with http://'),
        ("ftp://127.0.0.1/a.jpg", '"ftp:" addresses are not opened; give one with http://'),
        ("/etc/passwd", '"/etc/passwd" is not a valid address; give one with https://.'),
        ("C:\\a.jpg", '"C:\\a.jpg" is not a valid address; give one with https://.'),
        ("http://127.0.0.1:{other}/a.jpg", "127.0.0.1 is not on the public internet"),
        ("http://localhost:{other}/image/1/image", "localhost is not on the public internet"),
        ("http://[::1]:{other}/a.jpg", "::1 is not on the public internet"),
        ("http://2130706433:{other}/a.jpg", '"http://2130706433:'),  # 127.0.0.1 as one number
        ("http://0x7f.1:{other}/a.jpg", '"http://0x7f.1:'),
        ("http://10.0.0.1/a.jpg", "10.0.0.1 is not on the public internet and is not asked;"),
        ("http://169.254.169.254/latest", "169.254.169.254 is not on the public internet"),
        ("http://user:secret@localhost:{port}/a.jpg", "The address holds a user name or password"),
        # Stash itself, but no picture of it.
        ("http://127.0.0.1:{port}/graphql", "127.0.0.1 is not on the public internet"),
        ("http://127.0.0.1:{port}/image/../graphql", "127.0.0.1 is not on the public internet"),
        ("http://127.0.0.1:{port}@127.0.0.1:{other}/image/1/image", "The address holds a user"),
        ("", "Give either image_url or image_base64, or sprite_url with vtt_url."),
    ],
)
def test_an_address_that_leads_inside_is_refused_and_nobody_is_asked(
    plugin: Plugin, elsewhere: FileServer, address: str, sentence: str
) -> None:
    url = address.format(port=plugin.stash.port, other=elsewhere.server_port)

    answer = plugin.ask("identify", image_url=url)

    assert (answer.error or "").startswith(sentence)
    assert answer.code == "bad_request"
    assert elsewhere.seen == []
    assert plugin.stash.requests == []


def test_the_session_does_not_follow_where_stash_is_sent_to(
    plugin: Plugin, elsewhere: FileServer, photos: Photos
) -> None:
    url = elsewhere.put("/a.jpg", photos.group.read_bytes())
    plugin.stash.faults["media"] = f"redirect {url}"

    answer = plugin.ask("identify", image_url="/image/1/image")

    assert "sends the plugin to another address" in (answer.error or "")
    assert answer.code == "stash"
    assert elsewhere.seen == []


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("%%%", "The base64 text holds characters that do not belong there"),
        (base64.b64encode(b"<html></html>").decode(), "The picture holds text, not a picture;"),
        (
            base64.b64encode(b"\xff\xd8\xff\xe0cut").decode(),
            "The picture is cut off or damaged (JPEG);",
        ),
    ],
)
def test_base64_that_is_no_picture_is_told(plugin: Plugin, text: str, sentence: str) -> None:
    assert sentence in plugin.refuse("identify", image_base64=text)


def test_one_picture_has_to_be_given(plugin: Plugin, tmp_path: Path) -> None:
    both = {"image_url": "https://example.org/a.jpg", "image_base64": "AAAA"}
    for args in ({}, both):
        assert (
            plugin.refuse("identify", **args)
            == "Give either image_url or image_base64, or sprite_url with vtt_url."
        )
    assert plugin.refuse("identify", image_url=5) == "The argument image_url must be text."
