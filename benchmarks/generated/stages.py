"""Both stages, over the mutants of a package."""

from collections.abc import Collection, Iterator
from importlib.metadata import entry_points
from pathlib import Path

from generated.isolation import isolated
from generated.mutants import Mutant
from generated.outcomes import Outcome
from generated.own_tests import copied, tested
from generated.package import Package
from generated.suite import costs, verified
from gradcheck.layers import BY_NAME


def outcome(package: Package, mutant: Mutant, seconds: dict[str, float], folder: Path) -> Outcome:
    """Put one mutant before the suite, and if that is content before the tests."""
    affected = package.affected(mutant)
    layers = {layer: affected[layer] for layer in sorted(affected, key=seconds.__getitem__)}
    with mutant.applied():
        code = {**package.code, mutant.module: package.compiled(mutant.module)}
        source = package.source(mutant.module)
    suite = isolated(lambda: verified(package.name, code, layers))
    tests = tested(folder, mutant.file, source, layers) if suite is None else None
    return Outcome(
        file=mutant.file,
        function=mutant.function,
        line=mutant.line,
        was=mutant.was,
        now=mutant.now,
        suite=suite.by if suite else None,
        layer=suite.layer or None if suite else None,
        tests=tests.by if tests else None,
    )


def outcomes(package: Package, modules: Collection[str]) -> Iterator[Outcome]:
    """Yield what becomes of every mutant of some of a package's modules."""
    seconds = costs(package)
    for plugin in entry_points(group="pytest11"):
        plugin.load()
    with copied() as folder:
        unharmed = tested(folder, f"{package.name}/__init__.py", package.source("__init__"), BY_NAME)
        assert unharmed is None, f"the tests fail as it is: {unharmed}"
        for module in modules:
            for mutant in package.mutants(module):
                yield outcome(package, mutant, seconds, folder)
