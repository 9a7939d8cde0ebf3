"""Arrays of other libraries, by DLPack or `__array__`, and frameworks that are not there."""

import subprocess
import sys
import types

import numpy as np
import pytest

from gradcheck import GradientError, check_gradients

X = np.random.default_rng(0).standard_normal((4, 3))


class Foreign:
    """An array of a library that knows DLPack and a few operations."""

    def __init__(self, values):
        self.values = np.asarray(values)

    def __dlpack__(self, **kwargs):
        return self.values.__dlpack__(**kwargs)

    def __dlpack_device__(self):
        return self.values.__dlpack_device__()

    def __mul__(self, other):
        return Foreign(self.values * (other.values if isinstance(other, Foreign) else other))

    __rmul__ = __mul__

    @property
    def dtype(self):
        return self.values.dtype

    def __array_namespace__(self):
        return types.SimpleNamespace(from_dlpack=Foreign)


class Table:
    """Is read as an array, and cannot be made of one."""

    def __array__(self, dtype=None, copy=None):
        return X


def test_foreign_arrays__are_differentiated_by_the_backward_given():
    def backward(dout, x):
        assert isinstance(dout, Foreign)
        return 2 * x * dout

    assert check_gradients(lambda x: (x * x, x), backward, x=Foreign(X)).verdict == "pass"
    with pytest.raises(GradientError, match=r"dx\["):
        check_gradients(lambda x: (x * x, x), lambda dout, x: 3 * x * dout, x=Foreign(X))


def test_table__is_passed_on():
    def scaled(x, table):
        assert isinstance(table, Table)
        return x * np.asarray(table)

    assert check_gradients(scaled, lambda dout, x, table: dout * np.asarray(table), x=X, table=Table())


def test_numpy_s_bfloat16__keeps_its_dtype_and_its_spacing():
    ml_dtypes = pytest.importorskip("ml_dtypes", reason='JAX is an extra: pip install -e ".[peers]"')
    from gradcheck.functions.pair import Functions

    seen = set()

    def square(x):
        seen.add(x.dtype.name)
        return x * x

    functions = Functions(square, lambda dout, x: 2 * x * dout, {"x": X.astype(ml_dtypes.bfloat16)})
    functions = __import__("gradcheck.functions.pair", fromlist=["read"]).read(functions, None)
    assert functions.eps == {"x": 2.0**-7}
    out, back = functions.call(x=functions.tensors["x"])
    assert functions.gradients(back, out)["x"].dtype == np.float32
    assert seen == {"bfloat16"}


def test_check_gradients__imports_no_framework():
    code = (
        "import sys, numpy as np; from gradcheck import check_gradients; "
        "check_gradients(np.sin, lambda dout, x: dout * np.cos(x), x=np.ones(3)); "
        "print([name for name in ('torch', 'jax') if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
