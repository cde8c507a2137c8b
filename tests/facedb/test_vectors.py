from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import voyager

from stash_face.errors import DatabaseError
from stash_face.facedb.manifest import IndexFile
from stash_face.facedb.vectors import load_vectors

RNG = np.random.default_rng(4)
# Sign in the lowest bit, then the exponent; both of its highest and of the mantissa: not a number.
NOT_A_NUMBER = (0xFE, 0xFF)


def entry(dimension: int, storage: str = "E4M3") -> IndexFile:
    return IndexFile("north", "face_north.voy", dimension, storage, "")


def save(
    folder: Path, vectors: np.ndarray, storage: str = "E4M3", ids: list[int] | None = None
) -> voyager.Index:
    index = voyager.Index(
        voyager.Space.Cosine,
        vectors.shape[1],
        storage_data_type=getattr(voyager.StorageDataType, storage),
        max_elements=len(vectors),
    )
    index.add_items(vectors, ids or list(range(len(vectors))), num_threads=1)
    index.save(str(folder / "face_north.voy"))
    return index


def normalised(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.mark.parametrize("storage", ["E4M3", "Float32", "Float8"])
@pytest.mark.parametrize("dimension", [512, 33])
def test_vectors_are_those_that_voyager_gives_back(
    tmp_path: Path, storage: str, dimension: int
) -> None:
    index = save(tmp_path, RNG.normal(size=(50, dimension)).astype(np.float32), storage)

    stored = load_vectors(tmp_path, entry(dimension, storage))

    assert (stored.count, stored.dimension) == (50, dimension)
    asked = np.array([49, 0, 7, 7])
    theirs = np.asarray(index.get_vectors(asked.tolist()))
    assert np.allclose(stored.unit(asked), normalised(theirs), atol=1e-6)


def test_every_code_of_a_byte_means_what_voyager_says(tmp_path: Path) -> None:
    codes = bytes(code for code in range(256) if code not in NOT_A_NUMBER)
    path = tmp_path / "face_north.voy"
    index = save(tmp_path, np.eye(len(codes), dtype=np.float32)[:1])
    # 1 and zeros as they are stored.
    one = np.asarray(index.get_vector(0))
    assert (one[0], one[1:].max()) == (1, 0)
    before, _, after = path.read_bytes().partition(bytes([14, *[0] * (len(codes) - 1)]))
    path.write_bytes(before + codes + after)

    (unit,) = load_vectors(tmp_path, entry(len(codes))).unit(np.array([0]))

    theirs = np.asarray(voyager.Index.load(str(path)).get_vectors([0]))
    assert len(np.unique(theirs)) > 250
    assert np.allclose(unit, normalised(theirs)[0], rtol=1e-6)


def test_vectors_are_found_by_their_position_whatever_their_place_in_the_file(
    tmp_path: Path,
) -> None:
    vectors = RNG.normal(size=(4, 16)).astype(np.float32)
    save(tmp_path, vectors, "Float32", ids=[30, 2, 11, 0])

    stored = load_vectors(tmp_path, entry(16, "Float32"))

    assert np.allclose(
        stored.unit(np.array([0, 2, 11, 30])), normalised(vectors[[3, 1, 2, 0]]), atol=1e-6
    )
    assert stored.holds(np.array([30, 11]))
    assert not stored.holds(np.array([30, 12]))
    assert not stored.holds(np.array([31]))


@pytest.mark.parametrize("storage", ["E4M3", "Float32"])
def test_a_file_of_voyager_before_it_named_its_content_is_read(
    tmp_path: Path, storage: str
) -> None:
    index = save(tmp_path, RNG.normal(size=(9, 64)).astype(np.float32), storage)
    path = tmp_path / "face_north.voy"
    path.write_bytes(path.read_bytes()[19:])

    stored = load_vectors(tmp_path, entry(64, storage))

    theirs = np.asarray(index.get_vectors(list(range(9))))
    assert np.allclose(stored.unit(np.arange(9)), normalised(theirs), atol=1e-6)


def test_an_index_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match=r"face_north\.voy cannot be loaded .*: install"):
        load_vectors(tmp_path, entry(64))
