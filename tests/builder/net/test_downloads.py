from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from builder.net import downloads, web
from builder.net.cache import Cache
from builder.net.downloads import Downloads
from builder.net.pace import Paces
from builder.net.web import Web
from builder.net.wire import Wire
from builder.state.files import File
from builder.values import PictureRef
from tests.fakes.stash_box_server import Served, StashBox, stash_box

PICTURE = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 8


@pytest.fixture
def server() -> Iterator[StashBox]:
    with stash_box() as box:
        yield box


class Place:
    """One picture on a server, and what fetches it."""

    def __init__(self, server: StashBox, home: Path) -> None:
        self.server = server
        row = server.add("Ada", [PICTURE])
        self.picture: Served = server.picture(row)
        self.ref = PictureRef(f"{server.url}/images/{row.images[0]}", "Ada 1")
        self.cache = Cache(home)
        self.said: list[str] = []
        self.downloads = self.fresh()

    def fresh(self, inside: bool = True) -> Downloads:
        places = frozenset({("127.0.0.1", self.server.server_port)} if inside else ())
        wire = Wire(places, (2.0, 0.5, 1.0))
        return Downloads(Web(Paces(0, 2), wire=wire, pause=0.001), self.cache, self.said.append)

    def get(self, known: File | None = None, build: int = 1, frozen: bool = False) -> File:
        return self.downloads.fetch(self.ref._replace(frozen=frozen), known, build).file


@pytest.fixture
def place(server: StashBox, tmp_path: Path) -> Place:
    return Place(server, tmp_path)


def test_a_picture_comes_into_the_cache_by_its_content(place: Place) -> None:
    file = place.get()

    assert file.problem is None
    assert file.sha256 is not None
    assert place.cache.get(file.sha256) == PICTURE


def test_what_has_not_changed_is_not_sent_again(place: Place) -> None:
    first = place.get()

    # In one build, or where the address never changes, not even a question goes out.
    assert place.get(first) == first
    assert place.get(first, build=2, frozen=True) == first._replace(build=2)
    assert len(place.server.asked) == 1
    assert place.get(first, build=2) == first._replace(build=2)
    assert "If-None-Match" in place.server.asked[1][2]
    place.picture.content = PICTURE + b"!"
    assert place.get(first, build=3).sha256 != first.sha256


def test_a_cache_that_is_gone_or_spoilt_is_filled_again(place: Place, tmp_path: Path) -> None:
    first = place.get(frozen=True)
    assert first.sha256 is not None
    path = tmp_path / first.sha256[:2] / first.sha256
    path.write_bytes(b"something else")

    again = place.downloads.fetch(place.ref._replace(frozen=True), first, 1)

    assert again.content == PICTURE == path.read_bytes()
    path.unlink()
    assert place.downloads.fetch(place.ref, first, 1).content == PICTURE
    assert all("If-None-Match" not in headers for _, _, headers in place.server.asked)


@pytest.mark.parametrize(
    ("faults", "requests"),
    [
        (["429 0"], 2),
        (["503", "500"], 3),
        (["truncated", "truncated"], 3),
        # the connection is cut off after the time of an answer's part
        (["hang"], 2),
    ],
)
def test_passing_trouble_is_waited_for(place: Place, faults: list[str], requests: int) -> None:
    place.picture.faults = faults

    assert place.get().problem is None
    assert len(place.server.asked) == requests


@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        ("404", "is not there any more"),
        ("403", "could not be downloaded: the server says 403"),
        ("html", "is a web page, not a picture"),
        ("huge", "is above the limit of 30 MB"),
        ("redirect http://127.0.0.1:9/x", "is not downloaded: 127.0.0.1 is not on the public"),
        ("redirect http://169.254.169.254/x", "is not downloaded: 169.254.169.254 is not on"),
        ("redirect http://[::1]:80/x", "is not downloaded: ::1 is not on the public internet"),
        ("redirect file:///etc/passwd", 'is not downloaded: "file:///etc/passwd" is no http'),
        ("redirect ftp://example.org/x", "is no http or https address"),
    ],
)
def test_what_is_no_picture_is_recorded_and_not_tried_again(
    place: Place, fault: str, problem: str
) -> None:
    place.picture.faults = [fault]

    file = place.get()

    assert file.sha256 is None
    assert file.problem is not None
    assert file.problem.startswith('The picture "Ada 1" ')
    assert problem in file.problem
    assert file.problem.endswith(".")
    assert len(place.server.asked) == 1


def test_redirects_that_go_round_end(place: Place) -> None:
    place.picture.faults = [f"redirect {place.ref.location}"] * 9

    assert "more than 3 redirects" in str(place.get().problem)


def test_text_is_no_picture_whatever_the_server_says(place: Place) -> None:
    place.picture.content = b"404 page not found, but with status 200"

    assert place.get().problem == 'The picture "Ada 1" is text, not a picture.'


def test_the_home_network_is_not_asked_unless_it_was_named(place: Place) -> None:
    place.downloads = place.fresh(inside=False)

    assert "127.0.0.1 is not on the public internet" in str(place.get().problem)
    assert place.server.asked == []


@pytest.mark.parametrize(
    "location",
    ["http://user:word@example.org/a", "http://", "http://exa mple.org", "http://a\nb/", "x://y"],
)
def test_odd_addresses_are_refused(place: Place, location: str) -> None:
    place.ref = PictureRef(location, "odd")

    assert "is not downloaded" in str(place.get().problem)


def test_a_failing_server_takes_nothing_away(place: Place) -> None:
    known = place.get()
    place.picture.faults = ["500"] * web.TRIES

    assert place.get(known, build=2) == known._replace(build=2)


def test_a_host_that_is_down_is_left_alone(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "MOST_FAILURES", 2)
    place.picture.faults = ["503"] * 99
    for _ in range(4):
        assert "could not be downloaded" in str(place.get().problem)

    assert len(place.server.asked) == 2 * web.TRIES
    host = place.server.url.removeprefix("http://")
    assert place.said == [f"{host} does not answer: its pictures are left for the next build."]
    # The next build begins with hope.
    place.picture.faults, place.downloads = [], place.fresh()
    assert place.get().problem is None


def test_a_key_goes_to_its_own_server_only(place: Place, tmp_path: Path) -> None:
    with stash_box() as other:
        elsewhere = other.add("Zoe", [PICTURE])
        address = f"{other.url}/images/{elsewhere.images[0]}"
        place.picture.faults = [f"redirect {address}"]
        wire = Wire(frozenset({("127.0.0.1", place.server.server_port)}))
        secrets = {place.server.url: {"ApiKey": "secret"}}
        fetch = Downloads(
            Web(Paces(0, 2), wire=wire), place.cache, place.said.append, secrets
        ).fetch

        fetch(place.ref, None, 1)
        fetch(PictureRef(address, "Zoe"), None, 1)

        assert [headers.get("ApiKey") for _, _, headers in place.server.asked] == ["secret"]
        assert other.asked == []


def test_a_host_is_never_asked_faster_than_allowed(server: StashBox, tmp_path: Path) -> None:
    rows = [server.add(str(number), [PICTURE + bytes([number])]) for number in range(12)]
    fetch = Downloads(Web(Paces(0.03, 4), [server.url]), Cache(tmp_path), lambda line: None).fetch
    refs = iter([PictureRef(f"{server.url}/images/{row.images[0]}", row.name) for row in rows])
    lock = threading.Lock()

    def work() -> None:
        while True:
            with lock:
                ref = next(refs, None)
            if ref is None:
                return
            fetch(ref, None, 1)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    times = [at for at, _, _ in server.asked]
    assert len(times) == 12
    assert times[-1] - times[0] >= 11 * 0.03 - 0.03


def test_a_disk_that_is_full_stops_the_build(place: Place, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    place.cache.folder = tmp_path / "file" / "cache"

    with pytest.raises(Exception, match="Pictures cannot be written into") as failure:
        place.get()

    assert str(failure.value).endswith("and run the same command again; it goes on.")
