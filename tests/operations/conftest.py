from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.stash_server import StashStandIn
from tests.identify.synthetic import write
from tests.operations.workplace import DEV, PEOPLE, Workplace


@pytest.fixture(scope="session")
def made_up_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("made up") / "v1", PEOPLE, DEV).manifest.folder


@pytest.fixture
def place(
    tmp_path: Path, made_up_database: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Workplace]:
    data = tmp_path / "data"
    monkeypatch.setenv("STASH_FACE_DATA", str(data))
    monkeypatch.delenv("STASH_FACE_MODELS", raising=False)
    with StashStandIn(tmp_path) as stash:
        place = Workplace(stash, data, made_up_database)
        yield place
        place.close()
