"""What people call layers, the two directions, and the arguments: from a name to its meaning."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache


def _table(text: str) -> dict[str, tuple[str, ...]]:
    """Return what a text says: a word and a colon, then the words that stand for it; more lines are indented."""
    rows = re.split(r"\n(?=\S)", text.strip())
    return {name: tuple(words.split()) for name, _, words in (row.partition(":") for row in rows)}


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


LAYERS = _table(
    """
affine: affine linear dense fc fully_connected fullyconnected full_connected full_connect fullconnect
    matmul_add linear_layer
conv2d: conv conv2d group_conv grouped_conv group_conv2d grouped_conv2d atrous atrous_conv dilated_conv corr
    corr2d cross_correlation cross_correlation2d correlate2d same_conv valid_conv convolution convolution2d
    convolve convolve2d conv2 convolutional conv3x3 conv_single
conv_transpose2d: conv_transpose trans_conv trans_conv2d upconv upconv2d up_conv conv_transpose2d
    transposed_conv transposed_conv2d transpose_conv transpose_conv2d conv2d_transpose deconv deconv2d
    conv_transposed conv2d_transposed convtranspose convtranspose2d transposed_convolution
    convolution_transpose
max_pool2d: max_pool pool pool2d pooling max_pool2d maxpool maxpool2d max_pooling max_pooling2d maxpooling
    maxpooling2d max_pool2 maxpool2 maxpoollayer pool_max
avg_pool2d: avg_pool avg_pool2d avgpool avgpool2d average_pool average_pool2d avg_pooling avgpooling
    average_pooling averagepool averagepooling averagepooling2d average_pooling2d avg_pooling2d mean_pool
    mean_pool2d mean_pooling meanpool meanpool2d pool_avg avgpool2 averagepool2d avgpooling2d
relu: relu rectified_linear rectifier rectified_linear_unit
leaky_relu: leaky_relu leakyrelu lrelu leaky
sigmoid: sigmoid logistic sigm
tanh: tanh hyperbolic_tangent
identity: identity
flatten: flatten flat
batch_norm: batch_norm batchnorm batch_normalization batchnormalization bn batchnorm1d batch_norm1d
    batch_norm_1d batchnorm_1d batch_normalize batchnormalize
spatial_batch_norm: spatial_batch_norm spatial_batchnorm batchnorm2d batch_norm2d batch_norm_2d batchnorm_2d
    bn2d
layer_norm: layer_norm layernorm layer_normalization layernormalization ln layernorm1d layer_norm1d
group_norm: group_norm groupnorm group_normalization spatial_group_norm spatial_groupnorm
dropout: dropout inverted_dropout
softmax_loss: softmax_loss softmax_cross_entropy softmax_cross_entropy_loss cross_entropy cross_entropy_loss
    softmax_with_loss softmax_with_cross_entropy softmax_crossentropy crossentropy crossentropyloss
    crossentropy_loss softmaxcrossentropy softmaxwithloss softmaxcrossentropyloss softmax_xent xent softmax_ce
    ce_loss cross_entropy_with_logits cross_entropy_from_logits softmaxcrossentropywithlogits
    softmax_cross_entropy_with_logits softmax_nll categorical_crossentropy_with_logits
    softmax_loss_with_logits
svm_loss: svm_loss hinge_loss multiclass_hinge hinge multiclass_hinge_loss multiclass_svm_loss multiclass_svm
    svm hingeloss multi_margin_loss
mse_loss: mse mse_loss mean_squared_error mean_square_error l2_loss_mean squared_error_loss meansquarederror
    mseloss mean_squared_error_loss meansquarederrorloss
"""
)
"""Layer -> what people call it, in lower case with words separated by underscores."""

BY_NAME = {name: layer for layer, names in LAYERS.items() for name in names}

OF_FUNCTIONS = _table(
    """
conv1d: conv1d convolution1d convolve1d correlate1d cross_correlation1d corr1d temporal_conv temporal_conv1d
conv3d: conv3d convolution3d convolve3d correlate3d cross_correlation3d corr3d
depthwise_conv2d: depthwise depthwise_conv depthwise_conv2d depthwise_convolution depthwise_convolution2d dwconv
    dwconv2d conv2d_depthwise
global_avg_pool2d: global_avg_pool global_avg_pool2d global_average_pool global_average_pool2d global_avg_pooling
    global_avg_pooling2d global_average_pooling global_average_pooling2d globalavgpool globalavgpool2d gap gap2d
adaptive_avg_pool2d: adaptive_avg_pool adaptive_avg_pool2d adaptive_average_pool adaptive_average_pool2d
    adaptive_avg_pooling adaptive_avg_pooling2d adaptive_average_pooling adaptive_average_pooling2d
    adaptiveavgpool adaptiveavgpool2d
rms_norm: rms_norm rmsnorm rms_normalization root_mean_square_norm rms_layer_norm rmslayernorm
instance_norm: instance_norm instancenorm instance_norm2d instancenorm2d instance_normalization spatial_instance_norm
silu: silu swish
elu: elu exponential_linear exponential_linear_unit
softplus: softplus soft_plus
l1_loss: l1_loss l1loss mae mae_loss mean_absolute_error absolute_error_loss
huber_loss: huber_loss huberloss huber
bce_loss: bce_loss bce bceloss binary_cross_entropy binary_cross_entropy_loss binary_crossentropy
    binary_crossentropy_loss
bce_with_logits_loss: bce_with_logits_loss bce_with_logits bce_logits_loss bcewithlogitsloss
    binary_cross_entropy_with_logits binary_crossentropy_with_logits sigmoid_cross_entropy
    sigmoid_cross_entropy_loss sigmoid_cross_entropy_with_logits
kl_div_loss: kl_div_loss kl_div kl_loss kldivloss kl_divergence kl_divergence_loss
"""
)
"""Layers that are found by the name of a function, and by that of a class whose constructor is known."""

OF_PAIRS = _table(
    """
gelu: gelu gelu_tanh gelu_exact tanh_gelu exact_gelu gelu_erf gelu_approx new_gelu
softmax: softmax
"""
)
"""Layers that are found by the name of a class, or of a function with a backward: one alone is a helper."""

OF_CLASSES = _table(
    """
silu: memory_efficient_swish
softmax_loss: time_softmax_with_loss time_softmax_loss temporal_softmax_loss temporal_softmax_with_loss
    time_softmax_cross_entropy temporal_cross_entropy time_cross_entropy temporal_cross_entropy_loss
positional_encoding: positional_encoding sinusoidal_positional_encoding sinusoidal_encoding position_encoding
    sinusoidal_position_encoding sinusoidal_positional_embedding
word_embedding: embedding word_embedding embed embeddings token_embedding time_embedding
temporal_affine: time_affine temporal_affine time_linear
"""
)
"""Layers that are found by the name of a class alone."""

OF_DERIVED = _table(
    """
log_softmax: log_softmax logsoftmax
max_pool1d: max_pool1d maxpool1d max_pooling1d maxpooling1d temporal_max_pool
avg_pool1d: avg_pool1d avgpool1d average_pool1d avg_pooling1d average_pooling1d averagepooling1d mean_pool1d
smoothed_softmax_loss: label_smoothing_cross_entropy label_smoothing_loss label_smoothed_cross_entropy
    smooth_cross_entropy smoothed_cross_entropy smooth_cross_entropy_loss label_smoothing_cross_entropy_loss
    cross_entropy_label_smoothing cross_entropy_with_label_smoothing smoothed_softmax_loss
    cross_entropy_loss_with_smoothing label_smoothing
learned_encoding: learned_positional_encoding learned_positional_embedding learned_position_embedding
    learned_position_encoding learned_pos_embedding learnable_positional_encoding learnable_positional_embedding
    learnable_position_embedding learnable_position_encoding learned_pos_encoding
    learned_positions
"""
)
"""Layers next to the suite's own, which NumPy code has as functions and classes."""

OF_WEIGHTS = {
    **dict.fromkeys(
        (
            "mha",
            "multi_head_attention",
            "multihead_attention",
            "multi_head_self_attention",
            "self_attention",
            "multihead_self_attention",
            "causal_self_attention",
            "mhsa",
            "msa",
            "attention",
            "attn",
        ),
        "mha",
    ),
    **{
        f"{kind}{ending}": kind
        for kind in ("gru", "lstm", "rnn")
        for ending in ("", "_seq", "_sequence", "_layer")
    },
    **{f"{kind}{ending}": f"{kind}_step" for kind in ("gru", "lstm", "rnn") for ending in ("_step", "_cell")},
}
"""What functions are called that take many weights as arguments -> what they are."""

FUNCTIONS_BY_NAME = BY_NAME | {name: layer for layer, names in OF_FUNCTIONS.items() for name in names}
PAIRS_BY_NAME = {name: layer for layer, names in OF_PAIRS.items() for name in names}
CLASSES_BY_NAME = (
    FUNCTIONS_BY_NAME | PAIRS_BY_NAME | {name: layer for layer, names in OF_CLASSES.items() for name in names}
)

DERIVED_BY_NAME = {name: layer for layer, names in OF_DERIVED.items() for name in names}

ELEMENTWISE = frozenset(
    {"relu", "leaky_relu", "sigmoid", "tanh", "identity", "gelu", "silu", "elu", "softplus"}
)
ACTIVATIONS = ELEMENTWISE | {"softmax", "log_softmax"}
"""The layers after whose name "activation" says nothing: linear_activation is something else than linear."""

NOISE = _words(
    """
a apply b batch batched bias block channels chw class col custom direct einsum fast first fn fun func function
gemm hand hwc im2col image impl jit last layer loop looped loops manual matmul module my naive nchw nhwc
nobias np numba numpy op own plain pure py ref reference simple single slow strided strides the torch unit v1
v2 v3 vec vectorised vectorized
"""
)
"""Words in a function's name that say how it is written, and not what it computes."""

FORWARD = _words(
    """
compute feedforward forward forwardpass forwards fprop fwd
"""
)
BACKWARD = _words(
    """
back backprop backpropagation backward backwardpass backwards bprop bwd d deriv derivative derivatives grad
gradient gradients grads prime pullback vjp
"""
)
TENSORS = _table(
    """
x: x dx dinput input inputs images img imgs inp gradx gradinput data image a features gx
w: w dw ker kern dweight dkernel dfilter weight weights filter filters kernel kernels gradw gradweight gradfilter gw
b: b db dbias bias biases gradb gradbias gb
gamma: gamma dgamma scale
beta: beta dbeta shift
"""
)
"""Tensor -> what a function is called that gives its gradient alone, in its last words: ``conv2d_grad_w``."""

_TENSOR = {word: tensor for tensor, words in TENSORS.items() for word in words}

ROLES = _table(
    """
x: x X input inputs inp input_data input_tensor input_array in_data A_prev a_prev A data image images img imgs
    batch features feature_map feature_maps fmap scores logits z Z h activations layer_input input_image x_in
    xs signal a h_prev p logp log_p log_probs probs pred preds prediction predictions y_pred yhat y_hat
    outputs_pred volume tensor src arr
    inputs_data Xb xb pre_activation predicted score net X_in s output_data
w: w W weight weights kernel kernels ker kers filter filters filt Wt w_ wt W1 kern weight_matrix theta
    weights_ conv_w mask_kernel Wmat wgt filter_weights
W: W w weight weights table embedding embeddings emb wte E matrix
b: b bias biases B b1 bias_vector offset
gamma: gamma weight scale g gain gammas
beta: beta bias shift b betas offset
y: y q t target targets label labels y_true truth ground_truth labs correct gt y_target true expected classes
    ytrue actual
dout: dout dy dY dz dZ dA da grad grad_out grad_output grad_outputs gradient upstream delta d_out dL_dout
    dloss dL d_output doutput error_tensor error out_grad output_grad grad_y gy gout g_out g dnext d_next
    top_diff top_grad d_L_d_out output_gradient grad_in_out dOut d upstream_grad upstream_gradient dl_dout
    dldout dL_dy dL_dY d_y dh dH grad_z gz next_grad outgrad delta_out accum_grad eta dout_ gradOutput
    grad_upstream dscores dL_dz cotangent ct ybar gradients out_gradient gradient_out incoming incoming_grad
    dv error_signal dS dy_ G dO d_O dOutput
cache: cache ctx context saved memory mem tape state residuals cached stash store saved_tensors aux
    saved_for_backward res
out: out output y Y result activation act_out y_out probs p softmax_out a_out s sig o
stride: stride strides s step steps stride_size S st strd stride_shape
pad: pad padding p pads crop P zero_padding pad_size zero_pad padding_size pd same_pad pad_width paddings
dilation: dilation dilations dil dilate d dilation_rate rate
g: groups group num_groups G n_groups ngroups g
output_pad: output_padding out_pad output_pad outpad adj opad out_padding
kernel: kernel kernel_size pool_size size ksize window window_size pool k pooling_shape window_shape
    filter_size pool_shape f pooling_size kernel_shape K pool_window win wsize shape
kernel_h: pool_h kh kernel_h pool_height HH ph window_h kernel_height filter_h ky wh Hp
kernel_w: pool_w kw kernel_w pool_width WW pw window_w kernel_width filter_w kx ww Wp
stride_h: stride_h sh stride_y sy
stride_w: stride_w sw stride_x sx
pad_h: pad_h padding_h ph pad_y
pad_w: pad_w padding_w pw pad_x
x_shape: x_shape input_shape in_shape shape xshape input_size orig_shape original_shape inp_shape in_size
w_shape: w_shape weight_shape filter_shape kernel_shape weight_size kernel_size k_shape
slope: slope alpha negative_slope leak a leaky leakiness leaky_slope
eps: eps epsilon e EPS eps_ stability
momentum: momentum decay mom m rho alpha
running_mean: running_mean moving_mean mean running_mu run_mean rm mu_running avg_mean moving_avg_mean
running_var: running_var moving_var var moving_variance running_variance run_var rv avg_var moving_avg_var
training: training train is_training train_flg is_train mode phase train_mode istrain
mask: mask M keep_mask drop_mask dropout_mask
smoothing: smoothing label_smoothing smooth label_smooth smoothing_factor smoothing_rate
keep_prob: keep_prob keep keep_probability p_keep keep_rate retain_prob
drop_prob: drop_prob rate dropout_ratio dropout_rate drop_rate ratio prob p_drop drop drop_p
keep_or_drop: p prob probability dropout q
margin: margin delta m
delta: delta threshold d beta
alpha: alpha a
axis: axis dim
rng: rng generator random_state gen
seed: seed random_seed
dims: normalized_shape norm_shape
options: conv_param pool_param bn_param ln_param gn_param dropout_param hparameters hparams hyper_params
    params param options opts config cfg settings parameters
rounding: ceil_mode ceil
divisor: count_include_pad include_pad
size: output_size out_size size target_size output_shape out_shape target_shape
ignore_index: ignore_index ignore_label ignored_index ignored_label ignore_idx ignore_id padding_idx pad_idx
    pad_token pad_token_id pad_id pad_label padding_index pad_index
"""
)
"""Role -> what people call an argument with it. Which roles a name can have depends on the layer: see `role_of`."""


def words_of(name: str) -> tuple[str, ...]:
    """Return the words of a name, in lower case: ``Conv2D_backwardNaive`` is conv2d, backward, naive."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name.strip("_"))
    joined = re.sub(r"_(?=\dd(_|$))|(?<=\d)_(?=d(_|$))", "", spaced.lower())
    return tuple(word for word in joined.split("_") if word)


@lru_cache(maxsize=1024)
def layer_of(name: str) -> str | None:
    """Return the layer that a function or a class is named after, without its direction; None if there is none."""
    return _named(name, BY_NAME)


@lru_cache(maxsize=1024)
def layer_of_function(name: str) -> str | None:
    """Return the layer that a function is named after, without its direction; None if there is none."""
    return _named(name, FUNCTIONS_BY_NAME)


@lru_cache(maxsize=1024)
def layer_of_pair(name: str) -> str | None:
    """Return the layer that a function is named after which is a layer only if it has a backward."""
    return _named(name, PAIRS_BY_NAME)


@lru_cache(maxsize=1024)
def layer_of_class(name: str) -> str | None:
    """Return the layer that a class is named after; None if there is none."""
    return _named(name, CLASSES_BY_NAME)


@lru_cache(maxsize=1024)
def layer_of_derived(name: str) -> str | None:
    """Return the layer next to the suite's own that a function or a class is named after; None if there is none."""
    return _named(name, DERIVED_BY_NAME)


def _named(name: str, known: Mapping[str, str]) -> str | None:
    words = words_of(name)
    stem = [word for word in words if word not in FORWARD]
    if stem and stem[-1] in ("activation", "act", "nonlinearity"):
        stem = stem[:-1]
        return next((found for found in (known.get("_".join(stem)),) if found in ACTIVATIONS), None)
    for part in _stems(stem):
        for joint in ("_", ""):
            if joint.join(part) in known:
                return known[joint.join(part)]
    return None


def _stems(words: list[str]) -> Iterable[list[str]]:
    """Yield the words, then without those that say only how it is written: first at its ends, then anywhere.

    Some of these are part of a layer's own name: MyBatchNorm1d is a batch norm, LayerNormFn a layer norm.
    """
    count = len(words)
    ends = [(start, end) for start in range(count) for end in range(start + 1, count + 1)]
    for start, end in sorted(ends, key=lambda place: place[0] - place[1]):
        if NOISE.issuperset(words[:start]) and NOISE.issuperset(words[end:]):
            yield words[start:end]
    yield [word for word in words if word not in NOISE]


@lru_cache(maxsize=1024)
def direction_of(name: str) -> tuple[str, str, str | None]:
    """Return what is left of a function's name, its part, and the one tensor whose gradient it gives, if it says so.

    ``conv2d_grad_w`` is conv2d, backward, w; ``relu_derivative`` is relu, backward, None.
    """
    words = list(words_of(name))
    tensor = _tensor_in(words)
    if tensor is not None:
        words = [word for word in words if word in BACKWARD or _TENSOR.get(word) != tensor] + ["grad"]
    backward = any(word in BACKWARD for word in words)
    stem = [word for word in words if word not in BACKWARD | FORWARD | LINKS]
    if backward and (stem or tensor):
        return "_".join(stem), "backward", tensor
    return "_".join(word for word in words if word not in FORWARD | LINKS), "forward", None


LINKS = frozenset({"of", "wrt", "pass"})


def _tensor_in(words: list[str]) -> str | None:
    """Return the tensor whose gradient alone a function is named after: ``gradx``, ``grad_w``, ``weight_grad``."""
    last = words[-1] if words else ""
    before = [word for word in words[:-1] if word not in BACKWARD]
    if not before and not any(word in BACKWARD for word in words):
        return None
    if _is_d(last) or (last in _TENSOR and any(word in BACKWARD for word in words[:-1])):
        return _TENSOR[last]
    is_gradient = last in ("grad", "gradient") and len(before) > 1
    return _TENSOR.get(words[-2]) if is_gradient else None


def tensor_alone(name: str) -> str | None:
    """Return the tensor that a function is named after in its last word: ``conv2d_weight``."""
    return _TENSOR.get(words_of(name)[-1]) if words_of(name) else None


def _is_d(word: str) -> bool:
    is_named = word[0] == "d" and word in _TENSOR and word != "data"
    return is_named or word in (
        "gradx",
        "gradw",
        "gradb",
        "gradinput",
        "gradweight",
        "gradfilter",
        "gradbias",
    )


_NAMES: dict[str, frozenset[str]] = {role: frozenset(names) for role, names in ROLES.items()}


def role_of(name: str, roles: Iterable[str]) -> str | None:
    """Return the first of some roles that an argument of this name has, or None.

    Names are compared as they are, then in lower case: W is the weights, and a lone K the window.
    """
    for spelled in (name, name.strip("_"), name.lower().strip("_")):
        for role in roles:
            if spelled in _NAMES[role]:
                return role
    return None
