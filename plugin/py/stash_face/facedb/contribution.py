"""A contribution: faces that a person confirmed, as a file to give away, written and read strictly.

It holds ids of stash-boxes, vectors and qualities, and nothing else; docs/contributions.md has
the form. Knows neither the store that faces come from nor the builder that takes them.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from ..errors import BadRequest
from ..faces.packs import Pack
from ..faces.types import Vector

FORMAT, KIND = 1, "stash_face contribution"
# A file has no more, so that no one contributor outweighs everybody else.
MOST_FACES, MOST_OF_PERSON = 20_000, 20
# A line of two models with 512 numbers each has 3,000.
_LINE = 64_000
_ID = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+(:\d{1,5})?:[a-z0-9][a-z0-9_-]{0,63}")
_MOST_IDS = 20


class GivenFace(NamedTuple):
    """A face of whoever has these universal ids ("stashdb.org:<uuid>"): unit vectors (D,) float32
    per embedder, quality 0..1."""

    performers: tuple[str, ...]
    quality: float
    vectors: dict[str, Vector]


class _NotOneError(ValueError):
    """Why a line is no face."""


def is_universal_id(text: str) -> bool:
    return bool(_ID.fullmatch(text))


def write_contribution(path: Path, pack: Pack, faces: Iterable[GivenFace]) -> list[GivenFace]:
    """Writes the clearest faces of each person, and says which. The same faces give the same
    bytes, whatever order they come in. BadRequest where `path` is there or cannot be written."""
    written = list(_clearest(faces))
    lines = sorted(map(_line, written))
    head = {"kind": KIND, "format": FORMAT, **_models(pack), "faces": len(lines)}
    new = path.with_name(f".{path.name}.new")
    try:
        if path.exists():
            raise BadRequest(f"{path} is there already: name another file.")
        new.write_bytes(b"".join([_dumped(head), *lines]))
        os.replace(new, path)
    except OSError as error:
        raise BadRequest(
            f"{path} cannot be written ({error.strerror}): name another file."
        ) from None
    return written


def read_contribution(path: Path, pack: Pack) -> list[GivenFace]:
    """Every face of the file, each checked by itself. BadRequest for a file that is no
    contribution, was cut off, is of other models than `pack`, has a vector that is none, or more
    of one person or in all than a contribution may have."""
    if not path.is_file():
        raise BadRequest(f"There is no file {path}: name the contribution that you were given.")
    with path.open("rb") as stream:
        lines = _lines(path, stream)
        expected = _expected(path, next(lines, b""), pack)
        faces: list[GivenFace] = []
        counts: Counter[str] = Counter()
        for line in lines:
            number = len(faces) + 1
            try:
                face = _face(json.loads(line), pack)
            except (ValueError, TypeError, KeyError, RecursionError) as error:
                raise _refused(path, f"its face {number} is none: {_told(error)}") from None
            counts.update(face.performers)
            if max(counts[name] for name in face.performers) > MOST_OF_PERSON:
                raise _refused(path, f"it has more than {MOST_OF_PERSON} faces of one person")
            faces.append(face)
            if number > expected:
                break
    if len(faces) != expected:
        raise _refused(path, f"it should have {expected} faces and has not: it was cut off")
    return faces


def _clearest(faces: Iterable[GivenFace]) -> Iterator[GivenFace]:
    counts: Counter[str] = Counter()
    ordered = sorted(set(map(_key, faces)), key=lambda key: (-key[1], key))
    for performers, quality, vectors in ordered[:MOST_FACES]:
        if all(counts[name] < MOST_OF_PERSON for name in performers):
            counts.update(performers)
            halves = {name: np.frombuffer(data, "<f2") for name, data in vectors}
            yield GivenFace(
                performers, quality, {n: v.astype(np.float32) for n, v in halves.items()}
            )


_Key = tuple[tuple[str, ...], float, tuple[tuple[str, bytes], ...]]


def _key(face: GivenFace) -> _Key:
    vectors = tuple((n, v.astype("<f2").tobytes()) for n, v in sorted(face.vectors.items()))
    return tuple(sorted(face.performers)), round(face.quality, 4), vectors


def _line(face: GivenFace) -> bytes:
    performers, quality, vectors = _key(face)
    told = {name: base64.b64encode(data).decode() for name, data in vectors}
    return _dumped({"performers": performers, "quality": quality, "vectors": told})


def _dumped(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"


def _models(pack: Pack) -> dict[str, Any]:
    embedders = [
        {"name": each.key, "dimension": each.dimension, "sha256": each.file.sha256}
        for each in pack.embedders
    ]
    return {"pack": pack.name, "embedders": embedders}


def _lines(path: Path, stream: BinaryIO) -> Iterator[bytes]:
    while line := stream.readline(_LINE):
        if not line.endswith(b"\n"):
            raise _refused(path, "a line of it has no end")
        yield line


def _expected(path: Path, line: bytes, pack: Pack) -> int:
    """How many faces the first line promises, where it is one of ours."""
    try:
        head = json.loads(line)
        if head["kind"] != KIND:
            raise ValueError
        form, made_with, count = head["format"], head["pack"], head["faces"]
        models = {"pack": made_with, "embedders": head["embedders"]}
    except (ValueError, TypeError, KeyError, RecursionError):
        raise _refused(path, "it does not begin like one") from None
    if not isinstance(form, int) or form > FORMAT:
        raise BadRequest(f"The contribution {path} is of a newer form: update this program.")
    if models != _models(pack):
        raise BadRequest(
            f"The contribution {path} was made with other models ({str(made_with)[:40]!r}) than "
            f"{pack.name!r}: its faces cannot be compared with those of this face database."
        )
    if not isinstance(count, int) or not 0 < count <= MOST_FACES:
        raise _refused(path, f"it has not between 1 and {MOST_FACES:,} faces")
    return count


def _face(told: Any, pack: Pack) -> GivenFace:
    performers, quality = told["performers"], told["quality"]
    if not isinstance(performers, list) or not 0 < len(performers) <= _MOST_IDS:
        raise _NotOneError("it names nobody")
    if not all(isinstance(each, str) and is_universal_id(each) for each in performers):
        raise _NotOneError("whom it names is no id of a stash-box")
    if not isinstance(quality, (int, float)) or not 0 <= quality <= 1:
        raise _NotOneError("its quality is not between 0 and 1")
    vectors = {
        each.key: _vector(told["vectors"][each.key], each.dimension) for each in pack.embedders
    }
    return GivenFace(tuple(dict.fromkeys(performers)), float(quality), vectors)


def _vector(text: Any, dimension: int) -> Vector:
    try:
        data = base64.b64decode(text, validate=True)
    except binascii.Error:
        raise _NotOneError("a vector is no base64") from None
    if len(data) != 2 * dimension:
        raise _NotOneError(f"a vector has not {dimension} numbers")
    vector = np.frombuffer(data, "<f2").astype(np.float32)
    length = float(np.linalg.norm(vector)) if np.isfinite(vector).all() else 0.0
    if not abs(length - 1) < 0.01:
        raise _NotOneError("a vector is not of length 1")
    return vector / np.float32(length)


def _told(error: Exception) -> str:
    """Our own words, where there are any."""
    return str(error) if isinstance(error, _NotOneError) else "it has not the form of one"


def _refused(path: Path, why: str) -> BadRequest:
    return BadRequest(
        f"{path} is no contribution that can be used ({why}): ask whoever made it for the file "
        "that 'builder contribute' wrote; nothing was taken from it."
    )
