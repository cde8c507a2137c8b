from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from builder.looking.local import LocalEngine
from builder.net.cache import Cache
from builder.pictures import Stored, read_local
from builder.progress import Progress, Tell
from builder.scan import Due, Scanner
from builder.spoilt_faces import COPIES, spoilt_faces
from builder.state.builds import Reference
from builder.state.connection import State
from builder.state.faces import apart, faces_of, models_id
from builder.values import PictureRef
from stash_face.facedb.poor_faces import SpoiltFace
from stash_face.faces.engine import Engine
from stash_face.faces.packs import load_pack
from tests.photos import Photos

PACK = load_pack("dev")
MODELS = models_id(PACK)


@pytest.fixture(scope="module")
def engine(dev_models: Path) -> Engine:
    return Engine(PACK, [dev_models], "cpu")


class Enrolled(NamedTuple):
    """Ten photos of five people, looked at; the first face of each is a reference."""

    state: State
    references: list[Reference]
    stored: Stored
    engine: Engine

    def spoilt(self, engine: Engine | None = None) -> list[SpoiltFace]:
        chosen = engine or self.engine
        content = self.stored.get
        return spoilt_faces(self.state, MODELS, PACK, self.references, content, lambda: chosen)


@pytest.fixture
def enrolled(engine: Engine, photos: Photos, tmp_path: Path) -> Iterator[Enrolled]:
    refs = {
        PictureRef(str(path), path.name): name
        for name, paths in list(photos.known.items())[:5]
        for path in paths[:2]
    }
    with State(tmp_path / "state.sqlite") as state:
        Scanner(
            state, LocalEngine(lambda: engine, 2), MODELS, set(),
            lambda *_: pytest.fail("nothing is downloaded"), 1, readers=2,
            progress=Progress(Tell(lambda line: None), None),
        ).run((Due(ref, None) for ref in refs), lambda: False)  # fmt: skip
        places = {str(read_local(ref, 1).file.sha256): ref for ref in refs}
        references = [Reference(refs[ref], sha256, 0) for sha256, ref in places.items()]
        yield Enrolled(state, references, Stored(Cache(tmp_path), places), engine)


def test_spoilt_copies_are_poorer_faces_of_the_same_people(enrolled: Enrolled) -> None:
    of: dict[str, list[Reference]] = {}
    for reference in enrolled.references:
        of.setdefault(reference.key, []).append(reference)

    copies = enrolled.spoilt()

    assert 5 <= len(copies) <= 5 * COPIES
    originals = [
        faces_of(enrolled.state, MODELS, of[copy.key][copy.reference].picture)[0] for copy in copies
    ]
    assert all(0 <= copy.quality <= 1 for copy in copies)
    lost = [face.quality - copy.quality for face, copy in zip(originals, copies, strict=True)]
    assert np.mean(lost) > 0.1
    for name in ("arcface_mbf", "edgeface_xs"):
        like = [
            float(copy.vectors[name] @ apart(PACK, face.vectors)[name])
            for face, copy in zip(originals, copies, strict=True)
        ]
        assert np.mean(like) > 0.4


def test_a_copy_is_made_once(enrolled: Enrolled, engine: Engine) -> None:
    def never() -> Engine:
        raise AssertionError("no model is needed")

    first = enrolled.spoilt()
    again = spoilt_faces(
        enrolled.state, MODELS, PACK, enrolled.references, lambda sha256: None, never
    )

    assert [copy[:3] for copy in first] == [copy[:3] for copy in again]


def test_copies_of_others_stay_when_somebody_comes(enrolled: Enrolled) -> None:
    fewer = enrolled._replace(references=enrolled.references[:8])

    before = {(copy.key, copy.reference): copy.quality for copy in fewer.spoilt()}
    after = {(copy.key, copy.reference): copy.quality for copy in enrolled.spoilt()}

    assert before.items() <= after.items()


def test_a_picture_that_is_gone_gives_no_copy(enrolled: Enrolled, tmp_path: Path) -> None:
    gone = Stored(Cache(tmp_path / "empty"), {})

    assert enrolled._replace(stored=gone).spoilt() == []
