from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from builder.weights.with_tensorflow import settle


def network(names: str, order: int) -> onnx.ModelProto:
    """Doubles its input and adds three: tensors of these names, stored in this order."""
    two, three, doubled, output = names
    stored = [
        numpy_helper.from_array(np.array([value], np.float32), name)
        for value, name in ((2, two), (3, three))
    ]
    graph = helper.make_graph(
        [
            helper.make_node("Mul", ["input", two], [doubled], name=f"mul{names}"),
            helper.make_node("Add", [doubled, three], [output], name=f"add{names}"),
        ],
        "graph",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, [f"unknown{names}", 2])],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, [f"unknown{order}", 2])],
        stored[::order],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def test_one_network_is_one_file_whatever_its_parts_are_called() -> None:
    one, other = network("abcd", 1), network("wxyz", -1)
    assert one.SerializeToString() != other.SerializeToString()

    settle(one)
    settle(other)

    assert one.SerializeToString() == other.SerializeToString()
    onnx.checker.check_model(one)
    session = onnxruntime.InferenceSession(one.SerializeToString())
    (answer,) = session.run(None, {"input": np.array([[1, 5]], np.float32)})
    assert answer.tolist() == [[5, 13]]
