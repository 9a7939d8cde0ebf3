"""Run a module statement by statement: one that fails does not keep what stands below from being defined."""

import __future__

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, FunctionType, ModuleType

from gradcheck.subjects.loading.decoding import Remark, decoded
from gradcheck.subjects.loading.notebook import SUFFIX, cells

FAILURES = (Exception, SystemExit)
"""What may leave a statement; an interruption ends everything."""

Note = Callable[[str, list[BaseException]], None]


class Statements(SourceFileLoader):
    """Loads a file of the subject.

    Parameters
    ----------
    name, path : str
        The module and its file.
    note : callable
        Is passed the path and what was raised, where the module defines something nonetheless.
    text : str, optional
        What to run instead of the file's content: the code of a notebook, or an edited file.
    """

    def __init__(self, name: str, path: str, note: Note, text: str | None = None) -> None:
        super().__init__(name, path)
        self._note = note
        self._text = text
        self.texts: dict[str, str] = {}
        """What was run, by the file name that tracebacks give it."""

    def exec_module(self, module: ModuleType) -> None:
        """Run it. Raises what was raised first if that left nothing defined; a syntax error before all else."""
        failures: list[BaseException] = []
        remarks: list[Remark] = []
        for code in self._codes(failures, remarks):
            try:
                exec(code, vars(module))  # noqa: S102 - this is the loader
            except FAILURES as problem:
                failures.append(problem)
        failures.sort(key=lambda problem: not isinstance(problem, SyntaxError))
        if failures and not _defines_something(module):
            raise failures[0]
        if failures:
            self._note(self.path, failures)
        if remarks:
            self._note(self.path, [*remarks])

    def _codes(self, failures: list[BaseException], remarks: list[Remark]) -> Iterator[CodeType]:
        """Yield each statement compiled; what cannot be is a failure."""
        flags = 0
        for filename, source in self._sources():
            try:
                text, remark = (source, None) if isinstance(source, str) else decoded(source, filename)
                remarks += [remark] if remark else []
                self.texts[filename] = text
                statements = ast.parse(text, filename).body
            except FAILURES as problem:
                failures.append(problem)
                continue
            for statement in statements:
                flags |= _future(statement)
                try:
                    yield compile(ast.Module([statement], []), filename, "exec", flags, dont_inherit=True)
                except FAILURES as problem:
                    failures.append(problem)

    def _sources(self) -> Iterator[tuple[str, str | bytes]]:
        """Yield what is parsed by itself, and what tracebacks call it: the file, or each cell of a notebook."""
        if self._text is None:
            yield self.path, self.get_data(self.path)
            return
        if not self.path.lower().endswith(SUFFIX):
            yield self.path, self._text
            return
        yield from ((f"{self.path} In[{number}]", source) for number, source in cells(self._text))


class OwnFiles(MetaPathFinder):
    """Finds what the subject imports of its own, to be run in the same way.

    Parameters
    ----------
    owns : callable
        Whether a path is one of the subject's files.
    note : callable
        See `Statements`.
    texts : mapping
        What to run instead of files' contents.
    """

    def __init__(self, owns: Callable[[str], bool], note: Note, texts: Mapping[Path, str]) -> None:
        self._owns = owns
        self._note = note
        self._texts = texts

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec of a module of the subject; None for all others."""
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is None or type(spec.loader) is not SourceFileLoader or not self._owns(spec.loader.path):
            return None
        spec.loader = Statements(
            fullname, spec.loader.path, self._note, self._texts.get(Path(spec.loader.path))
        )
        return spec


def _future(statement: ast.stmt) -> int:
    """Return the compiler's flags that a ``from __future__ import`` sets for what follows."""
    if not isinstance(statement, ast.ImportFrom) or statement.module != "__future__":
        return 0
    features = [getattr(__future__, alias.name, None) for alias in statement.names]
    return sum(getattr(feature, "compiler_flag", 0) for feature in features)


def _defines_something(module: ModuleType) -> bool:
    """Note whether a function or a class was written in the module."""
    values = [value for value in vars(module).values() if issubclass(type(value), FunctionType | type)]
    return any(value.__module__ == module.__name__ for value in values)
