"""All layers that the suite knows, in the order of the report."""

from gradcheck.contract import Layer
from gradcheck.layers.activations import FLATTEN, IDENTITY, LEAKY_RELU, RELU, SIGMOID, TANH
from gradcheck.layers.affine import AFFINE
from gradcheck.layers.conv import CONV2D
from gradcheck.layers.conv_transpose import CONV_TRANSPOSE2D
from gradcheck.layers.dropout import DROPOUT
from gradcheck.layers.loss import MSE_LOSS, SOFTMAX_LOSS, SVM_LOSS
from gradcheck.layers.norm import BATCH_NORM, GROUP_NORM, LAYER_NORM, SPATIAL_BATCH_NORM
from gradcheck.layers.pool import AVG_POOL2D, MAX_POOL2D
from gradcheck.layers.recurrent import GRU, GRU_STEP, LSTM, LSTM_STEP, RNN, RNN_STEP

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
    RNN_STEP,
    RNN,
    LSTM_STEP,
    LSTM,
    GRU_STEP,
    GRU,
)

BY_NAME = {layer.name: layer for layer in LAYERS}
