"""Made-up face vectors that lie as real ones do, and face databases of them.

A face is mean + sqrt(g) * person + sqrt(1 - g) * moment, normalised. Person and moment are
drawn from one normal law per embedder, whose covariance has the eigenvalues measured on one
photo each of 550 people of LFW (dev pack; shrunk so that the effective number of dimensions,
224 and 175, is that of an unlimited sample). g, the cosine of two equally good photos of a
person, varies with the photo and is shared by the embedders. What comes out, with the measured
in brackets: two people 0.017 ± 0.066 (0.015 ± 0.067) and 0.009 ± 0.075 (0.007 ± 0.076), one
person 0.64 ± 0.10 (0.62 ± 0.11) and 0.63 ± 0.10 (0.65 ± 0.12).
"""

from __future__ import annotations

import sys
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stash_face.facedb.types import Person
from stash_face.facedb.writer import write_database
from stash_face.faces.packs import load_pack

Floats = NDArray[np.float32]
Numbers = NDArray[np.int64]

# Per embedder: length of the mean vector, and the eigenvalues (in 1e-5) at some ranks, between
# which they are interpolated; beyond the last one there are none.
SPECTRA: dict[str, tuple[float, dict[int, int]]] = {
    "arcface_mbf": (
        0.1307,
        {0: 1083, 1: 1043, 2: 1020, 4: 963, 8: 879, 16: 778, 32: 620, 64: 454, 128: 263,
         192: 166, 256: 111, 320: 83, 386: 73},
    ),
    "edgeface_xs": (
        0.0959,
        {0: 957, 1: 940, 2: 918, 4: 886, 8: 848, 16: 775, 32: 690, 64: 564, 128: 416, 190: 317},
    ),
}  # fmt: skip
DIMENSION = 512
SEED = 7
# Faces per person on average, and the spread of g.
FACES_EACH = 3
GENUINE, SPREAD = 0.64, 0.13


class MadeUpFaces:
    """The same people for the same arguments, and as many faces and probes as one asks for."""

    def __init__(self, faces: int, seed: int = SEED) -> None:
        self.people = max(faces // FACES_EACH, 1)
        random = np.random.default_rng([seed, 0])
        others = random.integers(0, self.people, faces - self.people)
        self.owners: Numbers = np.sort(np.concatenate([np.arange(self.people), others]))
        self._seed = seed
        self._laws = {name: _Law(name, seed) for name in SPECTRA}
        # Behind the last person stand as many strangers as there are probes of them.
        self._centres = {
            name: law.draw(2 * self.people, np.random.default_rng([seed, 1, number]))
            for number, (name, law) in enumerate(self._laws.items())
        }

    def references(self) -> dict[str, Floats]:
        """Unit vectors (faces, 512) per embedder, of `owners`."""
        return self._faces(self.owners, 2)

    def probes(self, count: int) -> dict[str, Floats]:
        """Unit vectors (count, 512) per embedder: new faces, half of enrolled people and half
        of strangers."""
        random = np.random.default_rng([self._seed, 3])
        half = random.integers(0, self.people, count)
        half[1::2] += self.people
        return self._faces(half, 4)

    def _faces(self, owners: Numbers, stream: int) -> dict[str, Floats]:
        random = np.random.default_rng([self._seed, stream])
        g = random.normal(GENUINE, SPREAD, (len(owners), 1)).clip(0.15, 0.95).astype(np.float32)
        faces = {}
        for name, law in self._laws.items():
            moments = law.draw(len(owners), random)
            total = law.mean + np.sqrt(g) * self._centres[name][owners] + np.sqrt(1 - g) * moments
            faces[name] = total / np.linalg.norm(total, axis=1, keepdims=True)
        return faces


class _Law:
    def __init__(self, name: str, seed: int) -> None:
        length, knots = SPECTRA[name]
        random = np.random.default_rng([seed, 5, *name.encode()])
        values = np.interp(np.arange(max(knots) + 1), list(knots), list(knots.values())) * 1e-5
        # In a network's space no axis is a principal one, and rounding falls on all alike.
        turn = np.linalg.qr(random.standard_normal((DIMENSION, DIMENSION)))[0]
        self._axes: Floats = (np.sqrt(values)[:, None] * turn[: len(values)]).astype(np.float32)
        self.mean: Floats = (length * turn[-1]).astype(np.float32)

    def draw(self, count: int, random: np.random.Generator) -> Floats:
        drawn: Floats = random.standard_normal((count, len(self._axes)), np.float32) @ self._axes
        return drawn


def key(person: int) -> str:
    return f"stashdb.org:{uuid.UUID(int=person)}"


def number(key: str) -> int:
    return uuid.UUID(key.partition(":")[2]).int


def made_up_people(count: int) -> list[Person]:
    return [Person(key(i), key(i), f"Person {i}", {"stashdb.org": str(uuid.UUID(int=i))})
            for i in range(count)]  # fmt: skip


def write(
    folder: Path,
    made_up: MadeUpFaces,
    vectors: dict[str, Floats],
    people: Sequence[Person],
    say: Callable[[str], None] = lambda sentence: None,
) -> None:
    """A face database for the dev pack of `vectors`, the references of `made_up`'s `people`."""
    rows = (
        (people[owner].key, {name: each[row] for name, each in vectors.items()})
        for row, owner in enumerate(made_up.owners.tolist())
    )
    write_database(
        folder, load_pack("dev"), people, rows, version="made up", sources=["made up"], say=say
    )


def build(folder: Path, faces: int) -> None:
    """Writes a face database of `faces` made-up faces."""
    made_up = MadeUpFaces(faces)
    write(folder, made_up, made_up.references(), made_up_people(made_up.people))


if __name__ == "__main__":
    build(Path(sys.argv[1]), int(sys.argv[2]))
