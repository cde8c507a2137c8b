from __future__ import annotations

import base64
import gzip
import socket
import time
from collections.abc import Callable, Iterator

import pytest

from stash_face.errors import BadRequest, DownloadError, StashFaceError
from stash_face.media import web
from stash_face.media.web import fetch_public, from_base64
from tests.media.raw_server import CERTIFICATE, RawServer, ok, raw_server, redirect

SOON = (1.0, 1.0)
PICTURE = b"\xff\xd8\xff" + bytes(range(256)) * 40


@pytest.fixture
def server() -> Iterator[RawServer]:
    with raw_server() as running:
        yield running


@pytest.fixture
def fetch(server: RawServer) -> Callable[[str], bytes]:
    def from_loopback(url: str, max_bytes: int = 1_000_000) -> bytes:
        return fetch_public(
            url,
            max_bytes,
            SOON,
            allow=lambda host, port: (host, port) == ("127.0.0.1", server.port),
        )

    return from_loopback


Fetch = Callable[..., bytes]


def refused(fetch: Fetch, kind: type[StashFaceError], *arguments: object) -> str:
    with pytest.raises(kind) as caught:
        fetch(*arguments)
    assert caught.value.sentence.endswith(".")
    return caught.value.sentence


class Internet:
    """Names and public addresses that all end at one server on loopback."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, port: int) -> None:
        self.names: dict[str, list[list[str]]] = {}
        self.dialled: list[str] = []
        self.dead: set[str] = set()
        self.port = port
        self._look_up, self._dial = socket.getaddrinfo, socket.create_connection
        monkeypatch.setattr(socket, "getaddrinfo", self.look_up)
        monkeypatch.setattr(socket, "create_connection", self.dial)

    def look_up(self, host: str, port: int, *rest: object, **more: object) -> list[object]:
        if host not in self.names:
            return self._look_up(host, port, *rest, **more)  # type: ignore[arg-type]
        answers = self.names[host]
        if not answers:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        found = answers.pop(0) if len(answers) > 1 else answers[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port)) for ip in found]

    def dial(self, address: tuple[str, int], timeout: float) -> socket.socket:
        self.dialled.append(address[0])
        if address[0] in self.dead:
            raise ConnectionRefusedError
        return self._dial(("127.0.0.1", self.port), timeout)


@pytest.fixture
def internet(monkeypatch: pytest.MonkeyPatch, server: RawServer) -> Internet:
    return Internet(monkeypatch, server.port)


def test_a_picture_is_fetched(server: RawServer, fetch: Fetch) -> None:
    assert fetch(server.put("/a.jpg", ok(PICTURE))) == PICTURE


def test_the_request_tells_no_more_than_it_must(server: RawServer, fetch: Fetch) -> None:
    fetch(server.put("/a%20b/%E6%9D%B1.jpg?size=1&x=%2F", ok(PICTURE)))

    first, *headers = server.requests[0].strip().split("\r\n")
    assert first == "GET /a%20b/%E6%9D%B1.jpg?size=1&x=%2F HTTP/1.1"
    names = {header.split(":")[0] for header in headers}
    assert names == {"Host", "User-Agent", "Accept", "Accept-Encoding", "Connection"}


def test_spaces_and_letters_of_any_script_in_a_path_are_encoded(
    server: RawServer, fetch: Fetch
) -> None:
    server.put("/a%20b/%E6%9D%B1.jpg", ok(PICTURE))

    assert fetch(f"  http://127.0.0.1:{server.port}/a b/東.jpg#part\n") == PICTURE


def test_a_body_without_a_length_or_in_chunks_is_read(server: RawServer, fetch: Fetch) -> None:
    plain = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n" + PICTURE
    size = b"%x\r\n" % len(PICTURE)
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + size + PICTURE

    assert fetch(server.put("/plain", plain)) == PICTURE
    assert fetch(server.put("/chunked", chunked + b"\r\n0\r\n\r\n")) == PICTURE


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/a.jpg",
        "http://localhost/a.jpg",
        "http://localhost.:80/a.jpg",
        "http://LOCALHOST/a.jpg",
        "http://127.0.0.1./a.jpg",
        "http://10.0.0.1/a.jpg",
        "http://192.168.1.1:8080/a.jpg",
        "http://169.254.169.254/latest/meta-data/",
        "http://0.0.0.0:9999/image/1/image",
        "http://[::1]/a.jpg",
        "http://[::ffff:127.0.0.1]/a.jpg",
        "http://[::ffff:7f00:1]/a.jpg",
        "http://[64:ff9b::127.0.0.1]/a.jpg",
        "http://[2002:7f00:1::]/a.jpg",
        "http://[fd00:ec2::254]/a.jpg",
        "http://１２７。０。０。１/a.jpg",  # wide digits and ideographic stops
        "http://①②⑦.0.0.1/a.jpg",
    ],
)
def test_a_host_that_is_not_public_is_refused(url: str) -> None:
    assert "is not on the public internet and is not asked" in refused(
        fetch_public, BadRequest, url, 1000, SOON
    )


@pytest.mark.parametrize(
    "url",
    [
        "http://2130706433/a.jpg",  # 127.0.0.1 as one number
        "http://017700000001/a.jpg",
        "http://0x7f000001/a.jpg",
        "http://0x7f.1/a.jpg",
        "http://127.1/a.jpg",
        "http://0177.0.0.1/a.jpg",
        "http://127.0.0.1%00.example.com/a.jpg",
        "http://[fe80::1%25eth0]/a.jpg",
        "http://[::1/a.jpg",
        "http://example.com\\@127.0.0.1/a.jpg",
        "http://exa mple.com/a.jpg",
        "http://example.com:99999/a.jpg",
        "http://example.com:0/a.jpg",
        "http://example.com:x/a.jpg",
        "http://-example.com/a.jpg",
        "http://" + "a" * 64 + ".com/a.jpg",  # no label of DNS is so long
        "http://" + "a." * 200 + "com/a.jpg",
        "http://example.com/a\r\nHost: other/b.jpg",
        "http://example.com/\0",
        "http:///a.jpg",
        "https://",
        "/etc/passwd",
        "",
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    sentence = refused(fetch_public, BadRequest, url, 1000, SOON)

    assert sentence.isprintable()
    assert "is not a valid address; give one with https://." in sentence


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "FILE:///etc/passwd",
        "ftp://example.com/a.jpg",
        "data:image/png;base64,AAAA",
        "gopher://127.0.0.1:6379/_FLUSHALL",
        "javascript:alert(1)",
        "C:/Users/a.jpg",
    ],
)
def test_only_the_web_is_opened(url: str) -> None:
    assert "addresses are not opened; give one with http:// or https://." in refused(
        fetch_public, BadRequest, url, 1000, SOON
    )


def test_names_and_passwords_in_an_address_are_refused_and_not_repeated() -> None:
    sentence = refused(fetch_public, BadRequest, "http://user:secret@example.com/a.jpg", 1000, SOON)

    assert "remove it" in sentence
    assert "secret" not in sentence


def test_an_endless_address_is_refused() -> None:
    url = "https://example.com/" + "a" * 10_000

    assert "longer than 8192 characters" in refused(fetch_public, BadRequest, url, 1000, SOON)


def test_a_host_that_is_not_allowed_by_name_and_port_is_refused(
    server: RawServer, fetch: Fetch
) -> None:
    url = server.put("/a.jpg", ok(PICTURE)).replace("127.0.0.1", "localhost")

    assert "not on the public internet" in refused(fetch, BadRequest, url)
    assert server.requests == []


def test_the_connection_goes_to_the_address_that_was_checked(
    server: RawServer, internet: Internet
) -> None:
    # A second look-up would lead inside.
    internet.names["rebind.example"] = [["93.184.216.34"], ["127.0.0.1"]]
    server.put("/a.jpg", ok(PICTURE))

    assert fetch_public("http://rebind.example/a.jpg", 99_999, SOON) == PICTURE
    assert internet.dialled == ["93.184.216.34"]
    assert "\r\nHost: rebind.example\r\n" in server.requests[0]


def test_of_several_addresses_only_public_ones_are_tried_in_turn(
    server: RawServer, internet: Internet
) -> None:
    internet.names["two.example"] = [["10.0.0.1", "93.184.216.34", "127.0.0.1", "8.8.8.8"]]
    internet.dead = {"93.184.216.34"}
    server.put("/a.jpg", ok(PICTURE))

    assert fetch_public("http://two.example/a.jpg", 99_999, SOON) == PICTURE
    assert internet.dialled == ["93.184.216.34", "8.8.8.8"]


def test_redirects_are_followed_a_few_times(server: RawServer, fetch: Fetch) -> None:
    server.put("/1", redirect("/2", 301))
    server.put("/2", redirect("3?x=1", 307))
    server.put("/3?x=1", redirect(f"http://127.0.0.1:{server.port}/東.jpg", 303))
    server.put("/%E6%9D%B1.jpg", ok(PICTURE))

    assert fetch(f"http://127.0.0.1:{server.port}/1") == PICTURE


def test_redirects_without_end_are_not(server: RawServer, fetch: Fetch) -> None:
    url = server.put("/again", redirect("/again"))

    assert "redirects more than 3 times" in refused(fetch, DownloadError, url)
    assert len(server.requests) == 4


@pytest.mark.parametrize(
    "location",
    [
        "http://localhost/a.jpg",
        "http://169.254.169.254/latest/meta-data/",
        "//10.0.0.1/a.jpg",
        "file:///etc/passwd",
        "http://user:word@example.com/",
        "http://0x7f.1/",
    ],
)
def test_each_redirect_is_checked_again(server: RawServer, fetch: Fetch, location: str) -> None:
    refused(fetch, BadRequest, server.put("/a", redirect(location)))


def test_a_public_host_does_not_lead_to_the_host_that_is_allowed(
    server: RawServer, internet: Internet, fetch: Fetch
) -> None:
    internet.names["outside.example"] = [["93.184.216.34"]]
    inside = server.put("/inside.jpg", ok(PICTURE))
    server.put("/a", redirect(inside))

    assert fetch(inside) == PICTURE
    assert "not on the public internet" in refused(fetch, BadRequest, "http://outside.example/a")


def test_neither_proxies_nor_stored_passwords_nor_cookies_are_used(
    server: RawServer, fetch: Fetch, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    netrc = f"{tmp_path}/netrc"
    with open(netrc, "w") as file:
        file.write("machine 127.0.0.1 login user password secret\n")
    monkeypatch.setenv("NETRC", netrc)
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    server.put("/1", redirect("/2").replace(b"Content", b"Set-Cookie: a=b\r\nContent"))
    server.put("/2", ok(PICTURE))

    assert fetch(f"http://127.0.0.1:{server.port}/1") == PICTURE
    assert "Authorization" not in server.requests[1]
    assert "Cookie" not in server.requests[1]


@pytest.mark.parametrize(
    "answer",
    [
        ok(PICTURE),  # told by the length
        b"HTTP/1.1 200 OK\r\n\r\n" + PICTURE,  # found out on the way
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n" + PICTURE,
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
    ],
)
def test_a_file_above_the_limit_is_not_read_to_its_end(
    server: RawServer, fetch: Fetch, answer: bytes
) -> None:
    assert "above the limit of 0 MB" in refused(
        fetch, DownloadError, server.put("/a.jpg", answer), 5000
    )


def test_a_file_of_just_the_limit_is_read(server: RawServer, fetch: Fetch) -> None:
    assert fetch(server.put("/a.jpg", ok(PICTURE)), len(PICTURE)) == PICTURE


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "answers with status 404 instead"),
        (b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", "answers with status 500 instead"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", "answers with status 204 instead"),
        (b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n", "answers with status 302 instead"),
        (ok(b"<html>", kind="text/html; charset=utf-8"), "answers with a web page; give the addr"),
        (ok(b"<html>", kind="TEXT/HTML"), "answers with a web page"),
        (ok(gzip.compress(PICTURE), "Content-Encoding: gzip"), "packs the picture"),
        (ok(b""), "sent an empty file"),
        (ok(PICTURE)[:-100], "broke off"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\nabc", "broke off"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000, "broke off its answer"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: x\r\n" * 500 + b"\r\n", "broke off its answer"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "broke off its answer"),
        (b"", "broke off its answer"),
    ],
)
def test_every_odd_answer_is_a_sentence(
    server: RawServer, fetch: Fetch, answer: bytes, said: str
) -> None:
    sentence = refused(fetch, DownloadError, server.put("/a.jpg", answer))

    assert sentence.startswith("127.0.0.1 ")
    assert said in sentence


def test_a_host_that_cannot_be_found_is_told(internet: Internet) -> None:
    internet.names["gone.example"] = []

    assert "gone.example cannot be found; check the address" in refused(
        fetch_public, DownloadError, "https://gone.example/a.jpg", 9, SOON
    )


def test_a_host_that_cannot_be_reached_is_told() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/a.jpg"
        sentence = refused(lambda: fetch_public(url, 9, SOON, lambda *_: True), DownloadError)
    assert sentence == "127.0.0.1 cannot be reached or broke off its answer; try again later."


@pytest.mark.parametrize(
    "parts",
    [
        [b""] * 99,  # silence
        [b"H", *[b"T"] * 999],  # a status line, byte by byte
        [ok(PICTURE)[:90], *[b"x"] * 999],  # a body, byte by byte
        [b"HTTP/1.1 200 OK\r\n\r\n", *[b"x"] * 999],  # one without a length
    ],
)
def test_a_server_that_trickles_is_left(
    server: RawServer, parts: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "PATIENCE", 3)
    server.pause = 0.02
    url = server.put("/a.jpg", *parts)

    started = time.monotonic()
    sentence = refused(
        lambda: fetch_public(url, 99_999, (1.0, 0.1), lambda *_: True), DownloadError
    )
    assert sentence == "127.0.0.1 answers too slowly; try again later."
    # The server would have gone on for 20 s.
    assert time.monotonic() - started < 15


@pytest.fixture
def secure() -> Iterator[RawServer]:
    with raw_server(tls=True) as running:
        yield running


def test_https_verifies_the_name_in_the_address_and_not_the_number_it_dials(
    secure: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    internet = Internet(monkeypatch, secure.port)
    internet.names = {"localhost": [["93.184.216.34"]], "other.example": [["93.184.216.34"]]}
    secure.put("/a.jpg", ok(PICTURE))
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))

    assert fetch_public("https://localhost/a.jpg", 99_999, SOON) == PICTURE
    assert "\r\nHost: localhost\r\n" in secure.requests[0]
    assert "other.example cannot prove that it is other.example" in refused(
        fetch_public, DownloadError, "https://other.example/a.jpg", 99_999, SOON
    )
    assert secure.names == ["localhost", "other.example"]
    assert len(secure.requests) == 1


def test_a_certificate_that_nobody_vouches_for_is_refused(secure: RawServer) -> None:
    url = secure.put("/a.jpg", ok(PICTURE))

    assert "cannot prove that it is 127.0.0.1 (self-signed certificate)" in refused(
        lambda: fetch_public(url, 99_999, SOON, lambda *_: True), DownloadError
    )
    assert secure.requests == []


def test_a_plain_server_at_an_https_address_is_told(server: RawServer, fetch: Fetch) -> None:
    url = server.put("/a.jpg", ok(PICTURE)).replace("http:", "https:")

    assert refused(fetch, DownloadError, url).startswith("127.0.0.1 ")


@pytest.mark.parametrize(
    "text",
    [
        base64.b64encode(PICTURE).decode(),
        base64.encodebytes(PICTURE).decode(),  # broken into lines
        base64.b64encode(PICTURE).decode().rstrip("="),
        "data:image/jpeg;base64," + base64.b64encode(PICTURE).decode(),
        " \n data:image/jpeg;charset=x;base64,\n" + base64.encodebytes(PICTURE).decode(),
        "DATA:application/octet-stream;BASE64," + base64.b64encode(PICTURE).decode(),
        "data:;base64," + base64.b64encode(PICTURE).decode(),
    ],
)
def test_base64_is_read_bare_and_as_a_data_address(text: str) -> None:
    assert from_base64(text, 20_000) == PICTURE


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        (" \n\t", "is empty"),
        ("====", "is empty"),
        ("data:image/png;base64,", "is empty"),
        ("not base64!", "characters that do not belong there"),
        ("AAAA-_AA", "characters that do not belong there"),
        ("AAAA=AAAA", "characters that do not belong there"),
        ("AAAAä", "characters that do not belong there"),
        ("AAAAA", "characters that do not belong there, or ends in the middle"),
        ("data:image/svg+xml,<svg/>", "characters that do not belong there"),
        ("https://example.com/a.jpg", "characters that do not belong there"),
        ("A" * 40_000, "above the limit of 0 MB"),
    ],
)
def test_what_is_not_base64_is_refused(text: str, said: str) -> None:
    assert said in refused(from_base64, BadRequest, text, 20_000)
