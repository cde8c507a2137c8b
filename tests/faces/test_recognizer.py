from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from stash_face.faces.engine import Engine
from stash_face.faces.packs import Channels, Embedder, Layout, Mirror, load_pack
from stash_face.faces.recognizer import BATCH, Recognizer
from stash_face.faces.session import open_session
from stash_face.faces.types import Embedding, Picture
from tests.faces.conftest import Portrait
from tests.faces.networks import write_flatten

DEV = load_pack("dev")
EMBEDDERS = pytest.mark.parametrize("spec", DEV.embedders, ids=lambda spec: spec.key)


def recognizer(engine: Engine, spec: Embedder) -> Recognizer:
    return Recognizer(spec, engine.running[spec.file.name].session)


def stacked(embeddings: list[Embedding]) -> NDArray[np.float32]:
    return np.stack([embedding.vector for embedding in embeddings])


def separation(vectors: NDArray[np.float32]) -> float:
    """Mean genuine less mean impostor cosine of embeddings that stand side by side in pairs."""
    cosines = vectors[::2] @ vectors[1::2].T
    same = np.eye(len(cosines), dtype=bool)
    return float(cosines[same].mean() - cosines[~same].mean())


def fed(tmp_path: Path, crop: Picture, **spec: object) -> Embedding:
    """What a network that gives back its input makes of one 112x112 crop."""
    embedder = DEV.embedders[0]._replace(**spec)  # type: ignore[arg-type]
    side = embedder.input_size
    shape = (3, side, side) if embedder.layout == "NCHW" else (side, side, 3)
    session = open_session(write_flatten(tmp_path / "net.onnx", shape), "cpu").session
    return Recognizer(embedder, session).embed([crop])[0]


def test_the_embedding_is_that_of_insightface(
    engine: Engine, portraits: list[Portrait], dev_models: Path
) -> None:
    from insightface.model_zoo.arcface_onnx import ArcFaceONNX

    spec = DEV.embedder("arcface_mbf")._replace(mirror="none")
    ours = recognizer(engine, spec)
    theirs = ArcFaceONNX(str(dev_models / spec.file.name), engine.running[spec.file.name].session)
    crops = [portrait.crop for portrait in portraits[:8]]

    features = theirs.get_feat([np.ascontiguousarray(crop[..., ::-1]) for crop in crops])

    norms = np.linalg.norm(features, axis=1)
    embeddings = ours.embed(crops)
    assert ((stacked(embeddings) * features).sum(1) / norms >= 0.9999).all()
    assert np.allclose([embedding.norm for embedding in embeddings], norms, rtol=1e-3)


@EMBEDDERS
def test_the_other_channel_order_tells_people_apart_less_well(
    engine: Engine, portraits: list[Portrait], spec: Embedder
) -> None:
    crops = [portrait.crop for portrait in portraits]
    swapped = recognizer(engine, spec._replace(channels="BGR"))

    right = separation(stacked(recognizer(engine, spec).embed(crops)))
    wrong = separation(stacked(swapped.embed(crops)))

    assert right > wrong + 0.01


@EMBEDDERS
def test_a_face_and_its_mirror_image_have_one_embedding(
    engine: Engine, portraits: list[Portrait], spec: Embedder
) -> None:
    crops = [portrait.crop for portrait in portraits[:4]]
    mirrored = [np.ascontiguousarray(crop[:, ::-1]) for crop in crops]
    average = recognizer(engine, spec)
    alone = recognizer(engine, spec._replace(mirror="none"))

    def agreement(embedder: Recognizer) -> NDArray[np.float32]:
        cosines: NDArray[np.float32] = (
            stacked(embedder.embed(crops)) * stacked(embedder.embed(mirrored))
        ).sum(1)
        return cosines

    assert (agreement(average) > 0.9999).all()
    assert (agreement(alone) < 0.999).all()


@EMBEDDERS
def test_batches_give_what_single_crops_give_in_their_order(
    engine: Engine, portraits: list[Portrait], spec: Embedder
) -> None:
    embedder = recognizer(engine, spec)
    crops = [portrait.crop for portrait in portraits[: BATCH + 3]]

    together = embedder.embed(crops)
    alone = [embedder.embed([crop])[0] for crop in crops]

    assert len(together) == len(crops)
    assert np.abs(stacked(together) - stacked(alone)).max() < 1e-4
    assert np.allclose([e.norm for e in together], [e.norm for e in alone], rtol=1e-4)


@EMBEDDERS
def test_a_black_crop_has_a_finite_unit_vector(engine: Engine, spec: Embedder) -> None:
    vector, norm = recognizer(engine, spec).embed([np.zeros((112, 112, 3), np.uint8)])[0]

    assert vector.shape == (spec.dimension,)
    assert vector.dtype == np.float32
    assert abs(float(np.linalg.norm(vector)) - 1) < 1e-4
    assert 0 < norm < 1000


def test_no_crops_have_no_embeddings(engine: Engine) -> None:
    assert recognizer(engine, DEV.embedders[0]).embed([]) == []


@pytest.mark.parametrize(
    ("channels", "layout", "expected"),
    [
        # a red crop, value by value as the network reads it
        ("RGB", "NCHW", [1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1, -1]),
        ("BGR", "NCHW", [-1, -1, -1, -1, -1, -1, -1, -1, 1, 1, 1, 1]),
        ("RGB", "NHWC", [1, -1, -1] * 4),
        ("BGR", "NHWC", [-1, -1, 1] * 4),
    ],
)
def test_the_network_is_fed_the_channels_and_the_layout_of_the_pack(
    tmp_path: Path, channels: Channels, layout: Layout, expected: list[float]
) -> None:
    red = np.zeros((112, 112, 3), np.uint8)
    red[..., 0] = 255

    vector, norm = fed(tmp_path, red, channels=channels, layout=layout, input_size=2, mirror="none")

    assert np.allclose(vector * norm, expected)


def test_the_values_are_shifted_by_the_mean_and_divided_by_the_deviation(tmp_path: Path) -> None:
    grey = np.full((112, 112, 3), 100, np.uint8)

    vector, norm = fed(tmp_path, grey, mean=127.5, std=128.0, input_size=1, mirror="none")

    assert np.allclose(vector * norm, (100 - 127.5) / 128)


@pytest.mark.parametrize("side", [160, 112, 56])
def test_the_crop_is_sized_for_the_network(tmp_path: Path, side: int) -> None:
    left_white = np.zeros((112, 112, 3), np.uint8)
    left_white[:, :56] = 255

    vector, norm = fed(
        tmp_path, left_white, layout="NHWC", input_size=side, mirror="none", mean=0.0, std=255.0
    )

    seen = (vector * norm).reshape(side, side, 3)
    assert np.allclose(seen[:, : side // 2 - 1], 1, atol=1e-3)
    assert np.allclose(seen[:, side // 2 + 1 :], 0, atol=1e-3)


def test_the_mirror_image_counts_as_the_pack_says(
    engine: Engine, portraits: list[Portrait]
) -> None:
    spec = DEV.embedder("arcface_mbf")
    crop = portraits[0].crop.copy()
    crop[:, 56:] = 0  # half a face, so that the two vectors differ in length

    def embedding(picture: Picture, mirror: Mirror) -> Embedding:
        return recognizer(engine, spec._replace(mirror=mirror)).embed([picture])[0]

    a, b = embedding(crop, "none"), embedding(np.ascontiguousarray(crop[:, ::-1]), "none")
    assert abs(a.norm - b.norm) > 0.01
    of_units, of_raw = a.vector + b.vector, a.vector * a.norm + b.vector * b.norm
    averages: dict[Mirror, NDArray[np.float32]] = {"mean": of_units, "sum": of_raw}
    for mirror, wanted in averages.items():
        found = embedding(crop, mirror)
        assert np.allclose(found.vector, wanted / np.linalg.norm(wanted), atol=1e-4)
        assert found.norm == pytest.approx((a.norm + b.norm) / 2, rel=1e-4)
    assert not np.allclose(embedding(crop, "mean").vector, embedding(crop, "sum").vector, atol=1e-6)
