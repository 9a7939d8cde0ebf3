"""What a backward owes besides the numbers: equal calls, layouts and arguments as `gradcheck verify` judges them.

A changed input is a fault, and so is a backward that differs on a second call, or with dout in another memory layout. A
changed dout, results that share memory with arguments, and differences by rounding alone are notes.
"""

import zlib
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np

from gradcheck.contract import Array, Arrays
from gradcheck.evidence.compare import difference
from gradcheck.functions.findings import allowance, complaint, note, rounding
from gradcheck.functions.frameworks import NUMPY, TORCH, library_of
from gradcheck.functions.outputs import Run, numbers_of
from gradcheck.functions.pair import Functions
from gradcheck.functions.trees import values_of
from gradcheck.report import Finding, Verdict

__tracebackhide__ = True

MOST_WORK = 10_000
"""Candidates that NumPy may try. An exact answer about two strided views can take exponential time."""

VARIES = "differs by rounding between two equal calls: sums in an order that varies"


def forward_again(functions: Functions, run: Run) -> Iterator[Finding]:
    """Yield what a second call of forward shows: other results, and inputs that it changes in place."""
    live, out = functions.fresh(), run.out
    again = _value(functions, live)
    yield from changed(functions, live)
    if again.shape != out.shape:
        words = f"a second forward returns an output of shape {again.shape}, the first one {out.shape}: no verdict"
        yield complaint("repeatable", words, Verdict.INCONCLUSIVE, "out")
        return
    if agree(again, [(1.0, out)]):
        return
    eps = max(functions.eps.values())
    # 1,024 roundings, but no share that a changed mask could hide in; of half precision 16 roundings.
    share = max(16 * eps, min(1024 * eps, 1e-3))
    found = difference("out", again, out, share * float(np.abs(out).max(initial=0.0)))
    if found is not None:
        entry = run.outputs.entry(int(np.ravel_multi_index(found.index, out.shape)))
        words = f"{entry} is {found.expected:.10g}, and {found.got:.10g} in a second, equal call: a random forward"
        yield complaint(
            "repeatable",
            f"{words} has no derivative (fix its seed or its mask): no verdict",
            Verdict.INCONCLUSIVE,
            "out",
        )
    elif difference("out", again, out) is not None:
        yield note("repeatable", f"out {VARIES}", "out")


def _value(functions: Functions, live: dict[str, Any]) -> Array:
    if functions.framework is not None:
        try:
            return functions.outputs(functions.results(live)).flat()
        except RuntimeError:  # it differentiates something itself, and so needs inputs that a graph knows
            return functions.value(live)
    return functions.value(live)


def changed(functions: Functions, live: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield a finding for each input that is no longer what it was. Autograd keeps track of such changes itself."""
    for name, library in functions.libraries.items():
        if not library.is_mutable or name not in live:
            continue
        now, before = library.get(live[name]), library.get(functions.inputs[name])
        if now.shape == before.shape and _is_same(now, before):
            continue
        words = f"{name} is changed in place"
        is_tracked = functions.framework is not None
        yield note("unchanged", words, name) if is_tracked else complaint("unchanged", words, tensor=name)


def _is_same(now: Array, before: Array) -> bool:
    if now.dtype.kind not in "fiub":
        return bool(np.array_equal(now, before))
    return agree(now, [(1.0, before)]) or difference("", now, before) is None


def digest(out: Array) -> int:
    """Return a number that shows whether an array has been changed."""
    return zlib.crc32(np.ascontiguousarray(out).view(np.uint8).data) if out.size else 0


def repeated(functions: Functions, run: Run, dout: Array, got: Arrays) -> Iterator[Finding]:
    """Check that a second backward returns the same gradients."""
    again = functions.gradients(run.back, dout)
    for name in got:
        if agree(again[name], [(1.0, got[name])]) or difference(name, again[name], got[name]) is None:
            continue
        bound = allowance(functions, name, got[name])
        if difference(name, again[name], got[name], bound) is None:
            yield note("repeatable", f"d{name} {VARIES}", f"d{name}")
        else:
            yield complaint("repeatable", f"a second backward returns another d{name}", tensor=f"d{name}")


def linear(
    functions: Functions, run: Run, first: Array, got: Arrays, rng: np.random.Generator
) -> Iterator[Finding]:
    """Check backward(2a + 3b) against 2 backward(a) + 3 backward(b), with a generous allowance for rounding."""
    seed = int(rng.integers(2**63))

    def second() -> Array:
        return run.outputs.upstream(np.random.default_rng(seed), functions.unused)

    def combined() -> Array:
        dout = second()  # drawn twice, so that it need not be kept: it may be large
        dout *= 3
        dout += first
        dout += first
        return run.outputs.rounded(dout)

    b = {
        name: values.copy()
        for name, values in functions.gradients(run.back, second(), is_theirs=True).items()
    }
    both = functions.gradients(run.back, combined(), is_theirs=True)
    for name, a in got.items():
        bound = allowance(functions, name, a, b[name])
        terms = [(2.0, a), (3.0, b[name])]
        if _differs(functions, name, both[name], terms, combined, bound):
            words = f"d{name} is not linear in dout: backward(2a + 3b) is not 2 backward(a) + 3 backward(b)"
            yield complaint("linear", words, tensor=f"d{name}")


Terms = list[tuple[float, Array]]
"""A sum of arrays, each with a factor."""

BLOCK = 2**16
"""Entries that are compared at a time: large arrays have no copies."""


def agree(got: Array, terms: Terms, bound: float = 0.0) -> bool:
    """Return whether an array equals a sum of arrays within a bound; false where there is a NaN."""
    flat = got.reshape(-1)
    parts = [(factor, values.reshape(-1)) for factor, values in terms]
    for low in range(0, flat.size, BLOCK):
        gap = flat[low : low + BLOCK].astype(np.float64)
        with np.errstate(invalid="ignore", over="ignore"):
            for factor, values in parts:
                gap -= factor * values[low : low + BLOCK]
        if not float(np.abs(gap, out=gap).max()) <= bound:
            return False
    return True


def _differs(
    functions: Functions,
    name: str,
    got: Array,
    terms: Terms,
    dout: Callable[[], Array],
    bound: float,
) -> bool:
    """Return whether a gradient differs from a sum of others by more than rounding.

    The rounding of backward is only measured if a first bound is passed: at `dout`.
    """
    if agree(got, terms, bound):
        return False
    with np.errstate(invalid="ignore", over="ignore"):
        expected = np.asarray(sum(factor * values for factor, values in terms))
    if difference(name, got, expected, bound) is None:
        return False
    with np.errstate(invalid="ignore", over="ignore"):
        bound += rounding(functions, name, got, dout())
        # Where either overflows there is nothing to compare.
        finite = np.isfinite(got) & np.isfinite(expected)
    return difference(name, np.where(finite, got, 0.0), np.where(finite, expected, 0.0), bound) is not None


# Layouts of dout.


def _fortran(library: Any, value: Any) -> Any:
    if library is TORCH:
        axes = tuple(range(value.ndim))[::-1]
        return value.permute(axes).contiguous().permute(axes)
    return np.array(value, order="F")


def _strided(library: Any, value: Any) -> Any:
    # 77 between the entries: code that ignores the strides reads it, and its result differs.
    if library is TORCH:
        spread = value.new_full((*value.shape, 2), 77)
    else:
        spread = np.full((*value.shape, 2), 77, dtype=value.dtype)
    spread[..., 0] = value
    return spread[..., 0]


def _broadcast(library: Any, value: Any) -> Any:
    if library is TORCH:
        return value[:1].expand(value.shape)
    return np.broadcast_to(value[:1].copy(), value.shape)


LAYOUTS: dict[str, Callable[[Any, Any], Any]] = {
    "Fortran-ordered": _fortran,
    "strided": _strided,
    "broadcast (stride 0)": _broadcast,
}
"""Layouts in which backward gets dout; the sum of an output sends back a broadcast one."""


def _arrange(how: Callable[[Any, Any], Any], value: Any) -> Any:
    library = library_of(value)
    is_known = library in (NUMPY, TORCH) and value.ndim > 0 and value.shape[0] > 0
    return how(library, value) if is_known else value


def layouts(functions: Functions, run: Run, dout: Array, got: Arrays, writes_dout: bool) -> Iterator[Finding]:
    """Check that dout in another memory layout gives the same gradients."""
    libraries = [library_of(run.outputs.leaves[place][1]) for place in run.outputs.places]
    if not any(each in (NUMPY, TORCH) for each in libraries) or not any(
        part.ndim for part in run.outputs.parts
    ):
        return
    for what, how in LAYOUTS.items():
        if how is _fortran and all(part.ndim < 2 for part in run.outputs.parts):
            continue
        flat, plain = dout, got
        if how is _broadcast:
            flat = _first_rows(run, dout)
            plain = {name: values.copy() for name, values in functions.gradients(run.back, flat).items()}
        try:
            found = functions.gradients(partial(run.back, arrange=partial(_arrange, how)), flat)
        except Exception as problem:  # noqa: BLE001 - whatever backward raises, it raises for the layout alone
            if writes_dout:
                yield note(
                    "layout", f"dout is changed in place, which fails when it is {what}: {problem}", "dout"
                )
            else:
                yield complaint("layout", f"fails when dout is {what}: {problem}", Verdict.ERROR)
            continue
        yield from _other_layout(functions, what, found, plain, flat)
        del found  # before the next call, as these arrays may be large


def _other_layout(
    functions: Functions, what: str, found: Arrays, plain: Arrays, dout: Array
) -> Iterator[Finding]:
    """Yield a finding for each gradient that another layout of dout changes."""
    for name, values in found.items():
        bound = allowance(functions, name, plain[name])
        if _differs(functions, name, values, [(1.0, plain[name])], lambda: dout, bound):
            words = f"d{name} is another one when dout is {what}, with the same numbers"
            yield complaint("layout", words, tensor=f"d{name}")


def _first_rows(run: Run, dout: Array) -> Array:
    """Return dout with the first row of each output repeated."""
    pieces = [
        np.broadcast_to(piece[:1], piece.shape) if piece.ndim and len(piece) else piece
        for piece in run.outputs.split(dout)
    ]
    return pieces[0].copy() if len(pieces) == 1 else np.concatenate([piece.ravel() for piece in pieces])


def writes(run: Run, dout: Array) -> bool:
    """Return whether the last backward changed its dout in place."""
    pieces = run.outputs.split(dout)
    pairs = [
        (numbers_of(given), piece) for given, piece in zip(run.seen, pieces, strict=True) if given is not None
    ]
    return any(
        not agree(now, [(1.0, piece)]) and difference("out", now, piece) is not None for now, piece in pairs
    )


def aliases(functions: Functions, run: Run, returned: Any) -> Iterator[Finding]:
    """Yield a note for each result that shares its memory with an argument: a later change of one changes the other."""
    arguments = {name: value for name, value in run.arguments.items() if library_of(value) is NUMPY}
    outs = {
        name: run.outputs.leaves[place][1]
        for name, place in zip(run.outputs.names, run.outputs.places, strict=True)
    }
    yield from _overlaps(outs, arguments)
    found = [value for value in values_of(returned) if isinstance(value, np.ndarray)]
    if len(found) == len(functions.tensors):
        douts = {
            f"dout{number or ''}": each
            for number, each in enumerate(run.seen)
            if isinstance(each, np.ndarray)
        }
        gradients = {f"d{name}": values for name, values in zip(functions.tensors, found, strict=True)}
        yield from _overlaps(gradients, {**arguments, **douts})


def _overlaps(results: dict[str, Any], arguments: dict[str, Any]) -> Iterator[Finding]:
    for name, result in results.items():
        for other, argument in arguments.items():
            if isinstance(result, np.ndarray) and _overlap(result, argument):
                yield note("alias", f"{name} shares its memory with the argument {other}", name)


def _overlap(a: Array, b: Array) -> bool:
    try:
        return np.shares_memory(a, b, max_work=MOST_WORK)  # type: ignore[arg-type]  # NumPy's stubs know -1 and 0 only
    except np.exceptions.TooHardError:
        return False  # not proved


def dtypes(functions: Functions, got: Arrays) -> Iterator[Finding]:
    """Yield a note for each gradient that is not in the dtype of its tensor."""
    for name, values in got.items():
        if values.dtype != functions.tensors[name].dtype:
            words = f"d{name} has dtype {values.dtype}; {name} has {functions.tensors[name].dtype}"
            yield note("shapes", words, f"d{name}")
