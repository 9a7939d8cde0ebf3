"""The plugin of pytest. Everything heavy is imported when an option, a fixture or a marker asks for it.

PYTEST_DONT_REWRITE: it has no assertions, and may be imported before pytest looks at it.
"""

import os
from collections.abc import Callable, Generator
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from gradcheck.kernels.problems import Problem
    from gradcheck.pytest_plugin.asked import Asked
    from gradcheck.report import Report

MARKER = (
    "gradcheck(layer=None, dialect=None, checks=(), promise=(), declare=(), cases=None, seed=0, allow=(), "
    "adapter=None): options of the fixture gradcheck_report in this test or class. The tests that --gradcheck "
    "collects carry this marker too: -m gradcheck selects them."
)
ASKED: pytest.StashKey["Asked"] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the plugin's options."""
    group = parser.getgroup("gradcheck", "are hand-written gradients right?")

    def add(name: str, description: str, **settings: Any) -> None:
        group.addoption(f"--gradcheck{name}", help=description, **settings)

    several: dict[str, Any] = {"action": "append", "default": [], "metavar": "NAME"}
    number: dict[str, Any] = {"type": int, "metavar": "N"}
    add(
        "",
        "Check the layers of a file, folder or module: one test for each check.",
        **several | {"metavar": "TARGET"},
    )
    add("-dialect", "The dialect of the targets; detected if not given.", metavar="NAME")
    add("-adapter", "Check what this file of yours defines, which calls the targets' code.", metavar="FILE")
    add("-layer", "Check only these layers (repeat the option or use commas for several).", **several)
    add(
        "-layers",
        "Know the layers that a .py file or a module of yours declares; it is trusted.",
        **several | {"metavar": "FILE"},
    )
    add("-check", "Run only these checks (repeat the option or use commas for several).", **several)
    add("-promise", "Demand these checks, also of code that does not promise them.", **several)
    add("-declare", "Take failures of these checks for notes.", **several)
    add(
        "-cases",
        "Number of random cases in addition to the fixed ones; by default as many as have every class of each "
        "parameter.",
        **number,
    )
    add("-thorough", "Draw cases that have every pair of classes of two parameters.", action="store_true")
    add("-seed", "Seed of the random cases (0).", default=0, **number)
    add(
        "-allow",
        "An installed package that files may import, such as torch (repeat the option or use commas for several).",
        **several | {"metavar": "PACKAGE"},
    )
    add(
        "-root",
        "The folder of the package that the targets are part of: their code may import it.",
        metavar="FOLDER",
    )
    add("-strict", "Fail if a check reaches no verdict.", action="store_true")
    add(
        "-replay",
        "Run a single case, in the targets and in the tests with given_case.",
        metavar='"CASE LINE"',
    )
    add("-github", "Write GitHub annotations and a summary (default in GitHub Actions).", action="store_true")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, read the options, and register the Hypothesis profiles if one of them is requested.

    First, because Hypothesis loads the profile in its own pytest_configure.
    """
    config.addinivalue_line("markers", MARKER)
    if str(config.getoption("--hypothesis-profile", None)).startswith("gradcheck-"):
        import_module("gradcheck.pytest_plugin.profiles")
    if any(config.getoption(f"gradcheck{name}") for name in ("", "_replay", "_layers")):
        from gradcheck.pytest_plugin.asked import asked

        config.stash[ASKED] = asked(config)
        if config.getoption("gradcheck_github") or os.environ.get("GITHUB_ACTIONS") == "true":
            from gradcheck.pytest_plugin.github import Annotating

            config.pluginmanager.register(Annotating(config), "gradcheck.github")


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Say at the top that the targets run without isolation, where the platform has none."""
    if config.stash.get(ASKED, None) is None:
        return []
    from gradcheck.isolation.levels import UNISOLATED, has_workers

    return [] if has_workers() else [f"gradcheck: {UNISOLATED}"]


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Add the targets to what the session collects from its files."""
    report = yield
    asked = collector.config.stash.get(ASKED, None)
    if asked is not None and isinstance(collector, pytest.Session) and report.passed:
        from gradcheck.pytest_plugin.session import targets

        report.result = [*report.result, *targets(collector, asked)]
    return report


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect all tests but those of the layer whose case is replayed."""
    asked = config.stash.get(ASKED, None)
    if asked is None or asked.plan.only is None:
        return
    from gradcheck.pytest_plugin.session import is_of_the_case

    kept = [item for item in items if is_of_the_case(item, asked)]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Call a test with given_case directly on the replayed case, without Hypothesis."""
    asked = pyfuncitem.config.stash.get(ASKED, None)
    test = getattr(pyfuncitem.obj, "gradcheck_test", None)
    if asked is None or asked.plan.only is None or test is None:
        return None
    first = () if pyfuncitem.instance is None else (pyfuncitem.instance,)
    fixtures = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    test(*first, case=asked.plan.only, **fixtures)
    return True


@pytest.fixture
def gradcheck_report(request: pytest.FixtureRequest) -> "Callable[..., Report]":
    """Check a target, or a forward and a backward, and return the Report.

    ``gradcheck_report("package.module")`` or ``gradcheck_report(my_forward, my_backward, layer="conv2d")``; without the
    layer if a dialect knows the functions' names. Further options are those of the marker `gradcheck`.
    """
    from gradcheck.pytest_plugin.fixtures import judging

    return judging(request.node)


@pytest.fixture
def conv_problems() -> "Callable[[str], tuple[Problem, ...]]":
    """Return the convolutions of a problem set, ``conv_problems("resnet50")``, or of a file."""
    from gradcheck.pytest_plugin.fixtures import convolutions

    return convolutions
