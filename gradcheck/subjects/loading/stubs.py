"""Stand-ins for modules that are not installed, and the importer that finds them.

They are silent while code loads, and raise afterwards.
"""

import inspect
import os
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import FrameType, ModuleType
from typing import Any, cast

from gradcheck.subjects.loading.errors import NOT_ALLOWED, NOT_READ, MissingModule
from gradcheck.subjects.loading.optional import is_optional
from gradcheck.subjects.loading.ownership import location
from gradcheck.subjects.loading.python2 import KNOWN

_IMPORTLIB = os.path.join("importlib", "__init__.py")

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
    withheld : collection of str or None
        In a worker, the packages that are installed and not allowed.
    above : collection of str
        The names of the folders above those that the code may read.
    notes : dict
        What was imported from there, each in one sentence.
    """

    def __init__(self, withheld: Collection[str] | None = None, above: Collection[str] = ()) -> None:
        self.loading = True
        self.withheld = withheld
        self.above = above
        self.notes: dict[str, None] = {}

    def why_missing(self, what: str, module: str) -> str:
        """Return why something of a module that is missing cannot be used, and what to do."""
        if self.withheld is not None and module in self.withheld:
            return f"{module} {NOT_ALLOWED} {module}"
        top = module.partition(".")[0]
        if top in self.above:
            return f"{what} is needed here, and {top} {NOT_READ}"
        missing = f"{what} is needed here, but {module} is not installed"
        if self.withheld is None or "." in module:
            return missing
        return f"{missing}: if it is a package, install it and allow it with --allow {module}"


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
            module = self._stub_module
            raise MissingModule(self._stub_phase.why_missing(self.__name__, module), module)


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


class StubFinder(MetaPathFinder, Loader):
    """Comes last, and finds a stub for every missing module that the subject's own files import.

    Libraries try optional modules too, and are to find out that those are missing.

    Parameters
    ----------
    owns : callable
        Whether a path is one of the subject's files.
    phase : Phase
        Handed to every stub.
    """

    def __init__(self, owns: Callable[[str], bool], phase: Phase) -> None:
        self._owns = owns
        self._phase = phase

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec of a stub, or None where the import is to fail."""
        importer, by_name = _importer()
        if importer is None or not self._owns(importer.f_code.co_filename) or is_optional(importer):
            return None
        if by_name and not self._stands_in(fullname.rpartition(".")[0]):
            return None
        return ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Return the stub, with the names of it that are known to work."""
        stub = Stub(spec.name, _outermost_missing(spec.name), self._phase)
        top = spec.name.partition(".")[0]
        if top in self._phase.above:
            self._phase.notes[f"{top} {NOT_READ}"] = None
        names = KNOWN.get(spec.name, {})
        vars(stub).update(names, __all__=tuple(names))
        return cast("ModuleType", stub)

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing: a stub has no code."""

    def _stands_in(self, parent: str) -> bool:
        """Whether `from parent import name` may make `name` up: never in a library that is there."""
        module = sys.modules.get(parent)
        return is_stub(module) or self._owns(location(module) or "")


def _importer() -> tuple[FrameType | None, bool]:
    """Return the frame with the import statement, and whether it asks for a name of a package."""
    frame: FrameType | None = sys._getframe(2)
    by_name = False
    while frame is not None and _is_importlib(frame.f_code.co_filename):
        by_name = by_name or frame.f_code.co_name == "_handle_fromlist"
        frame = frame.f_back
    return frame, by_name


def _is_importlib(filename: str) -> bool:
    return filename.startswith("<frozen importlib") or filename.endswith(_IMPORTLIB)


def _outermost_missing(name: str) -> str:
    parent = name.rpartition(".")[0]
    module = sys.modules.get(parent)
    return module._stub_module if isinstance(module, Stub) else name
