from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from stash_face.faces.alignment import align
from stash_face.faces.engine import Engine
from stash_face.faces.packs import load_pack
from stash_face.faces.types import Detection, Picture
from stash_face.media.image import decode
from tests.fakes.file_server import FileServer, file_server
from tests.photos import Photos

# People with two photos each: enough that a wrong input shows in the means.
PAIRS = 12


class Portrait(NamedTuple):
    """A photo of 250x250 pixels with its surest face, upright and 112x112."""

    picture: Picture
    detection: Detection
    crop: Picture


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with file_server() as server:
        yield server


@pytest.fixture(scope="session")
def engine(dev_models: Path) -> Engine:
    return Engine(load_pack("dev"), [dev_models], "cpu")


@pytest.fixture(scope="session")
def portraits(engine: Engine, photos: Photos) -> list[Portrait]:
    """Two portraits of each of 12 people, those of one person side by side."""
    paths = [path for name in list(photos.known)[:PAIRS] for path in photos.known[name][:2]]
    return [_portrait(engine, decode(path)) for path in paths]


@pytest.fixture
def noise() -> Picture:
    """300x400 pixels of seeded noise."""
    return np.random.default_rng(7).integers(0, 256, (300, 400, 3), np.uint8)


def _portrait(engine: Engine, picture: Picture) -> Portrait:
    detection = engine.detect(picture)[0]
    return Portrait(picture, detection, align(picture, detection.landmarks))
