"""Importing a mutated package beside the untouched one."""

import importlib
import importlib.abc
import importlib.util
import sys
from importlib.machinery import ModuleSpec
from types import CodeType, ModuleType

from generated.uses import ALIAS


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds the modules of a package in a dictionary of compiled code."""

    def __init__(self, code: dict[str, CodeType]) -> None:
        self.code = code

    def find_spec(self, fullname: str, path: object, target: ModuleType | None = None) -> ModuleSpec | None:
        """Return the spec of a module of the mutated package, and of no other."""
        package, _, module = fullname.partition(".")
        if package != ALIAS:
            return None
        return importlib.util.spec_from_loader(fullname, self, is_package=self._key(fullname) != module)

    def _key(self, fullname: str) -> str:
        """Return the file of a module: of a package its __init__."""
        module = fullname.partition(".")[2]
        return module if module in self.code else f"{module}.__init__".lstrip(".")

    def exec_module(self, module: ModuleType) -> None:
        """Run a module's code."""
        exec(self.code[self._key(module.__name__)], vars(module))  # noqa: S102 - our own


def imported(code: dict[str, CodeType]) -> ModuleType:
    """Import a package from its compiled code, anew."""
    for known in [known for known in sys.modules if known.partition(".")[0] == ALIAS]:
        del sys.modules[known]
    finder = Finder(code)
    sys.meta_path.insert(0, finder)
    try:
        return importlib.import_module(ALIAS)
    finally:
        sys.meta_path.remove(finder)
