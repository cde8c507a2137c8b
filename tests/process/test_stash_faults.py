from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.fakes.stash_server import StashStandIn
from tests.photos import Photos
from tests.process.plugin import Plugin

EXPIRED = (
    "refused the session, which has expired: start the work again, and if it takes longer than "
    "the session lasts, first generate an API key under Settings > Security > Authentication"
)


@contextmanager
def once(condition: Callable[[], bool], action: Callable[[], None]) -> Iterator[None]:
    """Does `action` as soon as `condition` holds, while the body runs."""
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.002):
            if condition():
                action()
                return

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


@pytest.fixture
def remote(plugin: Plugin, mixed: list[str]) -> str:
    """A gallery of seven images whose files come from Stash only."""
    plugin.hide_files()
    return plugin.stash.add_gallery(mixed)


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("401", EXPIRED),
        ("500", "failed with HTTP 500: look into Settings > Logs in Stash, and try again."),
        ("503", "is not ready (HTTP 503): wait a moment and try again."),
        ("close", "closed the connection before its answer was whole: see whether it is still"),
        ("reset", "closed the connection before its answer was whole: see whether it is still"),
        ("html", "answers with something else than Stash's data: see whether a proxy with a login"),
        ("redirect", "sends the plugin to another address: see whether a proxy with a login"),
        ("locked", "Stash's database is locked by other work: wait until Stash's tasks have"),
    ],
)
@pytest.mark.parametrize("mode", ["identify_image", "identify_gallery"])
def test_a_stash_that_fails_is_told_with_what_to_do(
    plugin: Plugin, mixed: list[str], fault: str, sentence: str, mode: str
) -> None:
    plugin.stash.add_gallery(mixed[:1])
    plugin.stash.faults["graphql"] = fault

    answer = plugin.ask(mode, image_id="1", gallery_id="1")

    assert sentence in (answer.error or "")
    assert answer.code == "stash"


def test_a_stash_that_is_gone_is_told(plugin: Plugin) -> None:
    running = plugin.start("identify_image", image_id="1")
    plugin.stash._server.server_close()

    sentence = running.answer().error or ""
    assert "cannot be reached at http://127.0.0.1:" in sentence
    assert sentence.endswith(
        "see whether it is running and listens at this address, and try again."
    )


def test_a_stash_that_hangs_is_given_up_in_time(
    plugin: Plugin, photos: Photos, plugin_copy: object
) -> None:
    image_id = plugin.stash.add_image(photos.strangers[0])
    plugin.hide_files()
    # Both wait for the same 20 seconds: once for an answer, once for a picture.
    plugin.stash.faults["media"] = "hang"
    picture = plugin.start("identify_image", image_id=image_id)
    while not plugin.downloads():
        assert not picture.process.finished.wait(0.01)
    plugin.stash.faults["graphql"] = ["hang", None]
    question = plugin.start("identify_image", image_id=image_id)

    expected = "took the request but did not answer in time: wait until it is less busy, or restart"
    for running in (question, picture):
        assert expected in (running.answer().error or "")


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("404", "Image 1 is not in Stash (any more): reload the page."),
        ("500", "Stash cannot read the picture's file (HTTP 500): see whether the file is still"),
        ("close", "closed the connection before its answer was whole: see whether it is still"),
        ("redirect", "sends the plugin to another address: see whether a proxy with a login"),
        ("html", "holds text, not a picture;"),
    ],
)
def test_a_picture_that_stash_cannot_give_is_told(
    plugin: Plugin, mixed: list[str], fault: str, sentence: str
) -> None:
    plugin.hide_files()
    plugin.stash.faults["media"] = fault
    assert sentence in plugin.refuse("identify_image", image_id=mixed[0])

    # It is not held against the image.
    plugin.stash.faults["media"] = None
    assert plugin.get("identify_image", image_id=mixed[0])["faces"]


def test_one_picture_that_stash_cannot_give_does_not_hold_up_the_gallery(
    plugin: Plugin, remote: str
) -> None:
    plugin.stash.faults["media"] = [None, "close", None, "500"]

    answer = plugin.get("identify_gallery", gallery_id=remote)
    assert (answer["done"], len(answer["problems"])) == (True, 2)

    plugin.change("UPDATE image_fingerprints SET updated_at = datetime('now', '-1 hour')")
    whole = plugin.get("identify_gallery", gallery_id=remote)
    assert (whole["problems"], whole["faces_detected"]) == ([], 7)


@pytest.mark.parametrize("fault", ["401", "close", "reset"])
def test_a_stash_that_fails_during_a_gallery_loses_nothing(
    plugin: Plugin, remote: str, fault: str
) -> None:
    def fail() -> None:
        plugin.stash.faults = {"graphql": fault, "media": fault}

    def begun() -> bool:
        return len(plugin.downloads()) >= 6

    with once(begun, fail):
        answer = plugin.ask("identify_gallery", gallery_id=remote)
    assert answer.code == "stash"
    kept = plugin.rows("SELECT id, stash_image_id FROM faces")

    plugin.stash.faults = {"graphql": None, "media": None}
    whole = plugin.finish_gallery(remote)
    assert (whole["problems"], whole["faces_detected"]) == ([], 7)
    assert set(kept) <= set(plugin.rows("SELECT id, stash_image_id FROM faces"))


def test_a_failure_after_the_last_picture_costs_no_second_look(plugin: Plugin, remote: str) -> None:
    # The gallery, its images, the API key, and then who is in the library.
    plugin.stash.faults["graphql"] = [None, None, None, "500"]

    assert "HTTP 500" in plugin.refuse("identify_gallery", gallery_id=remote)
    assert len(plugin.get("identify_gallery", gallery_id=remote)["performers"]) == 2
    assert sorted(plugin.downloads()) == sorted(set(plugin.downloads()))


def test_a_session_that_is_too_old_is_told(plugin: Plugin, mixed: list[str]) -> None:
    plugin.stash.sessions.password = True
    plugin.stash.sessions.max_age = -1

    assert EXPIRED in plugin.refuse("identify_image", image_id=mixed[0])


@pytest.mark.parametrize("api_key", ["", "the-key"])
def test_a_session_that_expires_during_a_gallery_needs_an_api_key(
    plugin: Plugin, remote: str, api_key: str
) -> None:
    stash = plugin.stash
    stash.sessions.password = True
    stash.api_key = stash.sessions.api_key = api_key

    with once(lambda: bool(plugin.downloads()), stash.expire_sessions):
        answer = plugin.ask("identify_gallery", gallery_id=remote)

    if api_key:
        assert answer.output["done"]
    else:
        assert EXPIRED in (answer.error or "")
        # Started again, as the sentence says.
        assert plugin.finish_gallery(remote)["problems"] == []
    assert plugin.rows("SELECT count(*) FROM image_fingerprints") == [(7,)]


def test_a_stash_with_its_own_certificate_is_trusted_on_this_computer(
    plugin: Plugin, photos: Photos
) -> None:
    old = plugin.stash
    with StashStandIn(old.root, plugins=old.plugins, tls=True, password=True) as stash:
        stash.environment = old.environment
        secure = Plugin(stash)
        image_id = stash.add_image(photos.known["Colin_Powell"][-1])
        secure.hide_files()

        (face,) = secure.get("identify_image", image_id=image_id)["faces"]
        assert face["matches"][0]["name"] == "Colin Powell"
