"""How a class is used as a layer, and one call of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from gradcheck.calling.results import numbers
from gradcheck.contract import Array, Arrays, Layer
from gradcheck.grammar import Params
from gradcheck.report import Finding
from gradcheck.subjects.dialects.adapter import Arguments, habit
from gradcheck.subjects.dialects.dialect import LENIENT, Express
from gradcheck.subjects.dialects.im2col_classes.objects import Turn
from gradcheck.subjects.dialects.inferred.layouts import OURS, Layout
from gradcheck.subjects.dialects.objects.places import Place, Source
from gradcheck.subjects.dialects.objects.written import Written

AS_IT_COMES = Turn()


@dataclass(frozen=True, kw_only=True)
class Used:
    """A class as a layer.

    Attributes
    ----------
    written, layer : Written, Layer
        The class, and what it is used as.
    making, given, back : mapping
        What is passed to its constructor, to forward and to backward.
    x, out : Layout
        How its input and its output are laid out.
    passed : mapping
        Tensor -> the layout in which it is passed to the constructor or to forward.
    steps : tuple
        Methods that are called after the constructor, and what is passed to them.
    attributes : mapping
        What is assigned to attributes of a new object.
    warm : bool
        Whether its parameters come to be in a first forward.
    places : tuple of Place
        Where its parameters are.
    sources : tuple of Source
        Where its gradients are.
    tracked : mapping
        Running statistic -> its path.
    left : str
        The attribute with the output, where forward returns nothing.
    fresh : bool
        Whether each backward needs an object of its own, because it changes what the next one would use.
    odd : bool
        Whether it is used with windows of odd extents only.
    turn : Turn
        From the class's own convention to ours.
    express : callable
        Parameters -> the nearest ones that it can express.
    refused : tuple of str
        What its arguments seem to allow, and a small call has shown not to be accepted.
    """

    written: Written
    layer: Layer
    making: Arguments = field(default_factory=dict)
    given: Arguments = field(default_factory=dict)
    back: Arguments = field(default_factory=dict)
    x: Layout = OURS
    out: Layout = OURS
    passed: Mapping[str, Layout] = field(default_factory=dict)
    steps: tuple[tuple[str, Arguments], ...] = ()
    attributes: Arguments = field(default_factory=dict)
    mode_methods: tuple[str, str] | None = None
    warm: bool = False
    places: tuple[Place, ...] = ()
    sources: tuple[Source, ...] = ()
    tracked: Mapping[str, str] = field(default_factory=dict)
    fresh: bool = False
    odd: bool = False
    turn: Turn = AS_IT_COMES
    express: Express = dict
    wide: Express | None = None
    own: Express = dict
    left: str = ""
    roles: Mapping[str, str] = field(default_factory=dict)
    initial: tuple[tuple[tuple[str, Arguments], ...], ...] = ()
    either: tuple[str, bool] | None = None
    trains_only: bool = False
    lenient: frozenset[str] = LENIENT | {"large"}
    notes: tuple[Finding, ...] = ()
    refused: tuple[str, ...] = ()

    def noting(self, message: str, **changes: Any) -> "Used":
        """Return the same with some fields changed, and with a note that says why."""
        return replace(self, notes=(*self.notes, habit(message)), **changes)

    def narrowed(self, **fixed: Any) -> "Used":
        """Return the same with some parameters of the layer fixed, of those that it has."""
        return replace(self, express=partial(_fixed, self.express, fixed))

    def narrowing(self, message: str, **fixed: Any) -> "Used":
        """Return the same with some parameters fixed, and with a note that says why."""
        return self.narrowed(**fixed).noting(message)

    def has(self, role: str) -> bool:
        """Return whether an argument of the constructor has a role."""
        return role in self.roles.values()

    def named(self, role: str) -> str | None:
        """Return what the argument with a role is called."""
        return next((name for name, each in self.roles.items() if each == role), None)

    @property
    def passed_here(self) -> frozenset[str]:
        """The tensors that are passed to the constructor, or to forward."""
        given = (value for value in self.given.values() if isinstance(value, str))
        return frozenset(self.roles.values()) | frozenset(given)

    @property
    def name(self) -> str:
        """What the class is called."""
        return self.written.name

    def values(self, tensors: Arrays) -> dict[str, Any]:
        """Return the tensors as they are passed."""
        turned = {
            name: layout.theirs(tensors[name]) for name, layout in self.passed.items() if name in tensors
        }
        return {**tensors, **turned, "x": self.x.theirs(tensors["x"])}


def _fixed(express: Express, fixed: dict[str, Any], params: Params) -> dict[str, Any]:
    found = express(params)
    return {**found, **{name: value for name, value in fixed.items() if name in found}}


def times_dout(params: Params, dout: Array, dx: Any) -> Any:
    """Return the gradient of x from a backward that takes no dout."""
    values = numbers(dx)
    return dx if values is None or (values.shape != dout.shape and dout.ndim) else values * dout
