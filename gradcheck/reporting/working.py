"""The working of one entry: the products that it is the sum of, and the results on the way to it.

Everything is computed from the inputs of the case by a formula written for this page, and not from a layer's code.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np

from gradcheck.contract import Array, Arrays, Case, Shape
from gradcheck.layers import BY_NAME, geometry
from gradcheck.layers.loss import count_kept, kept_rows
from gradcheck.layers.norm import is_centred, sharing_axes

Index = tuple[int, ...]

MOST_TAPS = 20_000
"""With more products in the whole layer nobody follows one by hand."""


@dataclass(frozen=True)
class Factor:
    """One number of a product: the tensor it is from, and its place there."""

    name: str
    index: Index
    value: float


@dataclass(frozen=True)
class Term:
    """One product of a sum, divided by a number."""

    factors: tuple[Factor, ...]
    divisor: float = 1.0

    @property
    def value(self) -> float:
        """The product."""
        return math.prod(factor.value for factor in self.factors) / self.divisor


@dataclass(frozen=True)
class Tap:
    """One place where an input meets an output: through which weight, and divided by what."""

    out: Index
    x: Index
    w: Index | None = None
    divisor: float = 1.0


def terms(case: Case, tensors: Arrays, dout: Array | None, tensor: str, index: Index) -> list[Term] | None:
    """Return the products that an entry is the sum of; None for a layer, or a tensor, without such a sum.

    Parameters
    ----------
    case : Case
        The case.
    tensors : dict of ndarray
        Its inputs.
    dout : ndarray or None
        The upstream gradient, for a gradient.
    tensor : str
        ``out``, ``dx``, ``dw``, ``db``, ``dgamma``, ``dbeta``.
    index : tuple of int
        The entry.
    """
    if case.layer.name not in BY_NAME:
        return None
    if tensor in ("dgamma", "dbeta") and dout is not None and "eps" in case.params:
        return list(_of_scale(case, tensors, dout, tensor, index))
    taps = _TAPS.get(case.layer.name)
    if taps is None or math.prod(case.output_shape) * _window(case) > MOST_TAPS:
        return None
    return list(_sum(taps(case, tensors), tensors, dout, tensor, index))


def is_padded(case: Case) -> bool:
    """Return whether there is padding to be drawn around x."""
    is_windowed = case.layer.name in BY_NAME and "pad" in case.params and "output_pad" not in case.params
    return is_windowed and len(case.shapes["x"]) == 4


def _window(case: Case) -> int:
    """Return how many products an output has, at most."""
    w = case.shapes.get("w", ())
    return max(math.prod(w), math.prod(case.params.get("kernel", (1,))), 1)


def _sum(
    taps: Iterator[Tap], tensors: Arrays, dout: Array | None, tensor: str, index: Index
) -> Iterator[Term]:
    """Yield the products of one entry."""
    if tensor == "db" and dout is not None:
        shared = len(index) < dout.ndim - 1
        for at in np.ndindex(dout.shape):
            if (at[1:2] if shared else at[1:]) == index:
                yield Term((_factor("dout", dout, at),))
        return
    for tap in taps:
        weight = (_factor("w", tensors["w"], tap.w),) if tap.w is not None else ()
        if tensor == "out" and tap.out == index:
            yield Term((_factor("x", tensors["x"], tap.x), *weight), tap.divisor)
        elif tensor == "dx" and tap.x == index and dout is not None:
            yield Term((_factor("dout", dout, tap.out), *weight), tap.divisor)
        elif tensor == "dw" and tap.w == index and dout is not None:
            yield Term((_factor("dout", dout, tap.out), _factor("x", tensors["x"], tap.x)), tap.divisor)
    if tensor == "out" and "b" in tensors:
        b = tensors["b"]
        yield Term((_factor("b", b, index[1:2] if b.ndim == 1 else index[1:]),))


def _factor(name: str, values: Array, index: Index) -> Factor:
    return Factor(name, index, float(values[index]))


def _axes(case: Case) -> tuple[list[Index], Index, Index, Index]:
    """Return the kernel's taps, the stride, what is padded before, and the dilation."""
    params = case.params
    kernel = geometry.kernel_of(params)
    return (
        list(product(*map(range, kernel))),
        params["stride"],
        tuple(before for before, _ in params["pad"]),
        params.get("dilation", (1,) * len(kernel)),
    )


def _inside(place: Index, shape: Shape) -> bool:
    return all(0 <= at < extent for at, extent in zip(place, shape[2:], strict=True))


def _conv(case: Case, tensors: Arrays) -> Iterator[Tap]:
    kernel, stride, before, dilation = _axes(case)
    each = case.shapes["w"][1]
    filters = case.shapes["w"][0] * each // case.shapes["x"][1]
    for n, f, *at in np.ndindex(case.output_shape):
        for channel, tap in product(range(each), kernel):
            axes = zip(at, stride, before, tap, dilation, strict=True)
            place = tuple(i * step - pad + t * apart for i, step, pad, t, apart in axes)
            if _inside(place, case.shapes["x"]):
                yield Tap((n, f, *at), (n, f // filters * each + channel, *place), (f, channel, *tap))


def _mean(case: Case, tensors: Arrays) -> Iterator[Tap]:
    """Yield the inputs of each mean: over a whole plane, or over windows that follow from the size of the output."""
    sizes = case.shapes["x"][2:]
    for n, c, *at in np.ndindex(case.output_shape):
        counts = case.output_shape[2:] or (1, 1)
        axes = zip(at or (0, 0), sizes, counts, strict=True)
        spans = [range(i * size // count, -(-(i + 1) * size // count)) for i, size, count in axes]
        for place in product(*spans):
            yield Tap((n, c, *at), (n, c, *place), divisor=math.prod(map(len, spans)))


def _conv_transpose(case: Case, tensors: Arrays) -> Iterator[Tap]:
    kernel, stride, before, dilation = _axes(case)
    filters, each = case.shapes["w"][1], case.params["c"] // case.params["g"]
    for n, c, i, j in np.ndindex(case.shapes["x"]):
        for f, (a, b) in product(range(filters), kernel):
            place = i * stride[0] - before[0] + a * dilation[0], j * stride[1] - before[1] + b * dilation[1]
            if _inside(place, case.output_shape):
                yield Tap((n, c // each * filters + f, *place), (n, c, i, j), (c, f, a, b))


def _pool(case: Case) -> Iterator[tuple[Index, list[Index]]]:
    """Yield each output with the inputs in its window."""
    kernel, stride, before, dilation = _axes(case)
    for n, c, i, j in np.ndindex(case.output_shape):
        places = [
            (i * stride[0] - before[0] + a * dilation[0], j * stride[1] - before[1] + b * dilation[1])
            for a, b in kernel
        ]
        yield (n, c, i, j), [(n, c, *place) for place in places if _inside(place, case.shapes["x"])]


def _max_pool(case: Case, tensors: Arrays) -> Iterator[Tap]:
    for out, window in _pool(case):
        yield Tap(out, max(window, key=lambda at: tensors["x"][at]))


def _avg_pool(case: Case, tensors: Arrays) -> Iterator[Tap]:
    params = case.params
    _, stride, before, _ = _axes(case)
    for out, window in _pool(case):
        if params["divisor"] == "real":
            count = len(window)
        else:
            ends = [params[n] + params["pad"][k][1] for k, n in enumerate(("h", "w"))]
            starts = [out[2 + k] * stride[k] - before[k] for k in (0, 1)]
            reach = geometry.reach_of(params)
            count = math.prod(min(s + r, end) - s for s, r, end in zip(starts, reach, ends, strict=True))
        yield from (Tap(out, at, divisor=count) for at in window)


def _affine(case: Case, tensors: Arrays) -> Iterator[Tap]:
    shape = case.shapes["x"]
    for at in np.ndindex(shape):
        feature = int(np.ravel_multi_index(at[1:], shape[1:]))
        for unit in range(case.params["m"]):
            yield Tap((at[0], unit), at, (feature, unit))


def _dropout(case: Case, tensors: Arrays) -> Iterator[Tap]:
    kept = tensors.get("mask", np.ones(case.output_shape))
    keep = case.params["keep_prob"] if case.params["mode"] == "train" else 1.0
    yield from (Tap(at, at, divisor=keep) for at in np.ndindex(case.output_shape) if kept[at])


_TAPS: Mapping[str, Callable[[Case, Arrays], Iterator[Tap]]] = {
    "conv1d": _conv,
    "conv2d": _conv,
    "conv3d": _conv,
    "depthwise_conv2d": _conv,
    "conv_transpose2d": _conv_transpose,
    "max_pool2d": _max_pool,
    "avg_pool2d": _avg_pool,
    "global_avg_pool2d": _mean,
    "adaptive_avg_pool2d": _mean,
    "affine": _affine,
    "dropout": _dropout,
}


def _of_scale(case: Case, tensors: Arrays, dout: Array, tensor: str, index: Index) -> Iterator[Term]:
    """Yield the products of an entry of dgamma or dbeta."""
    xhat = steps(case, tensors, None)["x_hat"]
    for at in np.ndindex(dout.shape):
        if (at[-len(index) :] if "dims" in case.params else at[1:2]) == index:
            more = (_factor("x_hat", xhat, at),) if tensor == "dgamma" else ()
            yield Term((_factor("dout", dout, at), *more))


def steps(case: Case, tensors: Arrays, dout: Array | None) -> dict[str, Array]:
    """Return the results on the way from the inputs to the output, or to dx if there is an upstream gradient."""
    name = case.layer.name
    if name not in BY_NAME:
        return {}
    if "eps" in case.params:
        return _of_norm(case, tensors, dout)
    if name == "softmax_loss":
        shifted = tensors["x"] - tensors["x"].max(axis=1, keepdims=True)
        exps = np.exp(shifted)
        return {"x - the row's largest": shifted, "probabilities": exps / exps.sum(axis=1, keepdims=True)}
    if name == "svm_loss":
        x, y = tensors["x"], tensors["y"]
        own = x[np.arange(len(x)), y][:, None]
        margins = np.maximum(0.0, x - own + case.params["margin"])
        margins[np.arange(len(x)), y] = 0.0
        return {f"margins: max(0, x - x[label] + {case.params['margin']:g}), 0 at the label": margins}
    return {}


STD, RMS = "std = sqrt(variance + eps)", "rms = sqrt(mean of squares + eps)"


def _of_norm(case: Case, tensors: Arrays, dout: Array | None) -> dict[str, Array]:
    x, params = np.asarray(tensors["x"], np.float64), case.params
    running = params.get("mode") == "eval"
    axes, grouped = _reduced(case, x.shape)
    rows, centred = x.reshape(grouped), is_centred(tensors)
    mean = rows.mean(axis=axes, keepdims=True) if centred else np.zeros(1)
    var = np.square(rows - mean).mean(axis=axes, keepdims=True)
    if running:
        mean, var = (_spread(tensors[name], x.ndim) for name in ("running_mean", "running_var"))
    std = np.sqrt(var + params["eps"])
    xhat = ((rows - mean) / std).reshape(x.shape)
    of = " (running)" if running else ""
    if centred:
        found = {f"mean{of}": np.squeeze(mean), f"variance{of}": np.squeeze(var)}
        found |= {STD: np.squeeze(std), "x_hat": xhat}
    else:
        found = {"mean of squares": np.squeeze(var), RMS: np.squeeze(std), "x_hat": xhat}
    if dout is None:
        return found
    gamma = tensors["gamma"] if "dims" in params else _spread(tensors["gamma"], x.ndim)
    dxhat = dout * gamma
    found["dx_hat = dout * gamma"] = dxhat
    if not running:
        means = {"mean of dx_hat": dxhat} if centred else {}
        means |= {"mean of dx_hat * x_hat": dxhat * xhat}
        found |= {
            name: np.squeeze(each.reshape(grouped).mean(axis=axes, keepdims=True))
            for name, each in means.items()
        }
    return found


def _reduced(case: Case, shape: Shape) -> tuple[tuple[int, ...], Shape]:
    """Return the axes whose numbers share a mean, and the shape in which they are axes."""
    if "g" in case.params:
        g = case.params["g"]
        return (2, 3, 4), (shape[0], g, shape[1] // g, *shape[2:])
    return sharing_axes(case.params, len(shape)), shape


def _spread(values: Array, ndim: int) -> Array:
    return values.reshape(1, -1, *(1,) * (ndim - 2))


def formula(
    case: Case, tensors: Arrays, dout: Array | None, tensor: str, index: Index
) -> tuple[str, float] | None:
    """Return how an entry follows from the steps, in numbers, and what comes out; None where a sum says it."""
    name = case.layer.name
    if name not in BY_NAME:
        return None
    if "eps" in case.params and tensor in ("out", "dx"):
        return _formula_of_norm(case, tensors, dout, tensor, index)
    if tensor != "dx" or name not in ("softmax_loss", "svm_loss"):
        return None
    found, n, label = steps(case, tensors, dout), count_kept(case.params), int(tensors["y"][index[0]])
    if name == "softmax_loss" and not kept_rows(case.params, tensors["y"])[index[0]]:
        return f"0, as the label {label} is ignored", 0.0
    if name == "softmax_loss":
        p = float(found["probabilities"][index])
        one = " - 1" if index[1] == label else ""
        value = (p - bool(one)) / n
        return f"({_text(p)}{one}) / {n}{', as this is the label' if one else ''}", value
    (margins,) = found.values()
    if index[1] == label:
        count = int((margins[index[0]] > 0).sum())
        others = "1 other class of this row is" if count == 1 else f"{count} other classes of this row are"
        return f"-{count} / {n}, as {others} within the margin", -count / n
    above = bool(margins[index] > 0)
    return (
        f"1 / {n}, as it is within the margin" if above else "0, as it is not within the margin"
    ), above / n


def _formula_of_norm(
    case: Case, tensors: Arrays, dout: Array | None, tensor: str, index: Index
) -> tuple[str, float] | None:
    found = _of_norm(case, tensors, dout)
    axes, grouped = _reduced(case, case.shapes["x"])
    at = np.unravel_index(int(np.ravel_multi_index(index, case.shapes["x"])), grouped)
    kept = tuple(int(i) for k, i in enumerate(at) if k not in axes)

    def of(name: str) -> float:
        values = found[name].reshape([extent for k, extent in enumerate(grouped) if k not in axes])
        return float(values[kept])

    xhat = float(found["x_hat"][index])
    centred = is_centred(tensors)
    scale = index[-tensors["gamma"].ndim :] if "dims" in case.params else index[1:2]
    if tensor == "out":
        gamma = float(tensors["gamma"][scale])
        if "beta" not in tensors:
            return f"gamma * x_hat = {_text(gamma)} * {_text(xhat)}", gamma * xhat
        beta = float(tensors["beta"][scale])
        return f"gamma * x_hat + beta = {_text(gamma)} * {_text(xhat)} + {_text(beta)}", gamma * xhat + beta
    if dout is None:
        return None
    std, dxhat = of(STD if centred else RMS), float(found["dx_hat = dout * gamma"][index])
    if case.params.get("mode") == "eval":
        return f"dx_hat / std = {_text(dxhat)} / {_text(std)}", dxhat / std
    if not centred:
        along = of("mean of dx_hat * x_hat")
        numbers = f"({_text(dxhat)} - {_text(xhat)} * {_text(along)}) / {_text(std)}"
        return f"(dx_hat - x_hat * mean of dx_hat * x_hat) / rms = {numbers}", (dxhat - xhat * along) / std
    mean, along = of("mean of dx_hat"), of("mean of dx_hat * x_hat")
    rule = "(dx_hat - mean of dx_hat - x_hat * mean of dx_hat * x_hat) / std"
    numbers = f"({_text(dxhat)} - {_text(mean)} - {_text(xhat)} * {_text(along)}) / {_text(std)}"
    return f"{rule} = {numbers}", (dxhat - mean - xhat * along) / std


def _text(value: float) -> str:
    """Return a number with its sign in brackets, so that it can follow an operator."""
    return f"{value:.6g}" if value >= 0 else f"({value:.6g})"
