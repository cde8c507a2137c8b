"""Faces of spoilt copies of a sample of the references, from which a face database learns how
it sees poor faces (stash_face.facedb.poor_faces)."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np

from builder.spoil import spoilt
from stash_face.errors import MediaError
from stash_face.facedb.poor_faces import SpoiltFace
from stash_face.faces.engine import Engine
from stash_face.faces.main_face import main_face
from stash_face.faces.types import Detection, Picture
from stash_face.media.image import decode

# People in the sample, and copies of each of them.
PEOPLE, COPIES = 150, 2
_BATCH = 32


class Enrolled(NamedTuple):
    """A reference in the database: the `number`-th (from 0) of person `key`, and where it is
    from."""

    key: str
    number: int
    path: Path
    face: Detection


def spoilt_faces(enrolled: Sequence[Enrolled], engine: Engine) -> Iterator[SpoiltFace]:
    """One after another; the same for the same references. A copy that shows no face any more
    gives none."""
    copies = _copies(enrolled, engine)
    while several := list(islice(copies, _BATCH)):
        faces = engine.embed([(copy.picture, copy.face) for copy in several])
        for copy, face in zip(several, faces, strict=True):
            vectors = {name: embedding.vector for name, embedding in face.embeddings.items()}
            original = copy.original
            yield SpoiltFace(original.key, original.number, face.quality, vectors)


class _Copy(NamedTuple):
    original: Enrolled
    picture: Picture
    face: Detection


def _copies(enrolled: Sequence[Enrolled], engine: Engine) -> Iterator[_Copy]:
    of: dict[str, list[Enrolled]] = {}
    for reference in enrolled:
        of.setdefault(reference.key, []).append(reference)
    choice = random.Random(len(of))
    for key in choice.sample(list(of), min(len(of), PEOPLE)):
        for _ in range(COPIES):
            original, seed = choice.choice(of[key]), choice.getrandbits(32)
            try:
                picture = decode(original.path)
            except MediaError:  # it was there a while ago
                continue
            picture = spoilt(picture, original.face, np.random.default_rng(seed))
            if detections := engine.detect(picture):
                yield _Copy(original, picture, main_face(picture, detections))
