"""What a layer refuses, and the whole of what it says: naive and fast in words of their own, of the same kind."""

import numpy as np
import pytest

from gradcheck import naive
from gradcheck.evidence import fill
from gradcheck.layers import LAYERS

COMPLEX = np.zeros((1, 1, 4, 4), complex)

# A row: layer, arguments (a shape stands for zeros), options, kind of error, and the message after the layer's
# name: one for both packages, or naive's and fast's.
# fmt: off
ERRORS = [
    ("affine", [(2, 3), (4, 2)], {}, ValueError,
     ("w has shape (4, 2); expected (3, 2)",
      "x has shape (2, 3); expected (N, ...) with 4 values a sample")),
    ("affine", [(2,), (1, 2)], {}, ValueError,
     ("x has shape (2,); expected (N, D, ...)",
      "x has shape (2,); expected (N, ...) with 1 values a sample")),
    ("affine", [(2, 3), (3,)], {}, ValueError, "w has shape (3,); expected (D, M)"),
    ("affine", [(2, 3), (3, 2), (3,)], {}, ValueError, "b has shape (3,); expected (2,)"),
    ("conv2d", [(1, 1, 4, 6), (1, 1, 5, 3)], {}, ValueError,
     "kernel 5x3 is larger than the padded input 4x6"),
    ("conv2d", [(1, 1, 4, 4), (1, 1, 2, 3)], {"dilation": (1, 2), "pad": ((0, 0), (0, 0))}, ValueError,
     "kernel 2x5 is larger than the padded input 4x4"),
    ("conv2d", [(1, 1, 4, 4), (1, 1, 0, 3)], {}, ValueError,
     ("kernel 0x3 is empty; expected at least 1x1", "kernel must be at least 1, got 0")),
    ("conv2d", [(1, 1, 4, 4), (1, 1, 3, 0)], {}, ValueError,
     ("kernel 3x0 is empty; expected at least 1x1", "kernel must be at least 1, got 0")),
    ("conv2d", [(4, 6), (1, 1, 3, 3)], {}, ValueError, "x has shape (4, 6); expected (N, C, H, W)"),
    ("conv2d", [(2, 4, 5, 6), (1, 4, 3)], {}, ValueError,
     "w has shape (1, 4, 3); expected (F, C / groups, kh, kw)"),
    ("conv2d", [(2, 4, 5, 6), (2, 3, 3, 3)], {}, ValueError,
     ("w has shape (2, 3, 3, 3); expected (2, 4, 3, 3)",
      "w has shape (2, 3, 3, 3); expected (F, 4, kh, kw) for 4 channels in 1 groups")),
    ("conv2d", [(2, 4, 5, 6), (2, 2, 3, 3)], {"groups": 3}, ValueError,
     ("groups 3 must divide 4 channels and 2 filters",
      "groups 3 does not divide the channels, 4 in and 2 out")),
    ("conv2d", [(1, 4, 3, 3), (3, 2, 2, 2)], {"groups": 2}, ValueError,
     ("groups 2 must divide 4 channels and 3 filters",
      "groups 2 does not divide the channels, 4 in and 3 out")),
    ("conv2d", [(1, 3, 3, 3), (2, 2, 2, 2)], {"groups": 2}, ValueError,
     ("groups 2 must divide 3 channels and 2 filters",
      "groups 2 does not divide the channels, 3 in and 2 out")),
    ("conv2d", [(2, 4, 5, 6), (2, 2, 3, 3)], {"groups": 0}, ValueError,
     ("groups holds 0; expected at least 1", "groups must be at least 1, got 0")),
    ("conv2d", [(2, 4, 5, 6), (2, 2, 3, 3)], {"groups": 2.0}, TypeError,
     ("groups holds 2.0; expected an int", "groups must be made of ints, got 2.0")),
    ("conv2d", [(2, 4, 5, 6), (2, 4, 3, 3), (3,)], {}, ValueError,
     "b has shape (3,); expected (2,) or (2, 3, 4)"),
    ("conv2d", [(2, 4, 5, 6), (2, 4, 3, 3)], {"stride": 0}, ValueError,
     ("stride holds 0; expected at least 1", "stride must be at least 1, got 0")),
    ("conv2d", [(2, 4, 5, 6), (2, 4, 3, 3)], {"dilation": (1, 0)}, ValueError,
     ("dilation holds 0; expected at least 1", "dilation must be at least 1, got 0")),
    ("conv2d", [(2, 4, 5, 6), (2, 4, 3, 3)], {"pad": -1}, ValueError,
     ("pad holds -1; expected at least 0", "pad must be at least 0, got -1")),
    ("conv2d", [(2, 4, 5, 6), (2, 4, 3, 3)], {"pad": ((-1, 0), (0, 0))}, ValueError,
     ("pad holds -1; expected at least 0", "pad must be at least 0, got -1")),
    ("conv2d", [(2, 4, 5, 6), (2, 4, 3, 3)], {"pad": ((0, 0), (0, -1))}, ValueError,
     ("pad holds -1; expected at least 0", "pad must be at least 0, got -1")),
    ("conv2d", [(2, 4, 5, 6), (2, 4, 3, 3)], {"pad": (1, 2, 3)}, ValueError,
     ("pad is (1, 2, 3); expected one entry or two",
      "pad must be an int, a pair (height, width) or a pair of pairs ((top, bottom), (left, right)), got (1, 2, 3)")),
    ("conv2d", [(2, 4, 5, 6), (2, 4, 3, 3)], {"stride": 1.5}, TypeError,
     ("stride holds 1.5; expected an int", "stride must be made of ints, got 1.5")),
    ("conv2d", [(2, 4, 5, 6), (2, 4, 3, 3)], {"stride": True}, TypeError,
     ("stride holds True; expected an int", "stride must be made of ints, got True")),
    ("conv2d", [(2, 4, 5, 6), (2, 4, 3, 3)], {"stride": (1, 2, 3)}, ValueError,
     ("stride is (1, 2, 3); expected one entry or two",
      "stride must be an int or a pair (height, width), got (1, 2, 3)")),
    ("conv1d", [(1, 1, 3), (1, 1, 5)], {"pad": (1, 0)}, ValueError,
     ("kernel 5 is larger than the padded input 4", "kernel 1x5 is larger than the padded input 1x4")),
    ("conv1d", [(1, 1, 2, 2), (1, 1, 2)], {}, ValueError, "x has shape (1, 1, 2, 2); expected (N, C, L)"),
    ("conv1d", [(1, 1, 2), (1, 1, 0)], {}, ValueError,
     ("kernel 0 is empty; expected at least 1", "kernel must be at least 1, got 0")),
    ("conv1d", [(1, 1, 0), (1, 1, 1)], {"pad": 1}, ValueError,
     ("x has extents of 0; expected at least 1", "x has images of 1x0; expected at least 1x1")),
    ("conv1d", [(1, 2, 4), (1, 1, 2)], {}, ValueError,
     ("w has shape (1, 1, 2); expected (1, 2, 2)",
      "w has shape (1, 1, 2); expected (F, 2, k) for 2 channels in 1 groups")),
    ("conv1d", [(1, 1, 4), (1, 1, 2), (2,)], {}, ValueError, "b has shape (2,); expected (1,)"),
    ("conv1d", [(1, 1, 4), (1, 1, 2)], {"stride": (1, 2)}, ValueError,
     ("stride is (1, 2); expected one entry", "stride must be an int or a tuple of one, got (1, 2)")),
    ("conv1d", [(1, 1, 4), (1, 1, 2)], {"dilation": 0}, ValueError,
     ("dilation holds 0; expected at least 1", "dilation must be at least 1, got 0")),
    ("conv3d", [(1, 1, 2, 3, 3), (1, 1, 3, 1, 1)], {}, ValueError,
     "kernel 3x1x1 is larger than the padded input 2x3x3"),
    ("conv3d", [(1, 1, 3, 3), (1, 1, 3, 1, 1)], {}, ValueError, "x has shape (1, 1, 3, 3); expected (N, C, D, H, W)"),
    ("conv3d", [(1, 1, 0, 3, 3), (1, 1, 1, 1, 1)], {"pad": 1}, ValueError,
     "x has extents of 0x3x3; expected at least 1x1x1"),
    ("conv3d", [(1, 1, 3, 3, 3), (1, 1, 1, 0, 1)], {}, ValueError,
     ("kernel 1x0x1 is empty; expected at least 1x1x1", "kernel must be at least 1, got 0")),
    ("conv3d", [(1, 1, 2, 2, 2), (1, 1, 1, 1, 1)], {"stride": (1, 2)}, ValueError,
     ("stride is (1, 2); expected one entry or three", "stride must have one entry or three, got (1, 2)")),
    ("conv3d", [(1, 1, 2, 2, 2), (1, 1, 1, 1, 1)], {"pad": -1}, ValueError,
     ("pad holds -1; expected at least 0", "pad must be at least 0, got -1")),
    ("conv3d", [(1, 3, 2, 2, 2), (2, 1, 1, 1, 1)], {"groups": 2}, ValueError,
     ("groups 2 must divide 3 channels and 2 filters", "groups 2 does not divide the channels, 3 in and 2 out")),
    ("conv3d", [(1, 1, 2, 2, 2), (1, 1, 1, 1, 1), (2,)], {}, ValueError, "b has shape (2,); expected (1,)"),
    ("depthwise_conv2d", [(1, 2, 2, 2), (3, 1, 1, 1)], {}, ValueError,
     ("w has shape (3, 1, 1, 1); expected (m 2, 1, kh, kw)",
      "w has shape (3, 1, 1, 1); expected (m * 2, 1, kh, kw) for 2 channels")),
    ("depthwise_conv2d", [(1, 2, 2, 2), (2, 2, 1, 1)], {}, ValueError,
     ("w has shape (2, 2, 1, 1); expected (m 2, 1, kh, kw)",
      "w has shape (2, 2, 1, 1); expected (m * 2, 1, kh, kw) for 2 channels")),
    ("depthwise_conv2d", [(1, 2, 2, 4), (2, 1, 3, 1)], {}, ValueError,
     "kernel 3x1 is larger than the padded input 2x4"),
    ("global_avg_pool2d", [(1, 1, 0, 2)], {}, ValueError, "x has images of 0x2; expected at least 1x1"),
    ("global_avg_pool2d", [(1, 2)], {}, ValueError, "x has shape (1, 2); expected (N, C, H, W)"),
    ("adaptive_avg_pool2d", [(1, 1, 2, 0)], {"output_size": 1}, ValueError,
     "x has images of 2x0; expected at least 1x1"),
    ("adaptive_avg_pool2d", [(1, 1, 2, 2)], {"output_size": (1, 0)}, ValueError,
     ("output_size holds 0; expected at least 1", "output_size must be at least 1, got 0")),
    ("rms_norm", [(3, 2), (3,)], {}, ValueError, "gamma has shape (3,); expected (2,)"),
    ("rms_norm", [(3, 2), ()], {}, ValueError, "gamma has shape (); expected (2,)"),
    ("rms_norm", [(2, 0), (0,)], {}, ValueError,
     ("x has shape (2, 0); expected at least one value per sample",
      "x has shape (2, 0); a sample's mean needs at least one value")),
    ("rms_norm", [(3, 2), (2,)], {"eps": -1.0}, ValueError,
     ("eps is -1.0; expected at least 0", "eps must be at least 0, got -1.0")),
    ("instance_norm", [(1, 2, 0, 2), (2,), (2,)], {}, ValueError,
     ("x has shape (1, 2, 0, 2); expected at least one value per sample",
      "x has shape (1, 2, 0, 2); a sample's mean needs at least one value")),
    ("instance_norm", [(3, 2), (2,), (2,)], {}, ValueError, "x has shape (3, 2); expected (N, C, H, W)"),
    ("instance_norm", [(1, 2, 2, 2), (2,), (3,)], {}, ValueError, "beta has shape (3,); expected (2,)"),
    ("layer_norm", [(3, 2, 4), (4,), (2,)], {}, ValueError, "beta has shape (2,); expected (4,)"),
    ("layer_norm", [(3, 2, 4), (2,), (2,)], {}, ValueError, "gamma has shape (2,); expected (4,)"),
    ("conv_transpose2d", [(1, 1, 2, 2), (1, 1, 2, 2)], {"output_pad": 1}, ValueError,
     ("output_pad 1x1 must be smaller than the larger of stride 1x1 and dilation 1x1",
      "output_pad 1x1 must be smaller than the stride 1x1 or the dilation 1x1")),
    ("conv_transpose2d", [(1, 1, 1, 2), (1, 1, 2, 2)], {"pad": (2, 0)}, ValueError,
     ("the output must be at least 1x1, but the padding cuts an input of 1x2 down to -2x3",
      "pad ((2, 2), (0, 0)) leaves an output of -2x3; expected at least 1x1")),
    ("conv_transpose2d", [(1, 3, 2, 2), (3, 1, 2, 2)], {"groups": 2}, ValueError,
     ("groups 2 must divide the 3 channels of x", "groups 2 does not divide the 3 input channels")),
    ("conv_transpose2d", [(1, 3, 2, 2), (2, 1, 2, 2)], {}, ValueError,
     ("w has shape (2, 1, 2, 2); expected (3, 1, 2, 2)",
      "w has shape (2, 1, 2, 2); expected (3, F / groups, kh, kw) for 3 channels")),
    ("conv_transpose2d", [(1, 3, 2, 2), (3, 1, 2, 2), (2,)], {}, ValueError,
     "b has shape (2,); expected (1,) or (1, 3, 3)"),
    ("conv_transpose2d", [(4, 6), (1, 1, 3, 3)], {}, ValueError, "x has shape (4, 6); expected (N, C, H, W)"),
    ("conv_transpose2d", [(1, 1, 2, 2), (1, 1, 2)], {}, ValueError,
     "w has shape (1, 1, 2); expected (C, F / groups, kh, kw)"),
    ("conv_transpose2d", [(1, 1, 2, 2), (1, 1, 0, 2)], {}, ValueError,
     ("kernel 0x2 is empty; expected at least 1x1", "kernel must be at least 1, got 0")),
    ("conv_transpose2d", [(1, 1, 2, 2), (1, 1, 2, 0)], {}, ValueError,
     ("kernel 2x0 is empty; expected at least 1x1", "kernel must be at least 1, got 0")),
    ("conv_transpose2d", [(1, 1, 2, 2), (1, 1, 2, 2)], {"stride": 0}, ValueError,
     ("stride holds 0; expected at least 1", "stride must be at least 1, got 0")),
    ("conv_transpose2d", [(1, 1, 2, 2), (1, 1, 2, 2)], {"dilation": 0}, ValueError,
     ("dilation holds 0; expected at least 1", "dilation must be at least 1, got 0")),
    ("conv_transpose2d", [(1, 1, 2, 2), (1, 1, 2, 2)], {"pad": -1}, ValueError,
     ("pad holds -1; expected at least 0", "pad must be at least 0, got -1")),
    ("conv_transpose2d", [(1, 1, 2, 2), (1, 1, 2, 2)], {"output_pad": -1}, ValueError,
     ("output_pad holds -1; expected at least 0", "output_pad must be at least 0, got -1")),
    ("conv_transpose2d", [(1, 1, 2, 2), (1, 1, 2, 2)], {"groups": 0}, ValueError,
     ("groups holds 0; expected at least 1", "groups must be at least 1, got 0")),
    ("conv_transpose2d", [(1, 1, 2, 2), (1, 1, 2, 2)], {"groups": 1.0}, TypeError,
     ("groups holds 1.0; expected an int", "groups must be made of ints, got 1.0")),
    ("conv_transpose2d", [(1, 1, 2, 2), (1, 1, 2, 2)], {"output_pad": (0, 2), "stride": (3, 2)}, ValueError,
     ("output_pad 0x2 must be smaller than the larger of stride 3x2 and dilation 1x1",
      "output_pad 0x2 must be smaller than the stride 3x2 or the dilation 1x1")),
    ("conv_transpose2d", [(1, 1, 2, 2), (1, 1, 2, 2)], {"output_pad": (2, 0), "stride": (2, 3)}, ValueError,
     ("output_pad 2x0 must be smaller than the larger of stride 2x3 and dilation 1x1",
      "output_pad 2x0 must be smaller than the stride 2x3 or the dilation 1x1")),
    ("conv_transpose2d", [(1, 1, 1, 2), (1, 1, 2, 2)], {"pad": (1, 0)}, ValueError,
     ("the output must be at least 1x1, but the padding cuts an input of 1x2 down to 0x3",
      "pad ((1, 1), (0, 0)) leaves an output of 0x3; expected at least 1x1")),
    ("conv_transpose2d", [(1, 1, 2, 1), (1, 1, 2, 2)], {"pad": (0, 1)}, ValueError,
     ("the output must be at least 1x1, but the padding cuts an input of 2x1 down to 3x0",
      "pad ((0, 0), (1, 1)) leaves an output of 3x0; expected at least 1x1")),
    ("conv2d", [(1, 1, 0, 2), (1, 1, 2, 2)], {"pad": 1}, ValueError,
     "x has images of 0x2; expected at least 1x1"),
    ("conv2d", [(1, 1, 2, 0), (1, 1, 2, 2)], {"pad": 1}, ValueError,
     "x has images of 2x0; expected at least 1x1"),
    ("conv_transpose2d", [(1, 1, 0, 2), (1, 1, 2, 2)], {}, ValueError,
     "x has images of 0x2; expected at least 1x1"),
    ("conv_transpose2d", [(1, 1, 2, 0), (1, 1, 2, 2)], {}, ValueError,
     "x has images of 2x0; expected at least 1x1"),
    ("max_pool2d", [(1, 1, 2, 4)], {"kernel": 3}, ValueError,
     "kernel 3x3 is larger than the padded input 2x4"),
    ("max_pool2d", [(1, 1, 4, 4)], {"kernel": 2, "pad": (2, 0)}, ValueError,
     ("pad is ((2, 2), (0, 0)); expected at most half the kernel 2x2, that is 1x1",
      "pad ((2, 2), (0, 0)) is more than half the kernel 2x2")),
    ("max_pool2d", [(1, 1, 9, 9)], {"kernel": 2, "dilation": 4, "pad": 2}, ValueError,
     ("pad is ((2, 2), (2, 2)); expected at most half the kernel 2x2, that is 1x1",
      "pad ((2, 2), (2, 2)) is more than half the kernel 2x2")),
    ("max_pool2d", [(1, 1, 4, 4)], {"kernel": 0}, ValueError,
     ("kernel holds 0; expected at least 1", "kernel must be at least 1, got 0")),
    ("max_pool2d", [(1, 1, 0, 4)], {"kernel": 2}, ValueError, "x has images of 0x4; expected at least 1x1"),
    ("max_pool2d", [(1, 1, 4, 0)], {"kernel": 2}, ValueError, "x has images of 4x0; expected at least 1x1"),
    ("max_pool2d", [(1, 1, 4, 4)], {"kernel": 2, "stride": 0}, ValueError,
     ("stride holds 0; expected at least 1", "stride must be at least 1, got 0")),
    ("max_pool2d", [(1, 1, 4, 4)], {"kernel": 2, "dilation": 0}, ValueError,
     ("dilation holds 0; expected at least 1", "dilation must be at least 1, got 0")),
    ("max_pool2d", [(1, 1, 4, 4)], {"kernel": 2, "pad": ((0, 0), (0, 2))}, ValueError,
     ("pad is ((0, 0), (0, 2)); expected at most half the kernel 2x2, that is 1x1",
      "pad ((0, 0), (0, 2)) is more than half the kernel 2x2")),
    ("max_pool2d", [(1, 1, 4, 1)], {"kernel": (1, 2)}, ValueError,
     "kernel 1x2 is larger than the padded input 4x1"),
    ("max_pool2d", [(1, 1, 1, 4)], {"kernel": (3, 1), "stride": (2, 3), "ceil_mode": True}, ValueError,
     "kernel 3x1 is larger than the padded input 1x4"),
    ("max_pool2d", [(1, 1, 4, 1)], {"kernel": (1, 3), "stride": (3, 2), "ceil_mode": True}, ValueError,
     "kernel 1x3 is larger than the padded input 4x1"),
    ("max_pool2d", [(4, 4)], {"kernel": 2}, ValueError, "x has shape (4, 4); expected (N, C, H, W)"),
    ("max_pool2d", [COMPLEX], {"kernel": 2}, TypeError,
     ("x has dtype complex128; expected a real floating dtype",
      "x has dtype complex128; expected a real one, which has an order")),
    ("avg_pool2d", [(1, 1, 2, 4)], {"kernel": 3}, ValueError,
     "kernel 3x3 is larger than the padded input 2x4"),
    ("avg_pool2d", [(4, 4)], {"kernel": 2}, ValueError, "x has shape (4, 4); expected (N, C, H, W)"),
    ("avg_pool2d", [(1, 1, 4, 4)], {"kernel": 2, "pad": ((0, 2), (0, 0))}, ValueError,
     ("pad is ((0, 2), (0, 0)); expected at most half the kernel 2x2, that is 1x1",
      "pad ((0, 2), (0, 0)) is more than half the kernel 2x2")),
    ("batch_norm", [(1, 2), (2,), (2,)], {}, ValueError,
     ("1 values per channel; expected at least 2 in training",
      "x has shape (1, 2); training needs 2 or more values per channel, got 1")),
    ("batch_norm", [(0, 2), (2,), (2,)], {"unbiased": False}, ValueError,
     ("0 values per channel; expected at least 1 in training",
      "x has shape (0, 2); training needs 1 or more values per channel, got 0")),
    ("batch_norm", [(3, 2), (2,), (2,)], {"training": False}, ValueError,
     ("running_mean is None; expected the running statistics in evaluation",
      "running_mean is None; expected shape (2,), as training is False")),
    ("batch_norm", [(3, 2), (2,), (2,), (2,)], {"training": False}, ValueError,
     ("running_var is None; expected the running statistics in evaluation",
      "running_var is None; expected shape (2,), as training is False")),
    ("batch_norm", [(3, 2), (3,), (2,)], {}, ValueError, "gamma has shape (3,); expected (2,)"),
    ("batch_norm", [(3, 2), (2,), (2,), (3,), (2,)], {}, ValueError,
     "running_mean has shape (3,); expected (2,)"),
    ("batch_norm", [(3, 2), (2,), (2,), (2,), (3,)], {}, ValueError, "running_var has shape (3,); expected (2,)"),
    ("batch_norm", [(3, 2, 1), (2,), (2,)], {}, ValueError, "x has shape (3, 2, 1); expected (N, D)"),
    ("spatial_batch_norm", [(3, 2), (2,), (2,)], {}, ValueError, "x has shape (3, 2); expected (N, C, H, W)"),
    ("spatial_batch_norm", [(1, 2, 1, 1), (2,), (2,)], {}, ValueError,
     ("1 values per channel; expected at least 2 in training",
      "x has shape (1, 2, 1, 1); training needs 2 or more values per channel, got 1")),
    ("layer_norm", [(3, 2), (3,), (2,)], {}, ValueError, "gamma has shape (3,); expected (2,)"),
    ("layer_norm", [(3,), (3,), (3,)], {}, ValueError,
     ("x has shape (3,); expected (N, D, ...)", "x has shape (3,); expected (N, d1, ..., dk)")),
    ("group_norm", [(1, 3, 2, 2), (3,), (3,)], {"groups": 2}, ValueError,
     ("groups 2 must divide the 3 channels of x", "groups 2 does not divide the 3 channels")),
    ("dropout", [(3, 2)], {}, ValueError,
     ("neither mask nor rng is given; expected one of them in training",
      "training needs a mask or an rng (a numpy.random.Generator), got neither")),
    ("dropout", [(3, 2)], {"rng": 7}, TypeError,
     ("rng is a int; expected a numpy.random.Generator", "rng must be a numpy.random.Generator, got int")),
    ("dropout", [(3, 2)], {"mask": np.ones(2)}, ValueError, "mask has shape (2,); expected (3, 2)"),
    ("dropout", [(3, 2)], {"mask": np.full((3, 2), 2.0)}, ValueError,
     ("mask holds other values than 0 and 1; expected True where x is kept",
      "mask has dtype float64 and values other than 0 and 1")),
    ("dropout", [(3, 2)], {"keep_prob": 0.0}, ValueError,
     ("keep_prob is 0.0; expected above 0 and at most 1", "keep_prob must be in (0, 1], got 0.0")),
    ("dropout", [(3, 2)], {"keep_prob": 1.5}, ValueError,
     ("keep_prob is 1.5; expected above 0 and at most 1", "keep_prob must be in (0, 1], got 1.5")),
    ("softmax_loss", [(2, 3), np.array([0, 3])], {}, ValueError,
     ("y holds labels from 0 to 3; expected 0 to 2", "y has labels from 0 to 3; expected 0 to 2")),
    ("softmax_loss", [(2, 3), np.array([0.0, 2.0])], {}, TypeError,
     "y has dtype float64; expected integer labels"),
    ("softmax_loss", [(2, 3), np.array([0])], {}, ValueError, "y has shape (1,); expected (2,)"),
    ("softmax_loss", [(0, 3), np.array([], int)], {}, ValueError,
     ("x has shape (0, 3); expected at least one sample",
      "x has shape (0, 3); the mean needs at least one value")),
    ("softmax_loss", [(2,), np.array([0, 0])], {}, ValueError, "x has shape (2,); expected (N, C)"),
    ("softmax_loss", [(2, 3), np.array([-1, 3])], {"ignore_index": -1}, ValueError,
     ("y holds labels from 3 to 3; expected 0 to 2", "y has labels from 3 to 3; expected 0 to 2")),
    ("softmax_loss", [(2, 3), np.array([1, 1])], {"ignore_index": 1}, ValueError,
     ("all 2 labels are 1, which is ignored; expected at least one other",
      "every label is 1, the ignored one; the mean needs at least one other")),
    ("svm_loss", [(2, 3), np.array([-1, 2])], {}, ValueError,
     ("y holds labels from -1 to 2; expected 0 to 2", "y has labels from -1 to 2; expected 0 to 2")),
    ("svm_loss", [(2,), np.array([0, 0])], {}, ValueError, "x has shape (2,); expected (N, C)"),
    ("svm_loss", [(2, 2), np.array([0, 0])], {"margin": "a"}, TypeError,
     ("margin is 'a'; expected a number", "margin must be a number, got 'a'")),
    ("mse_loss", [(2, 3), (3, 2)], {}, ValueError, "y has shape (3, 2); expected (2, 3)"),
    ("mse_loss", [(0, 3), (0, 3)], {}, ValueError,
     ("x has shape (0, 3); expected at least one entry",
      "x has shape (0, 3); the mean needs at least one value")),
    ("l1_loss", [(2, 3), (3, 2)], {}, ValueError, "y has shape (3, 2); expected (2, 3)"),
    ("l1_loss", [COMPLEX, COMPLEX], {}, TypeError,
     ("x has dtype complex128; expected a real floating dtype",
      "x has dtype complex128; expected a real one, which has an order")),
    ("huber_loss", [(0, 3), (0, 3)], {}, ValueError,
     ("x has shape (0, 3); expected at least one entry",
      "x has shape (0, 3); the mean needs at least one value")),
    ("huber_loss", [(2,), (2,)], {"delta": 0}, ValueError,
     ("delta is 0; expected a positive number", "delta must be positive, got 0")),
    ("kl_div_loss", [(), ()], {}, ValueError, "x has shape (); expected (N, ...)"),
    ("softmax", [()], {}, ValueError, "x has shape (); expected (C, ...)"),
    ("gelu", [(2,)], {"approximate": "erf"}, ValueError,
     ("approximate is 'erf'; expected 'none' or 'tanh'", "approximate must be 'none' or 'tanh', got 'erf'")),
    ("elu", [(2,)], {"alpha": "a"}, TypeError,
     ("alpha is 'a'; expected a number", "alpha must be a number, got 'a'")),
    ("linear_softmax_loss", [(2, 3), (2, 4), np.array([0, 1])], {}, ValueError,
     "w has shape (2, 4); expected (3, 4)"),
    ("linear_svm_loss", [(2, 3), (3, 4), np.array([0, 4])], {}, ValueError,
     ("y holds labels from 0 to 4; expected 0 to 3", "y has labels from 0 to 4; expected 0 to 3")),
    ("linear_svm_loss", [(2, 3), (3, 4), np.array([0.0, 1.0])], {}, TypeError,
     "y has dtype float64; expected integer labels"),
    ("linear_svm_loss", [(2, 3), (3, 4), np.array([0])], {}, ValueError, "y has shape (1,); expected (2,)"),
    ("linear_softmax_loss", [(0, 3), (3, 4), np.array([], int)], {}, ValueError,
     ("x has shape (0, 3); expected at least one sample",
      "x has shape (0, 3); the mean needs at least one value")),
    ("relu", [COMPLEX], {}, TypeError,
     ("x has dtype complex128; expected a real floating dtype",
      "x has dtype complex128; expected a real one, which has an order")),
    ("flatten", [()], {}, ValueError, "x has shape (); expected (N, ...)"),
    ("leaky_relu", [(2,)], {"slope": "a"}, TypeError,
     ("slope is 'a'; expected a number", "slope must be a number, got 'a'")),
    ("batch_norm", [(3, 2), (2,), (2,)], {"eps": -1.0}, ValueError,
     ("eps is -1.0; expected at least 0", "eps must be at least 0, got -1.0")),
    ("batch_norm", [(3, 2), (2,), (2,)], {"momentum": "a"}, TypeError,
     ("momentum is 'a'; expected a number", "momentum must be a number, got 'a'")),
    ("spatial_batch_norm", [(3, 2, 1, 1), (2,), (2,)], {"eps": -1.0}, ValueError,
     ("eps is -1.0; expected at least 0", "eps must be at least 0, got -1.0")),
    ("spatial_batch_norm", [(3, 2, 1, 1), (2,), (2,)], {"momentum": "a"}, TypeError,
     ("momentum is 'a'; expected a number", "momentum must be a number, got 'a'")),
    ("layer_norm", [(3, 2), (2,), (2,)], {"eps": -1.0}, ValueError,
     ("eps is -1.0; expected at least 0", "eps must be at least 0, got -1.0")),
    ("layer_norm", [(3, 2), (2,), (2,)], {"eps": "a"}, TypeError,
     ("eps is 'a'; expected a number", "eps must be a number, got 'a'")),
    ("group_norm", [(1, 2, 2, 2), (2,), (2,)], {"eps": -1.0}, ValueError,
     ("eps is -1.0; expected at least 0", "eps must be at least 0, got -1.0")),
    ("group_norm", [(1, 2, 2, 2), (2,), (2,)], {"groups": 0}, ValueError,
     ("groups holds 0; expected at least 1", "groups must be at least 1, got 0")),
    ("group_norm", [(1, 2, 2, 2), (2,), (2,)], {"groups": 2.0}, TypeError,
     ("groups holds 2.0; expected an int", "groups must be made of ints, got 2.0")),
    ("group_norm", [(3, 2), (2,), (2,)], {}, ValueError, "x has shape (3, 2); expected (N, C, H, W)"),
    ("layer_norm", [(2, 0), (0,), (0,)], {}, ValueError,
     ("x has shape (2, 0); expected at least one value per sample",
      "x has shape (2, 0); a sample's mean needs at least one value")),
    ("group_norm", [(1, 0, 2, 2), (0,), (0,)], {}, ValueError,
     ("x has shape (1, 0, 2, 2); expected at least one value per sample",
      "x has shape (1, 0, 2, 2); a sample's mean needs at least one value")),
    ("group_norm", [(1, 2, 0, 2), (2,), (2,)], {}, ValueError,
     ("x has shape (1, 2, 0, 2); expected at least one value per sample",
      "x has shape (1, 2, 0, 2); a sample's mean needs at least one value")),
    ("group_norm", [(1, 2, 2, 0), (2,), (2,)], {}, ValueError,
     ("x has shape (1, 2, 2, 0); expected at least one value per sample",
      "x has shape (1, 2, 2, 0); a sample's mean needs at least one value")),
    ("word_embedding", [np.array([[0, 3]]), (3, 2)], {}, ValueError,
     ("x holds indices from 0 to 3; expected 0 to 2", "x has indices from 0 to 3; expected 0 to 2")),
    ("word_embedding", [np.array([[-1]]), (3, 2)], {}, ValueError,
     ("x holds indices from -1 to -1; expected 0 to 2", "x has indices from -1 to -1; expected 0 to 2")),
    ("word_embedding", [np.array([1]), (3, 2)], {}, ValueError, "x has shape (1,); expected (N, T)"),
    ("word_embedding", [(1, 1), (3, 2)], {}, TypeError,
     ("x has dtype float64; expected an integer dtype", "x has dtype float64; expected integers")),
    ("temporal_affine", [(1, 2, 3), (2, 4), (4,)], {}, ValueError,
     ("w has shape (2, 4); expected (3, 4)", "x has shape (1, 2, 3); expected (N, T, 2)")),
    ("temporal_affine", [(2, 3), (3, 4), (4,)], {}, ValueError, "x has shape (2, 3); expected (N, T, D)"),
    ("temporal_affine", [(1, 2, 3), (3, 4), (3,)], {}, ValueError, "b has shape (3,); expected (4,)"),
    ("temporal_softmax_loss", [(0, 2, 3), np.zeros((0, 2), int), np.ones((0, 2), bool)], {}, ValueError,
     ("x has shape (0, 2, 3); expected at least one sequence",
      "x has shape (0, 2, 3); the mean needs at least one sequence")),
    ("temporal_softmax_loss", [(1, 2, 3), np.zeros((1, 3), int), np.ones((1, 2), bool)], {}, ValueError,
     "y has shape (1, 3); expected (1, 2)"),
    ("temporal_softmax_loss", [(1, 2, 3), np.zeros((1, 2), int), np.ones((1, 3), bool)], {}, ValueError,
     "mask has shape (1, 3); expected (1, 2)"),
    ("temporal_softmax_loss", [(1, 1, 3), np.array([[3]]), np.ones((1, 1), bool)], {}, ValueError,
     ("y holds indices from 3 to 3; expected 0 to 2", "y has indices from 3 to 3; expected 0 to 2")),
    ("temporal_softmax_loss", [(1, 1, 3), np.array([[0]]), (1, 1)], {}, TypeError,
     "mask has dtype float64; expected bool"),
    ("scaled_dot_product_attention", [(2, 3), (1, 2, 3), (1, 2, 3)], {}, ValueError,
     "q has shape (2, 3); expected (N, S, D) or (N, H, S, D)"),
    ("scaled_dot_product_attention", [(1, 2, 3), (1, 2, 4), (1, 2, 3)], {}, ValueError,
     ("k has shape (1, 2, 4); expected (1, 2, 3)", "k has shape (1, 2, 4); expected T keys for q (1, 2, 3)")),
    ("scaled_dot_product_attention", [(1, 2, 3), (1, 2, 3), (1, 3, 3)], {}, ValueError,
     ("v has shape (1, 3, 3); expected (1, 2, 3)",
      "v has shape (1, 3, 3); expected a value for each key of (1, 2, 3)")),
    ("scaled_dot_product_attention", [(1, 2, 3), (1, 0, 3), (1, 0, 3)], {}, ValueError,
     ("k has shape (1, 0, 3); expected at least one key", "there is no key; expected at least one")),
    ("scaled_dot_product_attention", [(1, 2, 3), (1, 4, 3), (1, 4, 3), np.ones((4, 2), bool)], {}, ValueError,
     "mask has shape (4, 2); expected one that broadcasts to (1, 2, 4)"),
    ("scaled_dot_product_attention", [(1, 2, 3), (1, 4, 3), (1, 4, 3), (2, 4)], {}, TypeError,
     "mask has dtype float64; expected bool"),
    ("multi_head_attention", [(1, 2, 3), (1, 2, 3), (1, 2, 3), *[(3, 3), (3,)] * 4], {"heads": 2}, ValueError,
     ("query has shape (1, 2, 3); 2 heads do not divide 3 features", "3 features do not divide into 2 heads")),
    ("multi_head_attention", [(1, 2, 3), (1, 2, 3), (1, 3, 3), *[(3, 3), (3,)] * 4], {}, ValueError,
     "value has shape (1, 3, 3); expected (1, 2, 3)"),
    ("multi_head_attention", [(1, 2, 3), (1, 2, 3), (1, 2, 3), (3, 2), (3,), *[(3, 3), (3,)] * 3], {}, ValueError,
     "Wq has shape (3, 2); expected (3, 3)"),
    ("positional_encoding", [(2, 3)], {}, ValueError, "x has shape (2, 3); expected (N, T, D)"),
    ("rnn_step", [(3,), (3, 2), (3, 2), (2, 2), (2,)], {}, ValueError, "x has shape (3,); expected (N, D)"),
    ("rnn", [(3, 4), (3, 2), (4, 2), (2, 2), (2,)], {}, ValueError, "x has shape (3, 4); expected (N, T, D)"),
    ("lstm_step", [(3, 4), (3, 2), (3, 1), (4, 8), (2, 8), (8,)], {}, ValueError,
     "prev_c has shape (3, 1); expected (3, 2)"),
    ("lstm", [(3, 5, 4), (2, 2), (4, 8), (2, 8), (8,)], {}, ValueError, "h0 has shape (2, 2); expected (3, 2)"),
    ("gru", [(3, 5, 4), (3, 2), (4, 6), (2, 8), (6,), (6,)], {}, ValueError,
     "Wh has shape (2, 8); expected (2, 6)"),
    ("gru_step", [(3, 4), (3, 2), (4, 6), (2, 6), (6,), (2,)], {}, ValueError, "bh has shape (2,); expected (6,)"),
    ("rnn", [(3, 5, 4), (3, 2), (3, 2), (2, 2), (2,)], {}, ValueError, "Wx has shape (3, 2); expected (4, 2)"),
    ("dropout", [(3, 2)], {"keep_prob": "a", "training": False}, TypeError,
     ("keep_prob is 'a'; expected a number", "keep_prob must be a number, got 'a'")),
]
# fmt: on
NAMES = [f"{row[0]}: {row[-1] if isinstance(row[-1], str) else row[-1][0]}" for row in ERRORS]


def arrays(arguments):
    return [np.zeros(each) if isinstance(each, tuple) else each for each in arguments]


@pytest.mark.parametrize(("layer", "arguments", "options", "kind", "messages"), ERRORS, ids=NAMES)
@pytest.mark.sample(every=3)
def test_refusal__says_what_came_and_what_was_expected(package, layer, arguments, options, kind, messages):
    naive_message, fast_message = (messages, messages) if isinstance(messages, str) else messages
    message = naive_message if package is naive else fast_message
    with pytest.raises(kind) as caught:
        getattr(package, f"{layer}_forward")(*arrays(arguments), **options)
    assert str(caught.value) == f"{layer}: {message}"


def prepared(layer, package):
    """Return the layer's functions in a package, its first battery case's tensors, and its options."""
    case = layer.case(layer.cases.battery[0])
    pair = getattr(layer.ours, package.__name__.removeprefix("gradcheck."))
    return pair, fill.tensors(case), layer.ours.options(case.params), fill.upstream(case)


of_each_layer = pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.name)


@of_each_layer
@pytest.mark.parametrize("dtype", ["int64", "uint8", "bool"])
@pytest.mark.sample("package", "layer")
def test_integers_and_bools_are_refused_by_name(package, layer, dtype):
    (pair, tensors, options, _), main = prepared(layer, package), layer.shapes.main
    with pytest.raises(TypeError) as caught:
        pair.forward(**{**tensors, main: tensors[main].astype(dtype)}, **options)
    advice = f"expected a floating dtype (convert with {main}.astype(float))"
    assert str(caught.value) == f"{layer.name}: {main} has dtype {dtype}; {advice}"


MIXED = [
    (layer, name)
    for layer in LAYERS
    for name, values in prepared(layer, naive)[1].items()
    if name != layer.shapes.main and values.dtype.kind == "f"
]


@pytest.mark.parametrize(("layer", "name"), MIXED, ids=[f"{layer.name}-{name}" for layer, name in MIXED])
def test_mixed_dtypes_are_refused_with_both_of_them_named(package, layer, name):
    pair, tensors, options, _ = prepared(layer, package)
    with pytest.raises(TypeError, match=rf"^{layer.name}: {name} has dtype float32.* float64") as caught:
        pair.forward(**{**tensors, name: tensors[name].astype("float32")}, **options)
    assert layer.shapes.main in str(caught.value)


@of_each_layer
def test_dout_of_another_shape__is_refused(package, layer):
    pair, tensors, options, dout = prepared(layer, package)
    cache = pair.forward(**tensors, **options)[1]
    name, each = f"d{layer.shapes.outputs[0]}", dout[0] if layer.shapes.is_stacked else dout
    with pytest.raises(ValueError, match=f"{name} has shape") as caught:
        pair.backward(dout[:, None] if layer.shapes.is_stacked else dout[None], cache)
    assert str(caught.value) == f"{layer.name}: {name} has shape {(1, *each.shape)}; expected {each.shape}"


@of_each_layer
@pytest.mark.parametrize("dtype", ["float32", "int64"])
@pytest.mark.sample("package", "layer")
def test_dout_of_another_dtype__is_refused(package, layer, dtype):
    pair, tensors, options, dout = prepared(layer, package)
    cache = pair.forward(**tensors, **options)[1]
    name = f"d{layer.shapes.outputs[0]}"
    with pytest.raises(TypeError, match=f"^{layer.name}: {name} has dtype {dtype}.* expected "):
        pair.backward(dout.astype(dtype), cache)


IMPOSSIBLE = [(layer, geometry) for layer in LAYERS for geometry in layer.cases.impossible]


@pytest.mark.parametrize(("layer", "geometry"), IMPOSSIBLE, ids=[f"{la.name}-{g}" for la, g in IMPOSSIBLE])
def test_impossible_geometry_is_a_value_error_in_the_layers_name(package, layer, geometry):
    case = layer.case(geometry)
    pair = getattr(layer.ours, package.__name__.removeprefix("gradcheck."))
    with pytest.raises(ValueError, match=f"^{layer.name}: "):
        pair.forward(**fill.tensors(case), **layer.ours.options(case.params))
