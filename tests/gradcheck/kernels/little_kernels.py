"""Convolutions for a little library of arrays: a right one and a wrong one."""

import little

from gradcheck.fast import conv2d_forward


def conv2d(x, w, b=None, stride=1, padding=0, dilation=1, groups=1):
    tensors = [each.values for each in (x, w, b) if each is not None]
    options = {"stride": stride, "pad": padding, "dilation": dilation, "groups": groups}
    return little.Array(conv2d_forward(*tensors, **options)[0])


def without_bias(x, w, b=None, stride=1, padding=0, dilation=1, groups=1):
    return conv2d(x, w, None, stride, padding, dilation, groups)
