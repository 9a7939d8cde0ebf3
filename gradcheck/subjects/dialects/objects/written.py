"""A class as its author declares it: which layers it may be, and its two methods."""

import inspect
from collections.abc import Iterator
from dataclasses import dataclass

from gradcheck.calling import guarded
from gradcheck.calling.signature import described
from gradcheck.contract import SubjectError
from gradcheck.subjects.dialects.dialect import Members
from gradcheck.subjects.dialects.inferred.words import role_of
from gradcheck.subjects.dialects.objects.naming import layers_hinted, layers_named
from gradcheck.subjects.dialects.objects.roles import BACKWARD, FORWARD, INITIAL, IS_SLOPE, SHAPING, squashed

SMOOTHED = "smoothed_softmax_loss"
ANY_KIND = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
OTHERS = frozenset({"Function", "ScalarFunction", "TensorOp", "TensorTupleOp", "Op", "Operation", "Operator"})
"""Base classes of operations on tensors of a class of their own, which hold neither parameters nor gradients."""

Parameters = tuple[inspect.Parameter, ...]


@dataclass(frozen=True, kw_only=True)
class Written:
    """A class, and how its author declares it.

    Attributes
    ----------
    name : str
        What it is called.
    layers : tuple of str
        The layers that it may be, the likeliest first.
    forward, backward : str
        Its methods.
    made, given, back : tuple of inspect.Parameter
        The parameters of its constructor and of the two methods, without self.
    methods : frozenset of str
        All its methods.
    initial : tuple
        Methods that may make its parameters, and their parameters.
    is_vague : bool
        Whether its name may mean something else than a layer of the suite.
    """

    name: str
    layers: tuple[str, ...]
    forward: str
    backward: str
    made: Parameters
    given: Parameters
    back: Parameters
    methods: frozenset[str]
    initial: tuple[tuple[str, Parameters], ...] = ()
    is_vague: bool = False

    @property
    def gives_slope(self) -> bool:
        """Whether backward may give the derivative at x, without dout."""
        return self.backward in IS_SLOPE


def written_class(name: str, members: Members) -> Written | None:
    """Return a class that is a layer with a forward and a backward method; None for everything else."""
    thing = members[name]
    layers = layers_named(name) or layers_hinted(name)
    facts = described(thing) if layers and callable(thing) else None
    if facts is None or not facts.is_class or not OTHERS.isdisjoint(facts.bases):
        return None
    methods = {squashed(each): each for each in reversed(facts.methods)}
    forward = next((methods[each] for each in map(squashed, FORWARD) if each in methods), None)
    backward = next(
        (methods[each] for each in map(squashed, BACKWARD) if each in methods and methods[each] != forward),
        None,
    )
    if forward is None or backward is None:
        return None
    if layers == ("softmax_loss",) and any(role_of(each.name, ["smoothing"]) for each in facts.parameters):
        layers = (SMOOTHED, *layers)
    given, back = (_parameters_of(name, members, method) for method in (forward, backward))
    if given is None or back is None:
        return None
    return Written(
        name=name,
        layers=layers,
        is_vague=not layers_named(name),
        forward=forward,
        backward=backward,
        made=_named(facts.parameters),
        given=given,
        back=back,
        methods=frozenset(facts.methods),
        initial=tuple(_initial(name, members, facts.methods)),
    )


def _initial(name: str, members: Members, methods: tuple[str, ...]) -> Iterator[tuple[str, Parameters]]:
    for method in (*SHAPING, *INITIAL):
        parameters = _parameters_of(name, members, method) if method in methods else None
        if parameters is not None:
            yield method, parameters


def _parameters_of(name: str, members: Members, method: str) -> Parameters | None:
    """Return the parameters of a method without self; None where they cannot be seen, and for a function."""
    try:
        signature = described(guarded(name, members["method_of"], members[name], method)).signature
    except SubjectError:
        return None
    if signature is None:
        return None
    every = tuple(signature.parameters.values())
    is_method = bool(every) and every[0].name in ("self", "this", "_self")
    return _named(every[1:]) if is_method else None


def _named(parameters: Parameters) -> Parameters:
    return tuple(each for each in parameters if each.kind not in ANY_KIND)
