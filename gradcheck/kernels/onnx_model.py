"""Models of one convolution, as ONNX writes them."""

import importlib
from typing import Any

import numpy as np

from gradcheck.case import Params
from gradcheck.kernels.dtypes import Dtype
from gradcheck.kernels.kernel import KernelError

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


def read_attributes(path: str) -> Attributes:
    """Return the geometry of the one convolution in a model. Raises KernelError."""
    onnx = importlib.import_module("onnx")
    graph = onnx.load(path).graph
    nodes = [node for node in graph.node if node.op_type in OPERATORS]
    if len(nodes) != 1 or len(graph.input) < 2:
        raise KernelError(f"{path} is no single convolution whose inputs are x, w and perhaps b")
    found = {each.name: onnx.helper.get_attribute_value(each) for each in nodes[0].attribute}
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
