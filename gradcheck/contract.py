"""The nouns of the suite: Layer, Case, Subject, Call, and the ways in which a call can go wrong.

A dialect turns someone's code into subjects; a layer yields cases; a check yields findings.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
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
"""The report's name for a whole network, in the place of a layer's name."""

OPTIMIZER = "optimizer"
"""The report's name for an update rule, which is no layer either: it has no backward."""

DTYPES = ("float64", "float32", "float16")
VALUES = (
    "plain",
    "big",
    "blank",
    "centred",
    "constant",
    "equal",
    "far",
    "flat",
    "graded",
    "initial",
    "last",
    "null",
    "offset",
    "outlying",
    "real",
    "repeated",
    "saturated",
    "shifted",
    "signed",
    "sorted",
    "tiny",
    "zeros",
)
"""The kinds of ordinary numbers, on which every check may be judged; a layer says which of them it has."""

FILLS = (
    *VALUES,
    "ties",
    "nan",
    "inf",
    "-inf",
    "nan-others",
    "inf-others",
    "masked",
    "large",
    "thirds",
    "quarters",
)
"""The kinds of numbers that ``fill=`` in a case line asks for; `gradcheck.evidence.fill` makes them."""


@dataclass(frozen=True, kw_only=True)
class Arithmetic:
    """What kind of function a layer is, which decides how its derivative is computed (`gradcheck.evidence.arithmetic`).

    Attributes
    ----------
    terms : callable
        Parameters -> the largest number of products summed in one output or gradient entry.
    unit : callable
        Parameters -> what a mean divides by: for inputs that are multiples of it, outputs and gradients are integers.
    rounds : callable, optional
        Parameters -> whether results are rounded even on integers, as by a division by 3. Slopes are then compared
        within a bound, as for a smooth layer.
    scaled : tuple of str
        The inputs that scale the output: all of them times a factor give the output times its power `degree`. None by
        default, and then nothing is asked about it.
    also_scaled : tuple of str
        Other inputs that do so: an output that is linear in x is linear in w.
    degree : int
        That power.
    """

    terms: Callable[[Params], int]
    unit: Callable[[Params], int] = lambda params: 1
    rounds: Callable[[Params], bool] | None = None
    scaled: tuple[str, ...] = ()
    also_scaled: tuple[str, ...] = ()
    degree: int = 1

    name: ClassVar[str]
    exact: ClassVar[bool]
    """Whether integers make every result exact."""

    widening: ClassVar[int] = 1
    """The factor of the fill ``large``: integers times it do not fit single precision, and still fit double."""


class Choose(Protocol):
    """A source of choices: a seeded generator in a verification, Hypothesis in a test."""

    def integer(self, low: int, high: int) -> int:
        """Return an integer between `low` and `high`, both included."""

    def one_of(self, *options: Any) -> Any:
        """Return one of `options`."""


@dataclass(frozen=True)
class Pair:
    """A layer's two functions, with the names, signatures and results of `naive` and `fast`.

    `by_differences`: whether backward is a numerical derivative, whose noise is larger than rounding.
    """

    forward: Function
    backward: Function
    by_differences: bool = False

    @classmethod
    def of(cls, module: ModuleType, name: str) -> "Pair":
        """Return the pair that a module defines for the layer of that name."""
        return cls(getattr(module, f"{name}_forward"), getattr(module, f"{name}_backward"))


@dataclass(frozen=True)
class Colour:
    """Inputs that may be perturbed together, because no output depends on two of them.

    `members` holds their flat indices. `owner` has the output's shape: for each output, the flat index of the one
    member that it depends on, or -1.
    """

    members: NDArray[np.intp]
    owner: NDArray[np.intp]


@dataclass(frozen=True, kw_only=True)
class Shapes:
    """A layer's tensors: their shapes at given parameters, and the role of each.

    Attributes
    ----------
    inputs : callable
        Parameters -> shape of each input by name, in the order of the arguments.
    output : callable
        Parameters -> shape of the output; of several, which all have one shape, the shape of their stack.
    differentiable : tuple of str
        The inputs that backward returns gradients for, in order.
    tracked : tuple of str
        What forward updates besides its output (running statistics). The caches of `naive` and `fast` have attributes
        of these names.
    per_sample : bool
        Whether each sample's result is independent of the other samples in the batch.
    is_loss : bool
        Whether the output is a loss: dout is a scalar, and the mean is over the batch.
    main : str
        The first tensor of numbers, which kinds of numbers change above all: x, unless that holds indices.
    outputs : tuple of str
        What forward returns before its cache, by name. Several outputs are one inside the suite, ``out``: their stack
        along a new first axis; dout is a stack likewise. Whoever reads a report reads their names.
    """

    inputs: Callable[[Params], dict[str, Shape]]
    output: Callable[[Params], Shape]
    differentiable: tuple[str, ...]
    tracked: tuple[str, ...] = ()
    per_sample: bool = True
    is_loss: bool = False
    main: str = "x"
    outputs: tuple[str, ...] = ("out",)

    @property
    def is_stacked(self) -> bool:
        """Whether `out` is a stack of several outputs."""
        return len(self.outputs) > 1

    def by_name(self, out: Array) -> Arrays:
        """Return each output by its name."""
        return dict(zip(self.outputs, out if self.is_stacked else [out], strict=True))

    def place(self, tensor: str, index: Shape) -> tuple[str, Shape]:
        """Return an entry of a tensor as its author knows it: of a stack, the entry of one output."""
        if tensor != "out":
            return tensor, index
        return (self.outputs[index[0]], index[1:]) if self.is_stacked else (self.outputs[0], index)


@dataclass(frozen=True, kw_only=True)
class Cases:
    """The cases of a layer: how they are written, which ones come first, and which are impossible.

    Attributes
    ----------
    grammar : Grammar
        How a geometry reads in a case line.
    draw : callable
        Choose -> parameters, aimed at the geometries where bugs occur. They may be illegal: the caller checks `flaw`
        and draws again.
    battery : tuple of str
        Fixed geometries that every verification starts with.
    tiny : str
        The geometry in which every extent is 1, or the smallest legal value.
    flaw : callable
        Parameters -> why they are impossible, or None.
    impossible : tuple of str
        Geometries that an implementation must refuse with ValueError.
    refusable : callable
        Parameters -> what right code may deliberately refuse in them, though they are legal, or None: a stride that
        leaves rows over, one value per channel.
    allows_empty : bool
        Whether a batch of no samples is legal.
    lookalikes : tuple of pairs of str
        Geometries that differ in options only: a key for what is kept between calls needs more than all the shapes.
    """

    grammar: Grammar
    draw: Callable[[Choose], dict[str, Any]]
    battery: tuple[str, ...]
    tiny: str
    flaw: Callable[[Params], str | None] = lambda params: None
    impossible: tuple[str, ...] = ()
    refusable: Callable[[Params], str | None] = lambda params: None
    allows_empty: bool = True
    lookalikes: tuple[tuple[str, str], ...] = ()


OF_GEOMETRY = frozenset({"geometry", "shapes", "output_shape", "wanted", "flaw"})
"""What a case computes from its layer and its parameters alone, once for all cases that share them."""


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """What the tensors of a layer are filled with.

    Attributes
    ----------
    fill : callable
        Case, generator -> the values of each tensor, in float64 (labels are integers).
    kinds : tuple of str
        The special fills that the layer has a defined answer to: ``ties``, ``masked``, and NaN and infinity in x, and
        each other tensor.
    values : tuple of str
        The kinds of ordinary numbers that it has besides ``plain``: some of `VALUES`.
    large : bool
        Whether the layer has numbers for the fill ``large``.
    dropped : callable, optional
        Tensors -> which outputs are products with a zero of a mask. For NaN and infinity there, NaN and 0 are both
        right: 0 * x is NaN, and where(mask, x, 0) is 0.
    """

    fill: "Callable[[Case, np.random.Generator], Arrays]"
    kinds: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    large: bool = True
    dropped: Callable[[Arrays], Array] | None = None


@dataclass(frozen=True, kw_only=True)
class Ours:
    """The suite's own two implementations of a layer.

    Attributes
    ----------
    naive, fast : Pair
        Loops written next to the formula, and vectorised code. Neither uses the other.
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
        How its derivative is computed.
    cases : Cases
        The geometries it is judged on.
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
        """Return the case with this geometry, written as in a case line. Raises ValueError if it cannot be parsed."""
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
        """Print as one line in Hypothesis, which would otherwise print every field of the dataclass."""
        printer.text(repr(self))

    def but(self, **changes: Any) -> "Case":
        """Return this case with some fields changed."""
        made = replace(self, **changes)
        if not changes.keys() & {"layer", "params"}:
            vars(made).update((name, value) for name, value in vars(self).items() if name in OF_GEOMETRY)
        return made

    @cached_property
    def geometry(self) -> str:
        """The parameters as a case line writes them."""
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
    def main(self) -> Shape:
        """The shape of the first tensor of numbers."""
        return self.shapes[self.layer.shapes.main]

    @property
    def options(self) -> dict[str, Any]:
        """The keyword arguments of forward in `naive` and `fast`."""
        return self.layer.ours.options(self.params)

    @cached_property
    def wanted(self) -> tuple[str, ...]:
        """The tensors whose gradients backward returns here: a layer without bias has no ``b``."""
        return tuple(filter(self.shapes.__contains__, self.layer.shapes.differentiable))

    @cached_property
    def flaw(self) -> str | None:
        """Why its parameters are impossible, or None."""
        return self.layer.cases.flaw(self.params)

    @property
    def exact(self) -> bool:
        """Whether right results are equal to the reference's, because integers make every operation exact."""
        arithmetic = self.layer.arithmetic
        return arithmetic.exact and (arithmetic.rounds is None or not arithmetic.rounds(self.params))

    @property
    def size(self) -> int:
        """The number of values in all inputs."""
        return sum(math.prod(shape) for shape in self.shapes.values())


def parse_case(line: str, layers: Iterable[Layer]) -> Case:
    """Return the case that a case line describes.

    Raises
    ------
    ValueError
        If the line names an unknown layer, or its geometry, dtype, fill or seed cannot be parsed.
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
        f"{word!r} is not a dtype ({', '.join(DTYPES)}), fill=NAME ({', '.join(FILLS)}) or seed=NUMBER"
    )


class SubjectError(Exception):
    """A call of the subject gave no usable result. The message says why; `kind` is the exception's type, if any."""

    def __init__(self, message: str, kind: type[BaseException] | None = None) -> None:
        super().__init__(message)
        self.kind = kind


class Missing(SubjectError):
    """The function is not implemented: a stub, ``pass``, only None returned, NotImplementedError, a missing module."""


class Refused(SubjectError):
    """The subject's own code raised or asserted deliberately."""


class Crashed(SubjectError):
    """The subject raised unintentionally."""


class Uncalled(SubjectError):
    """Python refused the call before a line of the subject ran: it is not the subject's fault, and not judged."""


class Unadapted(Uncalled):
    """The caller's adapter raised, not the code that it wraps: it is not the subject's fault, and not judged."""


class LeftOut(Uncalled):
    """The caller's adapter has no call for the case, and says so by NotImplementedError: the case is not judged."""


class TimedOut(SubjectError):
    """The subject did not return within its time limit."""


class Malformed(SubjectError):
    """The subject returned something unusable: too few values, a list, text."""


class Unread(Malformed):
    """The subject returned an object of a class of its own, such as a framework's tensor."""


class Call(Protocol):
    """One forward call of a subject, and the backward calls that use its cache."""

    @property
    def outputs(self) -> dict[str, Any]:
        """The returned values by name, unconverted: ``out``, and running statistics where there are some."""

    @property
    def arguments(self) -> Arrays:
        """The arrays that were passed in, with the values they hold now."""

    @property
    def updated(self) -> frozenset[str]:
        """The running statistics that forward updates in place, in the arrays that were passed in."""

    @property
    def missing(self) -> str | None:
        """Why there is no output if forward is not implemented; otherwise None."""

    @property
    def observed(self) -> Arrays:
        """Inputs that the subject drew itself (a dropout mask), recovered from its output."""

    def backward(self, dout: Array) -> dict[str, Any]:
        """Return the gradients by tensor name, unconverted. Raises SubjectError."""

    def cached(self) -> list[Array]:
        """Return the arrays that forward left for backward: the arrays themselves, not copies."""

    def overwrite(self, replaced: Mapping[int, Array]) -> bool:
        """Write into the arrays of `cached`, by position; return whether all could be written."""


@dataclass(frozen=True, kw_only=True)
class Interface:
    """The calls that a subject's functions accept, and the properties that their family promises.

    Attributes
    ----------
    express : callable
        Parameters -> the nearest parameters that the interface can express.
    skips : callable
        Part, parameters -> why the interface has no such call, or None.
    fused : bool
        Whether one function returns output and gradient together, with dout = 1.
    draws_mask : bool
        Whether it draws its own dropout mask.
    lenient : frozenset of str
        Checks whose failures are only notes here, because the interface does not promise the property.
    declared : frozenset of str
        Those of them that were declared for this run; their notes say so.
    conventions : frozenset of str
        Widespread habits of the interface that would be faults elsewhere: ``full-credit`` for ties, and
        ``running-in-the-cache`` for updated running statistics that stand in the cache without a name.
    misfit : mapping
        Part -> why its signature does not accept the calls of the interface. Such a part is not judged.
    understood : mapping
        Part -> how the function is called, for the report.
    unpassed : tuple of str
        The arguments that the author's functions have and no call passes.
    refused : tuple of str
        What the author's arguments seem to allow, and a small call has shown not to be accepted.
    returns : frozenset of str, optional
        The tensors that backward gives gradients for; by default all that the layer differentiates.
    is_loose : bool
        Whether its calls pass what the author lets one leave out: another interface may fit better.
    is_certain : bool
        Whether the author's signature names the interface beyond doubt: no other reading is tried.
    spoken : callable, optional
        Parameters, tensors -> the call of forward as its author would write it, with arrays by their shape.
    single : bool
        Whether it computes in single precision whatever it is given: then it is judged in that alone.
    """

    express: Callable[[Params], dict[str, Any]] = dict
    skips: Callable[[str, Params], str | None] = lambda part, params: None
    fused: bool = False
    draws_mask: bool = False
    lenient: frozenset[str] = frozenset()
    declared: frozenset[str] = frozenset()
    conventions: frozenset[str] = frozenset()
    misfit: Mapping[str, str] = field(default_factory=dict)
    understood: Mapping[str, str] = field(default_factory=dict)
    unpassed: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    returns: frozenset[str] | None = None
    is_loose: bool = False
    is_certain: bool = False
    spoken: Callable[[Params, Arrays], str] | None = None
    single: bool = False

    def gives(self, tensor: str) -> bool:
        """Return whether backward gives the gradient of a tensor."""
        return self.returns is None or tensor in self.returns

    def wanted(self, case: Case) -> tuple[str, ...]:
        """Return the tensors whose gradients backward gives on a case."""
        return case.wanted if self.returns is None else tuple(filter(self.returns.__contains__, case.wanted))

    def has(self, case: Case) -> bool:
        """Return whether the interface can express this very case, not only a similar one."""
        if self.single and (case.dtype != "float32" or case.fill == "large"):
            return False
        return dict(self.express(case.params)) == dict(case.params)

    def demanding(self, promised: Iterable[str], declared: Iterable[str] = ()) -> "Interface":
        """Return the interface if it promises some checks more, and is declared not to pass some others."""
        lenient = (self.lenient | set(declared)) - set(promised)
        return replace(self, lenient=lenient, declared=frozenset(declared))


@dataclass(frozen=True, kw_only=True)
class Subject:
    """An implementation of one layer under test. The checks do not know which process it runs in.

    Attributes
    ----------
    layer : Layer
        What it implements.
    functions : mapping
        Part -> the function's name in the subject's own file.
    forward : callable
        Params, arrays by name -> Call. Raises SubjectError.
    parts : tuple of str
        The parts to judge: a second backward of the same layer is judged without the forward.
    interface : Interface
        The calls that its functions accept, and the properties that they promise.
    notes : tuple of Finding
        Conventions that were detected when the subject was bound.
    reference : Pair, optional
        The implementation it is compared with: `fast` by default, and `naive` where `fast` itself is judged.
    life : callable
        Generation of the worker. It rises when a worker is replaced; results from earlier generations are invalid.
    counted : callable, optional
        Returns how many lines of the subject's code a function runs, where the code lives in a worker.
    dialect : str, optional
        The family of interfaces in which it was found.
    calls : mapping
        Part -> the functions of other layers that it calls, if it is a composition of these.
    """

    layer: Layer
    functions: Mapping[str, str]
    forward: Callable[[Params, Arrays], Call]
    parts: tuple[str, ...] = PARTS
    interface: Interface = Interface()
    notes: tuple[Finding, ...] = ()
    reference: Pair | None = None
    life: Callable[[], int] = lambda: 0
    counted: Callable[[Callable[[], object]], int] | None = None
    dialect: str | None = None
    calls: Mapping[str, frozenset[str]] = field(default_factory=dict)
