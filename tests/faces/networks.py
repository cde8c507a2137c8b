"""Tiny ONNX networks that show what they are fed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import onnx
from onnx import TensorProto, helper


def write_flatten(path: Path, shape: Sequence[int]) -> Path:
    """A network for any number of inputs of `shape` that gives each back as one row."""
    row = 1
    for side in shape:
        row *= side
    graph = helper.make_graph(
        [helper.make_node("Flatten", ["input"], ["row"], axis=1)],
        "flatten",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["N", *shape])],
        [helper.make_tensor_value_info("row", TensorProto.FLOAT, ["N", row])],
    )
    # Versions that every onnxruntime of the locks reads.
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, str(path))
    return path
