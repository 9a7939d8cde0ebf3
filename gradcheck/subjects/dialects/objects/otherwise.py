"""What a class of the right shape may be instead of its layer: such a class is not judged, and the report says why."""

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from gradcheck.calling.results import numbers
from gradcheck.contract import Array, Arrays, Case, SubjectError
from gradcheck.evidence import fill
from gradcheck.grammar import Params
from gradcheck.subjects.dialects.dialect import Members
from gradcheck.subjects.dialects.inferred.unlike import SURE, differs_by_more_than_a_constant
from gradcheck.subjects.dialects.inferred.ways import Agreement, agreement
from gradcheck.subjects.dialects.inferred.words import ELEMENTWISE
from gradcheck.subjects.dialects.objects.calls import call, case_of
from gradcheck.subjects.dialects.objects.norms import normalised
from gradcheck.subjects.dialects.objects.searching import way_of
from gradcheck.subjects.dialects.objects.using import Used

Other = tuple[str, Callable[[], Array]]

ANOTHER_LOSS = (
    "its value is not this loss of scores and labels, nor a multiple of it by the number of samples, "
    "of features, or by a half"
)


def another_function(used: Used, members: Members, *, is_right_back: bool = False) -> str | None:
    """Return what a class computes in place of its layer, if that is known.

    A loss whose gradient is right (`is_right_back`) is no other loss: its value is wrong.
    """
    case = case_of(used)
    tensors = fill.tensors(case)
    if used.layer.shapes.is_loss:
        is_softmax = used.layer.name == "softmax_loss"
        why = _of_probabilities(used, members, case, tensors) if is_softmax else None
        is_sure = used.layer.name in SURE or (
            used.layer.name == "smoothed_softmax_loss"
            and differs_by_more_than_a_constant(way_of(used, members))
        )
        return why or (None if is_sure and is_right_back else ANOTHER_LOSS)
    out = _output(used, members, case.params, tensors)
    if out is None:
        return None
    return next(
        (why for why, other in _others(case, tensors) if agreement(out, other()) is Agreement.RIGHT), None
    )


def _output(used: Used, members: Members, params: Params, tensors: Arrays) -> Array | None:
    try:
        return numbers(call(used, members, params, tensors).outputs["out"])
    except SubjectError:
        return None


def _others(case: Case, tensors: Arrays) -> Iterator[Other]:
    """Yield each further step that people add, and its result."""

    def layer(**changed: Array) -> Array:
        return np.asarray(case.layer.ours.fast.forward(**{**tensors, **changed}, **case.options)[0])

    if "w" in tensors:
        for name, function in ACTIVATIONS.items():
            yield f"applies {name} to what the layer gives", partial(_applied, function, layer)
    if case.layer.name in ELEMENTWISE:
        for factor in (1.7159, 2.0, 0.5):
            yield f"is {factor} times its layer", partial(_applied, partial(np.multiply, factor), layer)
        yield "is 1.7159 tanh(2 x / 3)", lambda: 1.7159 * np.tanh(tensors["x"] * 2 / 3)
    if case.layer.name == "conv1d":
        flipped = tensors["w"][:, :, ::-1].copy()
        yield "turns its filters round: a convolution in the strict sense", partial(layer, w=flipped)
    if case.layer.name in ("conv2d", "depthwise_conv2d", "conv_transpose2d"):
        flipped = tensors["w"][:, :, ::-1, ::-1].copy()
        yield "turns its filters by 180 degrees: a convolution in the strict sense", partial(layer, w=flipped)


def _applied(function: Callable[[Array], Array], layer: Callable[[], Array]) -> Array:
    return function(layer())


def _softmax(axis: int, values: Array) -> Array:
    powers = np.exp(values - values.max(axis=axis, keepdims=True))
    return np.asarray(powers / powers.sum(axis=axis, keepdims=True))


ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "a ReLU": lambda values: np.maximum(values, 0),
    "a sigmoid": lambda values: 1 / (1 + np.exp(-values)),
    "a tanh": np.tanh,
    "a softmax": partial(_softmax, 1),
    "a leaky ReLU": lambda values: np.where(values > 0, values, 0.01 * values),
}


def another_deviation(used: Used, members: Members) -> str | None:
    """Return why a norm is not judged that adds its eps to the deviation, or takes the unbiased one."""
    case = case_of(used)
    if "eps" not in case.params or case.layer.name in ("group_norm", "rms_norm"):
        return None
    case = case.but(params=used.express({**case.params, "eps": 0.1}))
    tensors = fill.tensors(case)
    out = _output(used, members, case.params, tensors)
    x, gamma, beta = tensors["x"], tensors["gamma"], tensors["beta"]
    if out is None or out.shape != x.shape or not gamma.all():
        return None
    axes = normalised(case)
    as_rows = (1, *gamma.shape) if 1 in axes else (1, -1, *(1,) * (x.ndim - 2))
    hat = (out - beta.reshape(as_rows)) / gamma.reshape(as_rows)
    deviations = (x - x.mean(axis=axes, keepdims=True)) / hat
    for ddof in (0, 1):
        more = deviations - x.std(axis=axes, keepdims=True, ddof=ddof)
        if float(np.ptp(more)) <= SAME * float(np.abs(deviations).max()) and float(more.min()) > -SAME:
            return (
                "divides by another deviation than sqrt(var + eps)"
                if _shows(more, x, axes, deviations, ddof)
                else None
            )
    return None


SAME = 1e-9


def _shows(more: Array, x: Array, axes: tuple[int, ...], deviations: Array, ddof: int) -> bool:
    """Return whether what is added to the deviation cannot be what an eps in the root would add."""
    added = deviations**2 - x.var(axis=axes, keepdims=True)
    return ddof == 1 or float(np.ptp(added)) > 1e-12


def _of_probabilities(used: Used, members: Members, case: Case, tensors: Arrays) -> str | None:
    """Return why a loss is not judged that takes probabilities: it knows nothing of a softmax."""
    found = _output(used, members, case.params, tensors)
    p = _softmax(1, tensors["x"])
    chosen = p[np.arange(len(p)), tensors["y"]]
    given = _output(used, members, case.params, {**tensors, "x": p})
    takes = "takes probabilities, not scores: it has no softmax"
    if found is not None and not np.isfinite(found).all():
        return takes
    if given is None:
        return None
    hot = np.eye(p.shape[1])[tensors["y"]]
    binary = -(hot * np.log(p) + (1 - hot) * np.log(1 - p))
    known = [
        -np.log(chosen).mean(),
        -np.log(chosen).sum(),
        binary.mean(),
        binary.sum(),
        -np.log(chosen).mean() / p.shape[1],
    ]
    is_known = any(np.allclose(given, value, rtol=1e-3) for value in known)
    return takes if is_known else None
