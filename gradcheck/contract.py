"""The nouns of the suite: Layer, Case, Subject, Call, and the ways in which a call can go wrong.

A dialect turns someone's code into subjects; a layer yields cases; a check yields findings.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from types import ModuleType
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from gradcheck.grammar import Grammar, Params
from gradcheck.report import Finding

Array = NDArray[Any]
Arrays = dict[str, Array]
Shape = tuple[int, ...]
Function = Callable[..., Any]

PARTS = ("forward", "backward")
MODEL = "model"
"""What the report says instead of a layer, where a whole network was judged."""

DTYPES = ("float64", "float32", "float16")
FILLS = ("plain", "ties", "nan", "inf", "large", "thirds", "quarters")


@dataclass(frozen=True, kw_only=True)
class Arithmetic:
    """What kind of function a layer is, and hence how its derivative is known (`gradcheck.evidence.arithmetic`).

    Attributes
    ----------
    terms : callable
        Parameters -> the largest number of products summed in one output or gradient entry.
    unit : callable
        Parameters -> an integer such that gradients of multiples of it are integers (what a mean divides by).
    """

    terms: Callable[[Params], int]
    unit: Callable[[Params], int] = lambda params: 1

    name: ClassVar[str]
    exact: ClassVar[bool]
    """Whether integers make every result exact."""

    widening: ClassVar[int] = 1
    """What makes integers so wide that single precision loses their last bit, and double precision does not."""


class Choose(Protocol):
    """A source of choices: a seeded generator for verifying, Hypothesis for testing."""

    def integer(self, low: int, high: int) -> int:
        """Return an integer between `low` and `high`, both included."""

    def one_of(self, *options: Any) -> Any:
        """Return one of `options`."""


@dataclass(frozen=True)
class Pair:
    """A layer's two functions, with the names, signatures and results of `naive` and `fast`."""

    forward: Function
    backward: Function

    @classmethod
    def of(cls, module: ModuleType, name: str) -> "Pair":
        """Return the pair that a module defines for the layer of that name."""
        return cls(getattr(module, f"{name}_forward"), getattr(module, f"{name}_backward"))


@dataclass(frozen=True)
class Colour:
    """Inputs that may be perturbed together, because no output sees two of them.

    `members` are their flat indices; `owner` has the output's shape and holds the flat index of the
    one member that each output sees, or -1.
    """

    members: NDArray[np.intp]
    owner: NDArray[np.intp]


@dataclass(frozen=True, kw_only=True)
class Shapes:
    """A layer's tensors: their shapes at given parameters, and which part each of them plays.

    Attributes
    ----------
    inputs : callable
        Parameters -> shape of each input by name, in the order of the arguments.
    output : callable
        Parameters -> shape of the output.
    differentiable : tuple of str
        The inputs that backward returns gradients for, in order.
    tracked : tuple of str
        What forward updates besides its output (running statistics); our own cache has them by these names.
    per_sample : bool
        Whether the samples of a batch do not see each other.
    is_loss : bool
        Whether the output is a loss: dout is a scalar, and the mean is over the batch.
    """

    inputs: Callable[[Params], dict[str, Shape]]
    output: Callable[[Params], Shape]
    differentiable: tuple[str, ...]
    tracked: tuple[str, ...] = ()
    per_sample: bool = True
    is_loss: bool = False


@dataclass(frozen=True, kw_only=True)
class Cases:
    """Which cases of a layer there are: how they are written, which are asked first, and which are impossible.

    Attributes
    ----------
    grammar : Grammar
        How a geometry reads in a case line.
    draw : callable
        Choose -> parameters, aimed at where bugs live. May be illegal: the caller asks `flaw` and draws again.
    battery : tuple of str
        Geometries that every verification starts with.
    tiny : str
        The geometry in which every extent is 1 (or the least that is legal).
    flaw : callable
        Parameters -> why they are impossible, or None.
    impossible : tuple of str
        Geometries that an implementation must refuse with ValueError.
    remainder : callable
        Parameters -> whether the stride leaves a remainder, which some interfaces refuse.
    allows_empty : bool
        Whether a batch of no samples is legal.
    """

    grammar: Grammar
    draw: Callable[[Choose], dict[str, Any]]
    battery: tuple[str, ...]
    tiny: str
    flaw: Callable[[Params], str | None] = lambda params: None
    impossible: tuple[str, ...] = ()
    remainder: Callable[[Params], bool] = lambda params: False
    allows_empty: bool = True


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """What the tensors of a layer are filled with.

    Attributes
    ----------
    fill : callable
        Case, generator -> the numbers of each tensor, in float64 (or integers for labels).
    kinds : tuple of str
        Which fills beyond ``plain`` make sense.
    """

    fill: "Callable[[Case, np.random.Generator], Arrays]"
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Ours:
    """Our own two implementations of a layer.

    Attributes
    ----------
    naive, fast : Pair
        The implementations.
    options : callable
        Parameters -> the keyword arguments of their forward.
    """

    naive: Pair
    fast: Pair
    options: Callable[[Params], dict[str, Any]] = lambda params: {}


@dataclass(frozen=True)
class Layer:
    """One kind of layer, declared once.

    Attributes
    ----------
    name : str
        The stem of its functions: ``conv2d`` for ``conv2d_forward`` and ``conv2d_backward``.
    shapes : Shapes
        Its tensors.
    arithmetic : Arithmetic
        How its derivative is known.
    cases : Cases
        What can be asked of it.
    numbers : Numbers
        What its tensors are filled with.
    ours : Ours
        Its two implementations.
    """

    name: str
    shapes: Shapes
    arithmetic: Arithmetic
    cases: Cases
    numbers: Numbers
    ours: Ours

    def case(self, geometry: str, *, fill: str = "plain", seed: int = 0) -> "Case":
        """Return the case of a geometry as a case line writes it. Raises ValueError if it does not read."""
        return Case(self, self.cases.grammar.read(geometry), fill=fill, seed=seed)


@dataclass(frozen=True)
class Case:
    """One concrete problem: a layer, its geometry, a dtype, a fill and a seed."""

    layer: Layer
    params: Params
    dtype: str = "float64"
    fill: str = "plain"
    seed: int = 0

    def __str__(self) -> str:
        return self._line

    @cached_property
    def _line(self) -> str:
        words = [self.layer.name, self.geometry, self.dtype]
        if self.fill != "plain":
            words.append(f"fill={self.fill}")
        return " ".join([*words, f"seed={self.seed}"])

    def __repr__(self) -> str:
        return f"<{self}>"

    def _repr_pretty_(self, printer: Any, is_cycle: bool) -> None:
        """Print as one line in Hypothesis, too, which else spells out the fields of a dataclass."""
        printer.text(repr(self))

    def but(self, **changes: Any) -> "Case":
        """Return this case with some fields changed."""
        return replace(self, **changes)

    @cached_property
    def geometry(self) -> str:
        """How its parameters read in the case line."""
        return self.layer.cases.grammar.write(self.params)

    @cached_property
    def shapes(self) -> dict[str, Shape]:
        """The shape of each input, in the order of the arguments."""
        return self.layer.shapes.inputs(self.params)

    @cached_property
    def output_shape(self) -> Shape:
        """The shape of the output, and so of dout."""
        return self.layer.shapes.output(self.params)

    @property
    def options(self) -> dict[str, Any]:
        """The keyword arguments of our own forward."""
        return self.layer.ours.options(self.params)

    @cached_property
    def wanted(self) -> tuple[str, ...]:
        """The tensors that there is a gradient for."""
        return tuple(name for name in self.layer.shapes.differentiable if name in self.shapes)

    @cached_property
    def flaw(self) -> str | None:
        """Why its parameters are impossible, or None."""
        return self.layer.cases.flaw(self.params)

    @property
    def size(self) -> int:
        """How many numbers the case's inputs hold."""
        return sum(math.prod(shape) for shape in self.shapes.values())


def parse_case(line: str, layers: Iterable[Layer]) -> Case:
    """Rebuild the case that `line` names.

    Raises
    ------
    ValueError
        If the line names no known layer, or its geometry, dtype, fill or seed does not read.
    """
    words = line.split()
    by_name = {layer.name: layer for layer in layers}
    if len(words) < 2 or words[0] not in by_name:
        raise ValueError(f"a case line begins with a layer and its geometry; got {line!r}")
    layer = by_name[words[0]]
    case = layer.case(words[1])
    for word in words[2:]:
        case = _with_word(case, word)
    return case


def _with_word(case: Case, word: str) -> Case:
    key, _, value = word.partition("=")
    if word in DTYPES:
        return case.but(dtype=word)
    if key == "fill" and value in FILLS:
        return case.but(fill=value)
    if key == "seed" and value.isdecimal():
        return case.but(seed=int(value))
    raise ValueError(
        f"{word!r} is no dtype ({', '.join(DTYPES)}), fill=NAME ({', '.join(FILLS)}) or seed=NUMBER"
    )


class SubjectError(Exception):
    """A call of the subject did not give a usable result. The message says how, `kind` what was raised."""

    def __init__(self, message: str, kind: type[BaseException] | None = None) -> None:
        super().__init__(message)
        self.kind = kind


class Missing(SubjectError):
    """Not implemented: a stub, ``pass``, all None, NotImplementedError, a module that is not installed."""


class Refused(SubjectError):
    """The subject's own code raised or asserted on purpose."""


class Crashed(SubjectError):
    """The subject raised without meaning to."""


class TimedOut(SubjectError):
    """The subject did not come to an end in time."""


class Malformed(SubjectError):
    """The subject returned something that is no result: too few values, a list, text."""


class Call(Protocol):
    """One forward call of a subject, and all the backward calls that follow from it."""

    @property
    def outputs(self) -> dict[str, Any]:
        """What came back, by name, as it came: ``out``, and running statistics where there are some."""

    @property
    def arguments(self) -> Arrays:
        """The arrays the subject was given, as they are now."""

    @property
    def missing(self) -> str | None:
        """Why there is no output, where forward is not implemented."""

    @property
    def observed(self) -> Arrays:
        """Inputs that the subject drew itself (a dropout mask), as seen in its output."""

    def backward(self, dout: Array) -> dict[str, Any]:
        """Return the gradients by tensor name, as they came. Raises SubjectError."""

    def cached(self) -> list[Array]:
        """Return the arrays that forward left for backward, themselves, not copies."""


@dataclass(frozen=True, kw_only=True)
class Interface:
    """What an author's functions can be asked, and what their family promises.

    Attributes
    ----------
    express : callable
        Parameters -> the nearest ones that the interface can express.
    skips : callable
        Part, parameters -> why the interface has no such call, or None.
    fused : bool
        Whether one function returns output and gradient together, for dout = 1.
    draws_mask : bool
        Whether it draws its own dropout mask.
    lenient : frozenset of str
        Checks of which a failure is a note here, as the interface makes no such promise.
    conventions : frozenset of str
        Widespread habits of the interface that would be faults elsewhere (``full-credit`` of ties).
    """

    express: Callable[[Params], dict[str, Any]] = dict
    skips: Callable[[str, Params], str | None] = lambda part, params: None
    fused: bool = False
    draws_mask: bool = False
    lenient: frozenset[str] = frozenset()
    conventions: frozenset[str] = frozenset()

    def has(self, case: Case) -> bool:
        """Return whether the interface can express this very case, and not only one near it."""
        return dict(self.express(case.params)) == dict(case.params)


@dataclass(frozen=True, kw_only=True)
class Subject:
    """An implementation of one layer under test. The checks do not see where it lives.

    Attributes
    ----------
    layer : Layer
        What it implements.
    functions : mapping
        Part -> the function's name in the subject's own file.
    forward : callable
        Params, arrays by name -> Call. Raises SubjectError.
    parts : tuple of str
        The parts to judge (an alternative backward is judged without its forward).
    interface : Interface
        What can be asked of it.
    notes : tuple of Finding
        Conventions seen when the subject was bound.
    reference : Pair, optional
        What it is compared with; `fast` by default, and `naive` for `fast` itself.
    life : callable
        Generation of the worker; it rises when a worker is replaced, and older results are invalid.
    """

    layer: Layer
    functions: Mapping[str, str]
    forward: Callable[[Params, Arrays], Call]
    parts: tuple[str, ...] = PARTS
    interface: Interface = Interface()
    notes: tuple[Finding, ...] = ()
    reference: Pair | None = None
    life: Callable[[], int] = lambda: 0
