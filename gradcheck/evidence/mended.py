"""Whether a backward is right once the cache is: what a wrong forward left wrong in it is put right, and asked again.

The right numbers are those of a right forward: its inputs, its output, what the caches of our two implementations hold,
and what is usually computed from these. An array of the cache that equals one of them is right, and stays. Any other
may be replaced by one of its size. If some replacement gives all gradients, within rounding, for an upstream gradient
of full precision, then backward is right, and forward alone is to blame.
"""

import itertools
import math
from collections.abc import Iterator

import numpy as np

from gradcheck.calling.arrays import arrays_in
from gradcheck.contract import Array, Call, SubjectError, TimedOut
from gradcheck.evidence import compare, fill, numeric
from gradcheck.evidence.arithmetic import Point, Winner
from gradcheck.evidence.reference import Reference
from gradcheck.evidence.smooth import certified, confirmed, has_the_true_slope
from gradcheck.evidence.trial import Trial
from gradcheck.grammar import Params

MOST_TRIES = 256
"""Replacements to try: each costs one backward."""

MOST_ARRAYS = 24
"""The largest cache of which single arrays are replaced: that of a sequence has all arrays of all its steps."""

SURE = 12
"""So many places are hardly equal by chance."""

SAME = 2.0**22
"""Arrays within so many roundings of the largest entry are the same intermediate result, computed in another way."""

Truth = tuple[Array, Array | float, bool]


def right_with_a_right_cache(trial: Trial) -> bool:
    """Return whether backward gives the right gradients with what forward left wrong in its cache put right.

    Where an input is NaN or infinite, the true gradients are not known entry by entry, and nothing is proved; nor where
    there is no number.
    """
    if trial.case.fill in fill.SPECIAL or not math.prod(trial.case.main):
        return False
    try:
        dout = _upstream(trial)
        call = trial.call()
        whole = list(_of_our_layout(trial, call))
        wrong = _wrong(trial, call) if len(call.cached()) <= MOST_ARRAYS else {}
        if not wrong and not whole:
            return False
        truth = {name: _truth(trial, name, dout) for name in trial.wanted}
        single = _replacements(wrong) if wrong else iter(())
        tries = itertools.chain(whole, itertools.islice(single, MOST_TRIES))
        # A backward that changes its cache may spoil the later tries, but the one that counts is made afresh.
        found = (each for each in tries if _is_right(trial, call, each, dout, truth))
        return any(_is_right(trial, trial.call(), each, dout, truth) for each in found)
    except SubjectError:
        return False


def _of_our_layout(trial: Trial, call: Call) -> Iterator[dict[int, Array]]:
    """Yield a whole right cache, if it has the layout of one of ours.

    Along a sequence, each array may be right and yet that of another step.
    """
    if "Wh" not in trial.tensors:
        return
    given = [np.asarray(each) for each in call.cached()]
    for pair in (trial.layer.ours.naive, trial.layer.ours.fast):
        right = list(arrays_in(Reference(trial.layer, pair, trial.params, trial.tensors).here[1]))
        if [each.shape for each in given] == [each.shape for each in right]:
            yield {place: each.astype(given[place].dtype) for place, each in enumerate(right)}


def _wrong(trial: Trial, call: Call) -> dict[int, list[Array]]:
    """Return the cached arrays that are wrong, by position: what may stand in the place of each, likeliest first.

    The array itself is among them, because backward may not use it; except where its role is known.
    """
    known, roles, places = list(_known(trial)), _roles(trial, call), list(_places(trial))
    found = {}
    for index, array in enumerate(map(np.asarray, call.cached())):
        if not array.size:
            continue
        if array.dtype.kind in "iub":
            right = [each.astype(array.dtype) for each in places if each.shape == array.shape]
            # So few numbers equal by chance those of another way to keep places.
            is_known_place = array.size >= SURE and any(np.array_equal(array, each) for each in right)
            if right and not is_known_place:
                found[index] = [array.copy(), *right]
            continue
        if array.dtype.kind != "f":
            continue
        role = [values.reshape(array.shape) for now, values in roles if array.any() and _same(array, now)]
        fitting = [
            (tier + (_plane(each) != _plane(array)), each.reshape(array.shape))
            for tier, each in known
            if each.size == array.size
        ]
        # Zeros, and what overflowed, equal by chance whatever is zero, or overflows, here.
        is_known = array.any() and np.isfinite(array).all() and any(_same(array, each) for _, each in fitting)
        if role:
            found[index] = role[:1]
        elif fitting and not is_known:
            fitting.sort(key=lambda each: (each[0], _far(array, each[1])))
            found[index] = [array.copy(), *(each for _, each in fitting)]
    return found


def _roles(trial: Trial, call: Call) -> list[tuple[Array, Array]]:
    """Return the wrong arrays of which it is known what they stand for, each with the right one.

    Those are what forward returned, and the arguments that it overwrote.
    """
    expected, cache = trial.reference.here
    tracked = {name: getattr(cache, name) for name in trial.layer.shapes.tracked}
    pairs = [(call.outputs.get(name), right) for name, right in {"out": expected, **tracked}.items()]
    pairs += [(call.arguments.get(name), values) for name, values in trial.tensors.items()]
    arrays = [
        (np.array(now), np.asarray(right)) for now, right in pairs if _is_real(now) and right is not None
    ]
    return [
        (now, right)
        for now, right in arrays
        if now.size == right.size and np.isfinite(now).all() and not _same(now, right)
    ]


def _is_real(value: object) -> bool:
    """Return whether a value, which may be anything that the subject returned, is an array of real numbers."""
    return isinstance(value, np.ndarray | np.generic) and value.dtype.kind == "f"


def _replacements(wrong: dict[int, list[Array]]) -> Iterator[dict[int, Array]]:
    """Yield what to put where, the likeliest candidates first."""
    open_ones = sum(len(each) > 1 for each in wrong.values())
    most = int(4096 ** (1 / max(open_ones, 1)))
    ranks = itertools.product(*(range(min(most, len(each))) for each in wrong.values()))
    for chosen in sorted(ranks, key=sum):
        yield {place: wrong[place][rank] for place, rank in zip(wrong, chosen, strict=True)}


def _is_right(
    trial: Trial,
    call: Call,
    replaced: dict[int, Array],
    dout: Array,
    truth: dict[str, Truth],
) -> bool:
    """Return whether backward gives the right gradients with these arrays in its cache.

    Our own gradient of a tensor with many numbers only points at the worst entry: finite differences decide.
    """
    try:
        if not call.overwrite(replaced):
            return False
        got = trial.gradients(call, dout.copy())
    except TimedOut:
        raise
    except SubjectError:
        return False
    return all(_agrees(trial, name, got[name], dout, *expected) for name, expected in truth.items())


def _agrees(
    trial: Trial, name: str, got: Array, dout: Array, values: Array, bound: Array | float, is_ours: bool
) -> bool:
    """Return whether a gradient is the true one, of which `values` are our own or those of finite differences."""
    found = compare.difference(name, got, values, bound)
    if not is_ours:
        return found is None
    if found is not None and confirmed(trial, name, dout, found) is not None:
        return False
    return has_the_true_slope(trial, name, got, dout, 2)


def _truth(trial: Trial, name: str, dout: Array) -> Truth:
    """Return the true gradient of a tensor, how far a right one may be from it, and whether it is ours."""
    reference, rounding = trial.reference, trial.gradient_bound(name, dout)
    if trial.case.exact:
        return trial.exact_arithmetic.whole_gradient(Point(reference, name, dout)), rounding, False
    own = certified(trial, name, dout)
    if own is not None:
        return own, 2 * rounding, True
    f, x = reference.of(name), reference.tensors[name]
    values, bound = numeric.smooth_gradient(f, x, dout, reference.method(name))
    return values, bound + rounding, False


def _upstream(trial: Trial) -> Array:
    """Return an upstream gradient of full precision: no other gradient than the right one agrees by chance."""
    if trial.subject.interface.fused or trial.case.exact:
        bits = trial.probe_bits.dout if trial.case.exact else None
        return trial.upstream(bits)
    rng = fill.generator(trial.case, "own")
    return rng.uniform(-2, 2, size=trial.case.output_shape).astype(trial.case.dtype)


def _known(trial: Trial) -> Iterator[tuple[int, Array]]:
    """Yield the intermediate results of a right forward, as far as the suite has them, with the likeliest at tier 0."""
    reference = trial.reference
    other = Reference(trial.layer, trial.layer.ours.naive, trial.params, reference.tensors)
    held = [np.asarray(each) for r in (other, reference) for each in (*arrays_in(r.here[1]), r.here[0])]
    base = [each for each in (*held, *reference.tensors.values()) if each.dtype.kind == "f"]
    seen: list[Array] = []
    tiers = (
        base,
        [*_moments(other)],
        [e for values in base for e in _derived(values, trial.params.get("eps"))],
    )
    for tier, values in enumerate(tiers):
        for each in values:
            if not any(_same(each, old) for old in seen):
                seen.append(each)
                yield tier, each


def _places(trial: Trial) -> Iterator[Array]:
    """Yield where the winners of a pooling layer are, in the ways in which code keeps it.

    That is the place in the plane, in the padded plane, in all of x or in the window, as one number or as a row and a
    column; or which of the window's entries wins.
    """
    params = trial.params
    if "kernel" not in params or not isinstance(trial.layer.arithmetic, Winner):
        return
    ours = Reference(trial.layer, trial.layer.ours.fast, params, trial.tensors).here[1]
    everywhere = np.asarray(ours.winner)
    if (everywhere < 0).any():
        return  # a window of padding alone has no winner
    height, width = trial.tensors["x"].shape[2:]
    flat = everywhere % (height * width)
    (top, _), (left, right) = params["pad"]
    rows, columns = flat // width, flat % width
    yield from (flat, rows, columns)
    yield from (rows + top, columns + left, (rows + top) * (width + left + right) + columns + left)
    yield everywhere
    (kh, kw), (sh, sw), (dh, dw) = (params[name] for name in ("kernel", "stride", "dilation"))
    i = (rows + top - sh * np.arange(flat.shape[2])[:, None]) // dh
    j = (columns + left - sw * np.arange(flat.shape[3])) // dw
    yield from (i, j, i * kw + j)
    taps = np.arange(kh * kw)
    wins = (i * kw + j)[..., None] == taps
    yield from (wins, wins.reshape(*flat.shape, kh, kw), np.moveaxis(wins, -1, 0), np.moveaxis(wins, -1, 2))


def _derived(values: Array, eps: float | None) -> Iterator[Array]:
    """Yield what code keeps in the place of an intermediate result: its square, its reciprocal, its exponential."""
    with np.errstate(all="ignore"):
        yield 1 / values
        yield values**2
        if eps is not None:
            yield values**2 - eps
        yield np.exp(values)
        yield np.exp(-values)
    if values.ndim == 2:
        yield values.T


def _moments(reference: Reference) -> Iterator[Array]:
    """Yield what a norm computes on the way, in the layouts in which it is usually kept.

    Values that share a mean stand in a row: those of a channel, of a sample, or of a group of a sample.
    """
    tensors, params = reference.tensors, reference.params
    if "gamma" not in tensors:
        return
    x, eps, is_batch = tensors["x"], params.get("eps", 0.0), "running_mean" in tensors
    rows = (
        np.moveaxis(x, 1, 0).reshape(x.shape[1], -1)
        if is_batch
        else x.reshape(_count_of_means(x, params), -1)
    )
    if params.get("mode") == "eval":
        mean, var = (tensors[name][:, None] for name in ("running_mean", "running_var"))
    else:
        # Only RMS norm has no beta, and subtracts no mean.
        mean = rows.mean(axis=1, keepdims=True) if "beta" in tensors else np.zeros((len(rows), 1))
        var = ((rows - mean) ** 2).mean(axis=1, keepdims=True)
    std = np.sqrt(var + eps)
    with np.errstate(all="ignore"):
        yield from (std, 1 / std, var + eps, var, mean)
        for values in ((rows - mean) / std, rows - mean):
            yield values
            yield values.T.copy()
            if is_batch:
                yield np.moveaxis(values.reshape(x.shape[1], len(x), *x.shape[2:]), 0, 1).copy()


def _count_of_means(x: Array, params: Params) -> int:
    """Return how many sets of numbers with a mean of their own a norm of samples has: groups, channels, or samples."""
    if "dims" in params:
        return x.size // max(math.prod(params["dims"]), 1)
    return len(x) * int(params["g"] if "g" in params else x.shape[1])


def _plane(values: Array) -> tuple[int, ...]:
    """Return a shape without its extents of 1: an array of another one holds its numbers in another order."""
    return tuple(extent for extent in values.shape if extent != 1)


def _same(array: Array, known: Array) -> bool:
    """Return whether an array holds the numbers of a known one, in any shape."""
    eps = float(np.finfo(array.dtype).eps) if array.dtype.kind == "f" else 0.0
    bound = min(SAME * eps, 1e-4) * _size(known)
    return array.size == known.size and compare.is_same(array.ravel(), known.ravel(), bound)


def _size(values: Array) -> float:
    return float(np.abs(values[np.isfinite(values)]).max(initial=0.0))


def _far(array: Array, known: Array) -> float:
    """Return how far a known array is from the wrong one, as a share of its size."""
    with np.errstate(all="ignore"):
        apart = np.abs(array - known)
    near = apart[np.isfinite(apart)]
    return float(near.mean()) / (_size(known) or 1.0) if near.size else np.inf
