"""The data folder that the user has set: Set up takes the data there, and every process follows."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stash_face.store.connection import Store
from stash_face.store.queue import enqueue
from tests.process.plugin import Plugin


@pytest.fixture
def there(tmp_path: Path) -> Path:
    return tmp_path / "other disk" / "faces"


@pytest.fixture
def stocked(plugin: Plugin, mixed: list[str]) -> Plugin:
    """Two images wait; something lies in every part of the data."""
    with Store(plugin.data / "stash_face.sqlite") as store:
        for image_id in mixed[3:5]:
            enqueue(store, "image", image_id, "new")
    for name in ("models/own.onnx", "reports/own.html"):
        (plugin.data / name).parent.mkdir(exist_ok=True)
        (plugin.data / name).write_bytes(b"kept" * 1_000)
    return plugin


@pytest.fixture
def used(stocked: Plugin, mixed: list[str]) -> Plugin:
    """And an image is known."""
    stocked.get("identify_image", image_id=mixed[0])
    return stocked


def choose(plugin: Plugin, folder: Path | None) -> None:
    plugin.stash.library.plugin_settings["stash_face"] = {"dataFolder": str(folder or "")}


def files(folder: Path) -> dict[str, bytes]:
    """What a person would miss."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for top in ("facedb", "models/own.onnx", "reports/own.html")
        for path in [folder / top, *(folder / top).rglob("*")]
        if path.is_file()
    }


def at(plugin: Plugin, folder: Path) -> Plugin:
    """The same plugin, looked at where its data lie."""
    found = Plugin(plugin.stash)
    found.data = folder
    return found


def stored(plugin: Plugin) -> list[Any]:
    tables = ("image_scans", "faces", "answers", "queue", "installations")
    return [plugin.rows(f"SELECT * FROM {table}") for table in tables]


def test_set_up_moves_everything_and_every_process_follows(
    used: Plugin, mixed: list[str], there: Path
) -> None:
    known = used.get("identify_image", image_id=mixed[0])
    before, kept = files(used.data), stored(used)
    choose(used, there)
    assert used.get("set_up")["changed"] is True

    moved = at(used, there)
    assert files(there) == before
    assert stored(moved)[:4] == kept[:4]
    assert sorted(path.name for path in used.data.iterdir()) == ["moved.json"]
    assert moved.get("identify_image", image_id=mixed[0]) == known
    hook = {"id": 99, "type": "Image.Create.Post", "input": None}
    assert moved.get("item_changed", hookContext=hook)["queued"]
    assert moved.get("set_up")["changed"] is False

    # Without the setting they come back.
    choose(used, None)
    assert used.get("set_up")["changed"] is True
    assert files(used.data) == before
    left = {path.name for path in used.data.iterdir()}
    assert not left & {"moved.json", "stash_face_data.json"}
    assert not there.exists()
    assert used.get("identify_image", image_id=mixed[0]) == known


@pytest.mark.parametrize("moment", ["first file", "database", "store"])
def test_a_move_that_was_killed_goes_on(stocked: Plugin, there: Path, moment: str) -> None:
    before, kept = files(stocked.data), stored(stocked)
    reached: dict[str, Callable[[], bool]] = {
        "first file": lambda: (there / "stash_face_moving.json").exists(),
        "database": lambda: (there / "facedb" / "v1" / "manifest.json").exists(),
        "store": lambda: any(there.glob("stash_face.sqlite*")),
    }
    choose(stocked, there)
    running = stocked.start("set_up")
    while not reached[moment]():
        assert not running.process.finished.wait(0.0005)
    running.kill()

    stocked.get("set_up")

    assert files(there) == before
    assert stored(at(stocked, there))[:4] == kept[:4]
    assert sorted(path.name for path in stocked.data.iterdir()) == ["moved.json"]


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_what_the_user_has_laid_elsewhere_stays_there(
    stocked: Plugin, there: Path, tmp_path: Path
) -> None:
    shutil.move(stocked.data / "models", tmp_path / "weights")
    (stocked.data / "models").symlink_to(tmp_path / "weights")
    shutil.move(stocked.data / "facedb" / "v1", tmp_path / "v1")
    (stocked.data / "facedb" / "v1").symlink_to(tmp_path / "v1")
    choose(stocked, there)

    stocked.get("set_up")

    assert (there / "models").resolve() == tmp_path / "weights"
    assert (there / "facedb" / "v1").resolve() == tmp_path / "v1"
    assert (tmp_path / "weights" / "own.onnx").is_file()
    assert (tmp_path / "v1" / "manifest.json").is_file()
    assert stocked.get("database_info")["performer_count"] == 52
    assert sorted(path.name for path in stocked.data.iterdir()) == ["moved.json"]


def test_who_has_the_old_store_open_loses_nothing_and_is_told(stocked: Plugin, there: Path) -> None:
    choose(stocked, there)
    with Store(stocked.data / "stash_face.sqlite") as late:
        stocked.get("set_up")

        with pytest.raises(Exception, match="the data have been moved meanwhile"):
            enqueue(late, "image", "77", "new")

    enqueued = at(stocked, there).rows("SELECT count(*) FROM queue")
    assert enqueued == [(2,)]


def test_a_disk_that_is_not_connected_is_told_and_nothing_is_begun_anew(
    used: Plugin, mixed: list[str], there: Path, tmp_path: Path
) -> None:
    choose(used, there)
    used.get("set_up")
    there.rename(tmp_path / "unplugged")
    # What remains of a disk: the folder it was mounted on.
    there.mkdir()

    for mode in ("identify_image", "scan_library", "set_up", "item_changed"):
        hook = {"id": 99, "type": "Image.Create.Post", "input": None}
        told = used.refuse(mode, image_id=mixed[0], hookContext=hook)
        assert told.startswith(f"The plugin's data were moved to {there}, and are not there: see")
    assert list(there.iterdir()) == []

    there.rmdir()
    (tmp_path / "unplugged").rename(there)
    assert used.get("identify_image", image_id=mixed[0])["faces"]


def _foreign(used: Plugin, there: Path) -> None:
    """Another Stash's data, whose own database is still there."""
    shutil.copytree(used.data, there)
    other = at(used, there)
    path = str(there.parent / "stash-go.sqlite")
    Path(path).write_bytes(b"Stash's own")
    other.change("INSERT INTO installations VALUES (NULL, ?, '/elsewhere', '', '')", path)


def _full(used: Plugin, there: Path) -> None:
    there.mkdir(parents=True)
    (there / "holiday.jpg").write_bytes(b"picture")


def _beside(used: Plugin, there: Path) -> None:
    shutil.copytree(used.data, there)


def _a_file(used: Plugin, there: Path) -> None:
    there.parent.mkdir(parents=True)
    there.write_bytes(b"a file")


REFUSED: dict[str, tuple[Callable[[Plugin, Path], None], str]] = {
    # what lies there: (how it comes, what the user reads)
    "other files": (_full, "holds other files: name a new or empty one"),
    "a store of its own": (_beside, "hold data of this plugin: set the file stash_face.sqlite"),
    "a file": (_a_file, "cannot be used"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_folder_that_is_not_free_is_refused(stocked: Plugin, there: Path, what: str) -> None:
    make, sentence = REFUSED[what]
    make(stocked, there)
    before = files(stocked.data), sorted(there.rglob("*"))
    choose(stocked, there)

    assert sentence in stocked.refuse("set_up")

    assert (files(stocked.data), sorted(there.rglob("*"))) == before
    assert not (stocked.data / "moved.json").exists()


def test_the_doctor_tells_that_the_data_have_yet_to_be_moved(
    bare_plugin: Plugin, there: Path
) -> None:
    choose(bare_plugin, there)

    told = bare_plugin.get("health")["problems"]

    assert any(each.endswith("run Set up, which moves them there.") for each in told)


def test_a_folder_within_the_data_is_refused(stocked: Plugin) -> None:
    choose(stocked, stocked.data / "facedb" / "inside")

    assert "as one lies in the other" in stocked.refuse("set_up")


@pytest.mark.parametrize("ours", [True, False])
def test_after_a_new_installation_the_data_are_found_again_if_they_are_this_stashs(
    used: Plugin, mixed: list[str], there: Path, ours: bool
) -> None:
    if ours:
        shutil.copytree(used.data, there)
    else:
        _foreign(used, there)
    shutil.rmtree(used.data)
    choose(used, there)

    if ours:
        used.get("set_up")
        assert at(used, there).get("results", kind="image", id=mixed[0])["stored"]
    else:
        assert " belongs to the Stash whose database is " in used.refuse("set_up")
        assert not (used.data / "moved.json").exists()


def test_the_environment_variable_wins(stocked: Plugin, there: Path, tmp_path: Path) -> None:
    shutil.copytree(stocked.data, tmp_path / "by variable")
    stocked.stash.environment["STASH_FACE_DATA"] = str(tmp_path / "by variable")
    choose(stocked, there)

    stocked.get("set_up")

    assert not there.exists()
    assert any("STASH_FACE_DATA says where the data lie" in text for _, text in stocked.stash.log)
