from __future__ import annotations

import numpy as np
import voyager

from stash_face.facedb.e4m3 import decode, encode

RNG = np.random.default_rng(9)
# The largest exponent and mantissa are no number, and nothing is rounded to minus zero.
NUMBERS = np.array([code for code in range(254) if code != 1], np.uint8)


def unit_vectors(count: int) -> np.ndarray:
    vectors = RNG.normal(size=(count, 512)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_every_number_that_there_is_keeps_its_code() -> None:
    codes = NUMBERS[None]

    assert np.array_equal(encode(decode(codes)), codes)


def test_a_number_becomes_the_nearest_that_there_is() -> None:
    numbers = np.concatenate([unit_vectors(4).ravel(), RNG.uniform(-448, 448, 2_000)])[None]
    there = decode(NUMBERS[None])[0]

    found = decode(encode(numbers.astype(np.float32)))

    nearest = np.abs(numbers[0][:, None] - there).min(1)
    assert np.allclose(np.abs(found - numbers)[0], nearest, rtol=1e-5)


def test_vectors_keep_more_of_themselves_than_voyager_leaves_them() -> None:
    vectors = unit_vectors(200)
    index = voyager.Index(voyager.Space.Cosine, 512, storage_data_type=voyager.StorageDataType.E4M3)
    index.add_items(vectors)
    theirs = np.asarray(index.get_vectors(list(range(200))))

    def lost(stored: np.ndarray) -> float:
        lengths = np.linalg.norm(stored, axis=1)
        return float(1 - np.mean((stored * vectors).sum(1) / lengths))

    assert lost(decode(encode(vectors))) < 0.75 * lost(theirs)


def test_rows_of_an_odd_length_are_read_too() -> None:
    codes = NUMBERS[None, :7]

    assert np.array_equal(encode(decode(codes)), codes)
