"""Which faces of a contribution can be believed, as far as a face database knows the people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from builder.choose import Rule, is_like
from stash_face.errors import BadRequest
from stash_face.facedb.calibration import default_law
from stash_face.facedb.contribution import GivenFace
from stash_face.facedb.kept_law import brought_law
from stash_face.facedb.law import FPIR_AUTOMATIC
from stash_face.facedb.reader import FaceDatabase
from stash_face.faces.packs import Pack
from stash_face.faces.types import Vector

# Of a contribution with so many wrong faces the others are not believed either.
_WRONG, _SHARE = 3, 0.1

TWICE = "in it twice"
TWO = "of two people of this database"
UNLIKE = "unlike the references of those whom they are said to show"
NEARER = "nearer to somebody else"
SHARED = "said to show one person and another"
_WRONGS = (UNLIKE, NEARER, SHARED)


class Judged(NamedTuple):
    """The faces that can be used, and how many cannot, by reason."""

    faces: list[GivenFace]
    left_out: Counter[str]


def row_of(pack: Pack, face: GivenFace) -> Vector:
    """The embedders' vectors one behind the other, in the order of the pack."""
    return np.concatenate([face.vectors[each.key] for each in pack.embedders])


def judge(database: FaceDatabase, pack: Pack, faces: Sequence[GivenFace]) -> Judged:
    """People whom the database does not have are believed, if nobody else is like them.
    BadRequest where so much is wrong that nothing can be believed."""
    judged = Judged([], Counter())
    whose: dict[bytes, set[tuple[str, ...]]] = {}
    for face in faces:
        whose.setdefault(row_of(pack, face).tobytes(), set()).add(face.performers)
    law = brought_law(database.manifest, len(database.keys))
    law = law or default_law(pack, len(database.keys))
    met: set[bytes] = set()
    nearest = database.search([face.vectors for face in faces], 2)
    for face, near in zip(faces, nearest, strict=True):
        row = row_of(pack, face).tobytes()
        keys = {key for key in map(database.key_of, face.performers) if key is not None}
        own = next(iter(keys), None)
        likest = next((each for each in near if each.key != own), None)
        if len(whose[row]) > 1:
            reason = SHARED
        elif row in met:
            reason = TWICE
        elif len(keys) > 1:
            reason = TWO
        elif own is not None and not _is_like(database, pack, own, face):
            reason = UNLIKE
        elif likest and likest.similarity >= max(
            law.at(face.quality).threshold(FPIR_AUTOMATIC), _similarity(database, own, face)
        ):
            reason = NEARER
        else:
            met.add(row)
            judged.faces.append(face)
            continue
        judged.left_out[reason] += 1
    _check(judged, len(faces))
    return judged


def _is_like(database: FaceDatabase, pack: Pack, key: str, face: GivenFace) -> bool:
    references = database.references_of(key)
    core = np.concatenate([references[each.key] for each in pack.embedders], axis=1)
    # The mean of the embedders' cosines.
    row = row_of(pack, face) / np.float32(len(pack.embedders))
    return is_like(core, row, Rule(pack.join))


def _similarity(database: FaceDatabase, key: str | None, face: GivenFace) -> float:
    return -1.0 if key is None else database.compare([face.vectors], key)[0].similarity


def _check(judged: Judged, total: int) -> None:
    wrong = sum(judged.left_out[reason] for reason in _WRONGS)
    if wrong >= max(_WRONG, _SHARE * total) or not judged.faces:
        raise BadRequest(
            f"Nothing was taken from this contribution, as of its {total} faces "
            f"{told(judged.left_out)}: ask whoever made it to look through what they confirmed."
        )


def told(left_out: Counter[str]) -> str:
    """In words."""
    return ", ".join(f"{count} are {reason}" for reason, count in sorted(left_out.items()))
