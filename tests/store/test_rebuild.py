from __future__ import annotations

from pathlib import Path

import pytest

from stash_face.errors import StoreError
from stash_face.store.connection import DamagedError, Store, suspicion
from stash_face.store.images import save_scan, stored_counts
from stash_face.store.rebuild import open_or_rebuild
from stash_face.store.references import Origin, Who, confirm, decisions, load_references, reject
from stash_face.store.runs import load_runs
from stash_face.store.suggestions import Item, Proposal, load_suggestions, propose
from tests.store.made_up import face, scan

ANN = Who("stashdb.org:ann", "Ann", {"stashdb.org": "ann"}, "3")


@pytest.fixture
def used(path: Path) -> Path:
    """A store with scans, and with what the user said of them."""
    with Store(path) as store:
        proposal = Proposal(ANN, "match", 0.9, 0.25, "Close.", {"faces": []})
        for number in range(1, 60):
            save_scan(store, scan(str(number), 3))
            reject(store, "image", str(number), 0, face(0), ANN)
            propose(store, None, Item("gallery", str(number), "Holiday"), [proposal])
        confirm(store, "image", "1", 1, face(1), ANN, Origin("md5:aa:1", "dev"))
        store.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


def spoil(path: Path, root_of: str) -> None:
    """Overwrites the first page of a table."""
    with Store(path) as store:
        size = store.rows("PRAGMA page_size")[0][0]
        where = "SELECT rootpage FROM sqlite_master WHERE name = ?"
        page = store.rows(where, root_of)[0][0]
        store.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\x99" * size)


def test_what_the_user_said_survives_a_damaged_store(used: Path) -> None:
    spoil(used, "face_embeddings")
    with Store(used) as store, pytest.raises(DamagedError):
        store.rows("SELECT count(vector) FROM face_embeddings WHERE vector != x''")

    store, rebuilt = open_or_rebuild(used)

    with store:
        assert rebuilt is not None
        assert len(decisions(store, "image", [str(n) for n in range(60)])) == 59
        assert [each.who for each in load_references(store, "dev")] == [ANN]
        assert len(load_suggestions(store, range(1, 60))) == 59
        assert stored_counts(store) == (0, 0)
        assert store.rows("PRAGMA foreign_key_check") == []
        assert store.rows("PRAGMA integrity_check") == [("ok",)]
        (run,) = load_runs(store)
    assert (run.task, run.told) == ("rebuild", rebuilt.sentence)
    assert "set aside as stash_face.sqlite.damaged-1" in rebuilt.sentence
    assert rebuilt.aside.is_file()


def test_what_can_be_read_of_a_damaged_table_is_kept(used: Path) -> None:
    spoil(used, "decisions")
    suspicion(used).touch()

    store, rebuilt = open_or_rebuild(used)

    with store:
        assert rebuilt is not None
        assert rebuilt.rows["decisions"] == 0
        assert len(load_suggestions(store, range(1, 60))) == 59
        # Its decision is gone, and with it the reference that came of it.
        assert load_references(store, "dev") == []
        assert store.rows("PRAGMA foreign_key_check") == []


@pytest.mark.parametrize("content", [b"a note\n" * 100, b"SQLite format 3\0" + b"\xff" * 4096])
def test_a_file_that_is_no_database_is_set_aside_as_it_is(path: Path, content: bytes) -> None:
    path.write_bytes(content)

    store, rebuilt = open_or_rebuild(path)

    with store:
        assert rebuilt is not None
        assert rebuilt.aside.read_bytes() == content
        assert stored_counts(store) == (0, 0)
    path.write_bytes(content)
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    store, again = open_or_rebuild(path)
    store.connection.close()
    assert again is not None
    assert again.aside.name == "stash_face.sqlite.damaged-2"


def test_a_sound_store_under_suspicion_is_kept(used: Path) -> None:
    suspicion(used).touch()

    store, rebuilt = open_or_rebuild(used)

    with store:
        assert rebuilt is None
        assert stored_counts(store) == (59, 177)
    assert not suspicion(used).exists()


def test_other_failures_are_told_as_they_are(path: Path) -> None:
    with Store(path) as store, store.transaction() as connection:
        connection.execute("INSERT INTO migrations VALUES ('m999_tomorrow', 'later')")

    with pytest.raises(StoreError, match="written by a newer version"):
        open_or_rebuild(path)
    assert path.is_file()
