"""Faces by picture and weights: found once, whoever the picture belongs to, and never again.

A vector row is the embedders' vectors one behind the other, in the order of the pack.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from builder.state.connection import State
from stash_face.faces.packs import Pack
from stash_face.faces.types import Detection, Face, Vector


class StoredFace(NamedTuple):
    """Face `number` of a picture, 0 being its main one. `vectors`: (sum of dimensions,)."""

    number: int
    quality: float
    detection: Detection
    vectors: Vector


def models_id(pack: Pack) -> str:
    """Changes with anything that makes another vector of the same picture."""
    told = [pack.detector.file.sha256, *pack.detector[1:]]
    told += [(each.key, each.file.sha256, *each[2:10]) for each in pack.embedders]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]


def joined(pack: Pack, face: Face) -> Vector:
    """The face's vectors as one row."""
    return np.concatenate([face.embeddings[each.key].vector for each in pack.embedders])


def apart(pack: Pack, row: Vector) -> dict[str, Vector]:
    """A row as a vector per embedder."""
    ends = np.cumsum([each.dimension for each in pack.embedders])[:-1]
    return dict(zip([e.key for e in pack.embedders], np.split(row, ends), strict=True))


def scanned(state: State, models: str) -> set[str]:
    """The pictures that these models have looked at."""
    return {p for (p,) in state.stream("SELECT picture FROM scans WHERE models = ?", models)}


def problems(state: State, models: str) -> dict[str, str]:
    """Why pictures could not be read."""
    return dict(
        state.rows(
            "SELECT picture, problem FROM scans WHERE models = ? AND problem IS NOT NULL", models
        )
    )


def save_scan(
    state: State,
    models: str,
    picture: str,
    size: tuple[int, int],
    faces: Sequence[StoredFace],
    problem: str | None,
) -> None:
    """A picture of `size` (width, height) and all its faces, inside a transaction of the
    caller's."""
    state.run("INSERT OR REPLACE INTO scans VALUES (?, ?, ?, ?, ?)",
              picture, models, *size, problem)  # fmt: skip
    state.run_many(
        "INSERT OR REPLACE INTO faces VALUES (?, ?, ?, ?, ?, ?)",
        (
            (picture, models, each.number, each.quality, _packed(each.detection),
             each.vectors.astype("<f4").tobytes())
            for each in faces
        ),
    )  # fmt: skip


def faces_of(state: State, models: str, picture: str) -> list[StoredFace]:
    return [
        StoredFace(number, quality, _unpacked(detection), np.frombuffer(vectors, "<f4"))
        for number, quality, detection, vectors in state.rows(
            "SELECT number, quality, detection, vectors FROM faces "
            "WHERE picture = ? AND models = ? ORDER BY number",
            picture, models,
        )
    ]  # fmt: skip


def size_of(state: State, models: str, picture: str) -> tuple[int, int]:
    """Width and height of a picture that was scanned."""
    row = state.row(
        "SELECT width, height FROM scans WHERE picture = ? AND models = ?", picture, models
    )
    return int(row[0]), int(row[1])


class Copy(NamedTuple):
    """A spoilt copy of a face; without `vectors` it shows no face any more."""

    quality: float
    vectors: Vector | None


def spoilt_copies(state: State, models: str) -> dict[tuple[str, int, int], Copy]:
    """By picture, face and number of the copy."""
    return {
        (picture, number, copy): Copy(
            quality or 0.0, None if vectors is None else np.frombuffer(vectors, "<f4")
        )
        for picture, number, copy, quality, vectors in state.rows(
            "SELECT picture, number, copy, quality, vectors FROM spoilt WHERE models = ?", models
        )
    }


def save_spoilt(state: State, models: str, picture: str, number: int, copy: int, of: Copy) -> None:
    vectors = None if of.vectors is None else of.vectors.astype("<f4").tobytes()
    state.run(
        "INSERT OR REPLACE INTO spoilt VALUES (?, ?, ?, ?, ?, ?)",
        picture, models, number, copy, of.quality, vectors,
    )  # fmt: skip


def _packed(detection: Detection) -> bytes:
    numbers = [*detection.bbox, detection.score, detection.turn, *detection.landmarks.ravel()]
    return np.array(numbers, "<f8").tobytes()


def _unpacked(blob: bytes) -> Detection:
    numbers: NDArray[np.float64] = np.frombuffer(blob, "<f8")
    x1, y1, x2, y2, score, turn = numbers[:6].tolist()
    landmarks = numbers[6:].reshape(5, 2).astype(np.float32)
    return Detection((x1, y1, x2, y2), landmarks, score, int(turn))


def stored_rows(
    state: State, models: str, faces: Sequence[tuple[str, int]]
) -> Iterator[NDArray[np.float32]]:
    """The vector rows of these (picture, number), in their order."""
    for picture, number in faces:
        (vectors,) = state.row(
            "SELECT vectors FROM faces WHERE picture = ? AND models = ? AND number = ?",
            picture, models, number,
        )  # fmt: skip
        yield np.frombuffer(vectors, "<f4")
