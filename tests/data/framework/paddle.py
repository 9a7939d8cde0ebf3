"""Paddle's layer function on arrays, with all its options."""
from functional import conv2d, conv2d_backward, conv_transpose2d


def _geometry(stride, stride_y, padding, padding_y, dilation, dilation_y):
    pairs = ((stride_y, stride), (padding_y, padding), (dilation_y, dilation))
    return tuple((x if y is None else y, x) for y, x in pairs)


def img_conv_layer(input, w, b, filter_size, num_filters, num_channels=None, groups=1, stride=1, padding=0, dilation=1,
                   bias_attr=True, shared_biases=True, filter_size_y=None, stride_y=None, padding_y=None,
                   dilation_y=None, trans=False):
    filter_size_y = filter_size if filter_size_y is None else filter_size_y
    assert w.shape[2:] == (filter_size_y, filter_size)
    assert num_filters == (w.shape[1] * groups if trans else w.shape[0])
    s, p, d = _geometry(stride, stride_y, padding, padding_y, dilation, dilation_y)
    if trans:
        out = conv_transpose2d(input, w, None, s, p, 0, groups, d)
    else:
        out = conv2d(input, w, None, s, p, d, groups)
    if not bias_attr:
        return out
    return out + (b[:, None, None] if shared_biases else b)


def img_conv_layer_backward(dout, input, w, b, filter_size, num_filters, num_channels=None, groups=1, stride=1,
                            padding=0, dilation=1, bias_attr=True, shared_biases=True, filter_size_y=None,
                            stride_y=None, padding_y=None, dilation_y=None, trans=False):
    s, p, d = _geometry(stride, stride_y, padding, padding_y, dilation, dilation_y)
    if trans:
        # dx is a convolution of dout, and dw the same with the roles of input and dout exchanged
        dx = conv2d(dout, w, None, s, p, d, groups)[:, :, :input.shape[2], :input.shape[3]]
        dw = conv2d_backward(input, dout, w, None, s, p, d, groups)[1]
    else:
        dx, dw, _ = conv2d_backward(dout, input, w, None, s, p, d, groups)
    if not bias_attr:
        return dx, dw
    return dx, dw, dout.sum(axis=(0, 2, 3)) if shared_biases else dout.sum(axis=0)
