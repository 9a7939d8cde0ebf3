"""Modules: classes whose constructor takes extents and options, that hold their parameters, and have a forward.

PyTorch's have autograd for their backward, those of a small library the tape of its own tensors. A module is seen as a
function of x, of its parameters, and of its options, which makes a module with them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gradcheck.calling import guarded
from gradcheck.calling.signature import Described, described, shown
from gradcheck.contract import Layer, SubjectError
from gradcheck.subjects.dialects.dialect import Members
from gradcheck.subjects.dialects.functions.fitting import Unfit
from gradcheck.subjects.dialects.inferred.arguments import Read, Slot, roles_of
from gradcheck.subjects.dialects.inferred.styles import STYLES
from gradcheck.subjects.dialects.inferred.ways import probe_of
from gradcheck.subjects.dialects.inferred.words import layer_of, role_of
from gradcheck.subjects.dialects.tensors.constructors import read_constructor
from gradcheck.subjects.dialects.tensors.seeing import Seen
from gradcheck.subjects.dialects.tensors.views import View, is_library, method, signature_without

HELD = ("w", "gamma", "b", "beta", "running_mean", "running_var")
"""What modules hold; the order is that in which a weight or a bias without a layer's own name is taken."""

Caller = Callable[..., Any]


@dataclass(frozen=True)
class Plan:
    """What a module is made with, and what is put into it: the roles of the arguments of a view, in order."""

    slots: tuple[Slot, ...]
    held: Mapping[str, str]

    def split(self, arguments: Sequence[Any]) -> tuple[dict[str, Any], dict[str, Any], bool, list[Any]]:
        """Return what is for the constructor, for the parameters by path, whether it trains, and the inputs."""
        made: dict[str, Any] = {}
        held: dict[str, Any] = {}
        training, inputs = True, []
        for slot, value in zip(self.slots, arguments, strict=True):
            if slot.role == "training":
                training = bool(value)
            elif slot.role in self.held:
                held[self.held[slot.role]] = value
            elif slot.role in ("x", "y"):
                inputs.append(value)
            else:
                made[slot.name] = value
        return made, held, training, inputs


def layers_in(members: Members, is_one: Callable[[Described], bool]) -> Iterator[tuple[str, str, Described]]:
    """Yield the classes that are modules and named after a layer: name, layer, what they are declared as."""
    for name, value in members.items():
        layer = layer_of(name)
        declared = described(value) if layer is not None and callable(value) else Described()
        is_own = declared.is_class and "forward" in declared.methods and not is_library(declared)
        if layer is not None and is_own and is_one(declared):
            yield name, layer, declared


def unseen(name: str, layer: str, unfit: Unfit) -> Seen:
    """Return a module that cannot be called, and why."""
    view = View(
        layer=layer, functions=functions_of(name), forward=_nothing, backward=None, declared=Described()
    )
    return Seen(view, unfit)


def _nothing() -> None:
    raise AssertionError("a module that is not understood is not called")


def functions_of(name: str) -> dict[str, str]:
    """Return what the parts of a module are called: its backward is that of its forward."""
    return dict.fromkeys(("forward", "backward"), f"{name}.forward")


def planned(
    members: Members, name: str, layer: Layer, declared: Described, ask: Callable[[dict[str, Any]], Any]
) -> tuple[View, Plan] | Unfit:
    """Return a module as a view without functions yet, and its plan; `ask` returns the names of what one holds."""
    read = read_constructor(layer, declared.parameters)
    if read is None:
        return Unfit(f"what the constructor of {name} takes is not known")
    slots, unpassed = read
    forward = method(members, name, "forward")
    inputs = _inputs(forward, layer)
    if isinstance(inputs, Unfit):
        return inputs
    try:
        parameters, buffers = _asked(ask, slots, layer)
    except SubjectError as problem:
        return Unfit(f"{name} could not be made: {problem}")
    held = _roles(layer, parameters, buffers)
    if isinstance(held, Unfit):
        return held
    inside = tuple(Slot(name=path.rpartition(".")[2], role=role) for role, path in held.items())
    # A batch norm without running statistics is the same in both modes.
    trains = TRAINING if layer.name == "dropout" or "running_mean" in held else ()
    every = (*inputs, *inside, *slots, *trains)
    view = View(
        layer=layer.name,
        functions=functions_of(name),
        forward=_nothing,
        backward=None,
        declared=signature_without(forward, forward.parameters[0].name),
        read=Read(slots=every, unpassed=unpassed),
        is_derived=True,
        manner=f"made as {shown(name, declared.signature)}",
    )
    return view, Plan(every, held)


TRAINING = (Slot(name="training", role="training"),)


def _inputs(forward: Described, layer: Layer) -> tuple[Slot, ...] | Unfit:
    """Return what forward takes: x, and of a loss the labels."""
    given = [each for each in forward.parameters[1:] if each.default is each.empty]
    roles = ("x", "y") if layer.shapes.is_loss else ("x",)
    if len(given) != len(roles):
        return Unfit(f"its forward takes {len(given)} arguments, and not {len(roles)}")
    return tuple(Slot(name=each.name, role=role) for each, role in zip(given, roles, strict=True))


def _asked(
    ask: Callable[[dict[str, Any]], Any], slots: Sequence[Slot], layer: Layer
) -> tuple[Sequence[str], Sequence[str]]:
    """Return the names of the parameters and buffers of a module that is made for the probe. Raises SubjectError."""
    params = probe_of(layer).params
    problem: SubjectError | None = None
    for place in (0, 1):
        made = {
            slot.name: (styles := STYLES[slot.role])[min(place, len(styles) - 1)].value(params, {})
            for slot in slots
        }
        try:
            return _paths(ask(made))
        except SubjectError as raised:
            problem = raised
    assert problem is not None
    raise problem


def _paths(found: Any) -> tuple[list[str], list[str]]:
    """Return the paths of parameters and of buffers; an answer that is something else has none. Raises SubjectError."""
    if not isinstance(found, tuple) or len(found) != 2:
        return [], []
    parameters, buffers = (guarded("", list, each) for each in found)
    return [each for each in parameters if isinstance(each, str)], [
        each for each in buffers if isinstance(each, str)
    ]


def _roles(layer: Layer, parameters: Sequence[str], buffers: Sequence[str]) -> dict[str, str] | Unfit:
    """Return role -> path of each parameter: by its name, and what is left by its place."""
    free = [role for role in HELD[:4] if role in roles_of(layer)]
    held: dict[str, str] = {}
    for path in parameters:
        name = path.rpartition(".")[2]
        means_other = role_of(name, HELD[:4]) is not None
        role = role_of(name, free) or (free[0] if free and not means_other else None)
        if role is None:
            return Unfit(f"what its parameter {path} is for is not known")
        free.remove(role)
        held[role] = path
    for path in buffers:
        role = role_of(
            path.rpartition(".")[2], [r for r in HELD[4:] if r in roles_of(layer) and r not in held]
        )
        if role is not None:
            held[role] = path
    return dict(sorted(held.items(), key=lambda item: ORDER.index(item[0])))


ORDER = ("w", "b", "gamma", "beta", "running_mean", "running_var")
