"""Whether a dialect keeps to what a foreign object can do: calls, attributes, items, and plain data."""

import importlib.util

import numpy as np
import pytest

from gradcheck.calling.quiet import quiet
from gradcheck.checks import CHECKS
from gradcheck.judging.part import judge_subject
from gradcheck.layers.cases import cases_for
from gradcheck.subjects.dialects import BY_NAME, found_in
from gradcheck.subjects.dialects.support import names_in

DATA = (np.ndarray, np.generic, int, float, complex, str, type(None))


class Foreign:
    """Something of a file's that lives elsewhere: only what is done to it crosses over, by value."""

    def __init__(self, thing):
        object.__setattr__(self, "_thing", thing)

    def __call__(self, *args, **kwargs):
        return received(self._thing(*map(sent, args), **{k: sent(v) for k, v in kwargs.items()}))

    def __getattr__(self, name):
        return received(getattr(self._thing, name))

    def __setattr__(self, name, value):
        setattr(self._thing, name, sent(value))

    def __getitem__(self, key):
        return received(self._thing[sent(key)])

    def __len__(self):
        return len(self._thing)


def sent(value):
    if isinstance(value, Foreign):
        return value._thing
    if isinstance(value, tuple | list):
        return type(value)(map(sent, value))
    if isinstance(value, np.ndarray):
        return value.copy()
    assert isinstance(value, DATA), f"a {type(value).__name__} of the judge's was passed in"
    return value


def received(value):
    if isinstance(value, tuple | list):
        return type(value)(map(opaque, value))
    return opaque(value)


def opaque(value):
    if isinstance(value, np.ndarray):
        return value.copy()
    return value if isinstance(value, DATA) else Foreign(value)


@pytest.mark.slow
@pytest.mark.parametrize("path", ["im2col-classes/layers.py", "per-image/layers.py", "per-image/habits.py"])
def test_right_file__passes_through_proxies_of_its_functions(pytestconfig, path):
    spec = importlib.util.spec_from_file_location("elsewhere", pytestconfig.rootpath / "tests/data" / path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    dialect = BY_NAME[path.partition("/")[0]]
    own = {**names_in(dialect.support), **vars(module)}
    members = {name: Foreign(value) for name, value in own.items()}
    with quiet(0):
        for claim in found_in(members, dialect.name):
            for part in judge_subject(claim.subject, cases_for(claim.subject, 0, 0)[:3], CHECKS):
                assert part.verdict == "pass", (part.function, part.findings)
