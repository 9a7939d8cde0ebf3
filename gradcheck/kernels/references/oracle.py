"""The reference itself, at some sizes: what it returns in double precision and in the dtype, and how it depends.

It runs in the judge's process. All numbers are NumPy's at its border: those of the dtype, in double precision.
"""

import copy
import inspect
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import Any

import numpy as np

from gradcheck.contract import Array, Arrays
from gradcheck.kernels.dtypes import Dtype, loaded, stored
from gradcheck.kernels.kernel import KernelError
from gradcheck.kernels.references import exchange
from gradcheck.kernels.references.exchange import FLOATS, flattened, from_text, is_tensor, torch
from gradcheck.kernels.references.source import Source

MODEL, FUNCTION = "Model", "reference"
AGAIN = 1009
"""What the seed of a second call of `get_inputs` is higher by."""

PROBED = 3
"""Of so many entries of each result it is found out on which numbers they depend."""


@dataclass(frozen=True)
class Given:
    """What a reference and a kernel are given: numbers of the dtype, in double precision, or integers.

    `state` has the parameters and buffers of a module by name, `douts` an upstream gradient for each smooth output.
    """

    inputs: tuple[Array, ...]
    state: Arrays
    douts: tuple[Array, ...] = ()

    def with_input(self, at: int, array: Array) -> "Given":
        """Return the same with one other input."""
        return Given((*self.inputs[:at], array, *self.inputs[at + 1 :]), self.state, self.douts)

    def mapped(self, change: Callable[[Array], Array]) -> "Given":
        """Return the same with every array of floating numbers changed."""

        def each(array: Array) -> Array:
            return change(array) if array.dtype.kind == "f" else array

        state = {name: each(array) for name, array in self.state.items()}
        return Given(tuple(map(each, self.inputs)), state, tuple(map(each, self.douts)))

    def floats(self) -> Iterator[Array]:
        """Yield every array of floating numbers."""
        arrays = (*self.inputs, *self.state.values(), *self.douts)
        return (array for array in arrays if array.dtype.kind == "f")


@dataclass(frozen=True)
class Dependence:
    """On how many numbers an entry of a result depends, and how their shares add up.

    `ratio` is the sum of the absolute shares, relative to the root of the sum of their squares.
    """

    terms: int
    ratio: float


@dataclass
class Oracle:
    """A reference at some sizes.

    Attributes
    ----------
    function : object
        The model as it was constructed, or the function.
    arguments : object
        What the constructor got.
    sample : tuple of ndarray
        What `get_inputs` returned: integers as they are, floating numbers in double precision.
    formats : tuple of str
        The number formats of the sample; floating ones are those of the dtype.
    text : str
        How the inputs are arranged, as `exchange.as_text` writes it.
    names : tuple of str
        What the inputs are called.
    dtype : Dtype
        The number format that is judged.
    is_torch : bool
        Whether it takes tensors of PyTorch.
    is_training : bool
        In which mode a module runs.
    written : set of str
        The inputs that it changes.
    plain : dict
        Its results on the sample.
    second : tuple of ndarray
        What `get_inputs` returned another time.
    """

    function: Any
    arguments: Any
    sample: tuple[Array, ...]
    formats: tuple[str, ...]
    text: str
    names: tuple[str, ...]
    dtype: Dtype
    is_torch: bool
    is_training: bool = True
    written: set[str] = field(default_factory=set)
    plain: Arrays = field(default_factory=dict)
    second: tuple[Array, ...] = ()
    _models: dict[bool, Any] = field(default_factory=dict)
    _formats: list[str] = field(default_factory=list)

    @property
    def is_module(self) -> bool:
        """Whether it is built from arguments and may have parameters."""
        return self.is_torch and hasattr(self.function, "state_dict")

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of the parameters, in their order."""
        return tuple(name for name, _ in self.function.named_parameters()) if self.is_module else ()

    @property
    def state(self) -> Arrays:
        """Parameters and buffers by name, as the dtype has them."""
        if not self.is_module:
            return {}
        own = self._model(is_precise=False).state_dict()
        return {name: _doubled(value) for name, value in own.items()}

    @property
    def smooth(self) -> tuple[bool, ...]:
        """Which inputs are floating numbers."""
        return tuple(form.removeprefix("numpy ") in FLOATS for form in self.formats)

    def in_dtype(self, dtype: Dtype) -> "Oracle":
        """Return the same reference in another number format."""
        return replace(self, dtype=dtype, _models={}, written=set())

    def gradient_names(self) -> tuple[str, ...]:
        """Return the names of the gradients, in the order in which a kernel returns them."""
        inputs = [name for name, is_smooth in zip(self.names, self.smooth, strict=True) if is_smooth]
        return tuple(f"d{name}" for name in (*inputs, *self.parameters))

    def arrays(self, given: Given) -> list[Array]:
        """Return inputs as they are stored in the dtype."""
        return [
            stored(array, self.dtype) if is_smooth else array
            for array, is_smooth in zip(given.inputs, self.smooth, strict=True)
        ]

    def upstream(self, given: Given) -> list[Array]:
        """Return the upstream gradients as they are stored."""
        return [stored(array, self.dtype) for array in given.douts]

    def results(self, given: Given, *, is_precise: bool) -> Arrays:
        """Return outputs and, where there are douts, gradients, by name; in double precision if it is to be precise.

        Whatever the reference raises passes.
        """
        with quiet(), np.errstate(all="ignore"):
            if not self.is_torch:
                kind = np.float64 if is_precise else np.dtype(self.dtype.storage)
                arrays = [each.astype(kind) if each.dtype.kind == "f" else each for each in given.inputs]
                found = flattened(self.function(*from_text(self.text, arrays)))
                return _numbered([np.asarray(each, np.float64) for each in found])
            outputs, gradients = self._run(given, is_precise, keeps_graph=False)
            named = zip(self.gradient_names(), gradients, strict=True) if gradients else ()
            return _numbered([_doubled(each) for each in outputs]) | {k: _doubled(v) for k, v in named}

    def output_formats(self, given: Given) -> list[str]:
        """Return the number formats of the outputs in the dtype."""
        if not self._formats:
            self._formats = self._output_formats(given)
        return self._formats

    def _output_formats(self, given: Given) -> list[str]:
        with quiet(), np.errstate(all="ignore"):
            if not self.is_torch:
                arrays = [each.astype(self.dtype.storage) for each in given.inputs]
                found = flattened(self.function(*from_text(self.text, arrays)))
                return [str(np.asarray(each).dtype) for each in found]
            outputs, _ = self._run(Given(given.inputs, given.state), is_precise=False, keeps_graph=False)
            return [exchange.format_of(each) for each in outputs]

    def dependence(self, given: Given, rng: np.random.Generator) -> dict[str, Dependence]:
        """Return for each result on how many numbers its entries depend, where PyTorch can say so."""
        if not self.is_torch:
            return {}
        with quiet():
            outputs, gradients = self._run(given, is_precise=True, keeps_graph=True)
            results = dict(zip(_output_names(len(outputs)), outputs, strict=True))
            results |= dict(zip(self.gradient_names(), gradients, strict=True)) if gradients else {}
            leaves = self._leaves
            found = {name: _depends(result, leaves, rng) for name, result in results.items()}
        return {name: each for name, each in found.items() if each is not None}

    # PyTorch.

    def _model(self, *, is_precise: bool) -> Any:
        if is_precise not in self._models:
            kind = torch().float64 if is_precise else getattr(torch(), self.dtype.name)
            made = copy.deepcopy(self.function)
            self._models[is_precise] = made.to(kind).train(self.is_training) if self.is_module else made
        return self._models[is_precise]

    def _run(self, given: Given, is_precise: bool, keeps_graph: bool) -> tuple[list[Any], list[Any]]:
        kind = torch().float64 if is_precise else getattr(torch(), self.dtype.name)
        model = self._model(is_precise=is_precise)
        if self.is_module:
            with torch().no_grad():
                for name, value in model.state_dict().items():
                    value.copy_(torch().from_numpy(given.state[name]))
        inputs = [
            torch().tensor(each, dtype=kind, requires_grad=True) if is_smooth else torch().tensor(each)
            for each, is_smooth in zip(given.inputs, self.smooth, strict=True)
        ]
        douts = [torch().tensor(each, dtype=kind, requires_grad=keeps_graph) for each in given.douts]
        with default_dtype(kind):
            passed = [each.clone() if each.requires_grad else each for each in inputs]
            returned = model(*from_text(self.text, passed))
            self._compare(passed, inputs)
            outputs = [_as_tensor(each) for each in flattened(returned)]
            smooth = [each for each in outputs if each.dtype.is_floating_point]
            pairs = [(out, dout) for out, dout in zip(smooth, douts, strict=False) if out.requires_grad]
            leaves = [each for each in inputs if each.requires_grad]
            if self.is_module:
                leaves += list(model.parameters())
            gradients = _gradients(pairs, leaves, keeps_graph) if pairs else []
        self._leaves = [*leaves, *douts]
        return outputs, gradients

    def _compare(self, passed: Sequence[Any], inputs: Sequence[Any]) -> None:
        """Note which inputs the reference has changed."""
        for name, one, other in zip(self.names, passed, inputs, strict=True):
            if one is not other and not torch().equal(one, other) and not bool(one.isnan().any()):
                self.written.add(name)


def _gradients(pairs: Sequence[tuple[Any, Any]], leaves: Sequence[Any], keeps_graph: bool) -> list[Any]:
    wanted = [leaf for leaf in leaves if leaf.requires_grad]
    outs, douts = zip(*pairs, strict=True)
    found = torch().autograd.grad(outs, wanted, douts, allow_unused=True, create_graph=keeps_graph)
    by_leaf = {id(leaf): gradient for leaf, gradient in zip(wanted, found, strict=True)}
    given = [by_leaf.get(id(leaf)) for leaf in leaves]
    return [
        torch().zeros_like(leaf) if gradient is None else gradient
        for leaf, gradient in zip(leaves, given, strict=True)
    ]


def _depends(result: Any, leaves: Sequence[Any], rng: np.random.Generator) -> Dependence | None:
    """Return on how many numbers a few entries of a result depend, at most; None where that cannot be asked."""
    flat = result.reshape(-1)
    if not flat.requires_grad or not flat.numel():
        return None
    count, ratio = 0, 1.0
    places = {int(flat.detach().abs().argmax()), *rng.integers(0, flat.numel(), PROBED - 1).tolist()}
    wanted = [leaf for leaf in leaves if leaf.requires_grad]
    for place in places:
        try:
            found = torch().autograd.grad(flat[place], wanted, retain_graph=True, allow_unused=True)
        except (RuntimeError, NotImplementedError):
            return None
        pairs = [(slope, leaf) for slope, leaf in zip(found, wanted, strict=True) if slope is not None]
        shares = [_doubled(slope).ravel() * _doubled(leaf).ravel() for slope, leaf in pairs]
        every = np.abs(np.concatenate(shares)) if shares else np.zeros(1)
        if not np.isfinite(every).all():
            continue
        length = float(np.sqrt(np.square(every).sum()))
        count = max(count, int(np.count_nonzero(every)))
        ratio = max(ratio, float(every.sum()) / length if length else 1.0)
    return Dependence(count, ratio)


def _doubled(value: Any) -> Array:
    array = np.asarray(value.detach().double() if value.dtype.is_floating_point else value.detach())
    return array.astype(np.float64) if array.dtype.kind == "f" else array


def _as_tensor(value: Any) -> Any:
    return value if is_tensor(value) else torch().tensor(value)


def _numbered(outputs: Sequence[Array]) -> Arrays:
    return dict(zip(_output_names(len(outputs)), outputs, strict=True))


def _output_names(count: int) -> list[str]:
    return ["out"] if count == 1 else [f"out[{number}]" for number in range(count)]


def output_names(count: int) -> list[str]:
    """Return what outputs are called: ``out``, or ``out[0]`` and so on where there are several."""
    return _output_names(count)


@contextmanager
def quiet() -> Iterator[None]:
    """Suppress the reference's warnings."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextmanager
def one_thread(text: str) -> Iterator[None]:
    """Let PyTorch use one thread here, if a reference's text names it: the problems are small."""
    before = torch().get_num_threads() if "torch" in text else 0
    if before:
        torch().set_num_threads(1)
    try:
        yield
    finally:
        if before:
            torch().set_num_threads(before)


@contextmanager
def default_dtype(kind: Any) -> Iterator[None]:
    """Make a dtype the default one of new tensors, such as the first state of a recurrence."""
    before = torch().get_default_dtype()
    torch().set_default_dtype(kind)
    try:
        yield
    finally:
        torch().set_default_dtype(before)


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seed the global generators that a reference draws from, and leave them as they were."""
    before = np.random.get_state()
    np.random.seed(seed)
    has_torch = "torch" in sys.modules
    try:
        with torch().random.fork_rng(devices=[]) if has_torch else nullcontext():
            if has_torch:
                torch().manual_seed(seed)
            yield
    finally:
        np.random.set_state(before)


def opened(source: Source, sizes: Mapping[str, int], name: str, dtype: Dtype, seed: int) -> Oracle:
    """Return a reference at some sizes. Raises KernelError for a form that is not known; its own errors pass."""
    with quiet():
        module = source.module(sizes)
        function, arguments = function_of(source, module, name)
        with seeded(seed):
            made = function(*arguments) if isinstance(function, type) else function
        with seeded(seed):
            returned = module.get_inputs()
    leaves: list[Any] = []
    values = list(returned) if isinstance(returned, tuple | list) else [returned]
    text = exchange.as_text(values, leaves)
    again: list[Any] = []
    with quiet(), seeded(seed + AGAIN):
        exchange.as_text(module.get_inputs(), again)
    is_torch = any(map(is_tensor, leaves)) or isinstance(function, type)
    named = [exchange.format_of(leaf) for leaf in leaves]
    formats = [("" if is_torch else "numpy ") + (dtype.name if form in FLOATS else form) for form in named]
    names = _names(made, len(leaves), len(values) == len(leaves))
    found = Oracle(made, arguments, _sample(leaves, dtype), tuple(formats), text, names, dtype, is_torch)
    found.second = _sample(again, dtype)
    return found


def _sample(leaves: Sequence[Any], dtype: Dtype) -> tuple[Array, ...]:
    """Return what `get_inputs` returned, floating numbers rounded to the dtype and in double precision."""
    arrays = [np.array(exchange.stored(leaf.double() if _is_smooth(leaf) else leaf)) for leaf in leaves]
    return tuple(loaded(stored(each, dtype), dtype) if each.dtype.kind == "f" else each for each in arrays)


def _is_smooth(leaf: Any) -> bool:
    return is_tensor(leaf) and leaf.dtype.is_floating_point


def function_of(source: Source, module: ModuleType, name: str) -> tuple[Any, Any]:
    """Return the model's class and its arguments, or the function and none."""
    if not callable(getattr(module, "get_inputs", None)):
        raise KernelError(f"{source.path} has no get_inputs()")
    model = getattr(module, MODEL, None)
    if isinstance(model, type):
        maker = getattr(module, "get_init_inputs", None)
        return model, list(maker()) if callable(maker) else []
    for each in (FUNCTION, name):
        if callable(getattr(module, each, None)):
            return getattr(module, each), []
    raise KernelError(
        f"{source.path} has no {MODEL}, no {FUNCTION}() and no {name or 'function of this name'}"
    )


def _names(function: Any, count: int, is_flat: bool) -> tuple[str, ...]:
    called = getattr(function, "forward", function)
    try:
        names = [
            each.name
            for each in inspect.signature(called).parameters.values()
            if each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)
        ]
    except (TypeError, ValueError):
        names = []
    if is_flat and len(names) >= count:
        return tuple(names[:count])
    return tuple(f"input{number}" for number in range(count))
