from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.faces.networks import write_flatten

PLUGIN = Path(__file__).resolve().parents[2] / "plugin" / "py"

LOADED = "[n for n in sys.modules if n.partition('.')[0] in {'insightface', 'onnx', 'google'}]"

DETECTOR = """
import json, sys
import onnxruntime
from stash_face.faces import insight
session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
detector = insight.scrfd(session)
"""


def told_by(code: str, network: Path) -> Any:
    """What the code prints as JSON, in a process that stops at an import warning."""
    run = subprocess.run(
        [sys.executable, "-W", "error::ImportWarning", "-c", code, str(network)],
        cwd=PLUGIN,
        env={**os.environ, "PYTHONPATH": str(PLUGIN)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout.splitlines()[-1])


@pytest.fixture
def network(tmp_path: Path) -> Path:
    return write_flatten(tmp_path / "net.onnx", (3, 64, 64))


def test_the_detector_comes_without_its_toolkit_and_leaves_nothing_behind(network: Path) -> None:
    code = f"""{DETECTOR}
heavy = [n for n in ("skimage", "scipy", "albumentations", "matplotlib") if n in sys.modules]
print(json.dumps([type(detector).__name__, {LOADED}, heavy]))
"""
    name, loaded, heavy = told_by(code, network)

    assert name == "SCRFD"
    assert [module for module in loaded if not module.startswith("google")] == []
    assert heavy == []


def test_insightface_imported_afterwards_is_whole(network: Path) -> None:
    code = f"""{DETECTOR}
import insightface
import insightface.model_zoo.scrfd
from insightface.app import FaceAnalysis
from insightface.model_zoo import ArcFaceONNX, model_zoo
import onnx
print(json.dumps([
    insightface.model_zoo.SCRFD is insightface.model_zoo.scrfd.SCRFD,
    insightface.__spec__.origin.endswith("__init__.py"),
    callable(model_zoo.get_model),
    onnx.load(sys.argv[1]).graph.name,
]))
"""
    assert told_by(code, network) == [True, True, True, "flatten"]


def test_insightface_imported_before_is_used(network: Path) -> None:
    code = f"""import insightface
{DETECTOR}
print(json.dumps([isinstance(detector, insightface.model_zoo.SCRFD), "onnx" in sys.modules]))
"""
    assert told_by(code, network) == [True, True]


def test_what_the_detector_wants_of_onnx_it_gets_when_it_asks(network: Path) -> None:
    code = f"""{DETECTOR}
onnx = type(detector).__init__.__globals__["onnx"]
print(json.dumps(["onnx" in sys.modules, onnx.load_model(sys.argv[1]).graph.name]))
"""
    assert told_by(code, network) == [False, "flatten"]


def test_a_second_detector_is_of_the_same_kind(network: Path) -> None:
    code = f"""{DETECTOR}
print(json.dumps(type(insight.scrfd(session)) is type(detector)))
"""
    assert told_by(code, network) is True


def test_without_insightface_the_missing_package_is_named(network: Path) -> None:
    code = f"""
import importlib.util, json
find = importlib.util.find_spec
importlib.util.find_spec = lambda name, *more: None if name == "insightface" else find(name, *more)
try:
    exec({DETECTOR!r})
except ModuleNotFoundError as error:
    import sys
    print(json.dumps([error.name, "onnx" in sys.modules, "insightface" in sys.modules]))
"""
    assert told_by(code, network) == ["insightface", False, False]
