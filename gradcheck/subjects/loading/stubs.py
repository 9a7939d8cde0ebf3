"""Stand-ins for modules that are not installed: silent while code loads, honest afterwards."""

import inspect
from collections.abc import Callable, Iterator
from typing import Any

from gradcheck.subjects.loading.errors import MissingModule

_OPERATIONS = ("add", "sub", "mul", "matmul", "truediv", "floordiv", "mod", "divmod", "pow")
_BITWISE = ("lshift", "rshift", "and", "or", "xor")
_BINARY = [f"__{side}{name}__" for name in _OPERATIONS + _BITWISE for side in ("", "r", "i")]
_UNARY = ["__neg__", "__pos__", "__abs__", "__invert__", "__getitem__", "__enter__", "__round__"]
_ANSWERS: dict[str, object] = {
    "__contains__": False,
    "__delitem__": None,
    "__exit__": None,
    "__float__": 0.0,
    "__fspath__": "",
    "__ge__": False,
    "__gt__": False,
    "__index__": 0,
    "__int__": 0,
    "__le__": False,
    "__len__": 0,
    "__lt__": False,
    "__setitem__": None,
}


class Phase:
    """Whether the target is still being loaded; shared by all its stubs.

    Attributes
    ----------
    loading : bool
        While true every use of a stub works; afterwards its use raises `MissingModule`.
    """

    def __init__(self) -> None:
        self.loading = True


class Stub:
    """A module that is missing, or something in it.

    Parameters
    ----------
    name : str
        The dotted name of what this stands for, such as ``matplotlib.pyplot.plot``.
    module : str
        The outermost module that is missing, such as ``matplotlib``.
    phase : Phase
        Whether its use is still free.
    """

    __version__ = "0.0.0"  # files compare it and split it at the dots
    __all__: tuple[str, ...] = ()

    def __init__(self, name: str, module: str, phase: Phase) -> None:
        self.__name__ = name
        self._stub_module = module
        self._stub_phase = phase

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_stub_") or (name.startswith("__") and name.endswith("__")):
            raise AttributeError(name)
        return self._stub_part(f".{name}")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Give one function or class back, as a decorator would; else something new that is missing."""
        self._stub_used()
        if len(args) == 1 and not kwargs and (inspect.isfunction(args[0]) or inspect.isclass(args[0])):
            return args[0]
        return self._stub_part("()")

    def __iter__(self) -> Iterator[Any]:
        self._stub_used()
        return iter(())

    def __mro_entries__(self, bases: tuple[object, ...]) -> tuple[type]:
        self._stub_used()
        return (_base_class(self),)

    def __bool__(self) -> bool:
        return False  # so that `if torch.cuda.is_available()` goes the other way

    def __instancecheck__(self, instance: object) -> bool:
        return False

    def __subclasscheck__(self, subclass: type) -> bool:
        return False

    def __repr__(self) -> str:
        return f"<missing {self.__name__}>"

    def _stub_part(self, suffix: str) -> "Stub":
        return Stub(self.__name__ + suffix, self._stub_module, self._stub_phase)

    def _stub_used(self) -> None:
        if not self._stub_phase.loading:
            what, module = self.__name__, self._stub_module
            raise MissingModule(f"{what} is needed here, but {module} is not installed", module)


def is_stub(value: object) -> bool:
    """Whether `value` stands for something missing, whatever it claims to be."""
    return type(value) is Stub


def _base_class(stub: Stub) -> type:
    """Return a class to inherit from; making an instance of it counts as use."""

    def new(cls: type, *args: Any, **kwargs: Any) -> Any:
        stub._stub_used()
        return object.__new__(cls)

    return type(stub.__name__.rpartition(".")[2], (), {"__new__": new})


def _stub_result(stub: Stub, *args: Any) -> Stub:
    stub._stub_used()
    return stub


def _fixed(answer: object) -> Callable[..., object]:
    def method(stub: Stub, *args: Any) -> object:
        stub._stub_used()
        return answer

    return method


for _name in (*_BINARY, *_UNARY):
    setattr(Stub, _name, _stub_result)
for _name, _answer in _ANSWERS.items():
    setattr(Stub, _name, _fixed(_answer))
