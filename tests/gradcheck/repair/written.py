"""A function from its text, as a submission's would be: written to a file, imported, and called."""

import ast
import contextlib
import importlib.util
import itertools
from pathlib import Path

from gradcheck.repair.edits import edits_of
from gradcheck.repair.edits.edit import Scope, spots_of, unused_in
from gradcheck.repair.tracing import Trace, traced
from gradcheck.repair.units import Library

COUNT = itertools.count()


class Written:
    """A module that was written to a file, and its library."""

    def __init__(self, folder: Path, text: str) -> None:
        self.path = folder / f"written_{next(COUNT)}.py"
        self.path.write_text(text)
        spec = importlib.util.spec_from_file_location(self.path.stem, self.path)
        self.module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(self.module)
        self.text = text
        self.library = Library({str(self.path): text})

    def unit(self, name):
        """Return the unit of a function."""
        return self.library.unit(getattr(self.module, name).__code__)

    def scope(self, name, *arguments, checks=()):
        """Return what is known of a function after a call of it."""
        trace = Trace()
        with contextlib.suppress(NameError):
            traced(lambda: getattr(self.module, name)(*arguments), {str(self.path)}, trace)
        unit = self.unit(name)
        lines, kinds = set(), {}
        for code, ran in trace.lines.items():
            if self.library.unit(code) is unit:
                lines |= ran
                kinds |= trace.kinds.get(code, {})
        return Scope(unit, spots_of(unit, lines), kinds, frozenset(checks), unused_in(unit, kinds))


def edited(scope):
    """Yield the function's text after each edit, with the edit's cost."""
    for edit in (edit for edits in edits_of(scope) for edit in edits):
        edit.apply()
        try:
            text = ast.unparse(ast.fix_missing_locations(scope.unit.node))
        finally:
            edit.undo()
        yield text, edit
