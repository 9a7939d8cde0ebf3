"""The importer that comes last and finds what nobody else did."""

import os
import sys
from collections.abc import Callable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import FrameType, ModuleType
from typing import cast

from gradcheck.subjects.loading.known import KNOWN
from gradcheck.subjects.loading.places import location
from gradcheck.subjects.loading.stubs import Phase, Stub, is_stub

_IMPORTLIB = os.path.join("importlib", "__init__.py")


class StubFinder(MetaPathFinder, Loader):
    """Finds a stub for every missing module that the subject's own files import.

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
        if importer is None or not self._owns(importer.f_code.co_filename):
            return None
        if by_name and not self._stands_in(fullname.rpartition(".")[0]):
            return None
        return ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Return the stub, with the names of it that are known to work."""
        stub = Stub(spec.name, _outermost_missing(spec.name), self._phase)
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
