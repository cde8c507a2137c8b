from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from stash_face.store.connection import Store
from tests.fakes.stash_jobs import Job
from tests.fakes.stash_server import StashStandIn
from tests.photos import Photos
from tests.process.plugin import Plugin

TASK = "Running plugin task: Look at new items"


@pytest.fixture
def used(bare_plugin: Plugin) -> Plugin:
    """A plugin that has identified something before; without weights or a face database."""
    with Store(bare_plugin.data / "stash_face.sqlite"):
        return bare_plugin


@pytest.fixture
def scan_of_stash(stash: Any) -> Iterator[Callable[[], None]]:
    """Stash scans, so that no task can begin; a function that ends the scan."""
    over = threading.Event()

    def run(_job: Job) -> None:
        over.wait()

    job = stash.jobs.add("Scanning...", run)

    def end() -> None:
        over.set()
        stash.jobs.wait(job)

    yield end
    over.set()


def context(number: int, kind: str = "Image", event: str = "Create") -> dict[str, Any]:
    return {"id": number, "type": f"{kind}.{event}.Post", "input": None}


def queue(plugin: Plugin) -> list[tuple[str, str]]:
    return plugin.rows("SELECT kind, item_id FROM queue ORDER BY kind, CAST(item_id AS INT)")


def waiting(plugin: Plugin) -> list[str]:
    return [job.description for job in plugin.stash.jobs.queue() if job.status == "READY"]


def test_many_items_at_once_are_all_noted_and_one_task_is_asked_for(
    used: Plugin, scan_of_stash: Callable[[], None]
) -> None:
    running = [used.start("item_changed", hookContext=context(n)) for n in range(1, 25)]
    answers = [each.answer() for each in running]

    assert [each.error for each in answers] == [None] * 24
    assert sorted(each.output["job"] or "" for each in answers)[-2:] == ["", "2"]
    assert queue(used) == [("image", str(n)) for n in range(1, 25)]
    assert waiting(used) == [TASK]


def test_a_task_that_was_asked_for_long_ago_is_not_asked_for_twice_while_it_waits(
    used: Plugin, scan_of_stash: Callable[[], None]
) -> None:
    first = used.get("item_changed", hookContext=context(1))
    used.change("UPDATE queue_asked SET asked_at = 1")

    second = used.get("item_changed", hookContext=context(2, "Gallery"))

    assert second == first == {"queued": True, "job": "2"}
    assert waiting(used) == [TASK]


def test_the_task_looks_at_a_gallery_once_all_of_it_is_there(
    plugin: Plugin, photos: Photos, tmp_path: Path, scan_of_stash: Callable[[], None]
) -> None:
    plugin.get("scan_library")
    folder = tmp_path / "new"
    folder.mkdir()
    for photo in photos.known["Colin_Powell"][-2:]:
        shutil.copy(photo, folder)
    gallery = plugin.stash.add_folder_gallery(folder)
    images = [each.id for each in plugin.stash.library.galleries[gallery].images]
    # As Stash does: the gallery comes with its first image.
    plugin.get("item_changed", hookContext=context(int(gallery), "Gallery"))
    for image_id in images:
        plugin.get("item_changed", hookContext=context(int(image_id)))
    plugin.get("item_changed", hookContext=context(99, "Image"))  # gone by then
    (job,) = [job.id for job in plugin.stash.jobs.queue() if job.status == "READY"]

    scan_of_stash()
    plugin.stash.jobs.wait(job)

    assert plugin.rows("SELECT kind, item_id, name FROM suggestions") == [
        ("gallery", gallery, "Colin Powell")
    ]
    assert queue(plugin) == []
    assert plugin.rows("SELECT state FROM runs WHERE task = 'new_items'") == [("done",)]
    # The next one asks again.
    assert plugin.get("item_changed", hookContext=context(int(gallery), "Gallery"))["job"]


def test_nothing_is_noted_before_the_plugin_was_used(bare_plugin: Plugin) -> None:
    answer = bare_plugin.get("item_changed", hookContext=context(1))

    assert answer == {"queued": False, "job": None}
    assert not bare_plugin.data.exists()


@pytest.mark.parametrize(
    ("settings", "kind"),
    [
        ({"ignoreNewItems": True}, "Gallery"),
        # Scenes are left out of every task.
        ({"skipScenes": True}, "Scene"),
    ],
)
def test_what_the_user_does_not_want_is_not_noted(
    used: Plugin, settings: dict[str, Any], kind: str
) -> None:
    used.stash.library.plugin_settings["stash_face"] = settings

    assert used.get("item_changed", hookContext=context(1, kind))["queued"] is False
    assert queue(used) == []


def test_a_stash_that_does_not_answer_is_told_and_asked_again_by_the_next(
    used: Plugin, scan_of_stash: Callable[[], None]
) -> None:
    used.stash.faults["graphql"] = [None, None, "503"]
    refused = used.refuse("item_changed", hookContext=context(1))

    assert "did not take a short question" in refused
    assert used.get("item_changed", hookContext=context(2))["job"] == "2"
    assert queue(used) == [("image", "1"), ("image", "2")]


def test_the_session_goes_with_every_question_so_that_hooks_cannot_start_each_other_for_ever(
    used: Plugin, scan_of_stash: Callable[[], None]
) -> None:
    used.stash.requests.clear()
    used.get("item_changed", hookContext=context(1))

    asked = [(each.operation, "session=" in each.headers.get("Cookie", ""))
             for each in used.stash.requests]  # fmt: skip
    assert asked == [("Settings", True), ("JobQueue", True), ("RunTask", True)]


def test_a_destroyed_item_leaves_the_store(plugin: Plugin, photos: Photos) -> None:
    kept, gone = (plugin.stash.add_image(path) for path in photos.known["Bill_Clinton"][3:5])
    plugin.get("scan_library")

    first = plugin.get("item_destroyed", hookContext=context(int(gone), event="Destroy"))
    second = plugin.get("item_destroyed", hookContext=context(int(gone), event="Destroy"))

    assert (first, second) == ({"forgotten": True}, {"forgotten": False})
    for table, column in (
        ("image_scans", "stash_image_id"),
        ("faces", "stash_image_id"),
        ("answers", "item_id"),
        ("suggestions", "item_id"),
    ):
        assert plugin.rows(f"SELECT DISTINCT {column} FROM {table}") == [(kept,)]


@pytest.mark.parametrize("mode", ["item_changed", "item_destroyed"])
def test_items_of_another_stash_that_shares_the_folder_are_neither_noted_nor_forgotten(
    used: Plugin, tmp_path: Path, mode: str
) -> None:
    (used.stash.root / "stash-go.sqlite").write_bytes(b"Stash's own")
    used.get("item_changed", hookContext=context(1))
    known = "INSERT INTO answers VALUES ('image', '2', '', '{}', '')"
    used.change(known)
    with StashStandIn(tmp_path / "other", plugins=used.stash.plugins) as other:
        foreign = Plugin(other)
        foreign.data = used.data

        told = foreign.refuse(mode, hookContext=context(2))

    assert told.startswith(f"The data folder {used.data} belongs to the Stash whose database is")
    assert queue(used) == [("image", "1")]
    assert used.rows("SELECT item_id FROM answers") == [("2",)]


@pytest.mark.parametrize(
    "given",
    [
        None,
        {"type": "Image.Create.Post"},
        {"id": "5", "type": "Image.Create.Post"},
        {"id": 5, "type": "Tag.Create.Post"},
        {"id": -5, "type": "Scene.Create.Post"},
    ],
)
def test_what_is_no_hook_is_refused(used: Plugin, given: Any) -> None:
    assert used.refuse("item_changed", hookContext=given).startswith("The argument hookContext")
