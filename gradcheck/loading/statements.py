"""Run a module statement by statement: a plot, a data set or a test that fails takes nothing else with it."""

import __future__

import ast
import types
from collections.abc import Callable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType

FAILURES = (Exception, SystemExit)
_FUTURE = sum(getattr(__future__, name).compiler_flag for name in __future__.all_feature_names)

Note = Callable[[BaseException, str], None]


class StatementLoader(SourceFileLoader):
    """Leaves out the statements that raise. A module that defines nothing without them fails.

    Parameters
    ----------
    name, path : str
        Of the module.
    note : callable
        Told the first exception, and the path, where the module is used without the statement.
    """

    def __init__(self, name: str, path: str, note: Note) -> None:
        super().__init__(name, path)
        self._note = note

    def exec_module(self, module: ModuleType) -> None:
        """Run the module. Raises what its first failing statement raised, where nothing is left."""
        source = self.get_data(self.path)
        flags = self.source_to_code(source, self.path).co_flags & _FUTURE
        first: BaseException | None = None
        for statement in ast.parse(source, self.path).body:
            try:
                _run(statement, self.path, flags, module)
            except FAILURES as error:
                first = first or error
        if first is not None:
            if not _defines_something(module):
                raise first
            self._note(first, self.path)


class StatementFinder(MetaPathFinder):
    """Finds the subject's own modules for what imports them, to be run in the same way.

    Parameters
    ----------
    owns : callable
        Whether a path is one of the subject's files.
    note : callable
        As for `StatementLoader`.
    """

    def __init__(self, owns: Callable[[str], bool], note: Note) -> None:
        self._owns = owns
        self._note = note

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec of one of the subject's source files, or None."""
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is None or type(spec.loader) is not SourceFileLoader or not self._owns(spec.loader.path):
            return None
        spec.loader = StatementLoader(fullname, spec.loader.path, self._note)
        return spec


def _run(statement: ast.stmt, path: str, flags: int, module: ModuleType) -> None:
    code = compile(ast.Module([statement], []), path, "exec", flags=flags, dont_inherit=True)
    exec(code, vars(module))  # noqa: S102 - this is what importing a module does


def _defines_something(module: ModuleType) -> bool:
    """Whether a function or class of the module's own is there."""
    own = (value for value in vars(module).values() if isinstance(value, types.FunctionType | type))
    return any(value.__module__ == module.__name__ for value in own)
