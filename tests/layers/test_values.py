"""Values small enough to be worked by hand: out, and the gradients for the dout that is given."""

import inspect

import numpy as np
import pytest

HALF = 0.5
ROWS = [[[[1, 2, 3], [4, 5, 6], [7, 8, 9]]]]
SQUARE = [[[[1, 2], [3, 4]]]]
ONE = [[[[1]]]]

# layer, arguments, options, out, dout, gradients
# fmt: off
WORKED = {
    "affine": ("affine", ([[1, 2]], [[3, 4], [5, 6]], [7, 8]), {}, [[20, 24]], [[1, 10]],
               ([[43, 65]], [[1, 10], [2, 20]], [1, 10])),
    "affine flattens each sample": ("affine", ([[[1], [2]]], [[3], [5]]), {}, [[13]], [[2]],
                                    ([[[6], [10]]], [[2], [4]], None)),
    "relu": ("relu", ([-2, 0, 3],), {}, [0, 0, 3], [5, 6, 7], [0, 0, 7]),
    "leaky_relu": ("leaky_relu", ([-2, 0, 3],), {"slope": HALF}, [-1, 0, 3], [4, 6, 8], [2, 3, 8]),
    "sigmoid": ("sigmoid", ([0, 0],), {}, [HALF, HALF], [4, 8], [1, 2]),
    "tanh": ("tanh", ([0, 0],), {}, [0, 0], [4, 8], [4, 8]),
    "gelu": ("gelu", ([0, 0],), {}, [0, 0], [4, 8], [2, 4]),
    "gelu by tanh": ("gelu", ([0, 0],), {"approximate": "tanh"}, [0, 0], [4, 8], [2, 4]),
    "silu": ("silu", ([0, 0],), {}, [0, 0], [4, 8], [2, 4]),
    "elu": ("elu", ([2, -np.log(2)],), {"alpha": 2.0}, [2, -1], [3, 4], [3, 4]),
    "softplus": ("softplus", ([0, 0],), {}, [np.log(2), np.log(2)], [4, 8], [2, 4]),
    "softmax": ("softmax", ([[0, 0, 0, 0]],), {}, [[0.25, 0.25, 0.25, 0.25]], [[4, 8, 0, 0]],
                [[0.25, 1.25, -0.75, -0.75]]),
    "identity": ("identity", ([1, 2],), {}, [1, 2], [3, 4], [3, 4]),
    "flatten": ("flatten", (SQUARE,), {}, [[1, 2, 3, 4]], [[5, 6, 7, 8]], [[[[5, 6], [7, 8]]]]),
    "flatten makes a column of a row": ("flatten", ([1, 2],), {}, [[1], [2]], [[3], [4]], [3, 4]),
    "conv2d does not turn its kernel": (
        "conv2d", (ROWS, [[[[1, 0], [0, 10]]]], [100]), {}, [[[[151, 162], [184, 195]]]], SQUARE,
        ([[[[1, 2, 0], [3, 14, 20], [0, 30, 40]]]], [[[[37, 47], [67, 77]]]], [10])),
    "conv2d strides, and leaves a remainder": (
        "conv2d", (ROWS, ONE), {"stride": (2, 3)}, [[[[1], [7]]]], [[[[2], [3]]]],
        ([[[[2, 0, 0], [0, 0, 0], [3, 0, 0]]]], [[[[23]]]], None)),
    "conv2d pads above and on the right": (
        "conv2d", (SQUARE, ONE), {"pad": ((1, 0), (0, 1))}, [[[[0, 0, 0], [1, 2, 0], [3, 4, 0]]]], ROWS,
        ([[[[4, 5], [7, 8]]]], [[[[1 * 4 + 2 * 5 + 3 * 7 + 4 * 8]]]], None)),
    "conv2d dilates": (
        "conv2d", (ROWS, [[[[1, 10]]]]), {"dilation": (5, 2)}, [[[[31], [64], [97]]]], [[[[1], [0], [2]]]],
        ([[[[1, 0, 10], [0, 0, 0], [2, 0, 20]]]], [[[[15, 21]]]], None)),
    "conv2d keeps groups apart": (
        "conv2d", ([[[[2]], [[3]]]], [[[[10]]], [[[100]]]]), {"groups": 2}, [[[[20]], [[300]]]], [[[[1]], [[2]]]],
        ([[[[10]], [[200]]]], [[[[2]]], [[[6]]]], None)),
    "conv2d with a bias per position": (
        "conv2d", ([[[[1, 2]]], [[[3, 4]]]], ONE, [[[10, 20]]]), {}, [[[[11, 22]]], [[[13, 24]]]],
        [[[[1, 2]]], [[[3, 4]]]], ([[[[1, 2]]], [[[3, 4]]]], [[[[30]]]], [[[4, 6]]])),
    "conv1d strides, dilates and pads one side": (
        "conv1d", ([[[1, 2, 3, 4]]], [[[1, 10]]], [100]), {"stride": 2, "dilation": 2, "pad": (1, 0)},
        [[[120, 142]]], [[[1, 2]]], ([[[0, 12, 0, 20]]], [[[4, 10]]], [3])),
    "conv1d keeps groups apart": (
        "conv1d", ([[[2, 1], [3, 1]]], [[[10]], [[100]]]), {"groups": 2}, [[[20, 10], [300, 100]]], [[[1, 0], [0, 2]]],
        ([[[10, 0], [0, 200]]], [[[2]], [[2]]], None)),
    "conv3d has a stride, a pad and a dilation for each axis": (
        "conv3d", ([[[[[1, 2, 3]], [[4, 5, 6]], [[7, 8, 9]]]]], [[[[[1, 10]]]]], [100]),
        {"stride": (2, 1, 1), "pad": ((0, 0), (1, 0), (0, 0)), "dilation": (1, 1, 2)},
        [[[[[100], [131]], [[100], [197]]]]], [[[[[5], [1]], [[7], [2]]]]],
        ([[[[[1, 0, 10]], [[0, 0, 0]], [[2, 0, 20]]]]], [[[[[15, 21]]]]], [15])),
    "depthwise_conv2d has several filters for a channel, next to each other": (
        "depthwise_conv2d", ([[[[2]], [[3]]]], [[[[1]]], [[[10]]], [[[1]]], [[[10]]]]), {},
        [[[[2]], [[20]], [[3]], [[30]]]], [[[[1]], [[2]], [[3]], [[4]]]],
        ([[[[21]], [[43]]]], [[[[2]]], [[[4]]], [[[9]]], [[[12]]]], None)),
    "conv_transpose2d overlaps": (
        "conv_transpose2d", ([[[[1, 2]]]], [[[[1, 10]]]], [100]), {}, [[[[101, 112, 120]]]], [[[[1, 2, 3]]]],
        ([[[[21, 32]]]], [[[[5, 8]]]], [6])),
    "conv_transpose2d spreads, pads and adds": (
        "conv_transpose2d", ([[[[1, 2]]]], [[[[1, 10]]]]),
        {"stride": (1, 3), "pad": ((0, 0), (1, 0)), "output_pad": (0, 1)}, [[[[10, 0, 2, 20, 0]]]],
        [[[[1, 2, 3, 4, 5]]]], ([[[[10, 43]]]], [[[[6, 9]]]], None)),
    "max_pool2d adds up where windows overlap": (
        "max_pool2d", ([[[[1, 9, 2]]]],), {"kernel": (1, 2), "stride": 1}, [[[[9, 9]]]], [[[[2, 3]]]],
        [[[[0, 5, 0]]]]),
    "max_pool2d credits the first of equals": (
        "max_pool2d", ([[[[1, 3], [3, 3]]]],), {"kernel": 2}, [[[[3]]]], [[[[5]]]], [[[[0, 5], [0, 0]]]]),
    "max_pool2d pads with less than anything": (
        "max_pool2d", ([[[[-5]]]],), {"kernel": 2, "pad": 1, "stride": 1}, [[[[-5, -5], [-5, -5]]]], SQUARE,
        [[[[10]]]]),
    "max_pool2d drops the remainder": (
        "max_pool2d", (ROWS,), {"kernel": 2}, [[[[5]]]], [[[[1]]]], [[[[0, 0, 0], [0, 1, 0], [0, 0, 0]]]]),
    "max_pool2d with ceil_mode keeps it": (
        "max_pool2d", (ROWS,), {"kernel": 2, "ceil_mode": True}, [[[[5, 6], [8, 9]]]], SQUARE,
        [[[[0, 0, 0], [0, 1, 2], [0, 3, 4]]]]),
    "max_pool2d with ceil_mode lets even the first window stick out to the right": (
        "max_pool2d", ([[[[1, 2]]]],), {"kernel": (1, 3), "stride": (1, 2), "ceil_mode": True}, [[[[2]]]],
        [[[[5]]]], [[[[0, 5]]]]),
    "max_pool2d with ceil_mode lets even the first window stick out below": (
        "max_pool2d", ([[[[1], [2]]]],), {"kernel": (3, 1), "stride": (2, 1), "ceil_mode": True}, [[[[2]]]],
        [[[[5]]]], [[[[0], [5]]]]),
    "max_pool2d drops a window that starts behind the image": (
        "max_pool2d", ([[[[1, 2]]]],), {"kernel": 1, "stride": (1, 2), "ceil_mode": True}, ONE, [[[[5]]]],
        [[[[5, 0]]]]),
    "avg_pool2d": ("avg_pool2d", (SQUARE,), {"kernel": 2}, [[[[2.5]]]], [[[[8]]]], [[[[2, 2], [2, 2]]]]),
    "max_pool2d drops a window that starts in the padding behind the image": (
        "max_pool2d",
        ([[[[1, 2]]]],),
        {"kernel": (1, 2), "stride": 2, "pad": ((0, 0), (0, 1)), "ceil_mode": True},
        [[[[2]]]],
        [[[[5]]]],
        [[[[0, 5]]]],
    ),
    "avg_pool2d adds up where windows overlap": (
        "avg_pool2d", ([[[[1, 3, 5]]]],), {"kernel": (1, 2), "stride": 1}, [[[[2, 4]]]], [[[[2, 4]]]],
        [[[[1, 3, 2]]]]),
    "avg_pool2d counts its padding": (
        "avg_pool2d", (SQUARE,), {"kernel": 2, "pad": (1, 0)}, [[[[0.75], [1.75]]]], [[[[4], [8]]]],
        [[[[1, 1], [2, 2]]]]),
    "avg_pool2d does not count its padding": (
        "avg_pool2d", (SQUARE,), {"kernel": 2, "pad": (1, 0), "count_include_pad": False}, [[[[1.5], [3.5]]]],
        [[[[4], [8]]]], [[[[2, 2], [4, 4]]]]),
    "avg_pool2d never counts what hangs over": (
        "avg_pool2d", ([[[[1, 2, 3]]]],), {"kernel": (1, 2), "ceil_mode": True}, [[[[1.5, 3]]]], [[[[2, 5]]]],
        [[[[1, 1, 5]]]]),
    "global_avg_pool2d": (
        "global_avg_pool2d", ([[[[1, 2], [3, 4]], [[0, 0], [0, 8]]]],), {}, [[2.5, 2]], [[4, 8]],
        [[[[1, 1], [1, 1]], [[2, 2], [2, 2]]]]),
    "adaptive_avg_pool2d lets windows overlap where they do not divide evenly": (
        "adaptive_avg_pool2d", ([[[[1, 3, 5]]]],), {"output_size": (1, 2)}, [[[[2, 4]]]], [[[[2, 4]]]],
        [[[[1, 3, 2]]]]),
    "adaptive_avg_pool2d may give more than there was": (
        "adaptive_avg_pool2d", ([[[[1, 3]]]],), {"output_size": (1, 3)}, [[[[1, 2, 3]]]], [[[[1, 2, 4]]]],
        [[[[2, 5]]]]),
    "batch_norm": (
        "batch_norm", ([[1], [3]], [10], [100]), {"eps": 3.0}, [[95], [105]], [[1], [3]],
        ([[-3.75], [3.75]], [1], [4])),
    "batch_norm in evaluation": (
        "batch_norm", ([[1], [3]], [10], [100], [2], [1]), {"eps": 3.0, "training": False}, [[95], [105]],
        [[1], [3]], ([[5], [15]], [1], [4])),
    "spatial_batch_norm": (
        "spatial_batch_norm", ([[[[1, 3]]]], [10], [100]), {"eps": 3.0}, [[[[95, 105]]]], [[[[1, 3]]]],
        ([[[[-3.75, 3.75]]]], [1], [4])),
    "layer_norm": (
        "layer_norm", ([[1, 3]], [10, 20], [0, 1]), {"eps": 3.0}, [[-5, 11]], [[4, 3]],
        ([[-3.75, 3.75]], [-2, 1.5], [4, 3])),
    "layer_norm over the last of three axes": (
        "layer_norm", ([[[1, 3], [3, 1]]], [10, 20], [0, 1]), {"eps": 3.0}, [[[-5, 11], [5, -9]]], [[[4, 3], [0, 0]]],
        ([[[-3.75, 3.75], [0, 0]]], [-2, 1.5], [4, 3])),
    "rms_norm": (
        "rms_norm", ([[1, 7]], [10, 20]), {"eps": 0.0}, [[2, 28]], [[1, 1]], ([[1.4, -0.2]], [0.2, 1.4])),
    "rms_norm over the last of three axes": (
        "rms_norm", ([[[1, 7], [7, 1]]], [10, 20]), {"eps": 0.0}, [[[2, 28], [14, 4]]], [[[1, 1], [1, 0]]],
        ([[[1.4, -0.2], [0.04, -0.28]]], [1.6, 1.4])),
    "instance_norm": (
        "instance_norm", ([[[[1, 3]], [[2, 4]]]], [10, 20], [0, 1]), {"eps": 3.0}, [[[[-5, 5]], [[-9, 11]]]],
        [[[[4, 0]], [[0, 3]]]], ([[[[7.5, -7.5]], [[-11.25, 11.25]]]], [-2, 1.5], [4, 3])),
    "group_norm": (
        "group_norm", ([[[[1]], [[3]], [[7]], [[7]]]], [10, 20, 1, 1], [0, 0, 5, 6]), {"eps": 3.0, "groups": 2},
        [[[[-5]], [[10]], [[5]], [[6]]]], [[[[4]], [[3]], [[1]], [[1]]]],
        ([[[[-3.75]], [[3.75]], [[0]], [[0]]]], [-2, 1.5, 0, 0], [4, 3, 1, 1])),
    "dropout": ("dropout", ([1, 2, 3],), {"keep_prob": HALF, "mask": [True, False, True]}, [2, 0, 6], [1, 2, 3],
                [2, 0, 6]),
    "dropout in evaluation": ("dropout", ([1, 2],), {"training": False}, [1, 2], [3, 4], [3, 4]),
    "softmax_loss": ("softmax_loss", ([[0, 0], [5, 5]], [0, 1]), {}, np.log(2), 4.0, [[-1, 1], [1, -1]]),
    "softmax_loss of one sample that counts": (
        "softmax_loss", ([[7, 1], [0, 0], [2, 9]], [-1, 1, -1]), {"ignore_index": -1}, np.log(2), 4.0,
        [[0, 0], [2, -2], [0, 0]]),
    "softmax_loss without one of its classes": (
        "softmax_loss", ([[0, 0], [5, 5], [5, 1]], [1, 1, 0]), {"ignore_index": 0}, np.log(2), 4.0,
        [[1, -1], [1, -1], [0, 0]]),
    "svm_loss": ("svm_loss", ([[1, 2, 0], [9, 0, 3]], [0, 0]), {}, 1.0, 4.0, [[-2, 2, 0], [0, 0, 0]]),
    "svm_loss of a lead that is almost large enough": (
        "svm_loss", ([[1, HALF, 0]], [0]), {}, HALF, 4.0, [[-4, 4, 0]]),
    "mse_loss": ("mse_loss", ([[1, 2]], [[4, 6]]), {}, 12.5, 2.0, [[-6, -8]]),
    "l1_loss": ("l1_loss", ([[1, 2, 5, 0]], [[4, 2, 3, 0]]), {}, 1.25, 8.0, [[-2, 0, 2, 0]]),
    "huber_loss": ("huber_loss", ([[1, 2, 5, 0]], [[4, 2.5, 5, 0]]), {}, 0.65625, 8.0, [[-2, -1, 0, 0]]),
    "huber_loss of a wide square": (
        "huber_loss", ([[1, 2]], [[4, 2]]), {"delta": 2.0}, 2.0, 2.0, [[-2, 0]]),
    "bce_loss": ("bce_loss", ([[0.5, 0.25]], [[1, 0]]), {}, (np.log(2) - np.log(0.75)) / 2, 6.0, [[-6, 4]]),
    "bce_with_logits_loss": ("bce_with_logits_loss", ([[0, 0]], [[1, 0.25]]), {}, np.log(2), 8.0, [[-2, 1]]),
    "kl_div_loss": (
        "kl_div_loss", ([[-1, -2], [0, 0]], [[1, 0], [0.5, 0.5]]), {}, (1 - np.log(2)) / 2, 4.0,
        [[-2, 0], [-1, -1]]),
    "linear_softmax_loss": (
        "linear_softmax_loss", ([[1, 0]], [[0, 0], [1, 0]], [0]), {"reg": 3.0}, np.log(2) + 3, 2.0,
        ([[0, -1]], [[-1, 1], [12, 0]])),
    "linear_svm_loss": (
        "linear_svm_loss", ([[1, 2]], [[1, 0], [0, 1]], [0]), {"reg": 1.0}, 4.0, 2.0,
        ([[-2, 2]], [[2, 2], [-4, 8]])),
    "word_embedding adds up what a word gets": (
        "word_embedding", ([[1, 1, 0]], [[1, 2], [3, 4]]), {}, [[[3, 4], [3, 4], [1, 2]]],
        [[[1, 2], [10, 20], [5, 6]]], [[5, 6], [11, 22]]),
    "temporal_affine": (
        "temporal_affine", ([[[1, 2], [3, 4]]], [[1], [10]], [100]), {}, [[[121], [143]]], [[[1], [2]]],
        ([[[1, 10], [2, 20]]], [[7], [10]], [3])),
    "temporal_softmax_loss divides by the sequences": (
        "temporal_softmax_loss", ([[[0, 0], [7, 1]], [[5, 5], [2, 2]]], [[0, 1], [1, 0]], [[1, 0], [1, 1]]), {},
        1.5 * np.log(2), 4.0, [[[-1, 1], [0, 0]], [[1, -1], [-1, 1]]]),
    "scaled_dot_product_attention of equal scores": (
        "scaled_dot_product_attention", ([[[0, 0, 0, 0]]], [[[2, 0, 0, 0], [6, 0, 0, 0]]], [[[1], [3]]]), {},
        [[[2]]], [[[4]]], ([[[4, 0, 0, 0]]], [[[0, 0, 0, 0], [0, 0, 0, 0]]], [[[2], [2]]])),
    "scaled_dot_product_attention divides by the root of the width": (
        "scaled_dot_product_attention",
        ([[[np.log(9), 0, 0, 0]]], [[[1, 0, 0, 0], [0, 0, 0, 0]]], [[[4], [8]]]), {}, [[[5]]], [[[16]]],
        ([[[-6, 0, 0, 0]]], [[[-6 * np.log(9), 0, 0, 0], [6 * np.log(9), 0, 0, 0]]], [[[12], [4]]])),
    "scaled_dot_product_attention with a causal mask": (
        "scaled_dot_product_attention", ([[[0], [0]]], [[[1], [2]]], [[[3], [5]]]), {"causal": True},
        [[[3], [4]]], [[[1], [2]]], ([[[0], [1]]], [[[0], [0]]], [[[2], [1]]])),
    "scaled_dot_product_attention with a mask, in two heads": (
        "scaled_dot_product_attention",
        ([[[[0]], [[0]]]], [[[[1], [2]], [[1], [2]]]], [[[[3], [5]], [[3], [5]]]], [[[[1, 0]], [[1, 1]]]]), {},
        [[[[3]], [[4]]]], [[[[1]], [[2]]]],
        ([[[[0]], [[1]]]], [[[[0], [0]], [[0], [0]]]], [[[[1], [0]], [[1], [1]]]])),
    "multi_head_attention": (
        "multi_head_attention",
        ([[[0, 0]]], [[[1, 2], [1, 2]]], [[[1, 2], [3, 4]]], [[1, 0], [0, 1]], [0, 0], [[1, 0], [0, 1]], [0, 0],
         [[1, 0], [0, 10]], [0, 1], [[0, 1], [1, 0]], [100, 200]), {"heads": 2},
        [[[131, 202]]], [[[1, 2]]],
        ([[[0, 0]]], [[[0, 0], [0, 0]]], [[[1, 5], [1, 5]]], [[0, 0], [0, 0]], [0, 0], [[0, 0], [0, 0]], [0, 0],
         [[4, 2], [6, 3]], [2, 1], [[2, 4], [31, 62]], [1, 2])),
    "positional_encoding": (
        "positional_encoding", ([[[1, 2, 3, 4], [0, 0, 0, 0]]],), {},
        [[[1, 3, 3, 5], [np.sin(1), np.cos(1), np.sin(0.01), np.cos(0.01)]]],
        [[[1, 2, 3, 4], [5, 6, 7, 8]]], [[[1, 2, 3, 4], [5, 6, 7, 8]]]),
    "positional_encoding of an odd width ends with a sine": (
        "positional_encoding", ([[[0, 0, 0], [0, 0, 0]]],), {},
        [[[0, 1, 0], [np.sin(1), np.cos(1), np.sin(10000 ** (-2 / 3))]]],
        [[[1, 2, 3], [5, 6, 7]]], [[[1, 2, 3], [5, 6, 7]]]),
    # The arguments of tanh and sigmoid are 0: they are 0 and 1/2, and their slopes 1 and 1/4.
    "rnn_step": ("rnn_step", ([[1, 2]], [[3]], [[2], [-1]], [[1]], [-3]), {}, [[0]], [[5]],
                 ([[10, -5]], [[5]], [[5], [10]], [[15]], [5])),
    "rnn passes gradients back in time": (
        "rnn", ([[[1], [2]]], [[3]], [[3]], [[1]], [-6]), {}, [[[0], [0]]], [[[1], [2]]],
        ([[[9], [6]]], [[3]], [[7]], [[9]], [5])),
    "lstm_step has two outputs": (
        "lstm_step", ([[1]], [[2]], [[0]], [[1, 2, 3, 4]], [[1, 1, 1, 1]], [-3, -4, -5, -6]), {},
        ([[0]], [[0]]), ([[4]], [[6]]),
        ([[16]], [[4]], [[4]], [[0, 0, 0, 4]], [[0, 0, 0, 8]], [0, 0, 0, 4])),
    "lstm passes gradients of the cell back in time": (
        "lstm", ([[[1], [1]]], [[0]], [[1, 2, 3, 4]], [[5, 6, 7, 8]], [-1, -2, -3, -4]), {}, [[[0], [0]]],
        [[[4], [8]]], ([[[24], [8]]], [[48]], [[0, 0, 0, 8]], [[0, 0, 0, 0]], [0, 0, 0, 8])),
    "gru_step": (
        "gru_step", ([[1]], [[2]], [[1, 2, 3]], [[2, 2, -3]], [-1, -2, 0], [-4, -4, 0]), {}, [[1]], [[4]],
        ([[7]], [[-3]], [[-3, 2, 2]], [[-6, 4, 2]], [-3, 2, 2], [-3, 2, 1])),
    "gru passes gradients back in time": (
        "gru", ([[[1], [1]]], [[0]], [[1, 2, 3]], [[5, 6, 7]], [-1, -2, -3], [0, 0, 0]), {}, [[[0], [0]]],
        [[[4], [8]]],
        ([[[33], [12]]], [[49.5]], [[0, 0, 15]], [[0, 0, 0]], [0, 0, 15], [0, 0, 7.5])),
}
# fmt: on


OTHERS = {
    "softmax_loss": {1: int},
    "svm_loss": {1: int},
    "linear_softmax_loss": {2: int},
    "linear_svm_loss": {2: int},
    "word_embedding": {0: int},
    "temporal_softmax_loss": {1: int, 2: bool},
    "scaled_dot_product_attention": {3: bool},
}
"""What holds no real numbers: labels, indices and masks, by their places."""


def reals(value, dtype=float):
    return np.array(value, dtype=dtype)


@pytest.mark.parametrize(
    ("layer", "arguments", "options", "out", "dout", "gradients"), WORKED.values(), ids=WORKED
)
def test_layer_values__are_those_worked_by_hand(package, layer, arguments, options, out, dout, gradients):
    given = [reals(value, OTHERS.get(layer, {}).get(i, float)) for i, value in enumerate(arguments)]
    *came, cache = getattr(package, f"{layer}_forward")(*given, **options)
    for values, expected in zip(came, tupled(out), strict=True):
        np.testing.assert_allclose(values, reals(expected), rtol=1e-15, strict=True)
    returned = getattr(package, f"{layer}_backward")(*map(reals, tupled(dout)), cache)
    for gradient, expected in zip(*(tupled(each) for each in (returned, gradients)), strict=True):
        if expected is None:
            assert gradient is None
        else:
            np.testing.assert_allclose(gradient, reals(expected), rtol=1e-15, atol=1e-15, strict=True)


def tupled(value):
    return value if isinstance(value, tuple) else (value,)


SAME_ARGUMENT = {
    "an int": {"stride": 2, "pad": 1, "dilation": 1},
    "a pair": {"stride": (2, 2), "pad": (1, 1), "dilation": (1, 1)},
    "a list": {"stride": [2, 2], "pad": [[1, 1], [1, 1]], "dilation": [1, 1]},
    "NumPy's integers": {"stride": np.int64(2), "pad": (np.int8(1), np.uint8(1)), "dilation": np.int32(1)},
    "a pair of pairs": {"stride": 2, "pad": ((1, 1), (1, 1)), "dilation": 1},
}


@pytest.mark.parametrize("layer", ["conv2d", "max_pool2d"])
@pytest.mark.parametrize("options", SAME_ARGUMENT.values(), ids=SAME_ARGUMENT)
def test_spatial_argument__may_be_written_in_several_ways(package, layer, options):
    x = reals(ROWS)
    rest = ((np.ones((1, 1, 2, 2)),), {}) if layer == "conv2d" else ((), {"kernel": 2})
    out, _ = getattr(package, f"{layer}_forward")(x, *rest[0], **options, **rest[1])
    expected = [[[[1, 5], [11, 28]]]] if layer == "conv2d" else [[[[1, 3], [7, 9]]]]
    np.testing.assert_array_equal(out, reals(expected))


def test_numpys_short_integers_do_not_wrap_around(package):
    x = np.arange(129.0).reshape(1, 1, 1, 129)
    out, _ = package.max_pool2d_forward(x, kernel=np.int8(1), stride=np.int8(64))
    np.testing.assert_array_equal(out, [[[[0, 64, 128]]]])
    out, _ = package.avg_pool2d_forward(x[..., :2], kernel=(1, 2), pad=(0, np.uint8(1)))
    np.testing.assert_array_equal(out, [[[[0, 0.5]]]])


def test_pooling_stride__is_the_kernel_by_default(package):
    for layer in ("max_pool2d", "avg_pool2d"):
        forward = getattr(package, f"{layer}_forward")
        x = np.arange(24.0).reshape(1, 1, 4, 6)
        np.testing.assert_array_equal(
            forward(x, kernel=(2, 3))[0], forward(x, kernel=(2, 3), stride=(2, 3))[0]
        )


WINDOWS = {"stride": 1, "pad": 0, "dilation": 1}
POOLING = {"kernel": inspect.Parameter.empty, "stride": None, "pad": 0}
BATCH = {"training": True, "eps": 1e-5, "momentum": 0.1, "unbiased": True}
DEFAULTS = {
    "leaky_relu": {"slope": 0.01},
    "gelu": {"approximate": "none"},
    "elu": {"alpha": 1.0},
    "huber_loss": {"delta": 1.0},
    "linear_softmax_loss": {"reg": 0.0},
    "linear_svm_loss": {"reg": 0.0},
    "conv2d": {**WINDOWS, "groups": 1},
    "conv_transpose2d": {**WINDOWS, "groups": 1, "output_pad": 0},
    "max_pool2d": {**POOLING, "dilation": 1, "ceil_mode": False},
    "avg_pool2d": {**POOLING, "ceil_mode": False, "count_include_pad": True},
    "batch_norm": BATCH,
    "spatial_batch_norm": BATCH,
    "layer_norm": {"eps": 1e-5},
    "group_norm": {"groups": 1, "eps": 1e-5},
    "dropout": {"keep_prob": 0.5, "mask": None, "rng": None, "training": True},
    "svm_loss": {"margin": 1.0},
}


@pytest.mark.slow
@pytest.mark.parametrize("layer", DEFAULTS)
def test_options__have_their_documented_defaults(package, layer):
    parameters = inspect.signature(getattr(package, f"{layer}_forward")).parameters.values()
    options = {each.name: each.default for each in parameters if each.kind is each.KEYWORD_ONLY}
    assert options == DEFAULTS[layer]


@pytest.mark.parametrize("layer", ["softmax_loss", "svm_loss"])
@pytest.mark.parametrize("labels", [[1, 0], np.array([1, 0], dtype=np.uint8)], ids=["a list", "unsigned"])
def test_labels_may_be_any_integers(package, layer, labels):
    x = reals([[1, 2], [3, 5]])
    forward, backward = getattr(package, f"{layer}_forward"), getattr(package, f"{layer}_backward")
    loss, cache = forward(x, labels)
    expected, same = forward(x, reals([1, 0], int))
    assert loss == expected
    np.testing.assert_array_equal(backward(np.array(2.0), cache), backward(np.array(2.0), same))


LOSSES = ("softmax_loss", "svm_loss", "mse_loss")
OF_A_LOSS = [
    (layer, dtype, number) for layer in LOSSES for dtype in ("e", "f", "d", "g") for number in (2, 2.0)
]
OF_A_LOSS += [
    (layer, dtype, number) for layer in LOSSES[::2] for dtype in "FDG" for number in (2, 2.0, 2 + 1j)
]


def backward_of_loss(package, layer, dtype):
    x = np.ones((2, 2), dtype)
    _, cache = getattr(package, f"{layer}_forward")(x, 0 * x if layer == "mse_loss" else np.array([0, 1]))
    return lambda dout: getattr(package, f"{layer}_backward")(dout, cache)


@pytest.mark.parametrize(("layer", "dtype", "number"), OF_A_LOSS)
def test_number_without_a_dtype__takes_that_of_the_loss(package, layer, dtype, number):
    backward = backward_of_loss(package, layer, dtype)
    np.testing.assert_array_equal(backward(number), backward(np.array(number, dtype)), strict=True)


@pytest.mark.parametrize("layer", LOSSES[::2])
@pytest.mark.parametrize(
    "dout", [np.array(2, "F"), np.array(2.0), True], ids=lambda dout: str(np.asarray(dout).dtype)
)
def test_dout_of_a_complex_loss__is_refused_in_another_dtype(package, layer, dout):
    with pytest.raises(TypeError, match=f"^{layer}: dout has dtype {np.asarray(dout).dtype}"):
        backward_of_loss(package, layer, "D")(dout)


def test_complex_dout_of_a_real_loss__is_refused_by_name(package):
    _, cache = package.mse_loss_forward(reals([1, 2]), reals([3, 4]))
    with pytest.raises(TypeError, match=r"^mse_loss: dout has dtype complex128"):
        package.mse_loss_backward(1j, cache)


def test_transposed_convolution_without_filters__has_no_output_channels(package):
    out, cache = package.conv_transpose2d_forward(np.ones((1, 1, 2, 2)), np.ones((1, 0, 1, 1)))
    assert out.shape == (1, 0, 2, 2)
    dx, dw, db = package.conv_transpose2d_backward(out, cache)
    np.testing.assert_array_equal(dx, np.zeros((1, 1, 2, 2)))
    assert dw.shape == (1, 0, 1, 1)
    assert db is None


def test_list_of_numbers__is_taken_as_an_array(package):
    out, cache = package.affine_forward([[1.0, 2.0]], [[3.0], [5.0]], [7.0])
    np.testing.assert_array_equal(out, [[20.0]])
    dx, _, _ = package.affine_backward([[2.0]], cache)
    np.testing.assert_array_equal(dx, [[6.0, 10.0]])


OPTIONS = {
    "leaky_relu": ("slope", ()),
    "elu": ("alpha", ()),
    "huber_loss": ("delta", (np.zeros((8, 2), np.float32),)),
    "linear_softmax_loss": ("reg", (np.eye(2, dtype=np.float32), np.arange(8) % 2)),
    "linear_svm_loss": ("reg", (np.eye(2, dtype=np.float32), np.arange(8) % 2)),
    "dropout": ("keep_prob", ()),
    "svm_loss": ("margin", (np.arange(8) % 2,)),
    "layer_norm": ("eps", (np.ones(2, np.float32), np.zeros(2, np.float32))),
    "batch_norm": ("momentum", (np.ones(2, np.float32),) * 4),
}


@pytest.mark.parametrize("layer", OPTIONS)
def test_option_of_double_precision__does_not_widen_the_layer(package, layer):
    name, others = OPTIONS[layer]
    x = np.linspace(-1, 1, 16, dtype=np.float32).reshape(8, 2)
    mask = {"mask": np.ones(x.shape, bool)} if layer == "dropout" else {}
    results = []
    for option in (0.3, np.float64(0.3)):
        out, cache = getattr(package, f"{layer}_forward")(x, *others, **{name: option}, **mask)
        returned = getattr(package, f"{layer}_backward")(np.ones_like(out), cache)
        results.append((out, *tupled(returned)))
    for one, other in zip(*results, strict=True):
        assert one.dtype == np.float32
        np.testing.assert_array_equal(one, other, strict=True)


def test_longest_complex_dtype__is_accepted(package):
    x = np.array([0.5 + 0.5j], np.clongdouble)
    assert package.tanh_forward(x)[0].dtype == np.clongdouble
