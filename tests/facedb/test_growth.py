from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import voyager

from stash_face.facedb.e4m3 import decode, encode
from stash_face.facedb.growth import GrowingIndex

RNG = np.random.default_rng(5)
DIMENSION = 64


def unit_vectors(count: int) -> np.ndarray:
    vectors = RNG.normal(size=(count, DIMENSION)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.fixture
def index(tmp_path: Path) -> Iterator[GrowingIndex]:
    with closing(GrowingIndex(DIMENSION, tmp_path)) as growing:
        yield growing


def by_voyager(folder: Path, vectors: np.ndarray, storage: str = "E4M3") -> Path:
    path = folder / "old.voy"
    old = voyager.Index(
        voyager.Space.Cosine,
        vectors.shape[1],
        storage_data_type=getattr(voyager.StorageDataType, storage),
    )
    old.add_items(vectors)
    old.save(str(path))
    return path


def test_the_file_is_a_cosine_index_of_voyager_that_finds_every_vector(
    index: GrowingIndex, tmp_path: Path
) -> None:
    vectors = unit_vectors(10_000)
    positions = list(range(0, 20_000, 2))
    for start in range(0, 10_000, 999):
        index.add(vectors[start : start + 999], positions[start : start + 999])

    index.save(tmp_path / "face.voy")

    found = voyager.Index.load(str(tmp_path / "face.voy"))
    assert (found.space, found.num_dimensions) == (voyager.Space.Cosine, DIMENSION)
    assert found.storage_data_type == voyager.StorageDataType.E4M3
    assert np.array_equal(found.get_vectors(positions), decode(encode(vectors)))
    # Voyager takes rows that lie apart for neighbours.
    probes = np.ascontiguousarray(vectors[::50])
    nearest, distances = found.query(probes, k=1, query_ef=200)
    assert np.mean(nearest[:, 0] == positions[::50]) > 0.99
    assert np.median(distances) < 0.05


def test_the_links_are_as_good_as_those_voyager_makes_over_the_stored_vectors(
    index: GrowingIndex, tmp_path: Path
) -> None:
    vectors, probes = unit_vectors(4_000), unit_vectors(200)
    index.add(vectors, list(range(4_000)))
    index.save(tmp_path / "face.voy")

    def recall(path: Path) -> float:
        loaded = voyager.Index.load(str(path))
        stored = np.asarray(loaded.get_vectors(list(range(4_000))))
        best = np.argsort(-(probes @ stored.T), axis=1)[:, :10]
        found, _ = loaded.query(probes, k=10, query_ef=50)
        return float(np.mean([len({*a} & {*b}) for a, b in zip(found, best, strict=True)]))

    assert recall(tmp_path / "face.voy") > recall(by_voyager(tmp_path, vectors)) - 0.3


def test_an_index_of_voyager_is_added_to(index: GrowingIndex, tmp_path: Path) -> None:
    old, new = unit_vectors(5_000), unit_vectors(300)
    path = by_voyager(tmp_path, old)

    index.begin(np.fromfile(path, np.uint8))
    index.add(new, list(range(5_000, 5_300)))
    index.save(tmp_path / "face.voy")

    found = voyager.Index.load(str(tmp_path / "face.voy"))
    before = voyager.Index.load(str(path))
    kept = list(range(5_000))
    assert np.array_equal(found.get_vectors(kept), before.get_vectors(kept))
    nearest, _ = found.query(np.concatenate([old[:100], new]), k=1, query_ef=200)
    assert np.mean(nearest[:, 0] == [*range(100), *range(5_000, 5_300)]) > 0.99


def test_growing_in_two_goes_stores_what_growing_in_one_does(
    index: GrowingIndex, tmp_path: Path
) -> None:
    vectors = unit_vectors(600)
    index.add(vectors[:400], list(range(400)))
    index.save(tmp_path / "first.voy")
    with closing(GrowingIndex(DIMENSION, tmp_path)) as second:
        second.begin(np.fromfile(tmp_path / "first.voy", np.uint8))
        second.add(vectors[400:], list(range(400, 600)))
        second.save(tmp_path / "second.voy")
    index.add(vectors[400:], list(range(400, 600)))
    index.save(tmp_path / "once.voy")

    sizes = [(tmp_path / name).stat().st_size for name in ("second.voy", "once.voy")]
    both = [voyager.Index.load(str(tmp_path / name)) for name in ("second.voy", "once.voy")]
    assert abs(sizes[0] - sizes[1]) < 0.01 * sizes[1]
    stored = [each.get_vectors(list(range(600))) for each in both]
    assert np.array_equal(*stored)


@pytest.mark.parametrize(("storage", "dimension"), [("Float32", DIMENSION), ("E4M3", 32)])
def test_an_index_of_another_kind_is_not_added_to(
    index: GrowingIndex, tmp_path: Path, storage: str, dimension: int
) -> None:
    path = by_voyager(tmp_path, unit_vectors(10)[:, :dimension], storage)

    with pytest.raises(ValueError, match="cannot be added to"):
        index.begin(np.fromfile(path, np.uint8))


def test_nothing_is_left_beside_the_file(tmp_path: Path) -> None:
    with closing(GrowingIndex(DIMENSION, tmp_path)) as growing:
        growing.add(unit_vectors(3), [0, 1, 2])
        growing.save(tmp_path / "face.voy")

    assert [path.name for path in tmp_path.iterdir()] == ["face.voy"]
