"""Predicates about the numbers of one kind of layer: normalised sets, scores and labels, windows, masks."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from blind.asked import Asked
from blind.holding import Holds, above, both, names_in, tested
from blind.predicate import Predicate
from gradcheck.contract import Layer


def numbers_of_the_layer(layer: Layer) -> Iterator[Predicate]:
    """Yield what is particular to a layer's numbers: sets that are normalised, scores and labels, windows, masks."""
    family = "numbers of this layer"
    for text, holds in {**_of_norms(layer), **_of_losses(layer), **_of_others(layer)}.items():
        yield Predicate(family, text, holds)


def _of_norms(layer: Layer) -> dict[str, Holds]:
    if "gamma" not in layer.shapes.inputs(layer.case(layer.cases.tiny).params):
        return {}

    def sets(test: Callable[[Any], Any]) -> Holds:
        return lambda a: a.values["x"].size > 0 and bool(test(_normalised(a)))

    found: dict[str, Holds] = {
        "a set of equal numbers": sets(lambda s: s.shape[1] > 1 and (s == s[:, :1]).all(axis=1).any()),
        "one number in a set": sets(lambda s: s.shape[1] == 1),
        "two numbers in a set": sets(lambda s: s.shape[1] == 2),
        "a number at the mean of its set": sets(
            lambda s: s.shape[1] > 1 and (s == s.mean(axis=1, keepdims=True)).any()
        ),
        "the mean of a set above 1e3": sets(lambda s: (np.abs(s.mean(axis=1)) > 1e3).any()),
        "the mean of a set is 0": sets(lambda s: (s.mean(axis=1) == 0).any()),
        "a variance below 1e-6": sets(lambda s: (s.var(axis=1) < 1e-6).any()),
        "a variance below eps": _below_eps,
        "a variance above 1e4": sets(lambda s: (s.var(axis=1) > 1e4).any()),
        "a variance below 0.1": sets(lambda s: (s.var(axis=1) < 0.1).any()),
        "the sets differ in their variance by more than 100": sets(
            lambda s: s.shape[0] > 1 and s.var(axis=1).max() > 100 * s.var(axis=1).min()
        ),
        "gamma has both signs": tested("gamma", lambda v: (v.real < 0).any() and (v.real > 0).any()),
        "gamma is all ones": tested("gamma", lambda v: (v.real == 1).all()),
        "gamma is all ones and beta all zeros": both(
            tested("gamma", lambda v: (v.real == 1).all()), tested("beta", lambda v: (v.real == 0).all())
        ),
    }
    if layer.shapes.tracked:
        found |= {
            "running_mean is zeros and running_var ones": both(
                tested("running_mean", lambda v: (v.real == 0).all()),
                tested("running_var", lambda v: (v.real == 1).all()),
            ),
            "evaluation, with a running_var below eps": lambda a: (
                not a.options["training"] and bool((a.tensors["running_var"] < a.options["eps"]).any())
            ),
            "evaluation, with a running_mean above 10": both(
                lambda a: not a.options["training"], above("running_mean", 10)
            ),
            "evaluation, with a running_var above 10": both(
                lambda a: not a.options["training"], above("running_var", 10)
            ),
        }
    return found


def _below_eps(asked: Asked) -> bool:
    return asked.values["x"].size > 0 and bool((_normalised(asked).var(axis=1) < asked.options["eps"]).any())


def _normalised(asked: Asked) -> Any:
    """Return x with one row for each set of numbers that a norm brings to mean 0."""
    values = asked.values["x"]
    if asked.layer.shapes.tracked:
        return values.columns
    return values.real.reshape(asked.tensors["x"].shape[0] * asked.options.get("groups", 1), -1)


def _of_losses(layer: Layer) -> dict[str, Holds]:
    if not layer.shapes.is_loss:
        return {}
    if "dims" in names_in(layer):
        return {
            "an x equals its target": lambda a: bool((a.tensors["x"] == a.tensors["y"]).any()),
            "x equals y": lambda a: bool((a.tensors["x"] == a.tensors["y"]).all()),
            "every x is below its target": lambda a: bool((a.tensors["x"] < a.tensors["y"]).all()),
            "a difference above 100": lambda a: bool((np.abs(a.tensors["x"] - a.tensors["y"]) > 100).any()),
            "all differences below 1e-3": lambda a: bool(
                (np.abs(a.tensors["x"] - a.tensors["y"]) < 1e-3).all()
            ),
        }

    def of(test: Callable[[Any, Any], Any]) -> Holds:
        def holds(asked: Asked) -> bool:
            x, y = _rows_that_count(asked)
            return len(y) > 0 and bool(test(x, y))

        return holds

    def own(x: Any, y: Any) -> Any:
        return x[np.arange(len(y)), y]

    return {
        "labels all the first class": of(lambda x, y: (y == 0).all()),
        "labels all the last class": of(lambda x, y: (y == x.shape[1] - 1).all()),
        "labels all equal": of(lambda x, y: len(y) > 1 and (y == y[0]).all()),
        "a label is the last class": of(lambda x, y: (y == x.shape[1] - 1).any()),
        "no label is the first class": of(lambda x, y: (y != 0).all()),
        "every class is a label": of(lambda x, y: len(set(y)) == x.shape[1]),
        "labels in rising order": of(lambda x, y: len(y) > 1 and (np.diff(y) >= 0).all()),
        "two best scores in a row": of(
            lambda x, y: ((x == x.max(axis=1, keepdims=True)).sum(axis=1) > 1).any()
        ),
        "a row of equal scores": of(lambda x, y: x.shape[1] > 1 and (x == x[:, :1]).all(axis=1).any()),
        "every label has the best score": of(lambda x, y: (own(x, y) == x.max(axis=1)).all()),
        "no label has the best score": of(lambda x, y: (own(x, y) < x.max(axis=1)).all()),
        "a label has the best score by more than 50": of(
            lambda x, y: (own(x, y) - np.median(x, axis=1) > 50).any()
        ),
        "a label has a score 50 below the best": of(lambda x, y: (x.max(axis=1) - own(x, y) > 50).any()),
        "another class has -infinity": of(
            lambda x, y: ((x == -np.inf).any(axis=1) & np.isfinite(own(x, y))).any()
        ),
        "the label has -infinity": of(lambda x, y: (own(x, y) == -np.inf).any()),
        **(_of_margins() if "margin" in names_in(layer) else {}),
    }


def _rows_that_count(asked: Asked) -> tuple[Any, Any]:
    """Return scores and labels, without the rows whose label is no class: they are ignored."""
    x, y = asked.values["x"].rows, asked.tensors["y"].astype(int)
    counts = (y >= 0) & (y < x.shape[1])
    return x[counts], y[counts]


def _of_margins() -> dict[str, Holds]:
    def excess(asked: Asked) -> Any:
        x, y = _rows_that_count(asked)
        found = x - x[np.arange(len(y)), y][:, None] + asked.options["margin"]
        found[np.arange(len(y)), y] = -1.0
        return found

    return {
        "no margin is violated": lambda a: bool((excess(a) < 0).all()),
        "a score exactly at the margin": lambda a: bool((excess(a) == 0).any()),
        "a row without a violated margin": lambda a: bool((excess(a) < 0).all(axis=1).any()),
        "every margin is violated": lambda a: (
            bool(((excess(a) > 0).sum(axis=1) == a.sizes["c"] - 1).all()) and a.sizes["c"] > 1
        ),
        "an excess below 0.5": lambda a: bool(((excess(a) > 0) & (excess(a) < 0.5)).any()),
    }


def _of_others(layer: Layer) -> dict[str, Holds]:
    found: dict[str, Holds] = {}
    if layer.name == "max_pool2d":
        found |= {
            "a plane of equal numbers": lambda a: a.values["x"].size > 0 and _constant_plane(a),
            "the largest of a plane at its corner": lambda a: (
                a.values["x"].size > 0
                and bool((a.tensors["x"][..., 0, 0] == a.tensors["x"].max(axis=(2, 3))).any())
            ),
        }
    if layer.name == "dropout":
        found |= {
            "the mask keeps everything": _mask(lambda m: (m != 0).all()),
            "the mask drops everything": _mask(lambda m: (m == 0).all()),
            "the mask drops a whole sample": _mask(lambda m: (m.reshape(len(m), -1) == 0).all(axis=1).any()),
            "the mask keeps a whole sample": _mask(lambda m: (m.reshape(len(m), -1) != 0).all(axis=1).any()),
            "the mask keeps the first entry": _mask(lambda m: m.flat[0] != 0),
            "the mask drops the last entry": _mask(lambda m: m.flat[-1] == 0),
        }
    if layer.name in ("sigmoid", "tanh"):
        found |= {f"an x beyond {k}": above("x", k) for k in (2, 4, 5, 6, 8, 20, 30, 40, 709)}
        found |= {
            f"an x below -{k}": tested("x", lambda v, k=k: (v.finite < -k).any()) for k in (2, 4, 20, 40, 709)
        }
    return found


def _constant_plane(asked: Asked) -> bool:
    x = asked.tensors["x"]
    return x[0, 0].size > 1 and bool((x == x[..., :1, :1]).all(axis=(2, 3)).any())


def _mask(test: Callable[[Any], Any]) -> Holds:
    return lambda a: "mask" in a.tensors and a.tensors["mask"].size > 0 and bool(test(a.tensors["mask"]))
