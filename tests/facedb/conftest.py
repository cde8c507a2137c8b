from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.facedb.made_up import World, world, write


@pytest.fixture(scope="session")
def sixty() -> World:
    """60 people with three references each: enough that the index decides who is compared."""
    return world(60)


@pytest.fixture(scope="session")
def database_of_sixty(sixty: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("facedb") / "sixty", sixty)


@pytest.fixture
def folder(database_of_sixty: Path, tmp_path: Path) -> Path:
    """A copy of the database of sixty people that a test may spoil."""
    copy = tmp_path / "sixty"
    shutil.copytree(database_of_sixty, copy)
    return copy
