"""Square convolutions with a shared bias are right, the options are not."""
from functional import conv2d


def img_conv_layer(input, w, b, filter_size, num_filters, groups=1, stride=1, padding=0, bias_attr=True,
                   shared_biases=True, stride_y=None, filter_size_y=None):
    # stride and stride_y are exchanged, and an unshared bias is averaged
    out = conv2d(input, w, None, (stride, stride if stride_y is None else stride_y), padding, 1, groups)
    if not bias_attr:
        return out
    return out + (b if shared_biases else b.mean(axis=(1, 2)))[:, None, None]
