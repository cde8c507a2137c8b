from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from builder.weights.parity import FEWEST, faces_of, require_alike
from stash_face.errors import BadRequest, WeightsError
from tests.faces.networks import write_flatten
from tests.photos import Photos

SHAPE = (4, 4, 3)


@pytest.fixture
def inputs() -> NDArray[np.float32]:
    return np.random.default_rng(1).standard_normal((5, *SHAPE)).astype(np.float32)


@pytest.fixture
def network(tmp_path: Path) -> Path:
    return write_flatten(tmp_path / "network.onnx", SHAPE)


def test_networks_that_say_the_same_are_alike(network: Path, inputs: NDArray[np.float32]) -> None:
    original = inputs.reshape(5, -1)

    # The length of a vector does not matter.
    assert require_alike(original * 3, network, inputs) == pytest.approx(1)


def test_one_face_that_differs_is_refused(network: Path, inputs: NDArray[np.float32]) -> None:
    original = inputs.reshape(5, -1).copy()
    original[3, 0] += 0.5

    with pytest.raises(WeightsError, match=r"differs from the original \(a cosine of 0\.99"):
        require_alike(original, network, inputs)


@pytest.mark.parametrize(
    "spoil",
    [
        # fewer numbers than the network gives
        lambda original: original[:, :-1],
        # a network of nothing
        lambda original: original * 0,
    ],
)
def test_what_is_no_such_network_is_refused(
    network: Path, inputs: NDArray[np.float32], spoil: object
) -> None:
    with pytest.raises(WeightsError, match="nothing was written"):
        require_alike(spoil(inputs.reshape(5, -1)), network, inputs)  # type: ignore[operator]


def test_real_faces_are_compared_by(dev_models: Path, photos: Photos, tmp_path: Path) -> None:
    for number, paths in enumerate(list(photos.known.values())[:FEWEST]):
        (tmp_path / f"{number}.jpg").write_bytes(paths[0].read_bytes())
    (tmp_path / "list.txt").write_text("no picture")

    crops = faces_of(tmp_path, [dev_models])

    assert [crop.shape for crop in crops] == [(112, 112, 3)] * FEWEST
    (tmp_path / "0.jpg").unlink()
    with pytest.raises(BadRequest, match=f"shows {FEWEST - 1} faces, and {FEWEST} are needed"):
        faces_of(tmp_path, [dev_models])
