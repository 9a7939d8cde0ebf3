"""Check any pair of Python functions, without the specification of a layer."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import numpy as np

from gradcheck.contract import Function
from gradcheck.functions import orders
from gradcheck.functions.adapting import adapted, name_of, signature_source, wrt_of
from gradcheck.functions.findings import first_wrong, message_of, report_on
from gradcheck.functions.frameworks import Library, framework_of
from gradcheck.functions.judging import judge, start
from gradcheck.functions.pair import (
    Functions,
    Inputs,
    clashes,
    collect,
    read,
    refuse_clashes,
)
from gradcheck.functions.readings import Outputs
from gradcheck.functions.smaller import smallest
from gradcheck.functions.trees import children, values_of
from gradcheck.report import Finding, PartReport, Verdict

__tracebackhide__ = True


class _Default(int):
    """A default that can be distinguished from an equal number that a caller passes."""


# Identity shows whether the caller passed `seed`: only then may it clash with an argument of forward.
SEED = _Default(0)


class GradientError(AssertionError):
    """A gradient is wrong, or could not be judged. `report` holds the findings."""

    def __init__(self, report: PartReport, again: str, smaller: str | None = None) -> None:
        super().__init__(message_of(report, again, smaller))
        self.report = report


def check_gradients(
    forward: Function,
    backward: Function | None = None,
    /,
    *,
    seed: int = SEED,
    inputs: Inputs | None = None,
    dout: Any = None,
    wrt: str | Sequence[str] | None = None,
    outputs: Outputs | None = None,
    order: int | None = None,
    double_backward: Function | None = None,
    forward_mode: Function | bool | None = None,
    batched: bool | str | Sequence[str] | None = None,
    **named: Any,
) -> PartReport:
    """Check a backward against the derivative of its forward: one written by hand, or that of PyTorch or JAX.

    Parameters
    ----------
    forward : callable
        Called as ``forward(**named)``, or with the inputs by position if its parameters have other names.
        Returns its output, ``(out, cache)``, or several outputs in a tuple, a list, a mapping or a dataclass, nested
        or not, with a cache or without. Without `backward` it is a function of PyTorch tensors, a
        ``torch.autograd.Function``, a ``torch.nn.Module`` (whose parameters are inputs, too), or a function of JAX
        arrays, and the framework's own backward is checked; or it returns ``(loss, gradients)``.
    backward : callable, optional
        Called as ``backward(dout, cache)``, as ``backward(dout, *inputs)`` if forward returns no cache, or with both,
        as its signature accepts. With several outputs it takes their cotangents one by one,
        ``backward(dh, dc, cache)``, or in one argument of the outputs' structure. Outputs that
        are no floating arrays get None.
        Returns the gradients of those inputs that are floating-point arrays: in their order, or in a dict by
        name (``"x"`` or ``"dx"``). Those of inputs outside `wrt` may be left out.
    seed : int
        Seed of the upstream gradients and directions.
    inputs : mapping or sequence, optional
        More inputs. A mapping gives them by name, which may be the name of an option such as ``seed``; they take the
        order of forward's parameters. A list or tuple gives them by position; their names come from forward's
        signature, or else are ``arg0``, ``arg1``.
    dout : array_like, optional
        The upstream gradient, of out's shape; random by default. With several outputs, one for each in the structure
        in which forward returns them, and None where an output is not used. The check that backward is linear needs a
        second one, which is always random.
    wrt : str or sequence of str, optional
        The inputs that are differentiated; all floating arrays by default. The others are frozen: they are passed on.
    outputs : int or sequence, optional
        Which of the results are outputs: how many, from the first, or their names or places; the rest is the cache.
        By default backward decides: its signature, the names of its parameters, and which call it accepts.
    order : {1, 2}, optional
        2 also checks the double backward against the derivative of backward: `double_backward`, or the framework's.
    double_backward : callable, optional
        Called as ``double_backward(ddx, dout, *inputs)`` or ``double_backward(ddx, dout, cache)``, with one ``ddx`` for
        each gradient that backward returns. Returns the gradients of dout and of the inputs.
    forward_mode : callable or bool, optional
        A function ``jvp(tangents, *inputs)``, which returns the tangents of the outputs; or True for the framework's.
        `tangents` is the tangent of the one differentiated input, or a tuple with one for each.
    batched : bool, str or sequence of str, optional
        Also check that a call with a new leading axis on these inputs (True: on all that are differentiated) gives
        what a loop over this axis gives. Functions of a framework are called under its vmap.
    **named : ndarray or any object
        The inputs. Arrays of a floating dtype, of NumPy, PyTorch, JAX or any library with DLPack, are differentiated;
        everything else is passed on. They take the order of forward's parameters, not that of the call.

    Returns
    -------
    PartReport
        The report of a pass: the checks that ran, and the notes.

    Raises
    ------
    GradientError
        If a gradient is wrong or cannot be judged; the message has the place and both numbers, and the rows of a batch
        that suffice.
    TypeError
        If an input is given twice, or if an option such as ``seed`` may be meant for forward because it has an
        argument of that name: pass forward's as ``inputs={"seed": ...}``.
    ValueError
        If no input is an array of a floating dtype, if `dout` does not fit forward's output, or if an option names
        something that is not there.

    Notes
    -----
    The derivative is a complex step if forward accepts complex numbers and the result agrees with extrapolated central
    differences; otherwise it is the latter. Both have a computed error bound; no tolerance is guessed.

    Examples
    --------
    >>> def square_forward(x):
    ...     return x**2, x
    >>> def square_backward(dout, x):
    ...     return 2 * x * dout
    >>> x = np.array([1.0, -3.0])
    >>> check_gradients(square_forward, square_backward, x=x).verdict.value
    'pass'

    With positional inputs and an upstream gradient:

    >>> check_gradients(square_forward, square_backward, inputs=[x], dout=[1.0, 0.5]).verdict.value
    'pass'

    An argument of forward with the name of an option:

    >>> def drop_forward(x, seed):
    ...     mask = np.random.default_rng(seed).random(x.shape) < 0.5
    ...     return x * mask, mask
    >>> def drop_backward(dout, mask):
    ...     return dout * mask
    >>> check_gradients(drop_forward, drop_backward, inputs={"x": x, "seed": 3}).verdict.value
    'pass'

    Two outputs, the second derivative, and forward mode:

    >>> def both(x):
    ...     return np.sin(x), np.cos(x)
    >>> def both_backward(dsin, dcos, x):
    ...     return dsin * np.cos(x) - dcos * np.sin(x)
    >>> check_gradients(both, both_backward, x=x).verdict.value
    'pass'
    >>> def double(ddx, dout, x):
    ...     return 2 * x * ddx, 2 * dout * ddx
    >>> check_gradients(square_forward, square_backward, order=2, double_backward=double, x=x).verdict.value
    'pass'
    >>> check_gradients(square_forward, square_backward, forward_mode=lambda v, x: 2 * x * v, x=x).verdict.value
    'pass'
    """
    options = Options(dout, wrt, outputs, order, double_backward, forward_mode, batched)
    framework = None if backward is not None else framework_of(forward, _values(inputs, named))
    source = signature_source(forward, framework)
    given, positional = collect(source, inputs, named)
    is_given = {"seed": seed is not SEED, "inputs": inputs is not None, **options.given()}
    refuse_clashes(source, [name for name, is_there in is_given.items() if is_there], given)
    functions = _functions(forward, backward, given, positional, framework)
    options.refuse(functions)
    functions = _ready(functions, options)
    started = time.perf_counter()
    rng = np.random.default_rng(seed)
    first = judge(functions, options.dout, rng)
    findings = [*first.findings, *_asked_besides(functions, options, first.findings, rng)]
    seconds = time.perf_counter() - started
    report = msgspec.structs.replace(
        report_on(functions, findings, options.checks(), max(first.misses, default=None)),
        understood=_understood(functions),
    )
    if report.verdict is not Verdict.PASS:
        is_option = not clashes(source, ["seed"], given)
        again = f"the same call with seed={seed}" if is_option else "the same call"
        raise GradientError(report, again, smallest(functions, first_wrong(findings), dout, seconds))
    return report


@dataclass(frozen=True)
class Options:
    """What a caller asks besides the gradients themselves, and whether it can be asked."""

    dout: Any = None
    wrt: str | Sequence[str] | None = None
    outputs: Outputs | None = None
    order: int | None = None
    double_backward: Function | None = None
    forward_mode: Function | bool | None = None
    batched: bool | str | Sequence[str] | None = None

    def given(self) -> dict[str, bool]:
        """Return which options are given, by name."""
        return {name: getattr(self, name) is not None for name in self.__dataclass_fields__}

    def checks(self) -> list[str]:
        """Return the names of the checks that options have asked for."""
        asked = {
            "double backward": self.order == 2,
            "forward mode": bool(self.forward_mode),
            "batched": bool(self.batched),
        }
        return [name for name, is_asked in asked.items() if is_asked]

    def refuse(self, functions: Functions) -> None:
        """Raise ValueError for an option that has nothing to check."""
        if not functions.floats:
            raise ValueError(
                f"check_gradients: none of {sorted(functions.inputs)} is an array of a floating dtype (x.astype(float))"
            )
        if self.dout is not None and functions.is_fused:
            raise ValueError(
                "check_gradients: dout is given without a backward: the upstream gradient of a loss that forward "
                "returns with its gradients is 1; leave dout out, or pass a backward"
            )
        if self.order not in (None, 1, 2):
            raise ValueError(
                f"check_gradients: order={self.order!r}; expected 1, or 2 for the double backward as well"
            )
        if self.double_backward is not None and self.order != 2:
            raise ValueError(
                "check_gradients: double_backward is given without order=2: pass order=2 to check it"
            )
        if self.order == 2 and self.double_backward is None and functions.framework is None:
            raise ValueError(
                "check_gradients: order=2 has no double backward to check: pass it as double_backward=, or pass a "
                "function of PyTorch or JAX without a backward"
            )
        if self.forward_mode is True and functions.framework is None:
            raise ValueError(
                "check_gradients: forward_mode=True, and forward is no function of PyTorch or JAX: pass its jvp as "
                "forward_mode=jvp, which is called as jvp(tangents, *inputs)"
            )


def _values(inputs: Inputs | None, named: Mapping[str, Any]) -> list[Any]:
    """Return everything that is passed to forward, down to the arrays."""
    more = (
        inputs.values() if isinstance(inputs, Mapping) else inputs if isinstance(inputs, list | tuple) else ()
    )
    return values_of([*more, *named.values()])


def _functions(
    forward: Function,
    backward: Function | None,
    inputs: dict[str, Any],
    positional: int,
    framework: Library | None,
) -> Functions:
    if framework is None:
        return Functions(forward, backward, inputs, positional, is_exact=True)
    name = name_of(forward)
    forward, inputs, positional = adapted(forward, inputs, positional, framework)
    return Functions(forward, None, inputs, positional, framework=framework, called=name, is_exact=True)


def _ready(functions: Functions, options: Options) -> Functions:
    """Return the functions with what is differentiated, and with what the results of forward are."""
    wrt = wrt_of(options.wrt, functions.inputs, functions.floats)
    return read(replace(functions, wrt=wrt), options.outputs)


def _asked_besides(
    functions: Functions, options: Options, first: list[Finding], rng: np.random.Generator
) -> Iterator[Finding]:
    """Yield the findings of what options ask for; what depends on the first order follows only where it is right."""
    is_asked = bool(options.checks())
    if not is_asked or any(
        finding.check == "repeatable" and finding.verdict is not Verdict.PASS for finding in first
    ):
        return
    functions, run, dout = start(functions, options.dout, rng)
    if options.order == 2:
        yield from orders.second_order(functions, options.double_backward, run, dout, rng)
    if options.forward_mode:
        jvp = None if options.forward_mode is True else options.forward_mode
        yield from orders.forward_mode(functions, jvp, run, rng)
    if options.batched:
        every = options.batched is True
        names = wrt_of(None if every else options.batched, functions.inputs, functions.tensors)
        yield from orders.batched(functions, names or tuple(functions.tensors), run, rng)


def _understood(functions: Functions) -> str | None:
    """Return how results are read, where forward returns several."""
    reading = functions.reading
    if functions.backward is None or reading.chosen is None:
        return None
    returned = functions.results(functions.fresh())
    is_plain = children(reading.split(returned)[0]) is None and reading.tokens[1:] == (("cache", 0),)
    return None if is_plain else reading.words(returned)
