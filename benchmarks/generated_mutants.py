"""Mutate every line of `naive` and `fast` with the usual operators, and count what is noticed.

    python benchmarks/generated_mutants.py [--package naive|fast] [--module conv] [--json FILE] [--markdown FILE]

A mutant is put before the suite first, in this process's memory: every layer that it can affect, as functions of our
own naming, with the untouched other package as the reference. What survives is put before the layers' own tests, in a
copy of the repository: refusals and their messages are the tests' business, not the suite's.

The code that is mutated is what runs: no docstrings, annotations, imports, declarations of named tuples, texts of
messages. With --markdown, the reasons that stand in FILE for survivors are kept; a survivor without one is open.
"""

import argparse
import ast
import contextlib
import copy
import importlib
import importlib.abc
import importlib.util
import json
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib.machinery import ModuleSpec
from importlib.metadata import entry_points
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, NamedTuple

import hypothesis  # noqa: F401 - here once, rather than in every child
import pytest

from gradcheck.cases import cases_for
from gradcheck.checks import CHECKS
from gradcheck.contract import PARTS, Subject
from gradcheck.dialects.pair import PAIR
from gradcheck.judging import start
from gradcheck.layers import BY_NAME
from gradcheck.report import Verdict
from gradcheck.run import DEFAULT_CASES, quiet

ROOT = Path(__file__).parents[1]
ALIAS = "mutated"
"""The name under which a mutated package is imported, beside the untouched one."""
SECONDS = 300
"""A mutant that has not been judged by then runs without end."""
MEMORY = 8 * 2**30
TESTS = (
    *sorted(ROOT.glob("tests/layers/test_*.py"), key=lambda path: (path.stem == "test_contract", path.stem)),
    *sorted(ROOT.glob("tests/fast/test_*.py")),
    ROOT / "tests" / "test_agreement.py",
)
"""What takes longer comes later."""
COPIED = ("naive", "fast", "gradcheck")
WIDTH = 90


# The operators: from a node to what may stand in its place.

Replacements = Iterator[ast.AST]

COMPARISONS: dict[type, tuple[type, ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
ARITHMETIC: dict[type, type] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.MatMult: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
EXTREMES = {
    one: other
    for pair in (("min", "max"), ("minimum", "maximum"), ("argmin", "argmax"))
    for one, other in (pair, pair[::-1])
}
RANGES = ("slice", "range")


def altered(node: ast.AST, **fields: object) -> Any:
    """Return a copy of a node with other fields. What is below them is shared."""
    new = copy.copy(node)
    vars(new).update(fields)
    return new


def number(value: int | float | str | None) -> ast.Constant:
    return ast.Constant(value)


def moved(bound: ast.expr) -> Iterator[ast.expr]:
    """Yield an expression and one more, and one less."""
    for sign in (ast.Add(), ast.Sub()):
        yield ast.BinOp(bound, sign, number(1))


def is_number(node: ast.AST) -> bool:
    return isinstance(node.operand if isinstance(node, ast.UnaryOp) else node, ast.Constant)


def is_moved(bound: ast.expr | None) -> bool:
    """Tell whether a bound is to be moved: numbers are, as constants."""
    return bound is not None and not is_number(bound)


def compare(node: ast.Compare) -> Replacements:
    for index, operator in enumerate(node.ops):
        for other in COMPARISONS[type(operator)]:
            yield altered(node, ops=[*node.ops[:index], other(), *node.ops[index + 1 :]])


def arithmetic(node: ast.BinOp | ast.AugAssign) -> Replacements:
    yield altered(node, op=ARITHMETIC[type(node.op)]())


def unary(node: ast.UnaryOp) -> Replacements:
    yield node.operand


def boolean(node: ast.BoolOp) -> Replacements:
    yield altered(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())


def constant(node: ast.Constant) -> Replacements:
    value = node.value
    if isinstance(value, bool):
        yield number(not value)
    elif isinstance(value, int):
        yield from (number(value + 1), number(value - 1))
    elif isinstance(value, float):
        yield number(2 * value if value else 1.0)
    elif isinstance(value, str):
        yield number(value[:-1] if value else "?")


def name(node: ast.Name | ast.Attribute) -> Replacements:
    which = "id" if isinstance(node, ast.Name) else "attr"
    if getattr(node, which) in EXTREMES:
        yield altered(node, **{which: EXTREMES[getattr(node, which)]})


def slicing(node: ast.Slice) -> Replacements:
    for which in ("lower", "upper"):
        bound = getattr(node, which)
        if is_moved(bound):
            yield from (altered(node, **{which: other}) for other in moved(bound))


def call(node: ast.Call) -> Replacements:
    """Yield a call's receiver or first argument in its place; bounds of slices and ranges off by one."""
    function, args = node.func, node.args
    if isinstance(function, ast.Name) and function.id in RANGES:
        for index, bound in enumerate(args[:2]):
            if is_moved(bound):
                yield from (
                    altered(node, args=[*args[:index], other, *args[index + 1 :]]) for other in moved(bound)
                )
    elif isinstance(function, ast.Attribute) and ast.unparse(function.value) != "np":
        yield function.value
    elif args and not isinstance(args[0], ast.Constant | ast.Starred):
        yield args[0]


def choice(node: ast.IfExp) -> Replacements:
    yield from (node.body, node.orelse)


def condition(node: ast.If) -> Replacements:
    if not isinstance(node.test, ast.Compare | ast.BoolOp | ast.UnaryOp):
        yield altered(node, test=ast.UnaryOp(ast.Not(), node.test))


def dropped(node: ast.stmt) -> Replacements:
    yield ast.copy_location(ast.Pass(), node)


def result(node: ast.Return) -> Replacements:
    if node.value is not None and ast.unparse(node.value) != "None":
        yield altered(node, value=number(None))


def undecorated(node: ast.FunctionDef) -> Replacements:
    if node.decorator_list:
        yield altered(node, decorator_list=[])


OPERATORS: dict[type, tuple[Callable[[Any], Replacements], ...]] = {
    ast.Compare: (compare,),
    ast.BinOp: (arithmetic,),
    ast.UnaryOp: (unary,),
    ast.BoolOp: (boolean,),
    ast.Constant: (constant,),
    ast.Name: (name,),
    ast.Attribute: (name,),
    ast.Slice: (slicing,),
    ast.Call: (call,),
    ast.IfExp: (choice,),
    ast.If: (condition, dropped),
    ast.For: (dropped,),
    ast.Assign: (dropped,),
    ast.AnnAssign: (dropped,),
    ast.AugAssign: (arithmetic, dropped),
    ast.Expr: (dropped,),
    ast.Return: (result,),
    ast.FunctionDef: (undecorated,),
}


# Where they apply.

SILENT = (ast.Import, ast.ImportFrom, ast.Raise, ast.ClassDef)
ANNOTATIONS = ("annotation", "returns", "decorator_list")


class Place(NamedTuple):
    """A node, where it hangs in the tree, and the statement that it is part of."""

    parent: ast.AST
    field: str
    at: int | None
    node: ast.AST
    statement: ast.stmt

    def put(self, node: ast.AST) -> None:
        """Hang another node there."""
        if self.at is None:
            setattr(self.parent, self.field, node)
        else:
            getattr(self.parent, self.field)[self.at] = node


def children(node: ast.AST) -> Iterator[tuple[str, int | None, ast.AST]]:
    for field_name, value in ast.iter_fields(node):
        if field_name not in ANNOTATIONS:
            for index, child in enumerate(value if isinstance(value, list) else [value]):
                if isinstance(child, ast.AST):
                    yield field_name, index if isinstance(value, list) else None, child


def is_code(place: Place) -> bool:
    """Tell whether a node runs, and is no text of a message."""
    node = place.node
    if isinstance(node, ast.Expr):
        return not isinstance(node.value, ast.Constant)
    if isinstance(node, ast.AnnAssign):
        return node.value is not None and "TypeAlias" not in ast.unparse(node.annotation)
    if isinstance(node, ast.Constant):
        return not isinstance(place.parent, ast.JoinedStr)
    if isinstance(node, ast.Assign) and isinstance(place.parent, ast.Module):
        return not isinstance(node.value, ast.Subscript | ast.List)
    return not isinstance(node, SILENT)


def places(parent: ast.AST, statement: ast.stmt) -> Iterator[Place]:
    """Yield every node below `parent` that may be mutated, in the order of the source."""
    for field_name, index, node in children(parent):
        inner = node if isinstance(node, ast.stmt) else statement
        place = Place(parent, field_name, index, node, inner)
        if is_code(place):
            yield place
            yield from places(node, inner)


def header(statement: ast.AST) -> str:
    """Return a statement on one line, without what is indented below it."""
    if isinstance(statement, ast.FunctionDef):
        bare = altered(statement, decorator_list=[], body=[], returns=None)
        marks = [f"@{ast.unparse(mark)}" for mark in statement.decorator_list]
        return " ".join([*marks, ast.unparse(bare)])
    return ast.unparse(statement).splitlines()[0]


def trimmed(text: str, other: str) -> str:
    """Return a long line from a little before to a little after where it differs from another."""
    if len(text) <= WIDTH:
        return text
    shared = next(
        (i for i, pair in enumerate(zip(text, other, strict=False)) if len(set(pair)) > 1), len(other)
    )
    begin = max(0, min(shared - WIDTH // 3, len(text) - WIDTH))
    end = begin + WIDTH
    return ("…" if begin else "") + text[begin:end] + ("…" if end < len(text) else "")


@dataclass(frozen=True)
class Mutant:
    """One replacement of one node."""

    file: str
    function: str
    line: int
    was: str
    now: str
    place: Place = field(repr=False)
    replacement: ast.AST = field(repr=False)

    @property
    def module(self) -> str:
        """The stem of its file."""
        return Path(self.file).stem

    @contextlib.contextmanager
    def applied(self) -> Iterator[None]:
        """Make the replacement in the tree, and undo it."""
        self.place.put(self.replacement)
        try:
            yield
        finally:
            self.place.put(self.place.node)


def mutants_at(place: Place, file: str, function: str) -> Iterator[Mutant]:
    """Yield every mutant of one node."""
    for operator in OPERATORS.get(type(place.node), ()):
        for new in operator(place.node):
            ast.fix_missing_locations(ast.copy_location(new, place.node))
            was = header(place.statement)
            place.put(new)
            now = header(new if place.node is place.statement else place.statement)
            place.put(place.node)
            line = getattr(place.node, "lineno", place.statement.lineno)
            yield Mutant(file, function, line, trimmed(was, now), trimmed(now, was), place, new)


def names_of(statement: ast.stmt) -> list[str]:
    """Return what a statement on the top level of a module defines."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return [statement.name]
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    return [target.id for target in targets if isinstance(target, ast.Name)]


# A package of trees, importable with one of them mutated.

Definition = tuple[str, str]


class Package:
    """The sources of `naive` or `fast` under another name."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.trees = {path.stem: self._parsed(path) for path in sorted((ROOT / name).glob("*.py"))}
        self.code = {module: self.compiled(module) for module in self.trees}

    def _parsed(self, path: Path) -> ast.Module:
        return ast.parse(path.read_text().replace(f"from {self.name}.", f"from {ALIAS}."))

    def compiled(self, module: str) -> CodeType:
        """Return the code of a module as its tree is now."""
        return compile(self.trees[module], f"{self.name}/{module}.py", "exec")

    def source(self, module: str) -> str:
        """Return the text of a module as its tree is now."""
        return ast.unparse(self.trees[module]).replace(f"from {ALIAS}.", f"from {self.name}.")

    def mutants(self, module: str) -> Iterator[Mutant]:
        """Yield every mutant of a module."""
        tree = self.trees[module]
        for index, statement in enumerate(tree.body):
            place = Place(tree, "body", index, statement, statement)
            for found in (place, *places(statement, statement)) if is_code(place) else ():
                defined = names_of(statement)
                yield from mutants_at(found, f"{self.name}/{module}.py", defined[0] if defined else "")

    @cached_property
    def uses(self) -> dict[Definition, set[Definition]]:
        """What each definition of the package mentions, itself and through what it mentions."""
        direct: dict[Definition, set[Definition]] = {}
        for module, tree in self.trees.items():
            known = self._known(module)
            for statement in tree.body:
                for defined in names_of(statement):
                    direct[module, defined] = {
                        known[node.id]
                        for node in ast.walk(statement)
                        if isinstance(node, ast.Name) and node.id in known
                    }
        return {definition: _closure(definition, direct) for definition in direct}

    def _known(self, module: str) -> dict[str, Definition]:
        known: dict[str, Definition] = {}
        for statement in self.trees[module].body:
            known |= {defined: (module, defined) for defined in names_of(statement)}
            if isinstance(statement, ast.ImportFrom) and (statement.module or "").startswith(f"{ALIAS}."):
                source = (statement.module or "").removeprefix(f"{ALIAS}.")
                known |= {alias.asname or alias.name: (source, alias.name) for alias in statement.names}
        return known

    def affected(self, mutant: Mutant) -> dict[str, tuple[str, ...]]:
        """Return the layers that a mutant can affect, each with its parts. A wrong forward may mislead backward."""
        users = {
            defined for (_, defined), used in self.uses.items() if (mutant.module, mutant.function) in used
        }
        found: dict[str, tuple[str, ...]] = {}
        for layer in BY_NAME:
            if f"{layer}_forward" in users:
                found[layer] = PARTS
            elif f"{layer}_backward" in users:
                found[layer] = PARTS[1:]
        return found


def _closure(definition: Definition, direct: dict[Definition, set[Definition]]) -> set[Definition]:
    found, waiting = {definition}, [definition]
    while waiting:
        new = direct.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return found


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds the modules of a package in a dictionary of compiled code."""

    def __init__(self, code: dict[str, CodeType]) -> None:
        self.code = code

    def find_spec(self, fullname: str, path: object, target: ModuleType | None = None) -> ModuleSpec | None:
        """Return the spec of a module of the mutated package, and of no other."""
        package, _, module = fullname.partition(".")
        if package != ALIAS:
            return None
        return importlib.util.spec_from_loader(fullname, self, is_package=not module)

    def exec_module(self, module: ModuleType) -> None:
        """Run a module's code."""
        exec(self.code[module.__name__.partition(".")[2] or "__init__"], vars(module))  # noqa: S102 - our own


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


# The first stage: the suite.


class Killed(NamedTuple):
    """What noticed a mutant, and on which layer."""

    by: str
    layer: str = ""


class Endless(KeyboardInterrupt):
    """Time is up. Not an Exception, for the suite takes what a subject raises as a finding."""


def judged(subject: Subject, parts: Sequence[str]) -> str | None:
    """Return the check that finds the first fault, the verdict where it is not a pass, or None."""
    judges = [start(subject, part, CHECKS) for part in parts]
    for case in cases_for(subject, DEFAULT_CASES, 0):
        trials: dict[str, Any] = {}
        for judge in judges:
            judge.judge(case, trials)
            for finding in judge.findings():
                if finding.verdict.is_wrong:
                    return finding.check
    verdicts = [judge.report().verdict for judge in judges]
    return next((str(verdict) for verdict in verdicts if verdict is not Verdict.PASS), None)


def subjects(package: str, module: ModuleType) -> dict[str, Subject]:
    """Return the layers of a mutated package, to be compared with the untouched other one."""
    other = "naive" if package == "fast" else "fast"
    found = PAIR.subjects(vars(module))
    return {each.layer.name: replace(each, reference=getattr(each.layer, other)) for each in found}


def verified(package: str, code: dict[str, CodeType], layers: dict[str, tuple[str, ...]]) -> Killed | None:
    """Judge the layers of a package in turn, until the first fault."""
    with quiet(0):
        try:
            found = subjects(package, imported(code))
        except Exception:  # noqa: BLE001 - whatever a mutant raises where it is imported
            return Killed("import")
        for layer, parts in layers.items():
            why = judged(found[layer], parts) if layer in found else "missing"
            if why is not None:
                return Killed(why, layer)
    return None


def costs(package: Package) -> dict[str, float]:
    """Return how long each layer takes to pass. The untouched package must."""
    seconds = {}
    for layer in BY_NAME:
        started = time.perf_counter()
        killed = verified(package.name, package.code, {layer: PARTS})
        assert killed is None, f"{package.name} does not pass as it is: {killed}"
        seconds[layer] = time.perf_counter() - started
    return seconds


def isolated(work: Callable[[], Killed | None]) -> Killed | None:
    """Return what a child process finds: a mutant may read memory that is not its own, or run without end."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            signal.signal(signal.SIGALRM, _time_is_up)
            signal.setitimer(signal.ITIMER_REAL, SECONDS)
            os.write(writer, json.dumps(work()).encode())
        except Endless:
            os.write(writer, json.dumps(Killed("time")).encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as answer:
        text = answer.read()
    os.waitpid(child, 0)
    found = json.loads(text) if text else Killed("crash")
    return None if found is None else Killed(*found)


def _time_is_up(signal_number: int, frame: object) -> None:
    raise Endless


# The second stage: the layers' own tests.


@contextlib.contextmanager
def copied() -> Iterator[Path]:
    """Make a copy of the repository."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "copy"
        unwanted = shutil.ignore_patterns(".*", "__pycache__", "build", "*.egg-info")
        shutil.copytree(ROOT, target, ignore=unwanted)
        yield target


class Witness:
    """A plugin of pytest's: it leaves out what other layers and the other package do, and remembers who fails."""

    def __init__(self, package: str, layers: Collection[str]) -> None:
        self.others = ({"naive", "fast", *BY_NAME} - {package}) - set(layers)
        self.failed = ""

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep the tests that are not of something else."""
        items[:] = [item for item in items if self.others.isdisjoint(_parameters(item))]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the report on one phase of one test."""
        if report.failed:
            self.failed = self.failed or report.nodeid.split("[")[0].rpartition("::")[2]


def _parameters(item: pytest.Item) -> Iterator[str]:
    """Yield the names of a test's parameters: of layers, of cases' layers, of packages, and texts."""
    call = getattr(item, "callspec", None)
    for value in call.params.values() if call else ():
        thing = getattr(value, "layer", value)
        name = getattr(thing, "name", getattr(thing, "__name__", thing))
        if isinstance(name, str):
            yield name


def run_tests(folder: Path, package: str, layers: Collection[str]) -> Killed | None:
    """Run the layers' tests on the packages in a folder. It ends the use of this process for anything else."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    os.dup2(sys.stdout.fileno(), sys.stderr.fileno())
    for known in [known for known in sys.modules if known.partition(".")[0] in COPIED]:
        del sys.modules[known]
    sys.path.insert(0, str(folder))
    os.chdir(folder)
    witness = Witness(package, layers)
    loaded = ("-W", "ignore::pytest.PytestAssertRewriteWarning")
    options = ("-x", "-q", "-p", "no:cacheprovider", "--tb=no", "--hypothesis-seed=0", *loaded)
    done = pytest.main([*options, *(str(path.relative_to(ROOT)) for path in TESTS)], plugins=[witness])
    return Killed(witness.failed or "import") if done else None


def tested(folder: Path, file: str, source: str, layers: Collection[str]) -> Killed | None:
    """Run the tests of some layers with one file changed."""
    path = folder / file
    original = path.read_text()
    _overwrite(path, source)
    try:
        return isolated(lambda: run_tests(folder, path.parent.name, layers))
    finally:
        _overwrite(path, original)


def _overwrite(path: Path, source: str) -> None:
    """Replace a file, and forget its bytecode: another text of the same second and size would be taken for it."""
    Path(importlib.util.cache_from_source(str(path))).unlink(missing_ok=True)
    path.write_text(source)


# Both, over a package.


@dataclass(frozen=True)
class Outcome:
    """A mutant and what became of it."""

    mutant: Mutant
    suite: Killed | None
    tests: Killed | None

    @property
    def survived(self) -> bool:
        """Whether nothing noticed it."""
        return self.suite is None and self.tests is None

    def row(self) -> dict[str, object]:
        """Return it for the JSON."""
        mutant = self.mutant
        named = {name: getattr(mutant, name) for name in ("file", "function", "line", "was", "now")}
        suite, tests = self.suite or Killed(""), self.tests or Killed("")
        return {**named, "suite": suite.by or None, "layer": suite.layer or None, "tests": tests.by or None}


def outcome(package: Package, mutant: Mutant, seconds: dict[str, float], folder: Path) -> Outcome:
    """Put one mutant before the suite, and if that is content before the tests."""
    affected = package.affected(mutant)
    layers = {layer: affected[layer] for layer in sorted(affected, key=seconds.__getitem__)}
    with mutant.applied():
        code = {**package.code, mutant.module: package.compiled(mutant.module)}
        source = package.source(mutant.module)
    suite = isolated(lambda: verified(package.name, code, layers))
    tests = tested(folder, mutant.file, source, layers) if suite is None else None
    return Outcome(mutant, suite, tests)


def outcomes(package: Package, chosen: str | None) -> Iterator[Outcome]:
    """Yield what becomes of every mutant of a package, or of one of its modules."""
    seconds = costs(package)
    for plugin in entry_points(group="pytest11"):
        plugin.load()
    with copied() as folder:
        unharmed = tested(folder, f"{package.name}/__init__.py", package.source("__init__"), BY_NAME)
        assert unharmed is None, f"the tests fail as it is: {unharmed}"
        for module in package.trees:
            if chosen in (None, module):
                for mutant in package.mutants(module):
                    yield outcome(package, mutant, seconds, folder)


# Telling it.

Key = tuple[str, str, str, str]
OPEN = "Open"
"""The heading of survivors without a reason; where there is one but no remedy yet, a heading starts with it."""


def code(text: str) -> str:
    """Return code as it reads in Markdown."""
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def item(found: Outcome) -> str:
    """Return a survivor as an item of a list; `reasons` reads it back."""
    mutant = found.mutant
    where = f"{mutant.file}:{mutant.line}"
    return f"- {where} {code(mutant.function)}: {code(mutant.was)} → {code(mutant.now)}"


def without_line(line: str) -> str:
    """Return an item without its line's number, which moves."""
    where, _, rest = line.partition(" `")
    return f"{where.rpartition(':')[0]} `{rest}"


def reasons(text: str) -> dict[str, str]:
    """Return the heading under which each survivor stands in a report."""
    found, heading = {}, OPEN
    for line in text.splitlines():
        if line.startswith("### "):
            heading = line.removeprefix("### ")
        elif line.startswith("- ") and " → " in line:
            found[without_line(line)[2:]] = heading
    return found


def grouped(found: Sequence[Outcome], known: dict[str, str]) -> dict[str, list[str]]:
    """Return the survivors by the reason that is known for them, in the order of the report."""
    groups: dict[str, list[str]] = {heading: [] for heading in (*dict.fromkeys(known.values()), OPEN)}
    for each in found:
        if each.survived:
            line = item(each)
            groups[known.get(without_line(line)[2:], OPEN)].append(line)
    return {heading: lines for heading, lines in groups.items() if lines}


def table(found: Sequence[Outcome], known: dict[str, str]) -> Iterator[str]:
    """Yield the lines of the table: a row a file, and the sum."""
    columns = ("mutants", "killed by the suite", "only by the layers' tests", "equivalent", "open")
    counts: dict[str, Counter[str]] = {}
    for each in found:
        count = counts.setdefault(each.mutant.file, Counter())
        is_open = known.get(without_line(item(each))[2:], OPEN).startswith(OPEN)
        ends = (each.suite is not None, each.tests is not None, each.survived and not is_open, each.survived)
        count.update(["mutants", next(name for name, is_so in zip(columns[1:], ends, strict=True) if is_so)])
    counts["all"] = sum(counts.values(), Counter())
    yield f"| file | {' | '.join(columns)} |"
    yield "|---|" + "---:|" * len(columns)
    for file, count in counts.items():
        yield f"| {file} | {' | '.join(str(count[name]) for name in columns)} |"


def killers(found: Sequence[Outcome]) -> Iterator[str]:
    """Yield the lines of the table of what noticed how many first."""
    yield "| noticed first by | mutants |"
    yield "|---|---:|"
    counts = Counter(each.suite.by for each in found if each.suite is not None)
    yield from (f"| {name} | {count} |" for name, count in counts.most_common())


BEGIN, END = "<!-- results -->", "<!-- end of results -->"


def markdown(found: Sequence[Outcome], old: str) -> str:
    """Return a report with new results between its markers, and the reasons that stood there."""
    known = reasons(old)
    before, _, rest = old.partition(BEGIN)
    after = rest.partition(END)[2]
    lines = [*table(found, known), "", *killers(found), "", "## Survivors", ""]
    for heading, items in grouped(found, known).items():
        lines += [f"### {heading}", "", *items, ""]
    return "\n".join([before + BEGIN, "", *lines, END]) + (after or "\n")


def main() -> int:
    """Run from the command line; 1 if a survivor has no explanation."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--package", choices=("naive", "fast"), help="one of the two (both)")
    parser.add_argument("--module", help="one file, such as conv (all)")
    parser.add_argument("--json", type=Path, help="write a row a mutant")
    parser.add_argument(
        "--markdown", type=Path, help="write the results into this report, keeping its reasons"
    )
    options = parser.parse_args()
    found: list[Outcome] = []
    for package in (options.package,) if options.package else ("naive", "fast"):
        for each in outcomes(Package(package), options.module):
            found.append(each)
            if each.survived:
                print(item(each), flush=True)
    old = options.markdown.read_text() if options.markdown and options.markdown.exists() else ""
    known = reasons(old)
    print("\n".join([*table(found, known), "", *killers(found)]))
    if options.json:
        options.json.write_text(json.dumps([each.row() for each in found], indent=1) + "\n")
    if options.markdown:
        options.markdown.write_text(markdown(found, old))
    return int(any(heading.startswith(OPEN) for heading in grouped(found, known)))


if __name__ == "__main__":
    sys.exit(main())
