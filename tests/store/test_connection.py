from __future__ import annotations

import os
import random
import shutil
import sqlite3
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from stash_face.errors import StoreError
from stash_face.store import migrations
from stash_face.store.connection import FILE_NAME, Store
from stash_face.store.images import load_scan, save_scan, stored_counts
from tests.store.conftest import finish, start
from tests.store.made_up import scan

posix = pytest.mark.skipif(os.name == "nt", reason="POSIX has these rights and limits")


def sentence(path: Path) -> str:
    with pytest.raises(StoreError) as raised, Store(path):
        pass
    return raised.value.sentence


def test_a_new_file_is_made_with_its_folders(tmp_path: Path) -> None:
    path = tmp_path / "not" / "yet" / FILE_NAME

    with Store(path) as store:
        assert stored_counts(store) == (0, 0)

    assert path.is_file()


def test_readers_are_not_held_up_by_a_writer(fresh_store: Store) -> None:
    save_scan(fresh_store, scan("1"))
    with Store(fresh_store.path) as reader, fresh_store.transaction() as connection:
        connection.execute("DELETE FROM image_fingerprints")

        assert load_scan(reader, "1") == scan("1")


def test_what_fails_in_a_transaction_leaves_no_trace(fresh_store: Store) -> None:
    def stopped() -> None:
        with fresh_store.transaction() as connection:
            connection.execute("INSERT INTO progress VALUES ('image', '1', 1, 1, 1, 1.0, 1)")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()

    assert fresh_store.rows("SELECT * FROM progress") == []
    save_scan(fresh_store, scan("1"))


def test_a_snapshot_that_fails_leaves_the_store_usable(fresh_store: Store) -> None:
    with pytest.raises(StoreError, match="no such table"), fresh_store.snapshot():
        fresh_store.rows("SELECT 1 FROM nowhere")

    save_scan(fresh_store, scan("1"))


def test_the_store_of_a_newer_plugin_is_refused(path: Path) -> None:
    with Store(path) as store, store.transaction() as connection:
        connection.execute("INSERT INTO migrations VALUES ('m999_tomorrow', 'later')")

    assert sentence(path) == (
        "The plugin's store was written by a newer version of the plugin (m999_tomorrow): "
        "update the plugin."
    )


def test_each_migration_is_applied_once_and_in_order(path: Path) -> None:
    for _ in range(2):
        with Store(path) as store:
            applied = [name for (name,) in store.rows("SELECT name FROM migrations")]

    assert applied == [step.__name__ for step in migrations.MIGRATIONS]
    assert applied == sorted(applied)


def test_a_migration_that_fails_leaves_the_file_as_it_was(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def m998_half_done(connection: sqlite3.Connection) -> None:
        connection.execute("CREATE TABLE half (done)")
        connection.execute("a mistake")

    with Store(path) as store:
        save_scan(store, scan("1"))
    with monkeypatch.context() as patch:
        patch.setattr(migrations, "MIGRATIONS", (*migrations.MIGRATIONS, m998_half_done))
        assert "syntax error" in sentence(path)

    with Store(path) as store:
        assert load_scan(store, "1") == scan("1")
        assert store.rows("SELECT 1 FROM sqlite_master WHERE name = 'half'") == []


def test_several_processes_that_open_a_new_file_at_once_all_get_it(tmp_path: Path) -> None:
    begin = time.time() + 0.6

    running = [start("open_new", tmp_path, 30, begin) for _ in range(6)]

    assert [finish(process) for process in running] == [[]] * 6
    for number in range(30):
        with Store(tmp_path / f"{number}.sqlite") as store:
            assert len(store.rows("SELECT * FROM migrations")) == len(migrations.MIGRATIONS)


def test_two_processes_that_write_at_once_lose_nothing(path: Path) -> None:
    running = [start("save", path, first, 100) for first in (0, 100)]

    assert [finish(process) for process in running] == [[], []]
    with Store(path) as store:
        for number in range(200):
            assert load_scan(store, str(number)) == scan(str(number), number % 4)
        assert store.rows("PRAGMA integrity_check") == [("ok",)]


def test_a_kill_at_any_instant_leaves_whole_images(path: Path) -> None:
    draw = random.Random(1)
    for _ in range(10):
        writer = start("save_for_ever", path)
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        time.sleep(draw.uniform(0.001, 0.1))
        writer.kill()
        writer.communicate()

        with Store(path) as store:
            assert store.rows("PRAGMA integrity_check") == [("ok",)]
            assert store.rows("PRAGMA foreign_key_check") == []
            assert store.rows(PARTIAL) == []
    with Store(path) as store:
        assert stored_counts(store)[0] > 0


# Images whose faces are not as many as were detected, or lack an embedding.
PARTIAL = """
    SELECT stash_image_id FROM image_fingerprints LEFT JOIN image_scans USING (stash_image_id)
    WHERE pack IS NULL OR faces_detected != (
        SELECT count(*) FROM faces WHERE faces.stash_image_id = image_fingerprints.stash_image_id
            AND (SELECT count(*) FROM face_embeddings WHERE face_id = faces.id) = 2)
"""


@posix
def test_a_folder_that_may_not_be_written_is_told() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o555)

        lines = finish(start("open_as_nobody", Path(folder, FILE_NAME)))

        assert len(lines) == 1
        assert lines[0].startswith(f"The plugin's store {folder}")
        assert lines[0].endswith(
            ": give Stash's user the right to write there, or set STASH_FACE_DATA."
        )


@posix
def test_a_store_that_may_be_read_but_not_written_is_told() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, FILE_NAME)
        with Store(path) as store:
            save_scan(store, scan("1"))
        os.chmod(path, 0o444)
        os.chmod(folder, 0o555)

        lines = finish(start("open_as_nobody", path))

        assert lines[0].endswith(
            ": give Stash's user the right to write there, or set STASH_FACE_DATA."
        )


def test_a_folder_in_the_files_place_is_told(path: Path) -> None:
    path.mkdir()

    assert sentence(path) == (
        f"The plugin's store {path} is a folder: move it away, or set STASH_FACE_DATA."
    )


def test_a_file_in_the_data_folders_place_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a note")

    told = sentence(tmp_path / "data" / FILE_NAME)

    assert told.startswith(f"The plugin's data folder {tmp_path / 'data'} cannot be made")
    assert told.endswith("or set STASH_FACE_DATA.")


@pytest.mark.parametrize("content", [b"a note\n" * 100, b"SQLite format 3\0" + b"\xff" * 4096])
def test_a_file_that_is_no_database_is_told_and_kept(path: Path, content: bytes) -> None:
    path.write_bytes(content)

    assert sentence(path).endswith("set the file aside (rename it) and scan again.")
    assert path.read_bytes() == content


def test_an_empty_file_becomes_a_store(path: Path) -> None:
    path.touch()

    with Store(path) as store:
        assert stored_counts(store) == (0, 0)


def test_waiting_for_another_writer_ends_with_a_sentence(
    fresh_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stash_face.store.connection.BUSY_SECONDS", 0.05)
    told = "another run is writing; try again in a moment."
    with Store(fresh_store.path) as impatient:
        with fresh_store.transaction(), pytest.raises(StoreError, match=told):
            save_scan(impatient, scan("1"))

        save_scan(impatient, scan("1"))


@posix
def test_a_full_disk_loses_nothing_and_work_goes_on_once_there_is_room(tmp_path: Path) -> None:
    process = start("fill", tmp_path / FILE_NAME, tmp_path / "ballast", within=full_at(tmp_path))

    *told, last = finish(process)

    status, images, detected, faces, embeddings, before, after = last.split()
    assert len(told) == 2
    for each in told:
        assert each.startswith(f"The plugin's store {tmp_path / FILE_NAME} failed (")
        assert each.endswith(": free some space on that disk; nothing already stored is lost.")
    assert (status, int(images)) == ("ok", int(before) + int(after))
    assert int(before) > 3
    assert int(detected) == int(faces) == 3 * int(images)
    assert int(embeddings) == 2 * int(faces)


def full_at(folder: Path) -> tuple[str, ...]:
    """Where mounting is allowed a disk of 1 MB on the folder, else a limit for each file."""
    mount = 'mount -t tmpfs -o size=1m tmpfs "$0" && exec "$@"'
    disk = ("unshare", "--mount", "sh", "-c", mount, str(folder))
    if shutil.which("unshare") and subprocess.run([*disk, "true"], check=False).returncode == 0:
        return disk
    return ("sh", "-c", 'ulimit -f 500; exec "$@"', "sh")


def test_the_room_needs_neither_numpy_nor_anything_that_was_installed() -> None:
    loaded = set(finish(start("import_all"))[0].split())

    assert "stash_face.store.images" in loaded
    assert {name.partition(".")[0] for name in loaded} & {"numpy", "cv2", "requests"} == set()
