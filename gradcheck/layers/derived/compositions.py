"""Compositions of the suite's layers that courses write as one function: affine and relu, convolution and pooling.

They are known to the reports and to case lines, but they are no layers of the suite: no naming but that of the courses
has them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradcheck.contract import Array, Arrays, Case, Cases, Choose, Layer, Numbers, Ours, Pair, Shape, Shapes
from gradcheck.evidence.arithmetic import Smooth
from gradcheck.grammar import EXTENTS, Grammar, Params
from gradcheck.layers import affine, conv, norm, pool
from gradcheck.layers.activations import RELU
from gradcheck.layers.geometry import does_not_fit, remainder

WEIGHTED, SCALED = ("w", "b"), ("gamma", "beta")
EPS = (1e-5, 1e-3, 0.1)
HALVES = {
    "kernel": (2, 2),
    "stride": (2, 2),
    "pad": ((0, 0), (0, 0)),
    "dilation": (1, 1),
    "rounding": "floor",
}
"""The windows of a pooling that halves the plane."""

OF_TRAINING = {"mode": "train", "momentum": 0.1, "variance": "biased"}

Options = Callable[[Params], dict[str, Any]]


def _active(x: Array) -> Array:
    """Return relu of complex numbers, next to real ones: the order is that of the real parts."""
    return np.where(x.real > 0, x, 0.0)


def _halved(x: Array) -> Array:
    """Return the numbers with the largest real part in windows of 2x2 that do not overlap."""
    n, c, h, w = x.shape
    windows = x.reshape(n, c, h // 2, 2, w // 2, 2).swapaxes(3, 4).reshape(n, c, h // 2, w // 2, 4)
    best = windows.real.argmax(axis=-1, keepdims=True)
    return np.take_along_axis(windows, best, axis=-1)[..., 0]


@dataclass(frozen=True)
class Stage:
    """A layer of a composition, the tensors that it takes besides x, and its options at the composition's parameters.

    `nearby` is what it does to complex numbers with small imaginary parts, if the layer itself takes none.
    """

    layer: Layer
    tensors: tuple[str, ...] = ()
    options: Options = lambda params: {}
    nearby: Callable[[Array], Array] | None = None

    @property
    def is_norm(self) -> bool:
        """Whether it is a norm of the batch, which is passed running statistics, too."""
        return bool(self.layer.shapes.tracked)


AFFINE = Stage(affine.AFFINE, WEIGHTED)
CONV = Stage(conv.CONV2D, WEIGHTED, lambda params: conv.options({**params, "g": 1}))
ACTIVE = Stage(RELU, nearby=_active)
HALVED = Stage(pool.MAX_POOL2D, (), lambda params: pool.max_options(HALVES), _halved)


def _normed(params: Params) -> dict[str, Any]:
    return norm.batch_options({**params, **OF_TRAINING})


ROWS_NORMED = Stage(norm.BATCH_NORM, SCALED, _normed)
PLANES_NORMED = Stage(norm.SPATIAL_BATCH_NORM, SCALED, _normed)


@dataclass(frozen=True)
class Chain:
    """The stages of a composition, in one of the suite's two implementations."""

    stages: tuple[Stage, ...]
    kind: str

    @property
    def names(self) -> tuple[str, ...]:
        """The tensors, in the order of the arguments."""
        return ("x", *(name for stage in self.stages for name in stage.tensors))

    def forward(self, *given: Array, stages: Mapping[str, Any], **named: Array) -> tuple[Array, list[Any]]:
        """Return the output and the caches; `stages` has the options of each stage."""
        values = {**dict(zip(self.names, given, strict=False)), **named}
        caches = list[Any]()
        x = values["x"]
        for stage in self.stages:
            if stage.nearby is not None and np.iscomplexobj(x):
                x = stage.nearby(x)
                continue
            pair: Pair = getattr(stage.layer.ours, self.kind)
            tensors = [values[name] for name in stage.tensors]
            running = [np.zeros_like(tensors[0]), np.ones_like(tensors[0])] if stage.is_norm else []
            x, cache = pair.forward(x, *tensors, *running, **stages[stage.layer.name])
            caches.append(cache)
        return x, caches

    def backward(self, dout: Array, caches: list[Any]) -> tuple[Array, ...]:
        """Return the gradients in the order of the arguments."""
        found: list[Array] = []
        for stage, cache in zip(reversed(self.stages), reversed(caches), strict=True):
            pair: Pair = getattr(stage.layer.ours, self.kind)
            returned = pair.backward(dout, cache)
            dout, *more = returned if isinstance(returned, tuple) else (returned,)
            found = [*more, *found]
        return dout, *found

    def before_norm(self, params: Params, tensors: Arrays) -> Array:
        """Return what the norm gets."""
        chain = Chain(self.stages[:1], self.kind)
        options = {stage.layer.name: stage.options(params) for stage in chain.stages}
        return chain.forward(*(tensors[name] for name in chain.names), stages=options)[0]


def _unrounded(case: Case, rng: np.random.Generator) -> Arrays:
    """Fill with numbers of all digits: what comes before a kink or a maximum is then at none."""
    low = {"gamma": 0.5}
    return {name: rng.uniform(low.get(name, -2.0), 2.0, size=shape) for name, shape in case.shapes.items()}


NUMBERS = Numbers(fill=_unrounded, large=False)


def _composed(
    name: str,
    stages: tuple[Stage, ...],
    shapes: Callable[[Params], dict[str, Shape]],
    output: Any,
    cases: Cases,
) -> Layer:
    """Return the layer of a composition."""
    naive, fast = (Chain(stages, kind) for kind in ("naive", "fast"))
    has_norm = any(stage.is_norm for stage in stages)

    def terms(params: Params) -> int:
        return int(sum(np.prod(shape) for shape in shapes(params).values())) + 1

    def gain(params: Params, tensors: Arrays) -> float:
        largest = max(1.0, *(float(np.abs(tensors[each]).max(initial=0.0)) for each in tensors))
        if not has_norm:
            return largest
        seen = {"x": fast.before_norm(params, tensors), "gamma": tensors["gamma"], "beta": tensors["beta"]}
        return norm.gain({**params, **OF_TRAINING}, seen) * largest

    def options(params: Params) -> dict[str, Any]:
        return {"stages": {stage.layer.name: stage.options(params) for stage in stages}}

    return Layer(
        name,
        Shapes(inputs=shapes, output=output, differentiable=fast.names, per_sample=not has_norm),
        Smooth(terms=terms, gain=gain),
        cases,
        NUMBERS,
        Ours(
            naive=Pair(naive.forward, naive.backward), fast=Pair(fast.forward, fast.backward), options=options
        ),
    )


def _whole(params: Params) -> dict[str, Any]:
    """Return the parameters of an affine layer or a convolution as that layer has them."""
    return {**params, "bias": "shared", "g": 1}


def _scales(shape: Shape) -> dict[str, Shape]:
    return dict.fromkeys(SCALED, shape)


# Affine.


def _of_affine(params: Params) -> dict[str, Shape]:
    return affine.tensors(_whole(params))


def _of_normed_affine(params: Params) -> dict[str, Shape]:
    return _of_affine(params) | _scales((params["m"],))


def _draw_affine(choose: Choose) -> dict[str, Any]:
    drawn = affine.draw(choose)
    del drawn["bias"]
    return drawn


def _draw_normed_affine(choose: Choose) -> dict[str, Any]:
    drawn = _draw_affine(choose)
    return {**drawn, "n": max(drawn["n"], 3), "eps": choose.one_of(*EPS)}


def _affine_relu() -> Layer:
    """Return affine and relu."""
    return _composed(
        "affine_relu",
        (AFFINE, ACTIVE),
        _of_affine,
        affine.output,
        Cases(
            grammar=Grammar("n{n}d{dims}_m{m}"),
            draw=_draw_affine,
            battery=("n2d3_m4", "n4d2x2_m4", "n3d2x3x4_m2"),
            tiny="n1d1_m1",
        ),
    )


def _affine_bn_relu() -> Layer:
    """Return affine, batch norm and relu."""
    return _composed(
        "affine_bn_relu",
        (AFFINE, ROWS_NORMED, ACTIVE),
        _of_normed_affine,
        affine.output,
        Cases(
            grammar=Grammar("n{n}d{dims}_m{m}_e{eps}"),
            draw=_draw_normed_affine,
            battery=("n4d3_m2_e0.1", "n5d2x2_m3_e1e-05", "n6d3_m4_e0.001"),
            tiny="n3d1_m1_e0.1",
            allows_empty=False,
        ),
    )


# Convolution.

OF_CONV = "n{n}c{c}h{h}w{w}_f{f}kh{kh}kw{kw}_s{stride}_p{pad}"
"""One stride and one pad, as the dictionaries of the course hold, and square windows, as its im2col.py wants."""


def _square(params: Params) -> dict[str, Any]:
    stride, pad = params["stride"], params["pad"]
    same = {"stride": stride[:1] * 2, "pad": ((pad[0][0],) * 2,) * 2, "dilation": (1, 1)}
    return {**params, **same, "kw": params["kh"]}


def _of_conv(params: Params) -> dict[str, Shape]:
    return conv.tensors(_whole(params))


def _of_normed_conv(params: Params) -> dict[str, Shape]:
    return _of_conv(params) | _scales((params["f"],))


def _conv_output(params: Params) -> Shape:
    return conv.output(_whole(params))


def _pooled_output(params: Params) -> Shape:
    n, f, height, width = _conv_output(params)
    return n, f, height // 2, width // 2


def _draw_conv(choose: Choose) -> dict[str, Any]:
    drawn = _square(conv.draw(choose))
    for name in ("g", "bias"):
        del drawn[name]
    return drawn


def _draw_normed_conv(choose: Choose) -> dict[str, Any]:
    drawn = _draw_conv(choose)
    return {**drawn, "n": max(drawn["n"], 3), "eps": choose.one_of(*EPS)}


def _draw_pooled(choose: Choose) -> dict[str, Any]:
    """Draw planes on which the convolution leaves extents that are even: some poolings know no other."""
    drawn = _draw_conv(choose)
    if does_not_fit(drawn) is not None:
        return drawn
    more = [
        extent % 2 * stride for extent, stride in zip(_conv_output(drawn)[2:], drawn["stride"], strict=True)
    ]
    return {**drawn, "h": drawn["h"] + more[0], "w": drawn["w"] + more[1]}


def _pooled_flaw(params: Params) -> str | None:
    odd = any(extent % 2 for extent in _conv_output(params)[2:])
    return does_not_fit(params) or ("the plane to pool has an odd extent" if odd else None)


KINDS = {"dilation": EXTENTS}


def _grammar(more: str = "") -> Grammar:
    return Grammar(f"{OF_CONV}[_d{{dilation}}]{more}", {"dilation": (1, 1)}, KINDS)


def _conv_relu() -> Layer:
    """Return convolution and relu."""
    return _composed(
        "conv_relu",
        (CONV, ACTIVE),
        _of_conv,
        _conv_output,
        Cases(
            grammar=_grammar(),
            draw=_draw_conv,
            battery=(
                "n2c3h5w4_f2kh3kw3_s1x1_p1x1",
                "n2c2h6w8_f3kh2kw2_s2x2_p0x0",
                "n1c2h5w7_f2kh3kw3_s2x2_p1x1",
            ),
            tiny="n1c1h1w1_f1kh1kw1_s1x1_p0x0",
            flaw=does_not_fit,
            refusable=remainder,
        ),
    )


def _conv_bn_relu() -> Layer:
    """Return convolution, batch norm and relu."""
    return _composed(
        "conv_bn_relu",
        (CONV, PLANES_NORMED, ACTIVE),
        _of_normed_conv,
        _conv_output,
        Cases(
            grammar=_grammar("_e{eps}"),
            draw=_draw_normed_conv,
            battery=(
                "n3c3h5w4_f2kh3kw3_s1x1_p1x1_e0.1",
                "n3c2h6w8_f3kh2kw2_s2x2_p0x0_e1e-05",
                "n3c2h5w7_f2kh3kw3_s2x2_p1x1_e0.001",
            ),
            tiny="n3c1h1w1_f1kh1kw1_s1x1_p0x0_e0.1",
            flaw=does_not_fit,
            refusable=remainder,
            allows_empty=False,
        ),
    )


def _conv_relu_pool() -> Layer:
    """Return convolution, relu and pooling."""
    return _composed(
        "conv_relu_pool",
        (CONV, ACTIVE, HALVED),
        _of_conv,
        _pooled_output,
        Cases(
            grammar=_grammar(),
            draw=_draw_pooled,
            battery=(
                "n2c3h6w4_f2kh3kw3_s1x1_p1x1",
                "n2c2h4w8_f3kh2kw2_s2x2_p0x0",
                "n1c2h7w7_f2kh3kw3_s2x2_p1x1",
            ),
            tiny="n1c1h2w2_f1kh1kw1_s1x1_p0x0",
            flaw=_pooled_flaw,
            refusable=remainder,
        ),
    )


COMPOSED = {
    layer.name: layer
    for layer in (_affine_relu(), _affine_bn_relu(), _conv_relu(), _conv_bn_relu(), _conv_relu_pool())
}
"""Compositions by name."""
