"""Modules that are not installed: anything goes while loading, and use is an error afterwards."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from gradcheck.subjects.loading import LoadError, MissingModule, load


@contextmanager
def loaded(folder: Path, text: str) -> Iterator[dict[str, Any]]:
    path = folder / "subject.py"
    path.write_text(text, encoding="utf-8")
    with load(str(path)) as found:
        yield found.namespaces[0].members


@pytest.mark.parametrize("name", ["cupy", "h5py", "matplotlib", "numba", "scipy", "skimage"])
def test_libraries_are_missing_here_installed_or_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    installed = tmp_path / "site-packages"
    installed.mkdir()
    (installed / f"{name}.py").write_text("")
    monkeypatch.syspath_prepend(str(installed))
    text = f"import {name}\ndef f(): {name}.use()\n"
    with (
        loaded(tmp_path, text) as members,
        pytest.raises(MissingModule, match=f"{name} is not installed"),
    ):
        members["f"]()


SILENT = """
import nowhere, nowhere.deep.er as er
from nowhere.stars import *
from nowhere.other import one, two
from . import im2col_cython
from .gone import col2im
try:
    from .im2col_cython import x
except ImportError:
    import sys; sys.exit()
er.plot(1, 2, colour="red").show()
er.rcParams["size"] = (1, 2)
er.rcParams["size"], er.a.b.c
del er.rcParams["size"]
nowhere.attribute = 5
assert nowhere.attribute == 5
sums = 1 + one - two * 3 / 4 @ one ** 2 // one % 2, -one, abs(one), divmod(one, 2), 1 << one | two & 1
one += 1
assert not one and list(one) == [] and len(one) == 0 and 3 not in one and not (one < 2 or one >= 2)
assert int(one) == 0 and float(one) == 0.0 and range(3)[one] == 0
assert isinstance(nowhere.__version__, str) and not hasattr(nowhere, "__array__")
assert not isinstance(3, nowhere.Tensor) and not issubclass(int, nowhere.Tensor)
repr(one), str(one), {one: 1}, one == two, open
for nothing in nowhere.items(): raise RuntimeError
with nowhere.scope("x") as scope: scope.run()
def annotated(x: nowhere.Tensor, y: "int | None" = None) -> nowhere.List[int]: return x
class Net(nowhere.nn.Module, nowhere.Mixin):
    def forward(self): return 5
"""


def test_stub__is_silent_in_every_use_while_loading(tmp_path: Path) -> None:
    with loaded(tmp_path, SILENT) as members:
        assert members["annotated"](5) == 5
        assert "nowhere" not in members
        assert "col2im" not in members


@pytest.mark.parametrize(
    "decorator", ["numba.jit", "numba.jit(nopython=True)", "jit('f8(f8)')", "jit", "jit()"]
)
def test_stub_decorator__gives_the_function_back(tmp_path: Path, decorator: str) -> None:
    decorated = f"@{decorator}\ndef f(x): return x + 1\n@{decorator}\nclass C: k = 2\n"
    text = f"import numba\nfrom numba import jit\n{decorated}"
    with loaded(tmp_path, text) as members:
        assert members["f"](1) == 2
        assert members["C"].k == 2


PLOT = "import matplotlib.pyplot as plt\nfigure = plt.figure()\nclass Plot(plt.Axes): pass\n"
USES = {
    "plt.plot(1)": "matplotlib.pyplot.plot",
    "plt()": "matplotlib.pyplot",
    "plt.gca().set(1)": "matplotlib.pyplot.gca",
    "figure.axes.add()": "matplotlib.pyplot.figure().axes.add",
    "1 + plt.x": "matplotlib.pyplot.x",
    "-plt.x": "matplotlib.pyplot.x",
    "plt.x[0]": "matplotlib.pyplot.x",
    "plt.x.__setitem__(0, 1)": "matplotlib.pyplot.x",
    "list(plt.x)": "matplotlib.pyplot.x",
    "len(plt.x)": "matplotlib.pyplot.x",
    "plt.x < 2": "matplotlib.pyplot.x",
    "float(plt.x)": "matplotlib.pyplot.x",
    "plt.x.__enter__()": "matplotlib.pyplot.x",
    "plt.style(print)": "matplotlib.pyplot.style",
    "Plot()": "matplotlib.pyplot.Axes",
    "type('Late', (object, *plt.Axes.__mro_entries__(())), {})": "matplotlib.pyplot.Axes",
}


@pytest.mark.parametrize("use", USES)
def test_stub__says_what_is_missing_when_used_later(tmp_path: Path, use: str) -> None:
    text = f"{PLOT}def f(): {use}\n"
    with loaded(tmp_path, text) as members, pytest.raises(MissingModule) as caught:
        members["f"]()
    assert isinstance(caught.value, ImportError)
    assert (caught.value.module, caught.value.name) == ("matplotlib", "matplotlib")
    assert str(caught.value) == f"{USES[use]} is needed here, but matplotlib is not installed"


@pytest.mark.parametrize(
    "use", ["plt", "plt.gca", "hasattr(plt.gca, 'x')", "repr(plt)", "isinstance(3, plt.Axes)"]
)
def test_stub__may_be_inspected_later(tmp_path: Path, use: str) -> None:
    with loaded(tmp_path, f"{PLOT}def f(): {use}\n") as members:
        members["f"]()


def test_missing_module__is_named_by_the_outermost_one(tmp_path: Path) -> None:
    imports = "from .im2col_cython import col2im\nimport json.quick\n"
    text = f"{imports}def f(): col2im()\ndef g(): json.quick.go()\n"
    (tmp_path / "p").mkdir()
    with loaded(tmp_path / "p", text) as members:
        with pytest.raises(MissingModule) as caught:
            members["f"]()
        assert (
            str(caught.value) == "p.im2col_cython.col2im is needed here, but p.im2col_cython is not installed"
        )
        with pytest.raises(MissingModule) as caught:
            members["g"]()
        assert str(caught.value) == "json.quick.go is needed here, but json.quick is not installed"
    assert not hasattr(sys.modules["json"], "quick")


def test_import_inside_a_function__finds_a_stub_too(tmp_path: Path) -> None:
    message = r"^h5py\.File is needed here, but h5py is not installed$"
    text = "def f():\n    import h5py\n    h5py.File('x')\n"
    with loaded(tmp_path, text) as members, pytest.raises(MissingModule, match=message):
        members["f"]()
    with pytest.raises(ModuleNotFoundError):
        members["f"]()


OPTIONAL = [
    "try:\n    import cupy as xp\nexcept ImportError:\n    import numpy as xp\n",
    "try:\n    import cupy as xp\n    on_gpu = True\nexcept (ImportError, OSError):\n    pass\nimport numpy as xp\n",
    "import numpy as xp\ntry:\n    import cupy\nexcept Exception:\n    cupy = None\nif cupy: xp = cupy\n",
    "try:\n    from numba import njit\nexcept ImportError:\n    def njit(f): return f\nimport numpy as xp\n",
]


@pytest.mark.parametrize("text", OPTIONAL)
def test_import_that_may_fail__fails(tmp_path: Path, text: str) -> None:
    with loaded(tmp_path, f"{text}def f(x): return xp.maximum(x, 0)\n") as members:
        assert members["f"](-1) == 0
        assert "on_gpu" not in members


def test_existing_module__is_never_shadowed(tmp_path: Path) -> None:
    (tmp_path / "past.py").write_text("xrange = 5\n")
    with loaded(tmp_path, "from past import xrange\nimport json, numpy\n") as members:
        assert members["xrange"] == 5
        assert members["json"] is sys.modules["json"]


def test_missing_name_of_a_library__is_an_error(tmp_path: Path) -> None:
    message = r"^subject\.py:1 raises ImportError on import: cannot import name 'asscalar'"
    with pytest.raises(LoadError, match=message), loaded(tmp_path, "from numpy import asscalar\n"):
        pass


def test_library__finds_out_that_its_optional_modules_are_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = tmp_path / "site-packages" / "some_library.py"
    library.parent.mkdir()
    library.write_text("try:\n    import cupy\n    found = True\nexcept ImportError:\n    found = False\n")
    monkeypatch.syspath_prepend(str(library.parent))
    with loaded(tmp_path, "import some_library\nfound = some_library.found\n") as members:
        assert members["found"] is False
    sys.modules.pop("some_library")
