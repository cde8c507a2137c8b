from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from stash_face.facedb.nearest import Nearest
from stash_face.facedb.people import Owners
from stash_face.facedb.vectors import StoredVectors

Floats = NDArray[np.float32]
PEOPLE, SPACES = 20_000, {"north": 96, "south": 64}
TOP = 10


class Crowd(NamedTuple):
    """20,000 people with one to four references each, in no order."""

    nearest: Nearest
    owners: NDArray[np.int64]
    references: dict[str, Floats]


@pytest.fixture(scope="module")
def crowd() -> Crowd:
    rng = np.random.default_rng(8)
    owners = rng.permutation(np.repeat(np.arange(PEOPLE), rng.integers(1, 5, PEOPLE)))
    references, stored = {}, {}
    for name, dimension in SPACES.items():
        centres = rng.normal(size=(PEOPLE, dimension))
        faces = unit(centres[owners] + 0.7 * rng.normal(size=(len(owners), dimension)))
        references[name] = faces
        codes = np.ascontiguousarray(faces).view(np.uint8)
        stored[name] = StoredVectors(codes, np.arange(len(faces)), dimension, "Float32")
    known = Owners([f"person {owner}" for owner in owners])
    numbers = np.array([known.number(f"person {owner}") for owner in owners])
    return Crowd(Nearest(stored, known), numbers, references)


def unit(vectors: NDArray[np.float64]) -> Floats:
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def probes_of(crowd: Crowd, count: int) -> dict[str, Floats]:
    """Every other one a blurred copy of a reference, the others of strangers."""
    rng = np.random.default_rng(9)
    picked = rng.integers(0, len(crowd.owners), count)
    known = (np.arange(count) % 2 == 0)[:, None]
    return {
        name: unit(known * faces[picked] + rng.normal(size=(count, faces.shape[1])) / 12)
        for name, faces in crowd.references.items()
    }


def exactly(crowd: Crowd, probes: dict[str, Floats]) -> NDArray[np.float64]:
    """The similarity (B, PEOPLE) of each probe to everybody, by its definition."""
    order = np.argsort(crowd.owners, kind="stable")
    starts = np.flatnonzero(np.diff(crowd.owners[order], prepend=-1))
    total = np.zeros((1, 1))
    for name, faces in crowd.references.items():
        templates = np.add.reduceat(faces[order].astype(np.float64), starts, axis=0)
        templates /= np.linalg.norm(templates, axis=1, keepdims=True)
        similar = probes[name].astype(np.float64) @ faces[order].T
        best = np.maximum.reduceat(similar, starts, axis=1)
        total = total + (best + probes[name] @ templates.T) / 2
    return total / len(SPACES)


def test_the_closest_ten_are_those_of_a_scan_of_everybody(crowd: Crowd) -> None:
    probes = probes_of(crowd, 200)
    exact = exactly(crowd, probes)

    people, similarities = crowd.nearest.people(probes, 64, None)

    fused = sum(similarities.values()) / len(SPACES)
    wanted = np.argsort(-exact, axis=1)[:, :TOP]
    hits = [len({*a} & {*b}) for a, b in zip(wanted.tolist(), people[:, :TOP].tolist())]  # noqa: B905
    assert sum(hits) >= 0.99 * TOP * len(hits)
    assert (people[:, 0] == wanted[:, 0]).all()
    assert np.allclose(fused, np.take_along_axis(exact, people, 1), atol=1e-5)
    assert (np.diff(fused, axis=1) <= 1e-6).all()


def test_a_probe_alone_is_answered_as_among_others(crowd: Crowd) -> None:
    probes = probes_of(crowd, 5)
    together, _ = crowd.nearest.people(probes, 64, None)

    for row in range(5):
        alone, _ = crowd.nearest.people({n: p[row : row + 1] for n, p in probes.items()}, 64, None)
        assert alone[0, :TOP].tolist() == together[row, :TOP].tolist()


def test_whoever_is_left_out_comes_last_with_no_similarity(crowd: Crowd) -> None:
    probes = probes_of(crowd, 20)
    with_all, _ = crowd.nearest.people(probes, 64, None)

    people, similarities = crowd.nearest.people(probes, 64, with_all[:, 0])

    for name in SPACES:
        left_out = people == with_all[:, :1]
        assert np.isneginf(similarities[name][left_out]).all()
        assert np.isfinite(similarities[name][~left_out]).all()
    assert (people[:, : TOP - 1] == with_all[:, 1:TOP]).all()


def test_no_more_people_are_found_than_there_are(crowd: Crowd) -> None:
    people, _ = crowd.nearest.people(probes_of(crowd, 2), PEOPLE + 1, None)

    assert [len({*row}) for row in people.tolist()] == [PEOPLE, PEOPLE]
