from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from stash_face.errors import StoreError
from stash_face.store import migrations
from stash_face.store.connection import Store
from stash_face.store.images import load_scan, save_scan
from tests.store.conftest import finish, start
from tests.store.made_up import scan


@pytest.fixture
def older(path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store that a plugin of the first two steps has left, with an image in it."""
    with monkeypatch.context() as patch:
        patch.setattr(migrations, "MIGRATIONS", migrations.MIGRATIONS[:2])
        with Store(path) as store, store.transaction() as connection:
            connection.execute("INSERT INTO progress VALUES ('image', '1', 1, 1, 1, 1.0, 1)")
    return path


def copies(path: Path) -> list[str]:
    return sorted(each.name for each in path.parent.glob(f"{path.name}.*"))


def test_a_store_of_an_older_plugin_is_copied_before_it_is_changed(older: Path) -> None:
    with Store(older) as store:
        assert store.rows("SELECT item_id FROM progress") == [("1",)]
        save_scan(store, scan("1"))

    assert copies(older) == [f"{older.name}.before-m003_scenes"]
    with closing(sqlite3.connect(older.with_name(copies(older)[0]))) as copy:
        assert copy.execute("SELECT item_id FROM progress").fetchall() == [("1",)]
        steps = [name for (name,) in copy.execute("SELECT name FROM migrations")]
    assert steps == [step.__name__ for step in migrations.MIGRATIONS[:2]]


def test_an_older_plugin_goes_on_with_the_copy(
    older: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Store(older):
        pass
    os.replace(older.with_name(copies(older)[0]), older)
    for suffix in ("-wal", "-shm"):
        older.with_name(older.name + suffix).unlink(missing_ok=True)

    monkeypatch.setattr(migrations, "MIGRATIONS", migrations.MIGRATIONS[:2])
    with Store(older) as store:
        assert store.rows("SELECT item_id FROM progress") == [("1",)]


def test_a_new_store_and_one_that_is_up_to_date_are_not_copied(path: Path) -> None:
    for _ in range(2):
        with Store(path):
            pass

    assert copies(path) == []


def test_only_the_newest_copy_is_kept(older: Path) -> None:
    older.with_name(f"{older.name}.before-m002_of_last_year").write_bytes(b"old")

    with Store(older):
        pass

    assert copies(older) == [f"{older.name}.before-m003_scenes"]


def test_without_room_for_the_copy_nothing_is_changed(
    older: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(migrations, "back_up", full)
        with pytest.raises(StoreError, match="free some space on that disk"), Store(older):
            pass

    assert copies(older) == []
    with Store(older) as store:
        assert load_scan(store, "1") is None


def test_several_processes_that_open_it_at_once_all_get_it(older: Path) -> None:
    running = [start("save", older, first, 5) for first in range(0, 20, 5)]

    assert [finish(process) for process in running] == [[]] * 4
    with Store(older) as store:
        assert store.rows("SELECT count(*) FROM image_fingerprints") == [(20,)]
    assert copies(older) == [f"{older.name}.before-m003_scenes"]
