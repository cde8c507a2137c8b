"""A real process that is killed while it accepts, and another one that goes on."""

from __future__ import annotations

import struct
import time
from pathlib import Path

import pytest

from stash_face.store.connection import Store
from stash_face.store.references import Who
from stash_face.store.suggestions import Item, Proposal, propose
from tests.process.plugin import Plugin

STASHDB = "https://stashdb.org/graphql"
ANN = Who("stashdb.org:ann", "Ann", {"stashdb.org": "ann"})


@pytest.fixture
def suggestions(bare_plugin: Plugin, tmp_path: Path) -> list[str]:
    """Ann for three images; she is in Stash."""
    stash = bare_plugin.stash
    stash.add_performer("Anne", [(STASHDB, "ann")])
    proposal = Proposal(ANN, "match", 0.9, 0.25, "Close.", {"faces": []})
    with Store(bare_plugin.data / "stash_face.sqlite") as store:
        for number in range(1, 4):
            path = tmp_path / f"{number}.png"
            size = struct.pack(">II5B", number, 2, 8, 2, 0, 0, 0)
            path.write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + size)
            propose(store, None, Item("image", stash.add_image(path)), [proposal])
    return ["1", "2", "3"]


def tagged(plugin: Plugin) -> list[int]:
    images = plugin.stash.library.images.values()
    return [len(image.performers) for image in images]


def killed_at(plugin: Plugin, operation: str, suggestions: list[str]) -> None:
    """Starts to accept, and kills the process while Stash is busy with this request."""
    stash = plugin.stash
    for first in range(12):
        stash.requests.clear()
        stash.faults["graphql"] = [*[None] * first, "hold"]
        running = plugin.start("decide", suggestions=suggestions, decision="accept")
        while not running.process.finished.is_set() and stash.faults["graphql"]:
            time.sleep(0.002)
        asked = [each.operation for each in stash.requests]
        running.kill()
        stash.faults["graphql"] = None
        stash.held.release()
        if asked and asked[-1] == operation:
            return
    raise AssertionError(f"{operation} is never asked for")


@pytest.mark.parametrize("operation", ["PerformersOf", "UpdatePerformers"])
def test_the_next_call_makes_whole_what_a_kill_left(
    bare_plugin: Plugin, suggestions: list[str], operation: str
) -> None:
    killed_at(bare_plugin, operation, suggestions)

    answer = bare_plugin.get("decide", suggestions=suggestions, decision="accept")

    assert [each["state"] for each in answer["decided"]] == ["accepted"] * 3
    assert tagged(bare_plugin) == [1, 1, 1]
    assert bare_plugin.rows("SELECT DISTINCT state FROM journal") == [("done",)]
    assert bare_plugin.rows("SELECT state FROM runs WHERE state = 'running'") == []


def test_what_a_kill_left_can_be_undone_as_if_nothing_had_happened(
    bare_plugin: Plugin, suggestions: list[str]
) -> None:
    killed_at(bare_plugin, "UpdatePerformers", suggestions)
    ((run,),) = bare_plugin.rows("SELECT max(run_id) FROM journal")

    bare_plugin.get("undo", run=run)

    assert tagged(bare_plugin) == [0, 0, 0]
    assert [row["state"] for row in bare_plugin.get("suggestions")["suggestions"]] == ["open"] * 3
