"""All layers that the suite knows, in the order of the report."""

from gradcheck.contract import Layer
from gradcheck.layers.activations import FLATTEN, IDENTITY, LEAKY_RELU, RELU, SIGMOID, TANH
from gradcheck.layers.affine import AFFINE
from gradcheck.layers.attention import ATTENTION, MULTI_HEAD_ATTENTION
from gradcheck.layers.conv import CONV1D, CONV2D, CONV3D, DEPTHWISE_CONV2D
from gradcheck.layers.conv_transpose import CONV_TRANSPOSE2D
from gradcheck.layers.curves import ELU, GELU, SILU, SOFTMAX, SOFTPLUS
from gradcheck.layers.derived.variants import DERIVED
from gradcheck.layers.dropout import DROPOUT
from gradcheck.layers.linear_loss import LINEAR_SOFTMAX_LOSS, LINEAR_SVM_LOSS
from gradcheck.layers.loss import MSE_LOSS, SOFTMAX_LOSS, SVM_LOSS
from gradcheck.layers.norm import (
    BATCH_NORM,
    GROUP_NORM,
    INSTANCE_NORM,
    LAYER_NORM,
    RMS_NORM,
    SPATIAL_BATCH_NORM,
)
from gradcheck.layers.pool import ADAPTIVE_AVG_POOL2D, AVG_POOL2D, GLOBAL_AVG_POOL2D, MAX_POOL2D
from gradcheck.layers.recurrent import GRU, GRU_STEP, LSTM, LSTM_STEP, RNN, RNN_STEP
from gradcheck.layers.sequence import (
    POSITIONAL_ENCODING,
    TEMPORAL_AFFINE,
    TEMPORAL_SOFTMAX_LOSS,
    WORD_EMBEDDING,
)
from gradcheck.layers.targets import BCE_LOSS, BCE_WITH_LOGITS_LOSS, HUBER_LOSS, KL_DIV_LOSS, L1_LOSS

LAYERS: tuple[Layer, ...] = (
    AFFINE,
    RELU,
    LEAKY_RELU,
    SIGMOID,
    TANH,
    GELU,
    SILU,
    ELU,
    SOFTPLUS,
    SOFTMAX,
    IDENTITY,
    FLATTEN,
    CONV1D,
    CONV2D,
    CONV3D,
    DEPTHWISE_CONV2D,
    CONV_TRANSPOSE2D,
    MAX_POOL2D,
    AVG_POOL2D,
    GLOBAL_AVG_POOL2D,
    ADAPTIVE_AVG_POOL2D,
    BATCH_NORM,
    SPATIAL_BATCH_NORM,
    LAYER_NORM,
    RMS_NORM,
    GROUP_NORM,
    INSTANCE_NORM,
    DROPOUT,
    SOFTMAX_LOSS,
    SVM_LOSS,
    MSE_LOSS,
    L1_LOSS,
    HUBER_LOSS,
    BCE_LOSS,
    BCE_WITH_LOGITS_LOSS,
    KL_DIV_LOSS,
    LINEAR_SOFTMAX_LOSS,
    LINEAR_SVM_LOSS,
    WORD_EMBEDDING,
    TEMPORAL_AFFINE,
    TEMPORAL_SOFTMAX_LOSS,
    POSITIONAL_ENCODING,
    RNN_STEP,
    RNN,
    LSTM_STEP,
    LSTM,
    GRU_STEP,
    GRU,
    ATTENTION,
    MULTI_HEAD_ATTENTION,
)

BY_NAME = {layer.name: layer for layer in LAYERS}

JUDGED = BY_NAME | DERIVED
"""These, and the layers next to them that people write."""
