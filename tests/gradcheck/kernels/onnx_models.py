"""Sessions of ONNX Runtime: a right convolution and a wrong one."""

import numpy as np
import onnx
import onnxruntime

from gradcheck.kernels.dtypes import BY_NAME
from gradcheck.kernels.onnx_model import attributes_of, model_of
from gradcheck.kernels.problems import of_line

PARAMS = of_line("conv2d n2c4h6w7_f6kh3kw2_s2x1_p1-2x0_d1x2_g2").case.params
SWAPPED = {**PARAMS, "pad": ((2, 1), (0, 0))}


def model(params):
    return model_of("Conv", attributes_of(params), BY_NAME["float32"], has_bias=True)


def started(params):
    return onnxruntime.InferenceSession(model(params), providers=["CPUExecutionProvider"])


session = started(PARAMS)
swapped_pads = started(SWAPPED)


def closed(params):
    """Return a model as exporters write it: the weights within, one shape of x."""
    shapes = {"x": [2, 4, 6, 7], "w": [6, 2, 3, 2], "b": [6]}
    opened = onnx.load_model_from_string(model(params))
    for given in opened.graph.input:
        given.CopyFrom(
            onnx.helper.make_tensor_value_info(given.name, onnx.TensorProto.FLOAT, shapes[given.name])
        )
    for name in ("w", "b"):
        opened.graph.initializer.append(
            onnx.numpy_helper.from_array(np.zeros(shapes[name], np.float32), name)
        )
    del opened.graph.input[1:]
    return opened.SerializeToString()
