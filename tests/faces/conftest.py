from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.file_server import FileServer, file_server

DEV_FILES = ("det_2.5g.onnx", "w600k_mbf.onnx", "edgeface_xs.onnx")


@pytest.fixture(scope="session")
def dev_models() -> Path:
    """The folder with the dev pack's weights; without it a test is skipped, in CI it fails."""
    shared = Path(__file__).resolve().parents[3] / "shared" / "models"
    folder = Path(os.environ.get("STASH_FACE_MODELS") or shared)
    if not all((folder / name).is_file() for name in DEV_FILES):
        sentence = f"no weights of the dev pack in {folder}: set STASH_FACE_MODELS"
        if os.environ.get("CI") == "true":
            pytest.fail(sentence)
        pytest.skip(sentence)
    return folder


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with file_server() as server:
        yield server
