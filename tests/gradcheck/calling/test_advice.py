"""Code of another day: the exception stays an error, and its message names the line and what to write."""

from pathlib import Path

import numpy as np
import pytest

from gradcheck.calling import describe
from gradcheck.calling.advice import NUMPY, plain_reason
from gradcheck.subjects.loading import load

NAMES = {
    "x.astype(np.float)": "np.float was removed in NumPy 1.24: write float (layers.py:5)",
    "np.product(x.shape)": "np.product was removed in NumPy 2.0: write np.prod (layers.py:5)",
    "np.sometrue(x)": "np.sometrue was removed in NumPy 2.0: write np.any (layers.py:5)",
    "np.NaN": "np.NaN was removed in NumPy 2.0: write np.nan (layers.py:5)",
    "np.maxmium(x, 0)": "has no attribute 'maxmium' (layers.py:5): did you mean np.maximum?",
    "xrange(3)": "name 'xrange' is not defined (layers.py:5): Python 3 has no xrange: write range",
    "unicode(3)": "Python 3 has no unicode: write str",
    "reduce(max, [1])": "Python 3 has no reduce: write functools.reduce",
    "{}.iteritems()": "Python 3 has no iteritems: write items()",
    "{}.has_key(1)": "Python 3 has no has_key: write key in d",
    "string.letters": "Python 3 has no string.letters: write string.ascii_letters",
    "map(abs, [1])[0]": "Python 3's map gives its items one by one: write list(map(...))",
    "len(zip([1], [2]))": "Python 3's zip gives its items one by one: write list(zip(...))",
    "{}.keys()[0]": "in Python 3 keys() is not a list: write list(d.keys())",
    "{}.values().sort()": "in Python 3 values() is not a list: write sorted(d.values())",
    "range(2) + range(2)": "in Python 3 range is not a list: write list(range(...))",
    "[1] + range(2)": "in Python 3 range is not a list: write list(range(...))",
    "print >>string, x": "in Python 3 print is a function: write print(x, file=...)",
    "iter([1]).next()": "write next(it)",
}
SIZES = {
    "np.zeros(n / 2)": "in Python 3, n / 2 is 3.5: write //",
    "np.zeros((n - 1) / 2)": "in Python 3, (n - 1) / 2 is 3.0: write //",
    "range(x.size / 2)": "in Python 3, x.size / 2 is a float: write //",
    "half = n / 2\n    x[:half]": "in Python 3, n / 2 is 3.5: write // in line 5",
    "half = n / 2\n    x[half]": "in Python 3, n / 2 is 3.5: write // in line 5",
    "half = n\n    half /= 2\n    [0] * half": "in Python 3, half / 2 is a float: write // in line 6",
    "h = (n - 3) / 2 + 1\n    w = n / 7\n    np.zeros((h, w))": "is 2.0: write // in lines 5 and 6",
    "def sized(k):\n        return np.zeros(k)\n    sized(n / 2)": "in Python 3, n / 2 is 3.5: write // in line 7",
    "for i in range(n / 2):\n        pass": "in Python 3, n / 2 is 3.5: write //",
    "k = 2.5\n    np.zeros(k)": "(layers.py:6): a size or an index must be an integer: write int(...)",
}


def message(folder: Path, body: str) -> str:
    (folder / "layers.py").write_text(f"import string\nimport numpy as np\n\ndef f(x, n):\n    {body}\n")
    with load(str(folder / "layers.py")) as loaded:
        try:
            loaded.namespaces[0].members["f"](np.arange(7.0), 7)  # type: ignore[operator]
        except Exception as problem:  # noqa: BLE001 - as the suite does
            return str(describe("f", problem))
    raise AssertionError("it raised nothing")


@pytest.mark.parametrize(("code", "meant"), NAMES.items(), ids=NAMES)
def test_name_that_is_gone__gets_what_to_write(tmp_path: Path, code: str, meant: str) -> None:
    assert message(tmp_path, code).endswith(meant)


@pytest.mark.parametrize(("code", "meant"), SIZES.items(), ids=SIZES)
def test_float_as_a_size__gets_the_division_that_made_it(tmp_path: Path, code: str, meant: str) -> None:
    assert message(tmp_path, code).endswith(meant)


@pytest.mark.parametrize("code", ["x + 'a'", "np.zeros(n)[99]", "{}['a']", "not_there", "x.frobnicate()"])
def test_other_exception__gets_no_advice(tmp_path: Path, code: str) -> None:
    assert message(tmp_path, code).endswith("(layers.py:5)")


@pytest.mark.filterwarnings("ignore")  # of np.object, which may come back
@pytest.mark.parametrize("name", [name for name in NUMPY if name not in vars(np)])
def test_name_that_numpy_lacks__is_explained_by_the_table(name: str) -> None:
    with pytest.raises(AttributeError) as caught:
        getattr(np, name)
    assert plain_reason(str(caught.value)).startswith(
        (f"np.{name} was removed in NumPy ", f"np.{name} is gone ")
    )


@pytest.mark.parametrize(("version", "instead"), NUMPY.values(), ids=NUMPY)
def test_replacement_in_numpy__exists(version: str, instead: str) -> None:
    name = instead.removeprefix("-").removeprefix("np.").partition("(")[0].partition(",")[0]
    part = np.random if name.startswith("random.") else np
    assert not instead.removeprefix("-").startswith("np.") or hasattr(part, name.removeprefix("random."))


def test_old_name_on_import__is_explained_in_the_note(tmp_path: Path) -> None:
    (tmp_path / "layers.py").write_text("def f(): pass\nN = xrange(3)\n")
    with load(str(tmp_path / "layers.py")) as loaded:
        assert loaded.notes == (
            "layers.py:2 raises NameError on import: name 'xrange' is not defined: Python 3 has no xrange: write range",
        )


def test_variables_that_raise_when_looked_at__do_not_end_the_judge(tmp_path: Path) -> None:
    trap = "class T:\n        @property\n        def __dict__(self):\n            raise RuntimeError\n    t = T()\n"
    assert "AttributeError" in message(tmp_path, f"{trap}    out = None\n    return out.shape")
