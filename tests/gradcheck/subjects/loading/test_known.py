"""The compatibility packages of Python 2 work where they are not installed."""

from pathlib import Path
from typing import Any

import pytest

from gradcheck.subjects.loading import load
from gradcheck.subjects.loading.python2 import KNOWN


def evaluated(folder: Path, imports: str, expression: str) -> Any:
    path = folder / "subject.py"
    path.write_text(f"{imports}\ndef f(): return {expression}\n", encoding="utf-8")
    with load(str(path)) as loaded:
        return loaded.namespaces[0].members["f"]()  # type: ignore[operator]


@pytest.mark.parametrize(
    ("imports", "expression", "value"),
    [
        ("from past.builtins import xrange", "list(xrange(3))", [0, 1, 2]),
        ("from past.builtins import *", "list(xrange(3))", [0, 1, 2]),
        (
            "from past.builtins import basestring, unicode, long",
            "(basestring, unicode, long)",
            (str, str, int),
        ),
        (
            "from past.builtins import map, filter, range",
            "map(abs, range(3)) + filter(None, [0, 5])",
            [0, 1, 2, 5],
        ),
        ("from past.builtins import reduce, cmp", "reduce(cmp, [1, 2, 3])", -1),
        ("from past.utils import old_div", "(old_div(7, 2), old_div(7.0, 2))", (3, 3.5)),
        ("from builtins import range, object, str", "list(range(2))", [0, 1]),
        ("from future.builtins import range, int", "list(range(int(2.5)))", [0, 1]),
        ("from future import standard_library\nstandard_library.install_aliases()", "1", 1),
        ("from future.utils import iteritems", "list(iteritems({1: 2}))", [(1, 2)]),
        ("from __future__ import print_function, division", "7 / 2", 3.5),
        ("from six.moves import xrange, range, zip", "list(zip(xrange(2), range(2)))", [(0, 0), (1, 1)]),
        ("from six.moves import cPickle as pickle", "pickle.loads(pickle.dumps(5))", 5),
        ("import cPickle as pickle", "pickle.loads(pickle.dumps(5))", 5),
        (
            "import six",
            "(list(six.moves.xrange(2)), six.PY2, list(six.itervalues({1: 2})))",
            ([0, 1], False, [2]),
        ),
        ("from six import iterkeys, with_metaclass", "(list(iterkeys({1: 2})), with_metaclass(type))", None),
        ("from __builtin__ import raw_input, sum", "sum([1, 2])", 3),
    ],
)
def test_names_that_people_import(tmp_path: Path, imports: str, expression: str, value: object) -> None:
    got = evaluated(tmp_path, imports, expression)
    assert got == value if value is not None else got[0] == [1]


def test_names_are_names() -> None:
    assert all(name.isidentifier() for names in KNOWN.values() for name in names)
