"""The two stages that judge a mutant, each in a process of its own: the suite, then the layers' own tests."""

import contextlib
import importlib
import importlib.abc
import importlib.util
import json
import os
import re
import resource
import select
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, NamedTuple

import pytest
from hypothesis import Phase, settings

from generated.mutants import ALIAS, PACKAGES, ROOT, Package
from gradcheck.calling.quiet import quiet
from gradcheck.checks import CHECKS
from gradcheck.contract import PARTS, Interface, Subject
from gradcheck.judging.part import start
from gradcheck.layers import BY_NAME
from gradcheck.layers.cases import cases_for
from gradcheck.report import Verdict
from gradcheck.subjects.dialects.pair import PAIR

SECONDS = 300
"""A mutant that has not been judged by then runs without end."""
GRACE = 60
"""Seconds more after the signal: the mutant may be in C code, or wait for a thread."""
MEMORY = 8 * 2**30


class Killed(NamedTuple):
    """What noticed a mutant, and on which layer."""

    by: str
    layer: str = ""


class Endless(KeyboardInterrupt):
    """Time is up. Not an Exception, for the suite takes what a subject raises as a finding."""


def isolated(work: Callable[[], Killed | None]) -> Killed | None:
    """Return what a child process finds: a mutant may read memory that is not its own, or run without end."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setpgid(0, 0)
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            signal.signal(signal.SIGALRM, _time_is_up)
            signal.setitimer(signal.ITIMER_REAL, SECONDS)
            os.write(writer, json.dumps(work()).encode())
        except Endless:
            os.write(writer, json.dumps(Killed("time")).encode())
        finally:
            os._exit(0)
    os.close(writer)
    try:
        in_time = _ends(child)
    finally:
        # With all that it has started: that would keep the pipe open, and perhaps wait for ever.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)
        os.waitpid(child, 0)
    with os.fdopen(reader) as answer:
        text = answer.read()
    found = json.loads(text) if text else Killed("crash" if in_time else "time")
    return None if found is None else Killed(*found)


def _ends(child: int) -> bool:
    """Return whether a child process ends in time."""
    process = os.pidfd_open(child)
    try:
        return bool(select.select([process], [], [], SECONDS + GRACE)[0])
    finally:
        os.close(process)


def _time_is_up(signal_number: int, frame: object) -> None:
    raise Endless


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


def judged(subject: Subject, parts: Sequence[str]) -> str | None:
    """Return the check that finds the first fault, the verdict where it is not a pass, or None."""
    judges = [start(subject, part, CHECKS) for part in parts]
    for case in cases_for(subject, None, 0):
        trials: dict[str, Any] = {}
        for judge in judges:
            judge.judge(case, trials)
            for finding in judge.findings():
                if finding.verdict.is_wrong:
                    return finding.check
    verdicts = [judge.report().verdict for judge in judges]
    return next((str(verdict) for verdict in verdicts if verdict is not Verdict.PASS), None)


def subjects(package: str, module: ModuleType) -> dict[str, Subject]:
    """Return the layers of a mutated package, with its full contract, compared with the untouched other one."""
    other, strict = "naive" if package == "fast" else "fast", Interface()
    return {
        each.layer.name: replace(each, interface=strict, reference=getattr(each.layer.ours, other))
        for each in PAIR.subjects(vars(module))
    }


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


TESTS = (
    *sorted(ROOT.glob("tests/layers/test_*.py"), key=lambda path: (path.stem == "test_contract", path.stem)),
    *sorted(ROOT.glob("tests/fast/test_*.py")),
    ROOT / "tests" / "contract" / "test_agreement.py",
)
"""What takes longer comes later."""
# How a test failed is not read: the first failing example is as good as the least one.
settings.register_profile("first failure", phases=[Phase.explicit, Phase.reuse, Phase.generate])


@contextlib.contextmanager
def copied() -> Iterator[Path]:
    """Make a copy of the repository."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "copy"
        unwanted = shutil.ignore_patterns(".*", "__pycache__", "build", "*.egg-info")
        shutil.copytree(ROOT, target, ignore=unwanted)
        for package in PACKAGES:  # where an installation has them, so that this folder alone is imported from
            shutil.move(target / package, target / "gradcheck" / package)
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

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Take note of a run that was ended."""
        if excinfo.errisinstance(Endless):
            self.failed = "time"


def _parameters(item: pytest.Item) -> Iterator[str]:
    """Yield the names of a test's parameters: of layers, of cases' layers, of packages, and texts."""
    call = getattr(item, "callspec", None)
    for value in call.params.values() if call else ():
        thing = getattr(value, "layer", value)
        name = getattr(thing, "name", getattr(thing, "__name__", thing))
        if isinstance(name, str):
            yield name.removeprefix("gradcheck.")


def in_order(module: str) -> list[Path]:
    """Return the tests, first those that name a module: they are the likeliest to notice what it does wrong."""
    return sorted(TESTS, key=lambda path: re.search(rf"\b{module}\b", path.read_text()) is None)


def run_tests(folder: Path, file: str, layers: Collection[str]) -> Killed | None:
    """Run the layers' tests on the packages in a folder. It ends the use of this process for anything else."""
    package, module = Path(file).parts[0], Path(file).stem
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    os.dup2(sys.stdout.fileno(), sys.stderr.fileno())
    for known in [known for known in sys.modules if known.partition(".")[0] == "gradcheck"]:
        del sys.modules[known]
    sys.path.insert(0, str(folder))
    os.chdir(folder)
    settings.load_profile("first failure")
    witness = Witness(package, layers)
    loaded = ("-W", "ignore::pytest.PytestAssertRewriteWarning")
    options = ("-x", "-q", "-p", "no:cacheprovider", "--tb=no", "--hypothesis-seed=0", *loaded)
    paths = (str(path.relative_to(ROOT)) for path in in_order(module))
    done = pytest.main([*options, *paths], plugins=[witness])
    return Killed(witness.failed or "import") if done else None


def tested(folder: Path, file: str, source: str, layers: Collection[str]) -> Killed | None:
    """Run the tests of some layers with one file changed."""
    path = folder / "gradcheck" / file
    original = path.read_text()
    _overwrite(path, source)
    try:
        return isolated(lambda: run_tests(folder, file, layers))
    finally:
        _overwrite(path, original)


def _overwrite(path: Path, source: str) -> None:
    """Replace a file, and forget its bytecode: another text of the same second and size would be taken for it."""
    Path(importlib.util.cache_from_source(str(path))).unlink(missing_ok=True)
    path.write_text(source)
