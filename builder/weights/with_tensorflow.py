"""deepface's FaceNet512 as an ONNX file, and what TensorFlow itself makes of some inputs.

A program for the Python that has the extra `convert`; it knows nothing of this project, and what it
is to do comes as JSON: {weights, inputs, outputs, network, told}.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

# Where deepface has had it, newest first.
MODULES = (
    "deepface.models.facial_recognition.tf.Facenet",
    "deepface.models.facial_recognition.Facenet",
)
OPSET = 15


def main(job: dict[str, Any]) -> None:
    """`weights`: an .h5 file, null for deepface's own download. `inputs`, `outputs`: .npy files of
    (N, side, side, 3) and (N, dimension) float32. `told` is kept in `network`, the ONNX file."""
    import numpy as np
    import tensorflow
    import tf2onnx

    model = _model(job["weights"])
    inputs = np.load(job["inputs"])
    np.save(job["outputs"], model(inputs, training=False).numpy())
    shape = (None, *inputs.shape[1:])
    signature = (tensorflow.TensorSpec(shape, tensorflow.float32, name="input"),)
    network, _ = tf2onnx.convert.from_keras(model, input_signature=signature, opset=OPSET)
    for name, value in job["told"].items():
        entry = network.metadata_props.add()
        entry.key, entry.value = name, str(value)
    settle(network)
    Path(job["network"]).write_bytes(network.SerializeToString(deterministic=True))


def settle(network: Any) -> None:
    """Names by the order of the nodes, in place: those that TensorFlow chooses differ from run to
    run, and the same weights are to make the same file."""
    graph = network.graph
    names: dict[str, str] = {each.name: each.name for each in graph.input} | {"": ""}

    def new(name: str) -> str:
        return names.setdefault(name, f"t{len(names)}")

    for number, node in enumerate(graph.node):
        node.name = f"n{number}"
        node.input[:] = [new(name) for name in node.input]
        node.output[:] = [new(name) for name in node.output]
    for each in [*graph.initializer, *graph.output]:
        each.name = new(each.name)
    tensors = sorted(graph.initializer, key=lambda each: int(each.name[1:]))
    copies = [type(each).FromString(each.SerializeToString()) for each in tensors]
    del graph.initializer[:], graph.value_info[:]
    graph.initializer.extend(copies)
    for each in [*graph.input, *graph.output]:
        each.type.tensor_type.shape.dim[0].dim_param = "N"


def _model(weights: str | None) -> Any:
    facenet = _facenet()
    if weights is None:
        return facenet.load_facenet512d_model()
    model = facenet.InceptionResNetV1(dimension=512)
    model.load_weights(weights)
    return model


def _facenet() -> Any:
    for name in MODULES[:-1]:
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError:
            continue
    return importlib.import_module(MODULES[-1])


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
