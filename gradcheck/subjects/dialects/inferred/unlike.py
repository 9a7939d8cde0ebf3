"""What is named after a curve and is another one by intention: it is not judged, and the report says why."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from gradcheck.calling.results import numbers
from gradcheck.contract import Array, SubjectError
from gradcheck.evidence import fill
from gradcheck.subjects.dialects.inferred.constants import expected, output
from gradcheck.subjects.dialects.inferred.ways import CLOSE, Agreement, Way, agreement, probe_of

ROUNDED = 1e-14, 1e-6
"""Between these shares of the largest value a difference is neither rounding nor another function."""


OF_LOGARITHMS = ("bce_loss", "bce_with_logits_loss", "kl_div_loss")
"""Losses that take logarithms of what they are given."""

OF_COLUMNS = "its softmax is over the first axis, where samples are columns"

SURE = frozenset({"mse_loss", "l1_loss", "huber_loss", "bce_loss", "bce_with_logits_loss"})
"""Losses whose gradient says which loss is meant; a cross-entropy has that of a KL divergence."""

LARGEST_GUARD = 1e-4
"""A number within a logarithm that changes a loss by more is no guard."""


def why_unlike(way: Way) -> str | None:
    """Return why a class is not judged: a softmax over the first axis, a gelu by a sigmoid."""
    guarded = dict.fromkeys(OF_LOGARITHMS, why_kept_from_0)
    found = {
        "gelu": _rounded,
        "softmax": _of_all,
        "log_softmax": _of_logarithms,
        "learned_encoding": _scaled_sequence,
        "rms_norm": _another_norm,
        "word_embedding": _of_other_rows,
        "positional_encoding": _another_table,
        **guarded,
        "kl_div_loss": _another_divergence,
    }.get(way.layer.name)
    return None if found is None else found(way)


def _of_columns(way: Way) -> str | None:
    case = probe_of(way.layer)
    x = fill.tensors(case)["x"]
    powers = np.exp(x - x.max(axis=0))
    out = _of_a_softmax(way, output(way, case.params))
    is_it = out is not None and agreement(out, powers / powers.sum(axis=0)) is Agreement.RIGHT
    return OF_COLUMNS if is_it else None


def _of_all(way: Way) -> str | None:
    """Return why a softmax is not judged that is over the first axis, or over all values together."""
    out = output(way, probe_of(way.layer).params)
    if out is None or agreement(out, expected(way, probe_of(way.layer).params)) is Agreement.RIGHT:
        return None
    out = _of_a_softmax(way, out)
    powers = np.exp(fill.tensors(probe_of(way.layer))["x"])
    if agreement(out, powers / powers.sum()) is Agreement.RIGHT:
        return "its softmax is over all values together: of one sample, if it is meant for one"
    return _of_columns(way)


def _of_logarithms(way: Way) -> str | None:
    """Return why a softmax's logarithm is not judged: as a softmax is not, or it has a number in the logarithm."""
    return _of_all(way) or why_kept_from_0(way)


def _of_a_softmax(way: Way, out: Array | None) -> Array | None:
    """Return the output of a softmax from that of its logarithm."""
    if way.layer.name != "log_softmax" or out is None:
        return out
    with np.errstate(over="ignore"):
        return np.asarray(np.exp(out))


def _scaled_sequence(way: Way) -> str | None:
    """Return why a table of positions is not judged: x is multiplied by something before the table is added."""
    case = probe_of(way.layer)
    tensors, out = fill.tensors(case), output(way, case.params)
    if out is None or out.shape != case.output_shape:
        return None
    factors = (out - tensors["W"][: out.shape[1]]) / tensors["x"]
    is_one = agreement(factors, np.full(factors.shape, factors.flat[0])) is Agreement.RIGHT
    scales = is_one and abs(factors.flat[0] - 1) > CLOSE
    return "x is multiplied by a number before the table is added" if scales else None


def _of_other_rows(way: Way) -> str | None:
    """Return why an embedding is not judged whose output has more than rows of its table."""
    case = probe_of(way.layer)
    out, table = output(way, case.params), fill.tensors(case)["W"]
    if out is None or out.shape != case.output_shape:
        return None
    is_row = (out[:, :, np.newaxis, :] == table).all(axis=-1).any(axis=-1)
    return None if is_row.any() else "none of its outputs is a row of its table: it scales or adds"


def _another_table(way: Way) -> str | None:
    """Return why a positional encoding is not judged: it adds no table, or one of another convention."""
    case = probe_of(way.layer)
    case = case.but(params=way.express(case.params))
    x = fill.tensors(case)["x"]
    out = output(way, case.params)
    if out is None or out.shape != x.shape:
        return None
    left = out - x
    if agreement(left, np.broadcast_to(left[:1], left.shape)) is not Agreement.RIGHT:
        return "its output is not x with a table added"
    table = left[0]
    begins = np.broadcast_to((np.arange(table.shape[1]) % 2).astype(float), table[0].shape)
    if agreement(table[0], begins) is not Agreement.RIGHT:
        return "its table does not have a sine and a cosine in turn: it is another encoding"
    angles = np.arctan2(table[1, 0::2], table[1, 1::2])
    pairs = table[:, 0::2] ** 2 + table[:, 1::2] ** 2
    is_another_base = abs(angles[0] - 1) <= CLOSE and bool(np.all(np.abs(pairs - 1) <= CLOSE))
    usual = 1 / 10000.0 ** (2 / table.shape[1])
    return (
        "its angles have another base than 10000"
        if is_another_base and abs(angles[1] - usual) > CLOSE
        else None
    )


def _another_norm(way: Way) -> str | None:
    """Return why a norm is not judged that adds its eps to the root, and not within it, or 1 to its gain."""
    case = probe_of(way.layer)
    case = case.but(params=way.express({**case.params, "eps": 0.1}))
    tensors = fill.tensors(case)
    x, eps = tensors["x"], case.params["eps"]
    root = np.sqrt((x * x).mean(axis=-1, keepdims=True))
    out = output(way, case.params)
    right = tensors["gamma"] * x / np.sqrt(root**2 + eps)
    other = tensors["gamma"] * x / (root + eps)
    if out is None or out.shape != other.shape or np.allclose(out, right, rtol=1e-9):
        return None
    if np.allclose(out, right / tensors["gamma"] * (1 + tensors["gamma"]), rtol=1e-3):
        return "its gain is 1 more than its parameter"
    return "adds its eps to the root, and not within it" if np.allclose(out, other, rtol=1e-9) else None


def _rounded(way: Way) -> str | None:
    """Return why a gelu is not judged: it is the one by a sigmoid, or its constants or its erf have few digits."""
    x, out = fill.tensors(probe_of(way.layer))["x"], output(way, probe_of(way.layer).params)
    if out is not None and agreement(out, x / (1 + np.exp(-1.702 * x))) is Agreement.RIGHT:
        return "is the approximation x sigmoid(1.702 x): the layer has an erf, or a tanh"
    for error in _errors(way):
        if ROUNDED[0] < error < ROUNDED[1]:
            share = f"by {error:.0e} of the largest value"
            return f"its constants are rounded, or its erf is: it differs from the layer {share}"
    return None


def why_kept_from_0(way: Way) -> str | None:
    """Return why a loss is not judged that adds a small number within its logarithms."""
    is_kept = any(ROUNDED[0] < error < LARGEST_GUARD for error in _errors(way))
    return "a small number within its logarithms changes every value" if is_kept else None


def differs_by_more_than_a_constant(way: Way) -> bool:
    """Return whether a loss differs from the layer's by a number that depends on x, and is no guard."""
    case = probe_of(way.layer)
    case = case.but(params=way.express(case.params))
    tensors, differences, scale = fill.tensors(case), list[float](), 1.0
    for x in (tensors["x"], fill.tensors(case.but(seed=case.seed + 1))["x"]):
        given = {**tensors, "x": x}
        right = way.layer.ours.fast.forward(**given, **case.options)[0]
        try:
            found = numbers(
                way.call(case.params, {name: each.copy() for name, each in given.items()}).outputs["out"]
            )
        except SubjectError:
            return False
        if found is None or found.size != 1:
            return False
        differences.append(float(found.reshape(()) - right))
        scale = max(scale, abs(float(right)))
    return abs(differences[0] - differences[1]) > LARGEST_GUARD * scale


def _another_divergence(way: Way) -> str | None:
    """Return why a KL divergence is not judged: a number added to all scores of a row makes no difference to it."""
    case = probe_of(way.layer)
    params = way.express(case.params)
    tensors = fill.tensors(case.but(params=params))
    outs = []
    for added in (0.0, 1.0):
        try:
            moved = tensors | {"x": tensors["x"] + added}
            outs.append(
                numbers(way.call(params, {name: each.copy() for name, each in moved.items()}).outputs["out"])
            )
        except SubjectError:
            return None
    one, other = outs
    if one is not None and other is not None and agreement(other, one) is Agreement.RIGHT:
        return "it takes scores, and makes a softmax of them: the layer takes logarithms"
    return why_kept_from_0(way)


def _errors(way: Way) -> Iterator[float]:
    """Yield how far the output and the gradient are from the layer's, as shares of the largest value."""
    results = _results(way)
    for value, right in results:
        found = numbers(value)
        if found is not None and found.dtype == np.float64 and found.shape == right.shape:
            yield float(np.abs(found - right).max() / np.abs(right).max())


def _results(way: Way) -> list[tuple[Any, Array]]:
    case = probe_of(way.layer)
    case = case.but(params=way.express(case.params))
    tensors, dout = fill.tensors(case), fill.upstream(case)
    mine = case.layer.ours.fast
    right, cache = mine.forward(**tensors, **case.options)
    try:
        call = way.call(case.params, {name: values.copy() for name, values in tensors.items()})
        back = call.backward(dout)
    except SubjectError:
        return []
    return [(call.outputs["out"], np.asarray(right)), (back.get("x"), np.asarray(mine.backward(dout, cache)))]


def why_passed_on(way: Way) -> str | None:
    """Return why the backward of a softmax is not judged: it gives dout, because its loss has the whole gradient."""
    if way.layer.name not in ("softmax", "log_softmax"):
        return None
    given = fill.upstream(probe_of(way.layer))
    results = _results(way)
    is_it = bool(results) and agreement(results[1][0], given) is Agreement.RIGHT
    return (
        "backward returns dout as it is, as its loss has the gradient of both: not judged" if is_it else None
    )
