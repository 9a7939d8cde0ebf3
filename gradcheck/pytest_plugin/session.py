"""From the options to the nodes; and the selection of tests when one case is replayed."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from gradcheck.pytest_plugin.asked import FILE, Asked, Known
from gradcheck.pytest_plugin.nodes import GradcheckTarget, GradcheckTest, Wrong
from gradcheck.reporting.wording import name_of


def targets(session: pytest.Session, asked: Asked) -> list[pytest.Collector]:
    """Return a collector for each target, and one for known failures without a test."""
    found = [_target(session, target, asked) for target in asked.targets]
    return [*found, Leftovers.from_parent(session, name=FILE, nodeid=FILE, asked=asked, targets=found)]


def _target(session: pytest.Session, target: str, asked: Asked) -> GradcheckTarget:
    path = Path(os.path.abspath(target))
    is_inside = path.exists() and path.is_relative_to(session.path)
    name = name_of(path.relative_to(session.path).as_posix() if is_inside else target)
    where = path if path.is_file() else session.path
    return GradcheckTarget.from_parent(
        session, name=name, nodeid=name, path=where, target=target, asked=asked
    )


class Leftovers(pytest.Collector):
    """Collects the known failures that no test matches."""

    def __init__(self, asked: Asked, targets: list[GradcheckTarget], **others: object) -> None:
        super().__init__(**others)  # type: ignore[arg-type]
        self._asked, self._targets = asked, targets

    def collect(self) -> Iterator["Leftover"]:
        """Yield a failing test for each unmatched entry; none if the options select only some of the tests."""
        plan = self._asked.plan
        if (
            plan.layers
            or plan.checks
            or plan.only is not None
            or not all(each.aspects for each in self._targets)
        ):
            return
        for number, known in enumerate(self._asked.known):
            here = [each for each in self._targets if known.target in (None, each.name)]
            if here and not any(known.covers(aspect, each.name) for each in here for aspect in each.aspects):
                name = f"known-{number}-{known}"
                yield Leftover.from_parent(self, name=name, nodeid=f"{self.nodeid}::{name}", known=known)


class Leftover(pytest.Item):
    """A test that fails because a known failure matches no test."""

    def __init__(self, known: Known, **others: object) -> None:
        super().__init__(**others)  # type: ignore[arg-type]
        self._known = known
        self.add_marker("gradcheck")

    def runtest(self) -> None:
        """Fail: the entry in pyproject.toml is wrong or out of date."""
        raise Wrong(
            f"{FILE} calls {self._known} a known failure ({self._known.reason}): there is no such test"
        )

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: object = None) -> str:
        """Return the message without a traceback."""
        return str(excinfo.value)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Return the test's place and name."""
        return self.path, None, self.name


def is_of_the_case(item: pytest.Item, asked: Asked) -> bool:
    """Return whether a test belongs to the layer whose case is replayed: collected, or with `given_case`."""
    assert asked.plan.only is not None
    layer = getattr(getattr(item, "obj", None), "gradcheck_layer", None)
    return isinstance(item, GradcheckTest) or layer == asked.plan.only.layer.name
