from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from builder.spoilt_faces import COPIES, Enrolled, spoilt_faces
from stash_face.faces.engine import Engine
from stash_face.faces.packs import load_pack
from stash_face.media.image import decode
from tests.photos import Photos


@pytest.fixture(scope="module")
def engine(dev_models: Path) -> Engine:
    return Engine(load_pack("dev"), [dev_models], "cpu")


@pytest.fixture(scope="module")
def enrolled(engine: Engine, photos: Photos) -> list[Enrolled]:
    return [
        Enrolled(name, number, path, engine.detect(decode(path))[0])
        for name, paths in list(photos.known.items())[:5]
        for number, path in enumerate(paths[:2])
    ]


def test_spoilt_copies_are_poorer_faces_of_the_same_people(
    engine: Engine, enrolled: list[Enrolled]
) -> None:
    clear = {
        (each.key, each.number): engine.embed([(decode(each.path), each.face)])[0]
        for each in enrolled
    }

    copies = list(spoilt_faces(enrolled, engine))

    assert 5 <= len(copies) <= 5 * COPIES
    originals = [clear[copy.key, copy.reference] for copy in copies]
    assert all(0 <= copy.quality < 1 for copy in copies)
    lost = [face.quality - copy.quality for face, copy in zip(originals, copies, strict=True)]
    assert np.mean(lost) > 0.1
    for name in ("arcface_mbf", "edgeface_xs"):
        like = [
            float(copy.vectors[name] @ face.embeddings[name].vector)
            for face, copy in zip(originals, copies, strict=True)
        ]
        assert np.mean(like) > 0.4


def test_the_copies_are_the_same_each_time(engine: Engine, enrolled: list[Enrolled]) -> None:
    first, second = (list(spoilt_faces(enrolled, engine)) for _ in range(2))

    assert [copy[:3] for copy in first] == [copy[:3] for copy in second]


def test_a_picture_that_is_gone_gives_no_copy(
    engine: Engine, enrolled: list[Enrolled], tmp_path: Path
) -> None:
    gone = [each._replace(path=tmp_path / "gone.jpg") for each in enrolled]

    assert list(spoilt_faces(gone, engine)) == []
