"""A forward and a backward as their author wrote them, and the inputs that they are called with."""

import contextlib
import inspect
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from gradcheck import calling
from gradcheck.calling.results import array_of
from gradcheck.contract import Array, Arrays, Function, Malformed, Shape
from gradcheck.derivative.directions import blocks
from gradcheck.derivative.line import EPS
from gradcheck.functions.frameworks import NUMPY, Library, is_float, library_of
from gradcheck.functions.outputs import Arrange, Outputs, Run, compact, numbers_of
from gradcheck.functions.readings import WHOLE, Reader, Reading, results_read
from gradcheck.functions.readings import Outputs as Chosen
from gradcheck.text import one_line

__tracebackhide__ = True

Inputs = Mapping[str, Any] | Sequence[Any]

VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def collect(forward: Function, inputs: Inputs | None, named: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """Return the inputs by name, and how many of them, from the first, are positional.

    Parameters
    ----------
    forward : callable
        Its signature determines the names of positional inputs, and the order of named inputs.
    inputs : mapping or sequence, optional
        Inputs by name, or positional inputs.
    named : mapping
        Inputs given by keyword.

    Raises
    ------
    TypeError
        If `inputs` is neither a mapping nor a list or tuple, if it may be meant for forward, or if an input is given
        twice.
    """
    if inputs is None:
        return _in_order_of(forward, dict(named)), 0
    if isinstance(inputs, Mapping):
        wrong = [name for name in inputs if not isinstance(name, str)]
        if wrong:
            raise TypeError(f"check_gradients: inputs has the key {wrong[0]!r}; expected names of inputs")
        return _in_order_of(forward, _merged(inputs.items(), named)), 0
    if not isinstance(inputs, list | tuple):
        raise TypeError(
            f"check_gradients: inputs is of type {type(inputs).__name__}; expected a mapping of names, or a list or "
            "tuple of positional inputs: inputs=[x]"
        )
    if "inputs" in _parameters(forward):  # the list may be meant for forward
        raise _clash("inputs")
    return _merged(zip(_positional_names(forward, len(inputs)), inputs, strict=True), named), len(inputs)


def clashes(forward: Function, options: Iterable[str], given: Mapping[str, Any]) -> list[str]:
    """Return the options that are also arguments of forward but not among the given inputs."""
    return [name for name in options if name in _parameters(forward) and name not in given]


def refuse_clashes(forward: Function, options: Iterable[str], given: Mapping[str, Any]) -> None:
    """Raise TypeError for the first option that may be meant for forward."""
    for name in clashes(forward, options, given):
        raise _clash(name)


def _clash(name: str) -> TypeError:
    return TypeError(
        f"check_gradients: forward takes an argument {name}, and {name}= is an option here: pass the argument as "
        f'inputs={{"{name}": ...}}; {name}= next to it is the option'
    )


def _merged(pairs: Iterable[tuple[str, Any]], named: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in [*pairs, *named.items()]:
        if name in found:
            raise TypeError(f"check_gradients: the input {name} is given twice: in inputs, and as {name}=")
        found[name] = value
    return found


def _in_order_of(forward: Function, inputs: dict[str, Any]) -> dict[str, Any]:
    """Return the inputs in the order of forward's parameters, which is the order of backward's gradients."""
    order = {name: place for place, name in enumerate(_parameters(forward))}
    if not inputs.keys() <= order.keys():
        return inputs
    return dict(sorted(inputs.items(), key=lambda item: order[item[0]]))


def _positional_names(forward: Function, count: int) -> list[str]:
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    names = [name for name, each in _parameters(forward).items() if each.kind in kinds][:count]
    return [*names, *(f"arg{place}" for place in range(len(names), count))]


def _parameters(forward: Function) -> dict[str, inspect.Parameter]:
    """Return the named parameters of a function; none if it has no signature, as some built-in functions."""
    try:
        parameters = inspect.signature(forward).parameters
    except (TypeError, ValueError):
        return {}
    return {name: each for name, each in parameters.items() if each.kind not in VARIADIC}


Back = Callable[..., Any]


@dataclass(frozen=True)
class Functions:
    """A forward, a backward and the inputs to check them at; the first `positional` inputs are passed by position.

    `wrt` are the inputs that are differentiated; by default all floating arrays. `framework` differentiates forward
    where no backward is given. `reading` says what forward's results are, and `unused` which outputs get no cotangent.
    `is_exact`: a gradient has exactly the shape of its tensor; otherwise axes of extent 1 are a convention.
    """

    forward: Function
    backward: Function | None
    inputs: Mapping[str, Any]
    positional: int = 0
    wrt: tuple[str, ...] | None = None
    framework: Library | None = None
    reading: Reading = WHOLE
    unused: frozenset[int] = frozenset()
    called: str | None = None
    is_exact: bool = False

    @cached_property
    def name(self) -> str:
        """The name of the function that computes the gradients."""
        function = self.forward if self.backward is None else self.backward
        return self.called or one_line(getattr(function, "__name__", type(function).__name__), 60)

    @property
    def is_fused(self) -> bool:
        """Whether forward returns its gradients with its loss."""
        return self.backward is None and self.framework is None

    @cached_property
    def libraries(self) -> dict[str, Library]:
        """The library of each input that is an array."""
        found = {name: library_of(value) for name, value in self.inputs.items()}
        return {name: library for name, library in found.items() if library is not None}

    @cached_property
    def floats(self) -> Arrays:
        """The inputs that are arrays of a floating dtype."""
        return {name: numbers_of(value) for name, value in self.inputs.items() if is_float(value)}

    @cached_property
    def tensors(self) -> Arrays:
        """The inputs that are differentiated: arrays of a floating dtype, without those that are frozen."""
        if self.wrt is None:
            return self.floats
        return {name: values for name, values in self.floats.items() if name in self.wrt}

    @cached_property
    def eps(self) -> dict[str, float]:
        """The spacing of 1.0 in the dtype in which each tensor was given."""
        return {name: self.libraries[name].eps(self.inputs[name]) for name in self.tensors}

    @cached_property
    def extremes(self) -> dict[str, tuple[float, float]]:
        """The smallest number above 0 and the largest one in the dtype in which each tensor was given."""
        return {name: self.libraries[name].extremes(self.inputs[name]) for name in self.tensors}

    @cached_property
    def _leading(self) -> int:
        """How many inputs are passed by position; all of them if forward does not accept their names."""
        if self.positional:
            return self.positional
        try:
            inspect.signature(self.forward).bind(**self.inputs)
        except (TypeError, ValueError):
            return len(self.inputs)
        return 0

    def reread(self, reading: Reading) -> "Functions":
        """Return the functions with another reading, and what is known of their inputs."""
        other = replace(self, reading=reading)
        for known in ("name", "libraries", "floats", "tensors", "_leading"):
            if known in self.__dict__:
                other.__dict__[known] = self.__dict__[known]
        return other

    def fresh(self, changed: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return copies of the inputs, and those that are changed in their place."""
        moved = changed or {}
        return {
            name: moved[name]
            if name in moved
            else self.libraries[name].copy(value)
            if name in self.libraries
            else value
            for name, value in self.inputs.items()
        }

    def results(self, inputs: Mapping[str, Any]) -> Any:
        """Call forward on these arrays themselves, and return what it returns."""
        pairs = list(inputs.items())
        leading = [value for _, value in pairs[: self._leading]]
        return self.forward(*leading, **dict(pairs[self._leading :]))

    def outputs(self, returned: Any) -> Outputs:
        """Return which of the results are outputs."""
        if self.is_fused:
            if not isinstance(returned, tuple) or len(returned) != 2:
                raise TypeError(
                    f"check_gradients: forward returned a {type(returned).__name__}; without a backward it must return "
                    "(loss, gradients): pass a backward. A function of PyTorch or JAX is recognised by its inputs: "
                    "pass its own tensors, such as jnp.asarray(x)"
                )
            return Outputs(returned[0])
        return Outputs(self.reading.split(returned)[0])

    def evaluate(self, inputs: Mapping[str, Any]) -> list[Any]:
        """Return the outputs of a framework's function that are differentiated."""
        return self.outputs(self.results(inputs)).kept_leaves()

    def call(self, **changed: Array) -> tuple[Array, Back]:
        """Return the output and the backward of one call, on copies of the inputs."""
        run = self.run(self.fresh(self._put(changed, is_wide=False)))
        return run.out, run.back

    def run(self, inputs: Mapping[str, Any]) -> Run:
        """Call forward on these arrays themselves; accept each of the ways to return results."""
        if self.framework is not None:
            return self._differentiated(self.framework, inputs)
        return self.run_on(self.results(inputs), inputs)

    def run_on(self, returned: Any, inputs: Mapping[str, Any]) -> Run:
        """Return the run of a call of forward that has returned its results."""
        if self.backward is None:
            return Run(self.outputs(returned), lambda dout, **_: returned[1], inputs)
        backward, reading, seen = self.backward, self.reading, list[Any]()
        out, rest, cache = reading.split(returned)
        outputs = Outputs(out)
        wanted = {name: inputs[name] for name in reading.inputs}

        def back(dout: Array, arrange: Arrange | None = None, is_theirs: bool = False) -> Any:
            seen.clear()  # of the last call, before there are new ones
            seen[:] = outputs.cotangents(dout, self.unused, arrange, is_theirs)
            return backward(*reading.arguments(outputs.tree_of(seen), rest, cache, wanted))

        return Run(outputs, back, inputs, seen)

    def _differentiated(self, framework: Library, inputs: Mapping[str, Any]) -> Run:
        structure: list[Any] = []

        def evaluate(values: Mapping[str, Any]) -> list[Any]:
            outputs = self.outputs(self.results(values))
            structure[:] = outputs.structure()
            return outputs.kept_leaves()

        outs, pull = framework.vjp(evaluate, inputs, list(self.tensors))
        outputs, seen = Outputs(outs if len(outs) != 1 else outs[0], *structure), list[Any]()

        def back(dout: Array, arrange: Arrange | None = None, is_theirs: bool = False) -> Any:
            seen.clear()
            seen[:] = outputs.cotangents(dout, self.unused, arrange, is_theirs)
            return pull(seen)

        return Run(outputs, back, inputs, seen)

    def value(self, inputs: Mapping[str, Any]) -> Array:
        """Return the output alone."""
        if self.framework is not None:
            outs = self.framework.values(self.evaluate, inputs)
            return Outputs(outs if len(outs) != 1 else outs[0]).flat()
        returned = self.results(inputs)
        single = None if self.is_fused else self.reading.single(returned)
        return single if type(single) is np.ndarray else self.outputs(returned).flat()

    @cached_property
    def _is_plain(self) -> bool:
        """Whether all arrays are NumPy's: a call needs no conversion and no setting."""
        return self.framework is None and all(library is NUMPY for library in self.libraries.values())

    @cached_property
    def _wide(self) -> Arrays:
        return {name: values.astype(np.float64, copy=False) for name, values in self.floats.items()}

    def wide(self, **changed: Array) -> Array:
        """Return the output with all floating inputs in double precision, some of them changed; complex if one is."""
        if self._is_plain and all(values.dtype == np.float64 for values in changed.values()):
            return self.value(
                self.fresh({k: changed[k] if k in changed else v.copy() for k, v in self._wide.items()})
            )
        kind = np.result_type(np.float64, *changed.values())
        values = {name: values.astype(kind) for name, values in self._wide.items() if name not in changed}
        with self._precision():
            moved = self._put({**values, **{k: v.astype(kind) for k, v in changed.items()}}, is_wide=True)
            return self.value(self.fresh(moved))

    def double(self, name: str) -> Callable[[Array], Array]:
        """Return the output as a function of one tensor, with all tensors in double precision."""
        return lambda values: self.wide(**{name: values})

    def own(self, name: str) -> Callable[[Array], Array]:
        """Return the output as a function of one tensor, in the dtypes in which the inputs were given."""

        def f(values: Array) -> Array:
            moved = self._put({name: values.astype(self.tensors[name].dtype)}, is_wide=False)
            return self.value(self.fresh(moved))

        return f

    def _put(self, changed: Arrays, is_wide: bool) -> dict[str, Any]:
        return {
            name: self.libraries[name].put(values, self.inputs[name], is_wide)
            for name, values in changed.items()
        }

    def _precision(self) -> contextlib.ExitStack:
        stack = contextlib.ExitStack()
        for library in {id(each): each for each in self.libraries.values()}.values():
            stack.enter_context(library.precision(is_wide=True))
        return stack

    def widened(self) -> "Functions | None":
        """Return the same functions with all floating inputs in double precision; None if they are so already.

        None as well where a framework needs a setting for double precision: its own backward knows no formula to judge.
        """
        libraries = {name: self.libraries[name] for name in self.floats}
        coarse = any(libraries[name].eps(self.inputs[name]) > EPS for name in self.floats)
        if not coarse or any(
            not library.is_wide or (library.differentiates and self.backward is None)
            for library in libraries.values()
        ):
            return None
        wide = {
            name: libraries[name].put(values, self.inputs[name], True) for name, values in self._wide.items()
        }
        return replace(self, inputs={**self.inputs, **wide})

    def gradients(self, back: Back, dout: Array, is_theirs: bool = False) -> Arrays:
        """Return the gradients by name, as arrays of the right shapes. Raises SubjectError.

        Backward gets copies of dout, unless that is theirs: then backward may change it.
        """
        found, tensors = (
            self.raw_gradients(back(dout, is_theirs=True) if is_theirs else back(dout)),
            self.tensors,
        )
        return {
            name: gradient_of(f"d{name}", found[name], tensors[name].shape, self.is_exact) for name in tensors
        }

    def raw_gradients(self, returned: Any) -> dict[str, Any]:
        """Return what backward returned, by the names of the inputs that are differentiated. Raises SubjectError."""
        if isinstance(returned, Mapping):
            return {name: returned.get(name, returned.get(f"d{name}")) for name in self.tensors}
        return calling.gradients(self.name, self._of_wrt(returned), tuple(self.tensors))

    def _of_wrt(self, returned: Any) -> Any:
        """Return the gradients of what is differentiated, where there is one for each input, or each floating one."""
        is_single = isinstance(returned, list) and len(self.tensors) == 1
        if not isinstance(returned, tuple | list) or is_single or len(returned) == len(self.tensors):
            return returned
        for names in (tuple(self.floats), tuple(self.inputs)):
            if len(returned) == len(names):
                by_name = dict(zip(names, returned, strict=True))
                return tuple(by_name[name] for name in self.tensors)
        return returned


def gradient_of(name: str, value: Any, shape: Shape, is_exact: bool) -> Array:
    """Return a gradient as an array of the shape of its tensor. Raises SubjectError."""
    library = library_of(value)
    numbers = value if library is None else library.get(value)
    array = array_of(name, numbers, shape)
    given = np.shape(numbers)
    if is_exact and given != shape:
        raise Malformed(f"{name} has shape {given}; expected {shape}, the shape of {name.removeprefix('d')}")
    return array


def read(functions: Functions, chosen: Chosen | None) -> Functions:
    """Return the functions with the reading that backward accepts; `chosen` says which results are outputs."""
    if functions.is_fused:
        return functions
    if functions.backward is None:
        if chosen is None:
            return functions
        returned = functions.results(functions.fresh())
        return replace(functions, reading=results_read(chosen, returned))
    live = functions.fresh()
    returned = functions.results(live)
    reader = Reader(functions.backward, returned, list(functions.inputs), list(functions.floats))
    found = reader.readings(chosen)
    if len(found) == 1:
        return functions.reread(found[0])
    weak: Reading | None = None
    for number, reading in enumerate(found):
        trial = functions.reread(reading)
        others = [other for other in found if other is not reading]
        several = reading.is_spread or reader.is_doubtful(reading, others)
        # A backward may have used up what an earlier trial passed to it.
        run = trial.run_on(returned, live) if number == 0 else trial.run(trial.fresh())
        if _accepts(trial, run, is_strict=several):
            return trial
        if weak is None and several and _accepts(trial, trial.run(trial.fresh()), is_strict=False):
            weak = reading
    return functions.reread(weak or found[0])


def _accepts(functions: Functions, run: Run, is_strict: bool) -> bool:
    """Return whether backward runs and gives gradients of the right shapes; if strict, in proportion to dout."""
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")  # it may warn of what is passed for a trial only
            dout = compact(run.outputs.ones())
            once = functions.gradients(run.back, dout)
            if not is_strict:
                return True
            kept = {name: values.copy() for name, values in once.items()}
            del once  # these arrays may be large
            dout = 2 * dout
            twice = functions.gradients(run.back, dout)
    except Exception:  # noqa: BLE001 - an argument that backward does not expect may raise anything
        return False
    return all(_is_double(twice[name], kept[name]) for name in kept)


def _is_double(twice: Array, once: Array) -> bool:
    """Return whether one gradient is twice the other, as far as rounding goes."""
    one, two = once.reshape(-1), twice.reshape(-1)
    size = max((float(np.abs(one[part]).max()) for part in blocks(one.size)), default=0.0)
    return all(bool(np.all(np.abs(two[part] - 2.0 * one[part]) <= 1e-2 * size)) for part in blocks(one.size))
