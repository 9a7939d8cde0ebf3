"""The nouns of the suite: Layer, Subject, Call, Check, Dialect, and the ways in which a call can go wrong.

A dialect turns someone's code into subjects; a layer yields cases; a check yields findings.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from gradcheck.case import Case, Grammar, Params
from gradcheck.report import Finding

if TYPE_CHECKING:
    from gradcheck.trials.trial import Trial

Array = NDArray[Any]
Arrays = dict[str, Array]
Shape = tuple[int, ...]
Function = Callable[..., Any]

PARTS = ("forward", "backward")
MODEL = "model"
"""What the report says instead of a layer, where a whole network was judged."""


class Arithmetic(Enum):
    """What kind of function a layer is, and hence how its derivative is known."""

    LINEAR = "affine in each tensor by itself: differences with step 1 are exact on integers"
    WINNER = "piecewise linear: exact on integers while no winner changes"
    QUADRATIC = "a polynomial of degree two: central differences are exact on integers"
    SMOOTH = "smooth: complex step, or central differences with a computed error bound"

    @property
    def exact(self) -> bool:
        """Whether integers make every result exact."""
        return self is not Arithmetic.SMOOTH


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
class Layer:
    """One kind of layer, declared once.

    Attributes
    ----------
    name : str
        The stem of its functions: ``conv2d`` for ``conv2d_forward`` and ``conv2d_backward``.
    grammar : Grammar
        How its geometry reads in a case line.
    arithmetic : Arithmetic
        How its derivative is known.
    tensors : callable
        Parameters -> shape of each input by name, in the order of the arguments.
    output : callable
        Parameters -> shape of the output.
    options : callable
        Parameters -> the keyword arguments of our own forward.
    differentiable : tuple of str
        The inputs that backward returns gradients for, in order.
    terms : callable
        Parameters -> the largest number of products summed in one output or gradient entry.
    fill : callable
        Case, generator -> the numbers of each tensor, in float64 (or integers for labels).
    gain : callable
        Parameters, tensors -> by how much backward may magnify dout before terms cancel: the scale of rounding.
    draw : callable
        Choose -> parameters, aimed at where bugs live. May be illegal: the caller asks `flaw` and draws again.
    flaw : callable
        Parameters -> why they are impossible, or None.
    battery : tuple of str
        Geometries that every verification starts with.
    tiny : str
        The geometry in which every extent is 1 (or the least that is legal).
    impossible : tuple of str
        Geometries that an implementation must refuse with ValueError.
    naive, fast : Pair
        Its two implementations.
    per_sample : bool
        Whether the samples of a batch do not see each other.
    fills : tuple of str
        Which fills beyond ``plain`` make sense for it.
    colours : callable, optional
        Parameters, tensor name -> groups of inputs to perturb together, for whole gradients in few forwards.
    remainder : callable
        Parameters -> whether the stride leaves a remainder, which some interfaces refuse.
    scalar : bool
        Whether the output is a loss: dout is a scalar, and the mean is over the batch.
    tracked : tuple of str
        What forward updates beside its output (running statistics); our own cache has them by these names.
    unit : callable
        Parameters -> an integer such that gradients of multiples of it are integers (what a mean divides by).
    empty : bool
        Whether a batch of no samples is legal.
    """

    name: str
    grammar: Grammar
    arithmetic: Arithmetic
    tensors: Callable[[Params], dict[str, Shape]]
    output: Callable[[Params], Shape]
    options: Callable[[Params], dict[str, Any]]
    differentiable: tuple[str, ...]
    terms: Callable[[Params], int]
    fill: Callable[[Case, np.random.Generator], Arrays]
    draw: Callable[[Choose], dict[str, Any]]
    battery: tuple[str, ...]
    tiny: str
    naive: Pair
    fast: Pair
    flaw: Callable[[Params], str | None] = lambda params: None
    gain: Callable[[Params, Arrays], float] = lambda params, tensors: 1.0
    impossible: tuple[str, ...] = ()
    per_sample: bool = True
    fills: tuple[str, ...] = ()
    colours: Callable[[Params, str], Iterator[Colour]] | None = None
    remainder: Callable[[Params], bool] = lambda params: False
    scalar: bool = False
    tracked: tuple[str, ...] = ()
    unit: Callable[[Params], int] = lambda params: 1
    empty: bool = True

    def wanted(self, params: Params) -> tuple[str, ...]:
        """Return the differentiable tensors that are there at `params` (a bias may be absent)."""
        return tuple(name for name in self.differentiable if name in self.tensors(params))


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
class Subject:
    """An implementation of one layer under test. The checks cannot tell where it lives.

    Attributes
    ----------
    layer : Layer
        What it implements.
    functions : mapping
        Part -> the function's name in the subject's own file.
    parts : tuple of str
        The parts to judge (an alternative backward is judged without its forward).
    forward : callable
        Params, arrays by name -> Call. Raises SubjectError.
    express : callable
        Parameters -> the nearest ones that this interface can express.
    fused : bool
        Whether one function returns output and gradient together, for dout = 1.
    draws_mask : bool
        Whether it draws its own dropout mask.
    lenient : frozenset of str
        Checks of which a failure is a note here, as the interface makes no such promise.
    skips : callable
        Part, parameters -> why the interface has no such call, or None.
    conventions : frozenset of str
        Widespread habits of the interface that would be faults elsewhere (``full-credit`` of ties).
    notes : tuple of Finding
        Conventions seen when the subject was bound.
    reference : Pair, optional
        What it is compared with; `fast` by default, and `naive` for `fast` itself.
    life : callable
        How often what it left behind was lost with the process it lived in: results of calls in an earlier life
        are of no use.
    """

    layer: Layer
    functions: Mapping[str, str]
    forward: Callable[[Params, Arrays], Call]
    parts: tuple[str, ...] = PARTS
    express: Callable[[Params], dict[str, Any]] = dict
    fused: bool = False
    draws_mask: bool = False
    lenient: frozenset[str] = frozenset()
    conventions: frozenset[str] = frozenset()
    skips: Callable[[str, Params], str | None] = lambda part, params: None
    notes: tuple[Finding, ...] = ()
    reference: Pair | None = None
    life: Callable[[], int] = lambda: 0


@dataclass(frozen=True, kw_only=True)
class Model:
    """A whole network under test. No layer says what it computes: it is judged by the derivative of its own loss.

    Attributes
    ----------
    name : str
        Its class, and how it was made if not plainly: ``FullyConnectedNet(normalization='batchnorm')``.
    make : callable
        Regularisation -> an object with `params`. Raises SubjectError.
    loss : callable
        Object, data, labels or None, regularisation -> what its loss returned: the loss and its gradients, or
        without labels the scores. Raises SubjectError.
    shape : tuple of int
        Of one sample.
    classes : int
        How many there are.
    is_plain : bool
        Whether it computes the same in training and at test time, so that its loss follows from its scores.
    halves : bool
        Whether the interface asks for a factor of 0.5 in the regularisation.
    """

    name: str
    make: Callable[[float], Any]
    loss: Callable[[Any, Array, Array | None, float], Any]
    shape: Shape
    classes: int
    is_plain: bool = True
    halves: bool = True


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """How a family of people writes layers.

    `names` are the functions it looks for; `subjects` turns a namespace into subjects, `models` finds whole
    networks. `signs` tells whether a namespace is of this family at all, where other families use some of its
    names. `support` is the module in ``gradcheck/dialects/support`` with what the dialect adds to a file's
    names, where the file lives.
    """

    name: str
    title: str
    names: tuple[str, ...]
    subjects: Callable[[Mapping[str, Any]], tuple[Subject, ...]]
    models: Callable[[Mapping[str, Any]], tuple[Model, ...]] = lambda members: ()
    signs: Callable[[Mapping[str, Any]], bool] = lambda members: True
    support: str = ""


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """A typical mistake, written as an edit of a naive implementation.

    Attributes
    ----------
    layer, part : str
        What it spoils: ``conv2d``, ``backward``.
    name : str
        What it is called; unique among the mutants of its layer and part.
    was, now : str
        The code that is replaced, which must occur exactly once in the function, and what replaces it.
    why : str
        What is wrong and what to do, to a student, in plain words.
    stands_for : str
        Where it comes from: who really makes this mistake.
    function : str
        The function that is edited, if it is not the part's own (a helper that the part calls).
    """

    layer: str
    part: str
    name: str
    was: str
    now: str
    why: str
    stands_for: str
    function: str = ""

    @property
    def edited(self) -> str:
        """The name of the function that is edited."""
        return self.function or f"{self.layer}_{self.part}"

    def __str__(self) -> str:
        return f"{self.layer}.{self.part}.{self.name}"


Judge = Callable[["Trial", str], Iterator[Finding]]


def ordinary(case: Case) -> Iterator[Case]:
    """Yield the case itself if it is a plain one: legal, and not empty."""
    if case.fill == "plain" and case.params["n"] and case.layer.flaw(case.params) is None:
        yield case


@dataclass(frozen=True, kw_only=True)
class Check:
    """One property an implementation must have.

    Attributes
    ----------
    name : str
        What the report, a rubric and ``--check`` call it.
    judge : callable
        Trial, part -> findings; none is a pass. Its docstring is what a person reads: the first line the title,
        the rest the hint. Raises SubjectError where the subject gives it nothing to judge.
    parts : tuple of str
        The parts that have the property.
    derive : callable
        Case -> the cases to judge instead of it: another fill, another size. A check runs on the cases it derives.
    cases : int, optional
        On how many cases it runs at most; on all of them by default.
    excusable : bool
        Whether backward may break it because of what a wrong forward left: then there is no verdict.
    applies : callable
        Subject, part -> why the property means nothing for it, or None.
    by_tensor : bool
        Whether it judges each gradient by itself: it is a test for each of them, then.
    """

    name: str
    judge: Judge
    parts: tuple[str, ...] = PARTS
    derive: Callable[[Case], Iterator[Case]] = ordinary
    cases: int | None = None
    excusable: bool = True
    applies: Callable[[Subject, str], str | None] = lambda subject, part: None
    by_tensor: bool = False

    def asks(self, case: Case) -> bool:
        """Tell whether a verification would run this check on that very case.

        The cases of a verification are plain ones in double precision; what else there is, checks derive from them.
        """
        plain, line = case.but(dtype="float64", fill="plain"), str(case)
        return any(str(derived) == line for derived in self.derive(plain))

    @property
    def title(self) -> str:
        """The first line of the docstring."""
        return (self.judge.__doc__ or "").strip().splitlines()[0]

    @property
    def hint(self) -> str:
        """The docstring after its first line."""
        return "\n".join(line.strip() for line in (self.judge.__doc__ or "").strip().splitlines()[1:]).strip()
