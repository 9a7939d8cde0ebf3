"""What dialects of plain functions have in common: calling what may not be there, and square geometry."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from gradcheck.calling import LocalCall, guarded
from gradcheck.contract import Arrays, Missing, SubjectError
from gradcheck.grammar import Params

Members = Mapping[str, Any]


def called(members: Members, name: str, /, *arguments: Any) -> Any:
    """Call a function of the subject. Raises SubjectError: Missing, if it is not defined."""
    if not callable(members.get(name)):
        raise Missing(f"{name} is not defined")
    return guarded(name, members[name], *arguments)


def without_output(problem: Missing, tensors: Arrays, back: Callable[..., dict[str, Any]]) -> LocalCall:
    """Return the call of a forward that is not implemented; its backward gets no cache."""
    return LocalCall({"out": None}, tensors, partial(back, None), missing=str(problem))


def windows(params: Params) -> dict[str, Any]:
    """One stride for both axes, no padding, no dilation; partial windows are dropped."""
    stride = params["stride"][0]
    known = {
        "stride": (stride, stride),
        "pad": ((0, 0), (0, 0)),
        "dilation": (1, 1),
        "rounding": "floor",
        "divisor": "padded",
    }
    return {name: known.get(name, value) for name, value in params.items()}


def parameters(members: Members, name: str) -> tuple[str, ...]:
    """Return what a function calls its parameters; nothing where that cannot be seen."""
    if not callable(members.get(name)):
        return ()
    try:
        code = guarded(name, getattr, members[name], "__code__")
        names = guarded(name, getattr, code, "co_varnames")
        count = guarded(name, getattr, code, "co_argcount")
    except SubjectError:
        return ()
    readable = isinstance(names, tuple) and isinstance(count, int)
    return tuple(str(each) for each in names[:count]) if readable else ()
