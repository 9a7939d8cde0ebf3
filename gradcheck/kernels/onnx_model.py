"""Models of one convolution, as ONNX writes them."""

import importlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from gradcheck.grammar import Params
from gradcheck.kernels.dtypes import Dtype
from gradcheck.kernels.kernel import KernelError
from gradcheck.text import one_line

OPERATORS = ("Conv", "ConvInteger")
OPSET, FORMAT = 17, 8

Attributes = tuple[tuple[str, Any], ...]


def attributes_of(params: Params) -> Attributes:
    """Return a geometry as ONNX says it."""
    (top, bottom), (left, right) = params["pad"]
    return (
        ("dilations", tuple(params["dilation"])),
        ("group", params["g"]),
        ("kernel_shape", (params["kh"], params["kw"])),
        ("pads", (top, left, bottom, right)),
        ("strides", tuple(params["stride"])),
    )


def read_model(path: str) -> tuple[bytes, Attributes]:
    """Return a model of one convolution, with its weights as inputs, and its geometry. Raises KernelError."""
    onnx = importlib.import_module("onnx")
    try:
        model = onnx.load(path)
    except Exception as problem:  # noqa: BLE001 - protobuf's own, of no common kind
        raise KernelError(f"{path} is no ONNX model: {one_line(problem)}") from None
    nodes = [node for node in model.graph.node if node.op_type in OPERATORS]
    if len(model.graph.node) != 1 or not nodes:
        raise KernelError(f"{path} is no model of a single convolution")
    _give_out_weights(model.graph, nodes[0].input)
    return bytes(model.SerializeToString()), _attributes(nodes[0])


def _give_out_weights(graph: Any, names: Sequence[str]) -> None:
    """Make inputs of the weights that a model has within itself: it is judged with others."""
    helper = importlib.import_module("onnx").helper
    kept = {each.name: each for each in graph.initializer}
    given = {each.name for each in graph.input}
    for name in names:
        if name in kept and name not in given:
            graph.input.append(helper.make_tensor_value_info(name, kept[name].data_type, kept[name].dims))
    del graph.initializer[:]


def _attributes(node: Any) -> Attributes:
    """Return the geometry of a convolution."""
    onnx = importlib.import_module("onnx")
    found = {each.name: onnx.helper.get_attribute_value(each) for each in node.attribute}
    plain = {name: tuple(value) if isinstance(value, list) else value for name, value in found.items()}
    usual = {"dilations": (1, 1), "group": 1, "pads": (0, 0, 0, 0), "strides": (1, 1)}
    return tuple(sorted({**usual, **plain}.items()))


def model_of(operator: str, attributes: Attributes, dtype: Dtype, has_bias: bool) -> bytes:
    """Return a model of one operator, for any extents."""
    onnx = importlib.import_module("onnx")
    helper, kind = onnx.helper, onnx.helper.np_dtype_to_tensor_dtype(np.dtype(dtype.storage))
    given = ["x", "w", "b"] if has_bias else ["x", "w"]
    inputs = [
        helper.make_tensor_value_info(each, kind, [None] if each == "b" else [None] * 4) for each in given
    ]
    result = onnx.TensorProto.INT32 if operator == "ConvInteger" else kind
    outputs = [helper.make_tensor_value_info("out", result, [None] * 4)]
    node = helper.make_node(operator, given, ["out"], **dict(attributes))
    model = helper.make_model(
        helper.make_graph([node], "convolution", inputs, outputs),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=FORMAT,
    )
    return bytes(model.SerializeToString())
