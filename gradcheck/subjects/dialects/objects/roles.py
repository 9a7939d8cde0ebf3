"""What people call the arguments of a constructor, of the two methods, and the attributes of a layer's object."""

from functools import lru_cache

from gradcheck.subjects.dialects.inferred.words import ROLES


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FORWARD = _words(
    "forward forward_pass forward_propagation forward_prop forwardpass fprop feedforward feed_forward "
    "forward_propagate propagate loss call __call__ fn activate apply"
)
BACKWARD = _words(
    "backward backward_pass backward_propagation backward_prop backwardpass backprop back_prop bprop "
    "backpropagation back_propagation backpropagate backward_propagate back grad gradient derivative"
)
"""The methods, the likeliest first."""

INITIAL = _words(
    "init build initialize initialise init_params init_weights init_parameters initialize_parameters "
    "initialize_weights _init_params _init_weights _build setup reset_parameters initialization "
    "initialise_parameters"
)
"""Methods that make an object's parameters, where neither the constructor nor a first forward does."""

SHAPING = ("set_input_shape", "set_input_size")
"""Methods that are given the shape of one sample before."""

IS_SLOPE = frozenset({"grad", "gradient", "derivative"})
"""Backward methods that may give the derivative at x, without dout."""

MAKING: dict[str, str] = {
    "in": "in_features n_in input_size in_dim input_dim n_inputs fan_in num_inputs in_size n_input inputs "
    "nin num_in dim_in input_features input_units in_units n_features num_features D_in input_len "
    "input_length in_nodes n_prev in_channels num_input inputs_size nb_inputs in_neurons input_nodes "
    "n_inp ni d_in channels_in size_in",
    "out": "out_features n_out output_size out_dim output_dim n_outputs units n_units num_units fan_out "
    "num_outputs out_size n_neurons neurons n_output nout num_out dim_out hidden nodes "
    "output_features layer_size num_neurons outputs D_out output_len output_units out_units "
    "out_nodes num_nodes hidden_size out_channels num_output nb_outputs output_nodes no d_out "
    "hidden_units channels_out size_out output_length",
    "c": "in_channels channels_in input_channels n_channels in_ch c_in in_depth input_depth num_channels "
    "channels in_c C_in in_channel nb_channels n_C_prev num_in_channels n_in channel_in inp_channels "
    "input_channel in_features ni",
    "f": "out_channels num_filters n_filters num_kernels kernel_num filters out_ch c_out depth n_kernels filter_num "
    "num_filter out_c n_out_channels out_depth kernels_num output_channels out_channel n_C C_out "
    "nb_filters num_out_channels filter_count n_out channels_out F output_depth output_channel "
    "no_filters out_features no number_of_filters nf n_filter filters_count count_filters",
    "kernel": "kernel_size filter_size filter_shape kernel kernel_shape pool_size window window_size "
    "pooling_shape window_shape pool_shape ksize k size pool filter_shape f pool_window pooling_size "
    "kernel_dim filter_dim K pool_dim pool_kernel",
    "kernel_h": "pool_h kh kernel_h pool_height filter_h filter_height kernel_height HH window_h k_h h_filter",
    "kernel_w": "pool_w kw kernel_w pool_width filter_w filter_width kernel_width WW window_w k_w w_filter",
    "stride_h": "stride_h sh stride_y",
    "stride_w": "stride_w sw stride_x",
    "pad_h": "pad_h padding_h ph",
    "pad_w": "pad_w padding_w pw",
    "stride": "stride strides s stride_size stride_shape S step",
    "pad": "padding pad p padding_size pad_size zero_padding paddings P",
    "dilation": "dilation dilations dilation_rate",
    "g": "groups num_groups n_groups group G",
    "output_pad": "output_padding out_pad output_pad",
    "size": " ".join(ROLES["size"]),
    "length": "max_len max_length max_seq_len seq_len seq_length maxlen max_position max_positions n_positions "
    "max_position_embeddings block_size context_length sequence_length",
    "no_drop": "dropout dropout_rate p_drop drop_prob p dropout_p drop",
    "m": "depth_multiplier channel_multiplier multiplier",
    "w_shape": "convolution_shape w_shape weight_shape conv_shape",
    "x_shape": "input_shape shape in_shape x_shape input_size shape_in input_dim image_shape input_dims in_size "
    "inp_shape",
    "h": "input_height in_h height image_height h H in_height",
    "w": "input_width in_w width image_width w W in_width",
    "d": "channels num_features n_features features dim normalized_shape size d input_dim input_shape "
    "n_units n_in input_size D num_channels n_channels shape units in_features feature_size "
    "layer_size C c neurons dims n_out d_model embed_dim embedding_dim emb_dim model_dim n_embd",
    "v": "vocab_size num_embeddings vocabulary_size n_vocab V num_vocab vocab n_tokens num_tokens n_embeddings "
    "input_dim n_words num_words input_size in_features size in_dim",
    "e": "embedding_dim embed_dim d_model dim embedding_size emb_dim D hidden_size wordvec_size output_dim "
    "embed_size n_embd d H emb_size output_size out_features out_dim features vec_size",
    "W": "W w weight weights kernel kernels filters w_init_value table P",
    "b": "b bias biases beta",
    "gamma": "gamma scale weight",
    "beta": "beta shift bias",
    "running_mean": "running_mean moving_mean",
    "running_var": "running_var moving_var",
    "eps": "eps epsilon e",
    "momentum": "momentum decay mom rho",
    "slope": "alpha negative_slope slope leak leaky_slope a",
    "alpha": "alpha a",
    "sharpness": "beta",
    "axis": "axis dim",
    "keep_prob": "keep_prob keep keep_probability p_keep keep_rate keep_p retain_prob",
    "drop_prob": "drop_prob dropout_ratio dropout_rate drop_rate drop p_drop",
    "keep_or_drop": "p prob probability rate ratio dropout q p_dropout",
    "mode": "mode pool_mode pooling method pool_type kind",
    "activation": "activation act_fn act activation_fn activation_function act_func nonlinearity activator "
    "non_linearity activation_name name func function fn f",
    "slope_of": "activation_prime activation_derivative d_activation act_prime derivative prime activation_grad "
    "dfn f_prime df fprime",
    "rate": "learning_rate lr learn_rate eta step_size alpha learningrate",
    "optimizer": "optimizer optim opt optimiser",
    "margin": "margin delta",
    "delta": "delta threshold d",
    "smoothing": f"{' '.join(ROLES['smoothing'])} eps epsilon alpha",
    "ignore_index": " ".join(ROLES["ignore_index"]),
    "rng": "rng generator random_state rs seed random gen key",
    "name": "name layer_name",
}
"""Role -> what people call an argument of a constructor that has it."""

_WINDOWS = ("kernel_h", "kernel_w", "stride_h", "stride_w", "pad_h", "pad_w")
_TRAINED = ("activation", "slope_of", "rate", "optimizer", "rng")

BY_LAYER: dict[str, tuple[str, ...]] = {
    "conv1d": ("c", "f", "kernel", "stride", "pad", "dilation", "g", "W", "b", *_TRAINED),
    "affine": ("W", "b", "in", "out", "x_shape", *_TRAINED),
    "temporal_affine": ("W", "b", "in", "out"),
    "conv2d": (
        *_WINDOWS,
        *(
            "x_shape",
            "w_shape",
            "c",
            "f",
            "kernel",
            "stride",
            "pad",
            "dilation",
            "g",
            "W",
            "b",
            "h",
            "w",
            *_TRAINED,
        ),
    ),
    "conv_transpose2d": (
        *_WINDOWS,
        *(
            "x_shape",
            "w_shape",
            "c",
            "f",
            "kernel",
            "stride",
            "pad",
            "output_pad",
            "dilation",
            "g",
            "W",
            "b",
            "h",
            "w",
        ),
        *_TRAINED,
    ),
    "depthwise_conv2d": (*_WINDOWS, "c", "kernel", "stride", "pad", "dilation", "m", "W", "b", *_TRAINED),
    "adaptive_avg_pool2d": ("size",),
    "max_pool1d": ("kernel", "stride", "pad", "dilation"),
    "avg_pool1d": ("kernel", "stride", "pad"),
    "learned_encoding": ("W", "length", "d", "no_drop", "rng"),
    "positional_encoding": ("d", "length", "no_drop"),
    "max_pool2d": (*_WINDOWS, "x_shape", "kernel", "stride", "pad", "dilation", "c", "h", "w", "mode"),
    "avg_pool2d": (*_WINDOWS, "x_shape", "kernel", "stride", "pad", "c", "h", "w", "mode"),
    **dict.fromkeys(
        ("batch_norm", "spatial_batch_norm"),
        ("gamma", "beta", "running_mean", "running_var", "d", "eps", "momentum", "rate", "optimizer"),
    ),
    "layer_norm": ("gamma", "beta", "d", "eps", "rate", "optimizer"),
    "rms_norm": ("gamma", "d", "eps", "rate", "optimizer"),
    "word_embedding": ("W", "v", "e", "rate", "optimizer", "rng"),
    "group_norm": ("gamma", "beta", "g", "d", "eps", "rate", "optimizer"),
    "instance_norm": ("gamma", "beta", "d", "eps", "rate", "optimizer"),
    "dropout": ("keep_prob", "drop_prob", "keep_or_drop"),
    "leaky_relu": ("slope",),
    "elu": ("alpha",),
    **dict.fromkeys(("softmax", "log_softmax"), ("axis",)),
    **dict.fromkeys(("silu", "softplus"), ("sharpness",)),
    "svm_loss": ("margin",),
    "huber_loss": ("delta",),
    "softmax_loss": ("ignore_index",),
    "smoothed_softmax_loss": ("smoothing",),
    **dict.fromkeys(("relu", "sigmoid", "tanh"), ("activation", "slope_of")),
}
"""Layer -> the roles of its constructor's arguments; an earlier role is preferred."""


ON_TARGETS = frozenset(
    {"mse_loss", "l1_loss", "huber_loss", "bce_loss", "bce_with_logits_loss", "kl_div_loss"}
)
"""The losses whose targets have the shape of x."""

KNOWN = frozenset({*BY_LAYER, "identity", "flatten", "gelu", "global_avg_pool2d", *ON_TARGETS})
"""The layers that a class is judged as: what its constructor takes is known, or it takes nothing."""


def roles_for(layer: str) -> tuple[str, ...]:
    """Return the roles that a constructor's arguments may have."""
    return *BY_LAYER.get(layer, ()), "name"


GIVEN: dict[str, frozenset[str]] = {
    role: frozenset(ROLES[role])
    for role in ("x", "y", "w", "b", "gamma", "beta", "running_mean", "running_var", "training", "cache")
} | {
    "dout": frozenset(ROLES["dout"]) - {"eta"}
    | frozenset(
        _words(
            "grads grad_output_ output_error accum_grad accumulated_gradient dLdY dLdy dLdZ output_grads err errors "
            "loss_gradient previous_grad grad_next next_gradient grad_from_next loss_grad dvalues d_values delta_in "
            "deltas top_gradient"
        )
    ),
    "y": frozenset(ROLES["y"])
    | frozenset(_words("label_tensor labels_tensor target_tensor y_onehot one_hot onehot")),
    "rate": frozenset(
        _words("learning_rate lr learn_rate learning_rate_ alpha eta step_size rate l_rate learningrate")
    ),
}
"""Role -> what people call an argument of the two methods that has it."""


def has_role(name: str, words: frozenset[str]) -> bool:
    """Return whether a name is one of the words of a role."""
    return name in words or name.lower().strip("_") in words or squashed(name) in _squashed(words)


def squashed(name: str) -> str:
    """Return a name without what people write differently: ``nIn``, ``n_in`` and ``nin`` are the same."""
    return name.lower().replace("_", "")


@lru_cache(maxsize=256)
def _squashed(words: frozenset[str]) -> frozenset[str]:
    return frozenset(squashed(each) for each in words)
