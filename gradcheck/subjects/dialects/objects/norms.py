"""Norms: the eps that is written into a class, its running statistics, and what its momentum means."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from gradcheck.calling import guarded
from gradcheck.calling.results import numbers
from gradcheck.contract import Array, Case, SubjectError
from gradcheck.evidence import fill
from gradcheck.subjects.dialects.dialect import Members
from gradcheck.subjects.dialects.inferred.constants import constant
from gradcheck.subjects.dialects.inferred.layouts import NO_RANK, STACKED
from gradcheck.subjects.dialects.inferred.ways import CLOSE, Agreement, probe_of, tried
from gradcheck.subjects.dialects.objects.calls import call, forward, made
from gradcheck.subjects.dialects.objects.finding import fitting, pairs
from gradcheck.subjects.dialects.objects.modes import backward_at_test, with_modes
from gradcheck.subjects.dialects.objects.places import Place
from gradcheck.subjects.dialects.objects.searching import way_of
from gradcheck.subjects.dialects.objects.using import Used

LARGEST_EPS = 1e-2
SPREADS = (1e-3, 1e-2)
STATISTICS = ("running_mean", "running_var")


def fitted_norm(used: Used, members: Members) -> Used:
    """Find the eps, how training and test are switched, and the running statistics."""
    used = with_modes(fitted_eps(used, members), members)
    used = _with_statistics(used, members)
    used = _at_test(used, members)
    return _with_momentum(used, members)


def fitted_eps(used: Used, members: Members) -> Used:
    """Measure the eps, where it is not an argument: it must be the same for two spreads."""
    if used.has("eps"):
        return used
    found = {_measured_eps(used, members, spread) for spread in SPREADS}
    eps = found.pop() if len(found) == 1 else None
    if eps is None or not 0 <= eps <= LARGEST_EPS:
        eps = constant(way_of(used, members), "eps")
    return used.narrowed(eps=eps)


def with_rank(used: Used, members: Members) -> Used:
    """Normalise over the last axis of x with further axes in front, too, where a class does that."""
    takes_axes = used.named("d") == "normalized_shape"
    least = Agreement.SHAPED if takes_axes else Agreement.RIGHT
    if used.x.name or used.out.name:
        return used
    stacked = replace(used, x=STACKED, out=STACKED)
    found = tried(way_of(stacked, members), used.layer.cases.grammar.read("n6d5_e1e-05"))
    if found.forward >= least and (found.backward or Agreement.REFUSED) >= least:
        return stacked
    return replace(used, refused=(*used.refused, NO_RANK)) if takes_axes else used


def _measured_eps(used: Used, members: Members, spread: float) -> float | None:
    """Return eps from what two values become that lie so far from their mean; None where it cannot be measured."""
    case = _train(used)
    if case.layer.name in ("group_norm", "rms_norm"):
        return None
    x = np.where(np.indices(case.shapes["x"]).sum(axis=0) % 2 == 0, spread, -spread)
    axes = normalised(case)
    mean, var = x.mean(axis=axes, keepdims=True), x.var(axis=axes, keepdims=True)
    ones = {
        name: np.full(shape, float(name in ("gamma", "running_var"))) for name, shape in case.shapes.items()
    }
    try:
        out = numbers(call(used, members, case.params, {**ones, "x": x}).outputs["out"])
    except SubjectError:
        return None
    return None if out is None or out.shape != x.shape else _eps_from(out, x - mean, var)


def normalised(case: Case) -> tuple[int, ...]:
    """Return the axes of x over which a norm takes its mean: of a batch, of each channel's plane, or of a sample."""
    first = 2 if "mode" in case.params or case.layer.name == "instance_norm" else 1
    return (*((0,) if "mode" in case.params else ()), *range(first, len(case.shapes["x"])))


def _eps_from(out: Array, centred: Array, var: Array) -> float | None:
    with np.errstate(all="ignore"):
        found = (centred / out) ** 2 - var
    usable = found[np.isfinite(found)]
    if not usable.size or float(np.ptp(usable)) > CLOSE * float(np.abs(usable).max()) + 1e-12:
        return None
    return float(f"{max(0.0, float(np.median(usable))):.3g}")


def _train(used: Used) -> Case:
    case = probe_of(used.layer)
    return case.but(params=used.express(case.params))


def _with_statistics(used: Used, members: Members) -> Used:
    """Find the running statistics that are there after a first forward only."""
    if used.tracked or "mode" not in used.layer.cases.grammar.read(used.layer.cases.battery[0]):
        return used
    case = _train(used)
    tensors = fill.tensors(case)
    try:
        layer = made(used, members, case.params, tensors)
        forward(used, layer, case.params, used.values(tensors))
        held = pairs(guarded(used.name, members["arrays_with_paths"], layer))
    except SubjectError:
        return used
    for mean in fitting(used.layer.name, STATISTICS[0], case.shapes, held):
        for var in fitting(used.layer.name, STATISTICS[1], case.shapes, held):
            form = replace(used, places=(*used.places, mean, var), tracked=_paths(mean, var))
            if tried(way_of(form, members), _eval(form)).forward is Agreement.RIGHT:
                return form
    return used


def _paths(*places: Place) -> dict[str, str]:
    return {place.tensors[0]: place.path for place in places}


def _eval(used: Used) -> Any:
    return {**_train(used).params, "mode": "eval"}


def _at_test(used: Used, members: Members) -> Used:
    if used.express(_eval(used))["mode"] != "eval":
        return used
    found = tried(way_of(used, members), _eval(used))
    if set(used.tracked) != set(STATISTICS) and not set(STATISTICS) <= set(used.passed_here):
        return used.narrowed(mode="train")
    if found.forward is not Agreement.RIGHT and found.forward < Agreement.SHAPED:
        return used.narrowed(mode="train")
    return backward_at_test(used, found.backward is Agreement.RIGHT)


def _with_momentum(used: Used, members: Members) -> Used:
    """Find how much of the old statistics stays, and which variance is added; report them only where that is found."""
    if set(used.tracked) != set(STATISTICS):
        return replace(used, tracked={}).narrowed(variance="biased")
    for form in _meanings(used):
        for variance in ("biased", "unbiased"):
            fixed = form.narrowed(variance=variance)
            stays = _staying(fixed, members)
            if stays is not None:
                return fixed if fixed.has("momentum") else fixed.narrowed(momentum=float(f"{1 - stays:.6g}"))
    return replace(used, tracked={}).narrowed(variance="biased")


def _meanings(used: Used) -> Iterator[Used]:
    yield used
    name = used.named("momentum")
    if name is not None:
        plain = {**used.making, name: lambda params, tensors: params["momentum"]}
        yield replace(used, making=plain)


def _staying(used: Used, members: Members) -> float | None:
    """Return the share of the old statistics that stays in the new ones; None where they are not of that form."""
    case = _train(used)
    tensors = fill.tensors(case)
    try:
        found = call(used, members, case.params, {name: values.copy() for name, values in tensors.items()})
    except SubjectError:
        return None
    axes = (0, *range(2, tensors["x"].ndim))
    count = tensors["x"].size // tensors["x"].shape[1]
    more = count / (count - 1) if case.params["variance"] == "unbiased" else 1.0
    batch = {"running_mean": tensors["x"].mean(axis=axes), "running_var": tensors["x"].var(axis=axes) * more}
    shares = [_share(numbers(found.outputs.get(name)), tensors[name], batch[name]) for name in STATISTICS]
    if shares[0] is None or shares[1] is None or abs(shares[0] - shares[1]) > CLOSE:
        return None
    if used.has("momentum") and abs(shares[0] - (1 - case.params["momentum"])) > CLOSE:
        return None
    return float(f"{shares[0]:.6g}")


def _share(new: Array | None, old: Array, batch: Array) -> float | None:
    if new is None or new.size != old.size:
        return None
    found = (new.reshape(old.shape) - batch) / (old - batch)
    spread, middle = float(np.ptp(found)), float(np.median(found))
    return middle if spread <= CLOSE and -CLOSE <= middle <= 1 + CLOSE else None
