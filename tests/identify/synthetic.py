"""Face databases of made-up people: unit vectors in small spaces, no pictures and no models."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from stash_face.facedb.law import Law
from stash_face.facedb.reader import FaceDatabase
from stash_face.facedb.types import Person
from stash_face.facedb.writer import write_database
from stash_face.faces.packs import (
    DetectorSpec,
    Embedder,
    GenuineLaw,
    ImpostorLaw,
    Pack,
    WeightFile,
)
from stash_face.faces.types import Vector
from stash_face.identify.types import Probe

Vectors = dict[str, Vector]

JOIN = 0.5
# A stranger's best score: 1 % reach 0.338, 3 % 0.305.
LAW = Law(0.2, 0.03, 0.7, 0.1, people=60, probes=60, fitted=True)


def _weights(name: str) -> WeightFile:
    return WeightFile(name, 1, "0" * 64, "none", None, None, None)


def _embedder(key: str, dimension: int, norm_is_quality: bool) -> Embedder:
    return Embedder(
        key=key,
        file=_weights(f"{key}.onnx"),
        input_size=112,
        layout="NCHW",
        channels="RGB",
        mean=127.5,
        std=127.5,
        template="arcface112",
        mirror="mean",
        dimension=dimension,
        norm_is_quality=norm_is_quality,
    )


PACK = Pack(
    name="synthetic",
    title="Two small made-up spaces",
    detector=DetectorSpec(_weights("detector.onnx"), 640, 0.5, 0.7),
    embedders=(_embedder("north", 128, True), _embedder("south", 96, False)),
    prior=ImpostorLaw(0.1, 0.03, 0.02, True),
    genuine=GenuineLaw(0.7, 0.1, True),
    join=JOIN,
    max_distance=0.9,
    thresholds_measured=False,
    poor={},
)


def someone(random: np.random.Generator, pack: Pack = PACK) -> Vectors:
    """A person nobody has seen: a random direction in each space."""
    return {spec.key: _unit(random.normal(size=spec.dimension)) for spec in pack.embedders}


def near(vectors: Mapping[str, Vector], similarity: float, seed: int = 0) -> Vectors:
    """Vectors at exactly this cosine from the given ones, each seed in another direction."""
    random = np.random.default_rng(seed)
    found = {}
    for key, vector in vectors.items():
        aside = random.normal(size=len(vector))
        aside -= (aside @ vector) * vector
        found[key] = _unit(similarity * vector + np.sqrt(1 - similarity**2) * _unit(aside))
    return found


def probe(picture: str, vectors: Vectors, quality: float = 1.0, weight: float = 1.0) -> Probe:
    return Probe(picture, vectors, quality, weight)


def write(folder: Path, people: Mapping[str, Vectors], pack: Pack = PACK) -> FaceDatabase:
    """A database with one reference a person; a key is `host:uuid` and the name its uuid."""
    write_database(
        folder,
        pack,
        [person(key) for key in people],
        list(people.items()),
        version=folder.name,
        sources=["synthetic"],
    )
    return FaceDatabase.open(folder)


def person(key: str) -> Person:
    host, _, uuid = key.partition(":")
    return Person(key, key, uuid.title(), {host: uuid})


def _unit(vector: np.ndarray) -> Vector:  # type: ignore[type-arg]
    unit: Vector = (vector / np.linalg.norm(vector)).astype(np.float32)
    return unit
