"""What a result has in common with the right one, where no known mistake fits: "dx lacks the factor gamma".

A result is a sum of parts, and each part may be a sum over axes: dx of a batch norm is dxhat / std, less the path
through the mean, less the path through the variance; dgamma is the sum of dout * xhat over the samples. `PARTS` has the
parts of each layer's tensors, and `FACTORS` what a part may be multiplied by mistake. A sentence is believed only if it
holds in every scene in which the tensor is wrong, and no other sentence does.

To teach it another layer, add a function to `PARTS`.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from gradcheck.contract import Array
from gradcheck.diagnosis.matching import Group, Scene, Stage
from gradcheck.diagnosis.results import Results, agree
from gradcheck.evidence.trial import Trial
from gradcheck.layers.loss import kept_rows

LARGE = 1000
"""Entries of a mask that show with which probability they were kept."""

FEWEST = 2
"""Scenes in which a sentence must hold: in a single one too much does."""


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


def explanation(stage: Stage, group: Group) -> str | None:
    """Return the one sentence about a tensor that holds wherever it is wrong; None if there is none, or several."""
    explain = PARTS.get(stage.layer)
    wrong = [stage.scenes[i] for i in group.wrong]
    if group.tensor is None or explain is None or len(wrong) < FEWEST:
        return None
    found: dict[str, None] | None = None
    for scene in wrong:
        with np.errstate(all="ignore"):
            parts = explain(scene.trial)
        if group.tensor not in parts.of or group.tensor not in scene.given.arrays:
            return None
        here = dict.fromkeys(_sentences(stage.part, group.tensor, scene, parts))
        found = here if found is None else {text: None for text in found if text in here}
        if not found:
            return None
    certain = [
        text for text in found or () if text not in _of_wrong_factors(parts.of[group.tensor], group.tensor)
    ]
    if certain or not found:
        return certain[0] if len(certain) == 1 else None
    return next(iter(found)) if len(found) == 1 else None


def _of_wrong_factors(parts: tuple[Part, ...], tensor: str) -> dict[str, tuple[Part, ...]]:
    """Return the sentences that some of the parts have a wrong factor, whatever it is."""
    return {
        f"{tensor}: the factor of the term{'s' * (len(chosen) > 1)} {_names(chosen)} is wrong": chosen
        for chosen in _subsets(parts)
        if len(chosen) < len(parts)
    }


def _names(parts: tuple[Part, ...]) -> str:
    return " and ".join(part.name for part in parts)


def _sentences(part: str, tensor: str, scene: Scene, parts: Parts) -> Iterator[str]:
    """Yield every sentence that turns the right tensor into the one that was given."""
    given = scene.given.arrays[tensor]
    yield from (text for name, text, holds in parts.tests if name == tensor and holds(given))
    for text, made in _changes(tensor, parts.of[tensor], parts.factors):
        with np.errstate(all="ignore"):
            values = np.asarray(made())
        is_right = values.shape != given.shape or _same(
            part, tensor, scene, values, scene.right.arrays[tensor]
        )
        if not is_right and _same(part, tensor, scene, values, given):
            yield text
    for text, chosen in _of_wrong_factors(parts.of[tensor], tensor).items():
        # The one number by which the chosen parts explain what is left, if there is one.
        some = _sum([part.value for part in chosen])
        rest = (
            given - (_sum([part.value for part in parts.of[tensor]]) - some)
            if given.shape == some.shape
            else None
        )
        if rest is not None and some.any() and np.isfinite(rest).all():
            factor = float((rest * some).sum() / (some * some).sum())
            if _same(part, tensor, scene, given - rest + factor * some, given):
                yield text


def _same(part: str, tensor: str, scene: Scene, one: Array, other: Array) -> bool:
    return agree(scene.trial, part, tensor, Results({tensor: one}), Results({tensor: other}))


def _changes(
    tensor: str, parts: tuple[Part, ...], factors: Mapping[str, Array | float]
) -> Iterator[tuple[str, Callable[[], Array]]]:
    """Yield what may have happened to a sum of parts, as a sentence and the result that it leads to."""
    if len(parts) == 1 and parts[0].axes:
        yield from _other_sums(tensor, parts[0])
    for part in parts:
        others = [other.value for other in parts if other is not part]
        for text, value in part.variants:
            yield (
                f"{tensor}: in the term {part.name} {text}",
                lambda others=others, value=value: _sum([*others, value]),  # type: ignore[misc]
            )
    for chosen in _subsets(parts):
        rest = [part for part in parts if part not in chosen]
        for text, change in _factors(tensor, chosen, not rest, factors):
            if not all(_takes(part, change) for part in chosen):
                continue
            yield (
                text,
                lambda chosen=chosen, rest=rest, change=change: _sum(  # type: ignore[misc]
                    [part.value for part in rest] + [_scaled(part, change) for part in chosen]
                ),
            )


def _count(part: Part) -> int:
    """Return how many entries a part sums into one."""
    return math.prod(part.entries.shape[axis] for axis in part.axes)


def _subsets(parts: tuple[Part, ...]) -> Iterator[tuple[Part, ...]]:
    """Yield all parts together first, then each by itself, then what lies between."""
    yield parts
    for count in range(1, len(parts)):
        yield from combinations(parts, count)


def _sum(values: Sequence[Array]) -> Array:
    total = values[0]
    for value in values[1:]:
        total = total + value
    return np.asarray(total)


def _takes(part: Part, factor: Array | float) -> bool:
    """Return whether a factor has a number for each entry: a running statistic has one for each channel only."""
    given = np.shape(factor)
    return len(given) <= part.entries.ndim and all(
        one in (1, of) for one, of in zip(given[::-1], part.entries.shape[::-1], strict=False)
    )


def _scaled(part: Part, factor: Array | float) -> Array:
    """Return a part whose entries have a factor: inside its sum if it is not one number."""
    return np.asarray(np.asarray(part.entries * factor).sum(axis=part.axes))


def _factors(
    tensor: str, chosen: tuple[Part, ...], is_whole: bool, factors: Mapping[str, Array | float]
) -> Iterator[tuple[str, Array | float]]:
    """Yield what the chosen parts may be multiplied by, with the sentence that says so."""
    names = _names(chosen)
    what = (
        tensor if is_whole else f"{tensor}: {'each of the terms' if len(chosen) > 1 else 'the term'} {names}"
    )
    if not is_whole:
        several = "s" * (len(chosen) > 1)
        yield f"{tensor} lacks the term{several} {names}", 0.0
    yield f"{what} has the wrong sign", -1.0
    yield f"{what} is twice as large as it should be", 2.0
    yield f"{what} is half as large as it should be", 0.5
    for name, factor in factors.items():
        is_number = np.ndim(factor) == 0
        more = f"is too large by the factor {name}" if is_number else f"has the factor {name} once too often"
        less = f"is too small by the factor {name}" if is_number else f"lacks the factor {name}"
        yield f"{what} {more}", factor
        # Divided by the number of its entries, a sum is a mean, which has a sentence of its own.
        if not (is_number and len(chosen) == 1 and factor == _count(chosen[0])):
            yield f"{what} {less}", 1 / np.asarray(factor)
    for (one, first), (other, second) in combinations(factors.items(), 2):
        yield f"{what} has the factor {one} where {other} belongs", first / np.asarray(second)
        yield f"{what} has the factor {other} where {one} belongs", second / np.asarray(first)


def _other_sums(tensor: str, part: Part) -> Iterator[tuple[str, Callable[[], Array]]]:
    """Yield a sum over other axes, a mean, or a sum over some of the samples only."""
    entries, axes = part.entries, part.axes
    yield f"{tensor} is the mean of {part.name}, but must be the sum", lambda: part.value / _count(part)
    first = axes[0]
    yield f"{tensor} is taken from the first sample alone", lambda: _one(entries, axes, first, 0)
    yield f"{tensor} is taken from the last sample alone", lambda: _one(entries, axes, first, -1)
    every = range(entries.ndim)
    for number in range(entries.ndim + 1):
        for other in combinations(every, number):
            if other != axes:
                over = f"axis {other[0]}" if len(other) == 1 else f"the axes {other}" if other else "no axis"
                right = f"axis {axes[0]}" if len(axes) == 1 else f"the axes {axes}"
                yield (
                    f"{tensor} sums {part.name} over {over}, but must sum over {right}",
                    lambda other=other: np.asarray(entries.sum(axis=other)),  # type: ignore[misc]
                )


def _one(entries: Array, axes: tuple[int, ...], first: int, index: int) -> Array:
    """Return a sum over axes, of one entry along the first of them."""
    return np.asarray(np.take(entries, [index], first).sum(axis=axes))


# The layers


def _norm(trial: Trial) -> Parts:
    """Return the parts of batch, spatial batch, layer and group norm: their statistics run over other axes."""
    params, tensors = trial.params, trial.reference.tensors
    x, gamma, beta = (tensors[name] for name in ("x", "gamma", "beta"))
    groups = params.get("g")
    shape = x.shape
    sets = x if groups is None else x.reshape(shape[0], groups, -1)
    per_sample = "mode" not in params
    axes = (2,) if groups is not None else tuple(range(1, x.ndim)) if per_sample else (0, *range(2, x.ndim))

    def mean(values: Array) -> Array:
        """Return the mean of each set, in the shape of x."""
        found = values.reshape(sets.shape).mean(axis=axes, keepdims=True)
        return np.broadcast_to(found, sets.shape).reshape(shape)

    wide = (1, *gamma.shape) if gamma.ndim == x.ndim - 1 else (1, gamma.size, *(1,) * (x.ndim - 2))
    scale, shift = gamma.reshape(wide), beta.reshape(wide)
    is_training = params.get("mode", "train") == "train"
    if is_training:
        centre = mean(x)
        variance = mean((x - centre) ** 2)
    else:
        centre, variance = tensors["running_mean"].reshape(wide), tensors["running_var"].reshape(wide)
    std = np.sqrt(variance + params["eps"])
    xhat = (x - centre) / std
    dout = np.asarray(trial.dout, dtype=np.float64) if trial.case.output_shape == shape else np.zeros(shape)
    dxhat = dout * scale
    summed = (0,) if gamma.ndim == x.ndim - 1 else (0, *range(2, x.ndim))
    count = float(np.prod([sets.shape[axis] for axis in axes]))
    paths: tuple[Part, ...] = (Part("dxhat / std", dxhat / std),)
    if is_training:
        each = dxhat * xhat
        paths += (
            Part(
                "-mean(dxhat) / std", -mean(dxhat) / std, variants=_unaveraged(-1 / std, dxhat, mean, count)
            ),
            Part(
                "-xhat * mean(dxhat * xhat) / std",
                -xhat * mean(each) / std,
                variants=_unaveraged(-xhat / std, each, mean, count),
            ),
        )
    factors: dict[str, Array | float] = {
        "gamma": scale,
        "xhat": xhat,
        "std": std,
        "var + eps": std**2,
        "N": float(shape[0]),
    }
    if count != shape[0]:
        factors["the number of values that share a mean"] = count
    return Parts(
        {
            "out": (Part("gamma * xhat", scale * xhat), Part("beta", np.broadcast_to(shift, shape))),
            "dx": paths,
            "dgamma": (Part("dout * xhat", dout * xhat, summed),),
            "dbeta": (Part("dout", dout, summed),),
        }
        | _running(trial, mean, x),
        factors,
    )


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
    bias = tensors.get("b")
    right = trial.reference.gradients(dout)
    each = [np.where(np.arange(len(dout)).reshape(-1, 1, 1, 1) == n, dout, 0) for n in range(len(dout))]
    shares = np.stack([trial.reference.gradients(one)["w"] for one in each])
    out = trial.reference.here[0]
    added = np.zeros(1) if bias is None else bias.reshape(-1, *((1, 1) if bias.ndim == 1 else bias.shape[1:]))
    parts: dict[str, tuple[Part, ...]] = {
        "out": (Part("the products", out - added),),
        "dx": (Part("dx", right["x"]),),
        "dw": (Part("the samples' shares", shares, (0,)),),
        "db": (Part("dout", dout, (0, 2, 3) if bias is None or bias.ndim == 1 else (0,)),),
    }
    if bias is not None:
        parts["out"] += (Part("b", np.broadcast_to(added, out.shape)),)
    w = tensors["w"].shape
    factors = {"N": dout.shape[0], "kh * kw": w[2] * w[3], "C": w[1], "C * kh * kw": np.prod(w[1:])}
    factors |= {"OH * OW": dout.shape[2] * dout.shape[3]}
    return Parts(parts, {name: float(value) for name, value in factors.items()})


def _pool(trial: Trial) -> Parts:
    right = trial.reference.gradients(np.asarray(trial.dout, dtype=np.float64))
    kh, kw = trial.params["kernel"]
    factors = {"N": trial.params["n"], "kh * kw": kh * kw, "kh": kh, "kw": kw}
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


def mask_drawn(scene: Scene) -> str | None:
    """Return how the mask of a dropout was drawn, if that shows: too few numbers, or from normal ones."""
    out = scene.given.arrays.get("out")
    if out is None or out.size < LARGE:
        return None
    kept = (out != 0).reshape(len(out), -1)
    if min(kept.shape) > 1 and 0 < kept.sum() < kept.size:
        if (kept == kept[:, :1]).all():
            return "the mask has one number for each sample, but needs one for each entry"
        if (kept == kept[:1]).all():
            return "the mask is the same for all samples, but needs a number for each entry"
    share, p = float((out != 0).mean()), scene.trial.params["keep_prob"]
    below = {value: 0.5 * (1 + math.erf(value / math.sqrt(2))) for value in (p, 1 - p)}
    shares = [*below.values(), *(1 - value for value in below.values())]
    if min(abs(share - value) for value in shares) > 4 / math.sqrt(out.size):
        return None
    return "the mask is drawn from normal numbers (randn), but needs uniform ones between 0 and 1 (rand)"


def _softmax(trial: Trial) -> Parts:
    x, y = trial.reference.tensors["x"], trial.reference.tensors["y"]
    p = np.exp(x - x.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    kept = kept_rows(trial.params, y)
    p, hot = p * kept[:, None], np.eye(x.shape[1])[np.where(kept, y, 0)] * kept[:, None]
    share = float(np.asarray(trial.dout)) / np.count_nonzero(kept)
    return Parts(
        {
            "out": (Part("the loss", np.asarray(trial.reference.here[0])),),
            "dx": (Part("p / N", p * share), Part("-onehot(y) / N", -hot * share)),
        },
        {"N": float(np.count_nonzero(kept)), "C": float(x.shape[1])},
    )


def _svm(trial: Trial) -> Parts:
    x, y = trial.reference.tensors["x"], trial.reference.tensors["y"]
    rows, share = np.arange(len(x)), float(np.asarray(trial.dout)) / len(x)
    close = (x - x[rows, y][:, None] + trial.params["margin"] > 0).astype(float)
    close[rows, y] = 0
    hot = np.eye(x.shape[1])[y]
    return Parts(
        {
            "out": (Part("the loss", np.asarray(trial.reference.here[0])),),
            "dx": (
                Part("of the classes that come too close", close * share),
                Part("of the label", -hot * close.sum(axis=1, keepdims=True) * share),
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
    **dict.fromkeys(("batch_norm", "spatial_batch_norm", "layer_norm", "group_norm"), _norm),
    **dict.fromkeys(("conv2d", "conv_transpose2d"), _conv),
    **dict.fromkeys(("max_pool2d", "avg_pool2d"), _pool),
    **dict.fromkeys(("relu", "leaky_relu", "sigmoid", "tanh"), _entrywise),
    "affine": _affine,
    "dropout": _dropout,
    "softmax_loss": _softmax,
    "svm_loss": _svm,
    "mse_loss": _mse,
}
