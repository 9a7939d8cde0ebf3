"""The parts of which each layer's tensors are made, for sentences about what is wrong in a sum.

dx of a batch norm is dxhat / std, less the path through the mean, less the path through the variance; dgamma is the sum
of dout * xhat over the samples. To teach `structure` another layer, add a function to `PARTS`.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gradcheck.contract import Array
from gradcheck.evidence.trial import Trial
from gradcheck.layers.loss import kept_rows
from gradcheck.layers.norm import is_centred, sharing_axes


@dataclass(frozen=True)
class Part:
    """One summand of a tensor: its name in a sentence, its entries, and the axes that they are summed over.

    `variants` has what may have become of it, each with a sentence.
    """

    name: str
    entries: Array
    axes: tuple[int, ...] = ()
    variants: tuple[tuple[str, Array], ...] = ()

    @property
    def value(self) -> Array:
        """The part as it enters the result."""
        return np.asarray(self.entries.sum(axis=self.axes))


@dataclass(frozen=True)
class Parts:
    """The parts of each tensor on one case, and the factors that may be there by mistake."""

    of: dict[str, tuple[Part, ...]]
    factors: dict[str, Array | float]
    tests: tuple[tuple[str, str, Callable[[Array], bool]], ...] = ()
    """Tensors, sentences, and whether they hold of what was given."""


Explain = Callable[[Trial], Parts]


@dataclass(frozen=True)
class Sets:
    """What a norm takes its statistics of: x with an axis for its groups, and the axes of a set.

    `scale` and `shift` are gamma and beta in a shape that fits x; without a beta, the shift is 0. `is_centred` is
    whether a mean is subtracted.
    """

    values: Array
    axes: tuple[int, ...]
    scale: Array
    shift: Array
    is_centred: bool = True


def sets_of(trial: Trial) -> Sets:
    """Return the sets of a norm: batch, spatial batch, layer, RMS, group or instance."""
    tensors, params = trial.reference.tensors, trial.params
    x, gamma = tensors["x"], tensors["gamma"]
    beta = tensors.get("beta", np.zeros_like(gamma))
    groups = params.get("g")
    values = x if groups is None else x.reshape(len(x), groups, -1, *x.shape[2:])
    axes = sharing_axes(params, x.ndim) if groups is None else tuple(range(2, values.ndim))
    wide = gamma.shape if "dims" in params else (gamma.size, *(1,) * (x.ndim - 2))
    wide = (*(1,) * (x.ndim - len(wide)), *wide)
    return Sets(values, axes, gamma.reshape(wide), beta.reshape(wide), is_centred(tensors))


def _norm(trial: Trial) -> Parts:
    """Return the parts of a norm; the statistics of each run over other axes, and RMS norm has no mean."""
    params, tensors, found = trial.params, trial.reference.tensors, sets_of(trial)
    x, gamma = tensors["x"], tensors["gamma"]
    sets, axes, scale, shift, shape = found.values, found.axes, found.scale, found.shift, x.shape

    def mean(values: Array) -> Array:
        """Return the mean of each set, in the shape of x."""
        each = values.reshape(sets.shape).mean(axis=axes, keepdims=True)
        return np.broadcast_to(each, sets.shape).reshape(shape)

    wide = scale.shape
    is_training = params.get("mode", "train") == "train"
    if is_training:
        centre = mean(x) if found.is_centred else np.zeros_like(x)
        variance = mean((x - centre) ** 2)
    else:
        centre, variance = tensors["running_mean"].reshape(wide), tensors["running_var"].reshape(wide)
    std = np.sqrt(variance + params["eps"])
    xhat = (x - centre) / std
    dout = np.asarray(trial.dout, dtype=np.float64) if trial.case.output_shape == shape else np.zeros(shape)
    dxhat = dout * scale
    summed = tuple(range(x.ndim - gamma.ndim)) if "dims" in params else (0, *range(2, x.ndim))
    count = float(np.prod([sets.shape[axis] for axis in axes]))
    paths = [Part("dxhat / std", dxhat / std)]
    if is_training and found.is_centred:
        through = _unaveraged(-1 / std, dxhat, mean, count)
        paths.append(Part("-mean(dxhat) / std", -mean(dxhat) / std, variants=through))
    if is_training:
        each = dxhat * xhat
        through = _unaveraged(-xhat / std, each, mean, count)
        paths.append(Part("-xhat * mean(dxhat * xhat) / std", -xhat * mean(each) / std, variants=through))
    shifts = (Part("beta", np.broadcast_to(shift, shape)),) if "beta" in tensors else ()
    return Parts(
        {
            "out": (Part("gamma * xhat", scale * xhat), *shifts),
            "dx": tuple(paths),
            "dgamma": (Part("dout * xhat", dout * xhat, summed),),
            "dbeta": (Part("dout", dout, summed),),
        }
        | _running(trial, mean, x),
        {"gamma": scale, "xhat": xhat, "std": std, "var + eps": std**2, **_counts(shape, count)},
    )


def _counts(shape: tuple[int, ...], count: float) -> dict[str, float]:
    """Return the numbers of values by which a norm may divide by mistake."""
    counts = {"N": float(shape[0])}
    if count != shape[0]:
        counts["the number of values that share a mean"] = count
    if len(shape) == 4:
        counts["H * W"] = float(shape[2] * shape[3])
    return counts


def _unaveraged(
    factor: Array, values: Array, mean: Callable[[Array], Array], count: float
) -> tuple[tuple[str, Array], ...]:
    """Return what becomes of a term with a mean where this is not a mean over the right values."""
    over_all, over_samples = values.mean(), values.mean(axis=0, keepdims=True)
    return (
        ("nothing is summed, but the mean is due", factor * values),
        ("nothing is summed", factor * values / count),
        ("the mean runs over all of x", factor * over_all),
        ("the sum runs over all of x", factor * values.sum() / count),
        ("the mean runs over the batch", factor * over_samples),
        ("a median stands for the mean", factor * np.median(values)),
        ("the mean of absolute values stands for the mean", factor * mean(np.abs(values))),
    )


def _running(trial: Trial, mean: Callable[[Array], Array], x: Array) -> dict[str, tuple[Part, ...]]:
    """Return the parts of the running statistics: the old one and that of the batch."""
    if trial.params.get("mode") != "train":
        return {}
    weight, tensors = trial.params["momentum"], trial.reference.tensors
    values = x.size / x.shape[1]
    var = _of_channels(mean((x - mean(x)) ** 2))
    if trial.params["variance"] == "unbiased":
        var = var * values / (values - 1)
    found = {"running_mean": _of_channels(mean(x)), "running_var": var}
    return {
        name: (
            Part("of the old value", (1 - weight) * tensors[name]),
            Part("of the batch", weight * batch),
        )
        for name, batch in found.items()
    }


def _of_channels(values: Array) -> Array:
    """Return one value a channel of an array that is constant in each."""
    return np.asarray(np.moveaxis(values, 1, 0).reshape(values.shape[1], -1)[:, 0])


def _affine(trial: Trial) -> Parts:
    tensors, dout = trial.reference.tensors, np.asarray(trial.dout, dtype=np.float64)
    x, w = tensors["x"], tensors["w"]
    rows = x.reshape(x.shape[0], -1)
    parts: dict[str, tuple[Part, ...]] = {
        "out": (Part("x.dot(w)", rows @ w),),
        "dx": (Part("dout.dot(w.T)", (dout @ w.T).reshape(x.shape)),),
        "dw": (Part("x times dout", rows[:, :, None] * dout[:, None, :], (0,)),),
        "db": (Part("dout", dout, (0,)),),
    }
    if "b" in tensors:
        parts["out"] += (Part("b", np.broadcast_to(tensors["b"], dout.shape)),)
    return Parts(parts, {"N": float(len(x)), "D": float(rows.shape[1]), "M": float(w.shape[1])})


def _conv(trial: Trial) -> Parts:
    """Return the parts of a convolution, transposed or not; those of dw are the samples."""
    tensors, dout = trial.reference.tensors, np.asarray(trial.dout, dtype=np.float64)
    bias, axes = tensors.get("b"), tuple(range(2, dout.ndim))
    right = trial.reference.gradients(dout)
    samples = np.arange(len(dout)).reshape(-1, *(1,) * (dout.ndim - 1))
    each = [np.where(samples == n, dout, 0) for n in range(len(dout))]
    shares = np.stack([trial.reference.gradients(one)["w"] for one in each])
    out = trial.reference.here[0]
    wide = (1,) * len(axes) if bias is not None and bias.ndim == 1 else () if bias is None else bias.shape[1:]
    added = np.zeros(1) if bias is None else bias.reshape(-1, *wide)
    parts: dict[str, tuple[Part, ...]] = {
        "out": (Part("the products", out - added),),
        "dx": (Part("dx", right["x"]),),
        "dw": (Part("the samples' shares", shares, (0,)),),
        "db": (Part("dout", dout, (0, *axes) if bias is None or bias.ndim == 1 else (0,)),),
    }
    if bias is not None:
        parts["out"] += (Part("b", np.broadcast_to(added, out.shape)),)
    w = tensors["w"].shape
    taps, places = KERNELS[len(axes)]
    factors = {"N": dout.shape[0], taps: np.prod(w[2:]), "C": w[1], f"C * {taps}": np.prod(w[1:])}
    factors |= {places: np.prod(dout.shape[2:])}
    return Parts(parts, {name: float(value) for name, value in factors.items()})


KERNELS = {1: ("k", "OL"), 2: ("kh * kw", "OH * OW"), 3: ("kd * kh * kw", "OD * OH * OW")}
"""What the sizes of a kernel and of an output are called, by the number of axes."""


def _pool(trial: Trial) -> Parts:
    right = trial.reference.gradients(np.asarray(trial.dout, dtype=np.float64))
    kh, kw = trial.params["kernel"]
    factors = {"N": trial.params["n"], "kh * kw": kh * kw, "kh": kh, "kw": kw}
    return Parts(
        {"out": (Part("out", trial.reference.here[0]),), "dx": (Part("dx", right["x"]),)},
        {name: float(value) for name, value in factors.items()},
    )


def _mean_pool(trial: Trial) -> Parts:
    """Return the parts of a mean over a whole plane, or over windows that follow from the size of the output."""
    right, (h, w) = (
        trial.reference.gradients(np.asarray(trial.dout, dtype=np.float64)),
        trial.case.shapes["x"][2:],
    )
    factors = {"N": trial.params["n"], "H * W": h * w, "H": h, "W": w}
    return Parts(
        {"out": (Part("out", trial.reference.here[0]),), "dx": (Part("dx", right["x"]),)},
        {name: float(value) for name, value in factors.items()},
    )


def _entrywise(trial: Trial) -> Parts:
    """Return the parts of a layer that treats each entry by itself."""
    dout, out = np.asarray(trial.dout, dtype=np.float64), trial.reference.here[0]
    right = trial.reference.gradients(dout)
    factors: dict[str, Array | float] = {"dout": dout, "x": trial.reference.tensors["x"], "out": out}
    return Parts({"out": (Part("out", out),), "dx": (Part("dx", right["x"]),)}, factors)


def _dropout(trial: Trial) -> Parts:
    kept = trial.params["keep_prob"]
    dout, mask = np.asarray(trial.dout, dtype=np.float64), trial.reference.tensors.get("mask")

    def is_masked_anew(given: Array) -> bool:
        passes = given != 0
        return (
            mask is not None and passes.shape == dout.shape and bool(np.allclose(given, passes * dout / kept))
        )

    def is_near(given: Array, values: Array) -> bool:
        return given.shape == values.shape and bool(np.allclose(given, values))

    def drops(given: Array) -> bool:
        x = trial.reference.tensors["x"]
        is_whole = is_near(given, x) or given.shape != x.shape
        left = given[given != 0] if not is_whole else given
        return (
            not is_whole
            and left.size < x.size
            and any(is_near(left, x[given != 0] * factor) for factor in (1.0, kept, 1 / kept))
        )

    is_training = trial.params["mode"] == "train" and mask is not None
    tests: tuple[tuple[str, str, Callable[[Array], bool]], ...] = (
        ("dx", "dx uses another mask than the one that forward drew", is_masked_anew),
    )
    if is_training:
        scaled = np.asarray(mask, dtype=np.float64) / kept
        tests = (
            ("dx", "dx is dout itself: it lacks the mask", lambda given: is_near(given, dout)),
            (
                "dx",
                "dx is masked by 1 - mask / p in place of mask / p",
                lambda given: is_near(given, dout * (1 - scaled)),
            ),
            *tests,
        )
    else:
        tests = (("out", "entries are dropped in evaluation mode, too", drops),)
    factors: dict[str, Array | float] = {"p": kept} | ({} if kept == 0.5 else {"1 - p": 1 - kept})
    return Parts(_entrywise(trial).of, factors, tests)


def _softmax(trial: Trial) -> Parts:
    x, y = trial.reference.tensors["x"], trial.reference.tensors["y"]
    kept = kept_rows(trial.params, y)
    peak = x.max(axis=1, keepdims=True)
    p = np.exp(x - peak)
    total = np.log(p.sum(axis=1, keepdims=True))
    p *= kept[:, None] * np.exp(-total)
    hot = np.eye(x.shape[1])[np.where(kept, y, 0)] * kept[:, None]
    count = float(np.count_nonzero(kept))
    share = float(np.asarray(trial.dout)) / count

    def mean(values: Array) -> Array:
        return np.asarray(values[kept].sum() / count)

    variants = (
        ("log10 stands for log", mean(total / math.log(10) + peak)),
        ("log2 stands for log", mean(total / math.log(2) + peak)),
        ("the shift by the maximum is not undone", mean(total)),
        ("the shift by the maximum is undone twice", mean(total + 2 * peak)),
        ("the largest of all scores is taken off, and each sample's added", mean(total + 2 * peak - x.max())),
        ("the logarithm is missing", mean(np.exp(total) + peak)),
        ("1 is added to the sum", mean(np.log1p(np.exp(total)) + peak)),
    )
    at_label = (p * hot).sum(axis=1, keepdims=True)
    turned = (("1 - p stands for p - 1", (1 - 2 * at_label) * hot * share),)
    return Parts(
        {
            "out": (
                Part("log(sum(exp(x)))", mean(total + peak), variants=variants),
                Part("-x[y]", -mean(x * hot)),
            ),
            "dx": (Part("p / N", p * share), Part("-onehot(y) / N", -hot * share, variants=turned)),
        },
        {"N": count, "C": float(x.shape[1])},
    )


def _svm(trial: Trial) -> Parts:
    x, y, margin = trial.reference.tensors["x"], trial.reference.tensors["y"], trial.params["margin"]
    rows, share = np.arange(len(x)), float(np.asarray(trial.dout)) / len(x)
    own = x[rows, y][:, None]
    others = 1 - np.eye(x.shape[1])[y]
    hinge = np.maximum(x - own + margin, 0) * others
    close = (hinge > 0).astype(float)

    def loss(scores: Array, among: Array | float = others) -> Array:
        return np.asarray((np.maximum(scores, 0) * among).sum() / len(x))

    variants = (
        ("the score of the label is added", loss(x + own + margin)),
        ("the largest score stands for that of the label", loss(x - x.max(axis=1, keepdims=True) + margin)),
        ("the mean score stands for that of the label", loss(x - x.mean(axis=1, keepdims=True) + margin)),
        ("the margin is missing", loss(x - own)),
        ("the margin is subtracted", loss(x - own - margin)),
        ("the margin is always 1", loss(x - own + 1)),
        ("the scores are exchanged", loss(own - x + margin)),
        ("nothing is cut off at 0", np.asarray(((x - own + margin) * others).sum() / len(x))),
        ("the class of the label counts, too", loss(x - own + margin, 1.0)),
        ("the hinge is squared", np.asarray((hinge**2).sum() / len(x))),
    )
    weighted = (("the margin itself stands for 1", hinge * share),)
    return Parts(
        {
            "out": (Part("the loss", np.asarray(trial.reference.here[0]), variants=variants),),
            "dx": (
                Part("of the classes that come too close", close * share, variants=weighted),
                Part("of the label", -(1 - others) * close.sum(axis=1, keepdims=True) * share),
            ),
        },
        {"N": float(len(x)), "C": float(x.shape[1])},
    )


def _mse(trial: Trial) -> Parts:
    x, right = trial.reference.tensors["x"], trial.reference.gradients(np.asarray(trial.dout))
    return Parts(
        {"out": (Part("the loss", np.asarray(trial.reference.here[0])),), "dx": (Part("dx", right["x"]),)},
        {"N": float(len(x)), "x.size": float(x.size)},
    )


PARTS: dict[str, Explain] = {
    **dict.fromkeys(("batch_norm", "spatial_batch_norm", "layer_norm", "rms_norm", "group_norm"), _norm),
    "instance_norm": _norm,
    **dict.fromkeys(("conv1d", "conv2d", "conv3d", "depthwise_conv2d", "conv_transpose2d"), _conv),
    **dict.fromkeys(("max_pool2d", "avg_pool2d"), _pool),
    **dict.fromkeys(("global_avg_pool2d", "adaptive_avg_pool2d"), _mean_pool),
    **dict.fromkeys(
        ("relu", "leaky_relu", "sigmoid", "tanh", "gelu", "silu", "elu", "softplus", "softmax"), _entrywise
    ),
    "affine": _affine,
    "dropout": _dropout,
    "softmax_loss": _softmax,
    "svm_loss": _svm,
    **dict.fromkeys(
        ("mse_loss", "l1_loss", "huber_loss", "bce_loss", "bce_with_logits_loss", "kl_div_loss"), _mse
    ),
}
