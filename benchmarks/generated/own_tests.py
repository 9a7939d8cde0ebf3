"""The second stage: the layers' own tests, in a copy of the repository."""

import contextlib
import importlib.util
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path

import pytest
from hypothesis import Phase, settings

from generated import PACKAGES, ROOT
from generated.isolation import Endless, Killed, isolated
from gradcheck.layers import BY_NAME

TESTS = (
    *sorted(ROOT.glob("tests/layers/test_*.py"), key=lambda path: (path.stem == "test_contract", path.stem)),
    *sorted(ROOT.glob("tests/fast/test_*.py")),
    ROOT / "tests" / "contract" / "test_agreement.py",
)
"""What takes longer comes later."""
# Nobody reads how a test failed: the first example that does is as good as the least one.
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
