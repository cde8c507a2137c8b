"""Faces of spoilt copies of a sample of the references, from which a face database learns how
it sees poor faces (stash_face.facedb.poor_faces). A copy that was made once is kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from builder.looking.local import embed_alike
from builder.spoil import spoilt
from builder.state.builds import Reference
from builder.state.connection import State
from builder.state.contributions import is_contributed
from builder.state.faces import Copy, apart, faces_of, joined, save_spoilt, spoilt_copies
from stash_face.errors import MediaError
from stash_face.facedb.poor_faces import SpoiltFace
from stash_face.faces.alignment import align
from stash_face.faces.engine import Engine
from stash_face.faces.main_face import main_face
from stash_face.faces.packs import Pack
from stash_face.faces.types import Detection, Picture
from stash_face.media.image import decode

# People in the sample, and copies of each of them.
PEOPLE, COPIES = 150, 2

Bytes = Callable[[str], "bytes | None"]


class _Wanted(NamedTuple):
    reference: Reference
    number: int
    copy: int


class _Made(NamedTuple):
    wanted: _Wanted
    face: Detection | None
    crop: Picture | None


def spoilt_faces(
    state: State,
    models: str,
    pack: Pack,
    references: Sequence[Reference],
    content: Bytes,
    engine: Callable[[], Engine],
) -> list[SpoiltFace]:
    """Of people and faces that a change elsewhere does not change. `references` are those of the
    database in its order, `content` gives the bytes of a picture; a picture that is gone gives no
    copy, nor does a copy that shows no face any more."""
    wanted = list(_sample(references))
    known = spoilt_copies(state, models)
    missing = [each for each in wanted if _place(each) not in known]
    if missing:
        _make(state, models, missing, content, engine())
        known = spoilt_copies(state, models)
    found = []
    for each in wanted:
        copy = known.get(_place(each))
        if copy is not None and copy.vectors is not None:
            vectors = apart(pack, copy.vectors)
            found.append(SpoiltFace(each.reference.key, each.number, copy.quality, vectors))
    return found


def _place(wanted: _Wanted) -> tuple[str, int, int]:
    return wanted.reference.picture, wanted.reference.number, wanted.copy


def _sample(references: Sequence[Reference]) -> Iterator[_Wanted]:
    of: dict[str, list[Reference]] = {}
    for reference in references:
        of.setdefault(reference.key, []).append(reference)
    seen = {key: [e for e in own if not is_contributed(e.picture)] for key, own in of.items()}
    for key in sorted(filter(seen.get, of), key=_order)[:PEOPLE]:
        for copy in range(COPIES):
            chosen = min(seen[key], key=lambda each: _order(f"{copy} {each.picture} {each.number}"))
            yield _Wanted(chosen, of[key].index(chosen), copy)


def _order(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _make(
    state: State, models: str, missing: Sequence[_Wanted], content: Bytes, engine: Engine
) -> None:
    ready: list[_Made] = []
    for each in missing:
        made = _spoilt(state, models, each, content, engine)
        if made is not None:
            ready.append(made)
        if len(ready) == engine.batch:
            _save(state, models, ready, engine)
            ready = []
    _save(state, models, ready, engine)


def _spoilt(
    state: State, models: str, wanted: _Wanted, content: Bytes, engine: Engine
) -> _Made | None:
    picture, number, copy = _place(wanted)
    data = content(picture)
    if data is None:
        return None
    try:
        original = decode(data)
    except MediaError:  # it could be read a while ago
        return None
    face = faces_of(state, models, picture)[number].detection
    seed = int.from_bytes(_order(f"{picture} {number} {copy}")[:4], "big")
    poor = spoilt(original, face, np.random.default_rng(seed))
    detections = engine.detect(poor)
    if not detections:
        return _Made(wanted, None, None)
    found = main_face(poor, detections)
    return _Made(wanted, found, align(poor, found.landmarks))


def _save(state: State, models: str, ready: Sequence[_Made], engine: Engine) -> None:
    crops = [made.crop for made in ready if made.crop is not None]
    detections = [made.face for made in ready if made.face is not None]
    faces = iter(embed_alike(engine, crops, detections) if crops else [])
    with state.transaction():
        for made in ready:
            copy = Copy(0.0, None)
            if made.crop is not None:
                face = next(faces)
                copy = Copy(face.quality, joined(engine.pack, face))
            save_spoilt(state, models, *_place(made.wanted), copy)
