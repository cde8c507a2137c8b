"""Made-up people in the vector spaces of the dev pack: unit vectors from a seed, no pictures."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from stash_face.facedb.manifest import MANIFEST
from stash_face.facedb.people import person
from stash_face.facedb.types import Person
from stash_face.facedb.writer import write_database
from stash_face.faces.packs import load_pack
from stash_face.faces.types import Vector

PACK = load_pack("dev")
EMBEDDERS = [spec.key for spec in PACK.embedders]
Vectors = dict[str, Vector]


class World(NamedTuple):
    """People, and references as write_database takes them."""

    people: list[Person]
    references: list[tuple[str, Vectors]]

    def of(self, number: int) -> list[Vectors]:
        """The references of person `number`."""
        return [vectors for key, vectors in self.references if key == self.people[number].key]


def key_of(number: int) -> str:
    return f"stashdb.org:00000000-0000-4000-8000-{number:012d}"


def world(count: int, each: int = 3, *, likeness: float = 0.7, seed: int = 0) -> World:
    """`count` people with `each` references, whose cosine with each other is `likeness` squared."""
    rng = np.random.default_rng(seed)
    people = [person(key_of(n), {"name": f"Person {n}"}) for n in range(count)]
    references = []
    for someone in people:
        centre = {key: unit(rng.normal(size=512)) for key in EMBEDDERS}
        for _ in range(each):
            references.append(
                (someone.key, {key: near(centre[key], likeness, rng) for key in EMBEDDERS})
            )
    return World(people, references)


def near(centre: Vector, likeness: float, rng: np.random.Generator) -> Vector:
    """A unit vector whose cosine with `centre` is `likeness`."""
    aside = rng.normal(size=centre.shape)
    aside -= (aside @ centre) * centre
    return unit(likeness * centre + np.sqrt(1 - likeness**2) * unit(aside))


def unit(vector: NDArray[Any]) -> Vector:
    scaled: Vector = (vector / np.linalg.norm(vector)).astype(np.float32)
    return scaled


def write(folder: Path, those: World, version: str = "1") -> Path:
    write_database(
        folder, PACK, those.people, those.references, version=version, sources=["folder:test"]
    )
    return folder


def manifest_of(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return content


def say(folder: Path, **fields: object) -> None:
    """Changes fields of the manifest; None removes one."""
    content = manifest_of(folder) | fields
    content = {name: value for name, value in content.items() if value is not None}
    (folder / MANIFEST).write_text(json.dumps(content), encoding="utf-8")


def put(folder: Path, name: str, content: bytes) -> None:
    """Changes a file and its checksum in the manifest."""
    (folder / name).write_bytes(content)
    checksums = manifest_of(folder)["checksums"] | {name: hashlib.sha256(content).hexdigest()}
    say(folder, checksums=checksums)


def put_json(folder: Path, name: str, content: object) -> None:
    put(folder, name, json.dumps(content).encode())
