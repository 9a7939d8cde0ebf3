"""Two functions, judged under the names of a layer: as code of a user, not as `naive` or `fast`."""

import pytest

from gradcheck.judging.plan import Plan
from gradcheck.judging.run import verify_functions
from gradcheck.layers import BY_NAME


@pytest.fixture(autouse=True)
def unexplained(undiagnosed):
    """Leave out why something failed: these tests are about what the checks find."""


@pytest.fixture
def judged():
    """Return a function that judges a layer; a part that is not given is our own."""

    def judge(layer, forward=None, backward=None, **options):
        ours = BY_NAME[layer].ours.naive

        def own_forward(*args, **kwargs):
            return ours.forward(*args, **kwargs)

        functions = {
            f"{layer}_forward": forward or own_forward,
            f"{layer}_backward": backward or ours.backward,
        }
        (target,) = verify_functions(functions, Plan(cases=4, dialect="pair", **options)).targets
        return {part.part: part for part in target.parts}

    return judge


@pytest.fixture
def notes():
    """Return a function that lists the messages of a part's notes, by check."""

    def listed(part):
        return {(each.check, each.message) for each in part.findings if each.severity == "note"}

    return listed


@pytest.fixture
def failed():
    """Return a function that lists the checks that a part fails."""

    def listed(part):
        return [each.check for each in part.checks if each.verdict in ("fail", "error")]

    return listed
