"""Vectorised neural-network layers in NumPy: im2col, BLAS and strides, no loop over samples or positions.

The names, signatures and results are those of the package `naive`, but the two share no code.
"""

from .activations import (
    flatten_backward,
    flatten_forward,
    identity_backward,
    identity_forward,
    leaky_relu_backward,
    leaky_relu_forward,
    relu_backward,
    relu_forward,
    sigmoid_backward,
    sigmoid_forward,
    tanh_backward,
    tanh_forward,
)
from .affine import affine_backward, affine_forward
from .attention import (
    multi_head_attention_backward,
    multi_head_attention_forward,
    scaled_dot_product_attention_backward,
    scaled_dot_product_attention_forward,
)
from .conv import conv2d_backward, conv2d_forward
from .conv_transpose import conv_transpose2d_backward, conv_transpose2d_forward
from .dropout import dropout_backward, dropout_forward
from .im2col import col2im, im2col
from .loss import (
    mse_loss_backward,
    mse_loss_forward,
    softmax_loss_backward,
    softmax_loss_forward,
    svm_loss_backward,
    svm_loss_forward,
)
from .norm import (
    batch_norm_backward,
    batch_norm_forward,
    group_norm_backward,
    group_norm_forward,
    layer_norm_backward,
    layer_norm_forward,
    spatial_batch_norm_backward,
    spatial_batch_norm_forward,
)
from .pool import (
    avg_pool2d_backward,
    avg_pool2d_forward,
    max_pool2d_backward,
    max_pool2d_forward,
)
from .sequence import (
    positional_encoding_backward,
    positional_encoding_forward,
    temporal_affine_backward,
    temporal_affine_forward,
    temporal_softmax_loss_backward,
    temporal_softmax_loss_forward,
    word_embedding_backward,
    word_embedding_forward,
)

__all__ = [
    "affine_backward",
    "affine_forward",
    "avg_pool2d_backward",
    "avg_pool2d_forward",
    "batch_norm_backward",
    "batch_norm_forward",
    "col2im",
    "conv2d_backward",
    "conv2d_forward",
    "conv_transpose2d_backward",
    "conv_transpose2d_forward",
    "dropout_backward",
    "dropout_forward",
    "flatten_backward",
    "flatten_forward",
    "group_norm_backward",
    "group_norm_forward",
    "identity_backward",
    "identity_forward",
    "im2col",
    "layer_norm_backward",
    "layer_norm_forward",
    "leaky_relu_backward",
    "leaky_relu_forward",
    "max_pool2d_backward",
    "max_pool2d_forward",
    "mse_loss_backward",
    "mse_loss_forward",
    "multi_head_attention_backward",
    "multi_head_attention_forward",
    "positional_encoding_backward",
    "positional_encoding_forward",
    "relu_backward",
    "relu_forward",
    "scaled_dot_product_attention_backward",
    "scaled_dot_product_attention_forward",
    "sigmoid_backward",
    "sigmoid_forward",
    "softmax_loss_backward",
    "softmax_loss_forward",
    "spatial_batch_norm_backward",
    "spatial_batch_norm_forward",
    "svm_loss_backward",
    "svm_loss_forward",
    "tanh_backward",
    "tanh_forward",
    "temporal_affine_backward",
    "temporal_affine_forward",
    "temporal_softmax_loss_backward",
    "temporal_softmax_loss_forward",
    "word_embedding_backward",
    "word_embedding_forward",
]
