"""All layers that the suite knows, in the order of the report."""

from gradcheck.contract import Layer
from gradcheck.layers.activations import FLATTEN, IDENTITY, LEAKY_RELU, RELU, SIGMOID, TANH
from gradcheck.layers.affine import AFFINE
from gradcheck.layers.attention import ATTENTION, MULTI_HEAD_ATTENTION
from gradcheck.layers.conv import CONV2D
from gradcheck.layers.conv_transpose import CONV_TRANSPOSE2D
from gradcheck.layers.dropout import DROPOUT
from gradcheck.layers.loss import MSE_LOSS, SOFTMAX_LOSS, SVM_LOSS
from gradcheck.layers.norm import BATCH_NORM, GROUP_NORM, LAYER_NORM, SPATIAL_BATCH_NORM
from gradcheck.layers.pool import AVG_POOL2D, MAX_POOL2D
from gradcheck.layers.sequence import (
    POSITIONAL_ENCODING,
    TEMPORAL_AFFINE,
    TEMPORAL_SOFTMAX_LOSS,
    WORD_EMBEDDING,
)

LAYERS: tuple[Layer, ...] = (
    AFFINE,
    RELU,
    LEAKY_RELU,
    SIGMOID,
    TANH,
    IDENTITY,
    FLATTEN,
    CONV2D,
    CONV_TRANSPOSE2D,
    MAX_POOL2D,
    AVG_POOL2D,
    BATCH_NORM,
    SPATIAL_BATCH_NORM,
    LAYER_NORM,
    GROUP_NORM,
    DROPOUT,
    SOFTMAX_LOSS,
    SVM_LOSS,
    MSE_LOSS,
    WORD_EMBEDDING,
    TEMPORAL_AFFINE,
    TEMPORAL_SOFTMAX_LOSS,
    POSITIONAL_ENCODING,
    ATTENTION,
    MULTI_HEAD_ATTENTION,
)

BY_NAME = {layer.name: layer for layer in LAYERS}
