from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from stash_face.errors import WeightsError
from stash_face.faces.engine import Engine
from stash_face.faces.packs import load_pack
from stash_face.faces.types import Face, Picture
from tests.faces.conftest import Portrait

PLUGIN = Path(__file__).resolve().parents[2] / "plugin" / "py"


def cosine(a: Face, b: Face, key: str) -> float:
    return float(a.embeddings[key].vector @ b.embeddings[key].vector)


def side_by_side(*pictures: Picture) -> Picture:
    return np.ascontiguousarray(np.hstack(pictures))


def test_each_model_says_where_it_runs(engine: Engine) -> None:
    assert {name: running.provider for name, running in engine.running.items()} == {
        "det_2.5g.onnx": "CPUExecutionProvider",
        "w600k_mbf.onnx": "CPUExecutionProvider",
        "edgeface_xs.onnx": "CPUExecutionProvider",
    }
    assert engine.notes == []


def test_faces_are_told_apart_by_every_embedder(engine: Engine, portraits: list[Portrait]) -> None:
    faces = engine.embed([(p.picture, p.detection) for p in portraits])

    for key in ("arcface_mbf", "edgeface_xs"):
        genuine = [cosine(a, b, key) for a, b in zip(faces[::2], faces[1::2], strict=True)]
        impostor = [cosine(a, b, key) for a, b in zip(faces[::2], faces[3::2], strict=False)]
        assert np.mean(genuine) > 0.5
        assert np.mean(impostor) < 0.1


def test_faces_of_many_pictures_come_back_in_their_order(
    engine: Engine, portraits: list[Portrait]
) -> None:
    mixed = portraits[::-1][:20]

    together = engine.embed([(p.picture, p.detection) for p in mixed])
    from_crops = engine.embed_crops([p.crop for p in mixed], [p.detection for p in mixed])

    for portrait, face, again in zip(mixed, together, from_crops, strict=True):
        alone = engine.embed([(portrait.picture, portrait.detection)])[0]
        assert face.detection is again.detection is portrait.detection
        assert list(face.embeddings) == ["arcface_mbf", "edgeface_xs"]
        for key in face.embeddings:
            assert cosine(face, alone, key) > 0.9999
            assert cosine(face, again, key) > 0.9999
        assert face.quality == pytest.approx(alone.quality, abs=1e-3)


def test_every_face_of_a_picture_is_embedded(engine: Engine, portraits: list[Portrait]) -> None:
    first, second = portraits[0], portraits[2]

    faces = engine.faces(side_by_side(first.picture, second.picture))

    assert len(faces) == 2
    left, right = sorted(faces, key=lambda face: face.detection.bbox[0])
    wanted = engine.embed([(p.picture, p.detection) for p in (first, second)])
    for found, original in zip((left, right), wanted, strict=True):
        assert cosine(found, original, "arcface_mbf") > 0.9


def test_a_face_on_its_side_has_the_embedding_of_the_upright_one(
    engine: Engine, portraits: list[Portrait]
) -> None:
    for portrait in portraits[:4]:
        upright = engine.embed([(portrait.picture, portrait.detection)])[0]
        lying = engine.faces(np.ascontiguousarray(np.rot90(portrait.picture)))[0]
        for key in upright.embeddings:
            assert cosine(upright, lying, key) > 0.95


def test_a_picture_without_a_face_has_none(engine: Engine, noise: Picture) -> None:
    assert engine.faces(noise) == []
    assert engine.embed([]) == []


def test_missing_weights_are_named_before_anything_is_loaded(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"det_2\.5g\.onnx.*w600k_mbf\.onnx.*edgeface_xs\.onnx"):
        Engine(load_pack("dev"), [tmp_path])


def test_importing_the_engine_does_not_import_the_toolkits() -> None:
    code = (
        "import json, sys; import stash_face.faces.engine; "
        "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=PLUGIN, capture_output=True, text=True, check=True
    )

    loaded = set(json.loads(run.stdout))
    assert {"onnxruntime", "numpy", "cv2"} <= loaded
    assert loaded & {"insightface", "skimage", "scipy", "onnx", "tensorflow", "torch"} == set()
