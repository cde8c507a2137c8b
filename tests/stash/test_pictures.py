from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from stash_face.errors import BadRequest, MediaError, NotFound, StashError
from stash_face.stash import library, pictures
from stash_face.stash.client import StashClient
from stash_face.stash.connection import Connection
from stash_face.stash.entities import ImageItem
from stash_face.stash.pictures import ZipEntry
from tests.fakes.stash_server import StashStandIn
from tests.stash.conftest import Opener, Picture

HERE = Connection("http", "127.0.0.1", 9999)


def test_a_file_that_this_process_sees_is_read_from_disk(
    stash: StashStandIn, client: StashClient, picture: Picture
) -> None:
    item = library.image(client, stash.add_image(picture()))
    stash.requests.clear()
    assert pictures.open_picture(client, item) == picture()
    assert stash.requests == []


def test_a_file_inside_an_archive_is_named_with_its_entry(
    stash: StashStandIn, client: StashClient, picture: Picture, tmp_path: Path
) -> None:
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
        archive.write(picture(), "in/a.png")
    (item,) = library.gallery_images(client, stash.add_zip_gallery(tmp_path / "set.zip"))

    assert pictures.open_picture(client, item) == ZipEntry(tmp_path / "set.zip", "in/a.png")
    assert pictures.download_picture(client, item.id) == picture().read_bytes()


def test_a_file_that_is_not_as_stash_says_comes_from_stash(
    stash: StashStandIn, client: StashClient, picture: Picture
) -> None:
    item = library.image(client, stash.add_image(picture()))
    assert item.file is not None
    hidden = item._replace(file=item.file._replace(path="/not/mounted/here/a.png"))
    resized = item._replace(file=item.file._replace(size=1))

    assert pictures.open_picture(client, hidden) == picture().read_bytes()
    assert pictures.open_picture(client, resized) == picture().read_bytes()


def test_an_archive_that_is_not_here_comes_from_stash(
    stash: StashStandIn, client: StashClient, picture: Picture, tmp_path: Path
) -> None:
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
        archive.write(picture(), "a.png")
    (item,) = library.gallery_images(client, stash.add_zip_gallery(tmp_path / "set.zip"))
    assert item.file is not None
    hidden = item._replace(file=item.file._replace(zip_path="/not/mounted/here/set.zip"))
    assert pictures.open_picture(client, hidden) == picture().read_bytes()


def test_a_file_that_is_gone_is_one_sentence(
    stash: StashStandIn, client: StashClient, picture: Picture
) -> None:
    item = library.image(client, stash.add_image(picture()))
    picture().unlink()
    with pytest.raises(MediaError, match=r"cannot read the picture's file \(HTTP 500\)"):
        pictures.open_picture(client, item)


def test_an_image_without_a_file_and_a_deleted_one_are_one_sentence(client: StashClient) -> None:
    with pytest.raises(MediaError, match="Image 5 has no file in Stash"):
        pictures.open_picture(client, ImageItem("5", None))
    with pytest.raises(NotFound, match="Image 5 is not in Stash"):
        pictures.download_picture(client, "5")


def test_a_picture_has_a_size_limit(
    stash: StashStandIn, client: StashClient, picture: Picture
) -> None:
    path = picture()
    path.write_bytes(b"x" * 3_000_000)
    image_id = stash.add_image(path)
    with pytest.raises(MediaError, match="larger than 2 MB"):
        pictures.download_picture(client, image_id, max_bytes=2_000_000)
    assert len(pictures.download_picture(client, image_id, max_bytes=3_000_000)) == 3_000_000


@pytest.mark.parametrize(
    ("fault", "error", "sentence"),
    [
        ("500", MediaError, "HTTP 500"),
        ("401", StashError, "refused the session"),
        ("hang", StashError, "did not answer in time"),
        ("close", StashError, "before its answer was whole"),
        ("reset", StashError, "before its answer was whole"),
        ("redirect", StashError, "sends the plugin to another address"),
    ],
)
def test_each_failure_is_one_sentence(
    stash: StashStandIn, client: StashClient, fault: str, error: type[Exception], sentence: str
) -> None:
    stash.faults["media"] = fault
    with pytest.raises(error, match=sentence):
        pictures.download_picture(client, "1")
    assert len(stash.requests) == 1


def test_an_expired_session_is_told_although_stash_sends_to_the_login(
    guarded: StashStandIn, connect: Opener, picture: Picture
) -> None:
    image_id = guarded.add_image(picture())
    client = connect(guarded)
    assert pictures.download_picture(client, image_id) == picture().read_bytes()
    guarded.expire_sessions()
    with pytest.raises(StashError, match="refused the session, which has expired"):
        pictures.download_picture(client, image_id)


@pytest.mark.parametrize(
    "url",
    [
        "/image/5/image",
        "/image/5/thumbnail?t=1",
        "/stash/image/5/image",  # a proxy's prefix, as the browser sees it
        "http://127.0.0.1:9999/image/5/image?t=1768132800",
        "http://localhost:9999/performer/5/image",
        "HTTP://LOCALHOST:9999/scene/5/screenshot",
        "http://[::1]:9999/gallery/5/cover",
        "https://stash.example/image/5/image",  # given as an external host
        "http://stash.example:8443/behind/a/proxy/image/5/image",
    ],
)
def test_addresses_of_this_stash_are_known(url: str) -> None:
    hosts = ("Stash.example", "stash.example:8443")
    assert pictures.is_stash_url(HERE, url, hosts)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "image/5/image",
        "//evil.example/image/5/image",
        "http://evil.example/image/5/image",
        "http://127.0.0.1:9998/image/5/image",  # another port is another program
        "http://127.0.0.1/image/5/image",
        "http://127.0.0.1:9999@evil.example/image/5/image",
        "http://me:pw@127.0.0.1:9999/image/5/image",
        "http://127.0.0.1:9999.evil.example/image/5/image",
        "http://127.0.0.1:port/image/5/image",
        "http://[::1/image/5/image",
        "file:///image/5/image",
        "ftp://127.0.0.1:9999/image/5/image",
        "/graphql?query={version{version}}",
        "/image/../graphql",
        "/image/5/../../graphql",
        "/image/5/image\r\nApiKey: x",
        "/image\\5\\image",
        "http://stash.example:99/image/5/image",  # only its port 8443 was named
    ],
)
def test_everything_else_is_somebody_elses(url: str) -> None:
    assert not pictures.is_stash_url(HERE, url, ["stash.example:8443"])


def test_a_stash_address_is_asked_on_the_connection_with_its_session(
    guarded: StashStandIn, connect: Opener, picture: Picture
) -> None:
    image_id = guarded.add_image(picture())
    client = connect(guarded)
    url = f"https://stash.example/stash/image/{image_id}/image?t=1&apikey=stale"

    assert pictures.fetch_stash_media(client, url, ["stash.example"]) == picture().read_bytes()

    (asked,) = guarded.requests
    assert asked.path == f"/image/{image_id}/image?t=1"
    assert asked.headers["Cookie"] == f"session={client.connection.cookie_value}"
    assert asked.headers["Host"] == f"127.0.0.1:{guarded.port}"


def test_another_address_is_not_asked_at_all(stash: StashStandIn, client: StashClient) -> None:
    with pytest.raises(BadRequest, match="is not a picture of this Stash"):
        pictures.fetch_stash_media(client, "http://evil.example/image/5/image")
    assert stash.requests == []


def test_the_default_picture_of_a_performer_is_a_picture(
    stash: StashStandIn, client: StashClient
) -> None:
    performer = stash.add_performer("Ada")
    content = pictures.fetch_stash_media(client, f"/performer/{performer}/image")
    assert content.startswith(b"<svg")
