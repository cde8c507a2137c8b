from __future__ import annotations

import socket
import threading
from pathlib import Path

import pytest

from stash_face.errors import StashError
from stash_face.stash import queries
from stash_face.stash.client import StashClient
from stash_face.stash.connection import Connection, from_server_connection
from tests.fakes.stash_server import StashStandIn
from tests.stash.conftest import Opener

RENAME = 'mutation Rename { configurePlugin(plugin_id: "stash_face", input: {a: 1}) }'


class Notebook:
    def __init__(self) -> None:
        self.lines: list[str] = []

    def debug(self, text: object) -> None:
        self.lines.append(str(text))

    info = error = debug


def test_a_query_returns_the_data(client: StashClient) -> None:
    assert client.query(queries.VERSION) == {"version": {"version": "v0.30.1"}}


def test_a_mutation_returns_the_data(client: StashClient) -> None:
    assert client.mutate(RENAME) == {"configurePlugin": {"a": 1}}


@pytest.mark.parametrize(
    ("fault", "requests", "sentence"),
    [
        ("500", 1, "failed with HTTP 500: look into Settings > Logs"),
        ("401", 1, "refused the session, which has expired: start the work again"),
        ("html", 1, "answers with something else than Stash's data"),
        ("redirect", 1, "sends the plugin to another address"),
        ("hang", 1, "took the request but did not answer in time"),
        ("502", 3, "is not ready (HTTP 502)"),
        ("503", 3, "is not ready (HTTP 503)"),
        ("locked", 3, "Stash's database is locked by other work"),
        ("close", 3, "closed the connection before its answer was whole"),
        ("reset", 3, "closed the connection before its answer was whole"),
    ],
)
def test_each_failure_is_one_sentence_and_only_passing_ones_are_tried_again(
    stash: StashStandIn, client: StashClient, fault: str, requests: int, sentence: str
) -> None:
    stash.faults["graphql"] = fault

    with pytest.raises(StashError) as raised:
        client.query(queries.VERSION)

    assert sentence in raised.value.sentence
    assert raised.value.code == "stash"
    assert len(stash.requests) == requests


def test_a_failure_that_passes_is_not_noticed(stash: StashStandIn, client: StashClient) -> None:
    stash.faults["graphql"] = ["locked", "reset"]
    assert client.query(queries.VERSION)["version"]["version"] == "v0.30.1"
    assert len(stash.requests) == 3


@pytest.mark.parametrize("fault", ["503", "locked", "reset"])
def test_a_mutation_is_never_sent_twice(
    stash: StashStandIn, client: StashClient, fault: str
) -> None:
    stash.faults["graphql"] = [fault]
    with pytest.raises(StashError):
        client.mutate(RENAME)
    assert len(stash.requests) == 1


def test_a_stash_that_is_not_there_is_named_with_its_address() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (
        StashClient(Connection("http", "127.0.0.1", port), pause_s=0.01) as client,
        pytest.raises(StashError) as raised,
    ):
        client.query(queries.VERSION)
    assert raised.value.sentence == (
        f"Stash cannot be reached at http://127.0.0.1:{port}: "
        "see whether it is running and listens at this address, and try again."
    )


def test_a_silence_in_the_middle_of_an_answer_is_a_silence() -> None:
    def answer_half() -> None:
        taken, _ = server.accept()
        with taken:
            taken.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{")
            heard.wait()

    heard = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=answer_half)
        thread.start()
        connection = Connection("http", "127.0.0.1", server.getsockname()[1])
        with StashClient(connection, read_timeout_s=0.2) as client:
            with pytest.raises(StashError, match="did not answer in time"):
                client.query(queries.VERSION)
            heard.set()
        thread.join()


def test_the_words_of_stash_are_in_the_sentence(stash: StashStandIn, client: StashClient) -> None:
    with pytest.raises(StashError) as raised:
        client.query(queries.FIND_IMAGE, {"id": "x"})
    assert raised.value.sentence == (
        'Stash refused: strconv.Atoi: parsing "x": invalid syntax; '
        "look into Settings > Logs in Stash."
    )


def test_a_question_that_stash_does_not_know_tells_to_update(client: StashClient) -> None:
    with pytest.raises(StashError, match="update Stash to version 0.30 or newer"):
        client.query("query Newer { findFaces { id } }")


def test_the_cookie_goes_out_as_it_came_and_only_once(
    guarded: StashStandIn, connect: Opener
) -> None:
    client = connect(guarded)
    for _ in range(3):
        client.query(queries.VERSION)

    sent = {each.headers["Cookie"] for each in guarded.requests}
    assert sent == {f"session={client.connection.cookie_value}"}


def test_the_key_and_the_cookie_go_out_together(guarded: StashStandIn, connect: Opener) -> None:
    client = connect(guarded)
    assert client.use_api_key() is True
    assert client.use_api_key() is True
    client.query(queries.VERSION)

    asked, used = guarded.requests
    assert "ApiKey" not in asked.headers
    assert used.headers["ApiKey"] == "the-key"
    assert used.headers["Cookie"] == f"session={client.connection.cookie_value}"


def test_work_with_the_key_outlives_the_session(guarded: StashStandIn, connect: Opener) -> None:
    client = connect(guarded)
    client.use_api_key()
    guarded.expire_sessions()
    assert client.query(queries.VERSION)


def test_without_a_key_an_expired_session_says_how_to_make_one(
    guarded: StashStandIn, connect: Opener
) -> None:
    guarded.api_key = ""
    client = connect(guarded)
    assert client.use_api_key() is False
    guarded.expire_sessions()
    with pytest.raises(StashError, match="generate an API key under Settings > Security"):
        client.query(queries.VERSION)


def test_a_changed_key_is_told_apart_from_an_expired_session(
    guarded: StashStandIn, connect: Opener
) -> None:
    client = connect(guarded)
    client.use_api_key()
    guarded.sessions.api_key = "another"
    with pytest.raises(StashError, match="refused its API key"):
        client.query(queries.VERSION)


def test_no_secret_is_in_a_sentence_or_in_the_log(guarded: StashStandIn, connect: Opener) -> None:
    notebook = Notebook()
    client = connect(guarded, log=notebook)
    client.use_api_key()
    for fault in ("500", "locked", "reset", "html", "401"):
        guarded.faults["graphql"] = fault
        with pytest.raises(StashError) as raised:
            client.query(queries.VERSION, {"a": 1})
        notebook.lines.append(raised.value.sentence)

    written = "\n".join(notebook.lines)
    assert "Trying again" in written
    assert "the-key" not in written
    assert str(client.connection.cookie_value) not in written


def test_a_self_signed_certificate_is_fine_on_this_computer(
    tmp_path: Path, connect: Opener
) -> None:
    with StashStandIn(tmp_path, tls=True) as stash:
        assert connect(stash, read_timeout_s=5).query(queries.VERSION)


def test_a_self_signed_certificate_is_refused_from_elsewhere(tmp_path: Path) -> None:
    with StashStandIn(tmp_path, tls=True) as stash:
        here = from_server_connection(stash.server_connection())
        # "127.1" is this computer, but not a name that anybody would know it by.
        with (
            StashClient(here._replace(host="127.1")) as client,
            pytest.raises(StashError, match="certificate of Stash .* is not trusted"),
        ):
            client.query(queries.VERSION)


def test_proxies_of_the_environment_are_not_asked(
    client: StashClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "")
    assert client.query(queries.VERSION)
