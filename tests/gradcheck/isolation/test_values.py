"""What goes to a worker and what comes back."""

import operator

import numpy as np
import pytest

from gradcheck.calling import attribute, guarded
from gradcheck.calling.arrays import arrays_in
from gradcheck.calling.raising import sort_of
from gradcheck.contract import Crashed, SubjectError, Uncalled
from gradcheck.isolation.foreign import Foreign

SAME = """
def same(x):
    return x

def kinds(x):
    return type(x).__name__, str(getattr(x, "dtype", "")), repr(x)

def layout(x):
    return x.shape, x.strides, x.flags.writeable, float(x.sum())
"""
LAYOUTS = {
    "plain": lambda x: x,
    "Fortran-ordered": np.asfortranarray,
    "strided": lambda x: np.repeat(x, 2, axis=1)[:, ::2],
    "reversed": lambda x: x[::-1, ::-1],
    "broadcast": lambda x: np.broadcast_to(x[:1], (5, *x.shape[1:])),
    "empty": lambda x: x[:0],
    "single": lambda x: x[1, 2, ...],
    "large": lambda x: np.ones((300, 300)),
}


@pytest.mark.parametrize("value", [None, True, 7, -(2**62), 0.1, float("inf"), "text", 2 + 3j])
@pytest.mark.sample(every=3)
def test_plain_values_come_back_as_they_went(members, value):
    came = members(SAME)["same"](value)
    assert came == value
    assert type(came) is type(value)


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "g", "c8", "c16", "i1", "i8", "u2", "?", ">f8"])
@pytest.mark.sample(every=4)
def test_arrays_and_scalars_keep_their_dtype(members, dtype):
    same = members(SAME)["same"]
    array = np.arange(6).reshape(2, 3).astype(dtype)
    came = same(array)
    assert came.dtype == array.dtype
    assert np.array_equal(came, array)
    scalar = same(array[1, 2])
    assert type(scalar) is type(array[1, 2])
    assert scalar == array[1, 2]


@pytest.mark.parametrize("arrange", LAYOUTS.values(), ids=LAYOUTS)
@pytest.mark.sample(every=3)
def test_memory_layout__travels(members, arrange):
    array = arrange(np.arange(12.0).reshape(3, 4))
    shape, strides, writeable, total = members(SAME)["layout"](array)
    assert (list(shape), list(strides), writeable) == (
        list(array.shape),
        list(array.strides),
        array.flags.writeable,
    )
    assert total == array.sum()


def list_of(value):
    return list(value)


def test_tuple__is_unpacked_one_level_deep_and_everything_else_stays(members):
    out, cache, table, number = members("def f(x): return x + 1, (x, [x]), {'x': x}, 3")["f"](np.ones(2))
    assert np.array_equal(out, [2, 2])
    assert isinstance(cache, Foreign)
    assert isinstance(table, Foreign)
    assert (sort_of(cache), sort_of(table), number) == ("tuple", "dict", 3)
    assert np.array_equal(guarded("", operator.getitem, cache, 0), [1, 1])
    assert guarded("", len, cache) == 2
    assert guarded("", list_of, table) == ["x"]
    assert guarded("", operator.contains, table, "x")
    assert [array.shape for array in arrays_in(cache)] == [(2,), (2,)]


def test_objects_have_attributes_and_methods(members):
    source = """
    class Layer:
        def __init__(self, w, stride=1):
            self.w, self.stride, self.dw = w, stride, None

        def forward(self, x):
            self.x = x
            return x * self.w

        def backward(self, dout):
            self.dw = (dout * self.x).sum()
            return dout * self.w
    """
    layer = guarded("Layer", members(source)["Layer"], 3.0, stride=2)
    assert guarded("Layer.stride", getattr, layer, "stride") == 2
    assert np.array_equal(guarded("forward", layer.forward, np.ones(2)), [3, 3])
    assert np.array_equal(guarded("backward", layer.backward, np.ones(2)), [3, 3])
    assert guarded("Layer.dw", getattr, layer, "dw") == 2.0
    guarded("Layer.w", setattr, layer, "w", 5.0)
    assert np.array_equal(guarded("forward", layer.forward, np.ones(2)), [5, 5])
    assert attribute("Layer.absent", layer, "absent") is None
    with pytest.raises(Crashed, match="absent raised AttributeError") as problem:
        guarded("absent", getattr, layer, "absent")
    assert problem.value.kind is AttributeError


def test_changed_argument__shows_now_and_later(members):
    f = members("def f(x):\n x[0] = 7\n return x, (x,)\ndef g(cache): cache[0][1] = 8")
    x = np.zeros(3)
    out, cache = f["f"](x)
    assert x.tolist() == [7, 0, 0]
    assert np.shares_memory(out, x)
    f["g"](cache)
    assert x.tolist() == [7, 8, 0]
    assert out.tolist() == [7, 8, 0]


def test_array_that_the_judge_changed__arrives_changed(members):
    total = members("def f(x): return float(x.sum())")["f"]
    x = np.ones(3)
    assert total(x) == 3.0
    x[0] = 5.0
    assert total(x) == 7.0
    assert x.tolist() == [5, 1, 1]


def test_view__is_of_the_array_that_was_given(members):
    x = np.arange(6.0).reshape(2, 3)
    flat, turned, row = members("def f(x): return x.reshape(-1), x.T, x[1]")["f"](x)
    for part, truth in ((flat, x.reshape(-1)), (turned, x.T), (row, x[1])):
        assert np.shares_memory(part, x)
        assert np.array_equal(part, truth)


def test_result_written_into_later__shows(members):
    f = members("kept = np.zeros(3)\ndef f(n):\n kept[:] = n\n return kept")["f"]
    first = f(1.0)
    f(2.0)
    assert first.tolist() == [2, 2, 2]


def test_dictionary__shows_what_was_written_into_it(members):
    source = """
    def f(table):
        table["mean"] = np.ones(2)
        table["inside"]["n"] += 1
        table["pair"] = (1, {})
        del table["old"]
        table["given"][:] = 4
    """
    given, inside = np.zeros(2), {"n": 1}
    table = {"old": 1, "inside": inside, "given": given, "same": "text"}
    members(source)["f"](table)
    assert set(table) == {"mean", "inside", "given", "same", "pair"}
    assert table["mean"].tolist() == [1, 1]
    assert table["inside"] is inside
    assert inside == {"n": 2}
    assert table["given"] is given
    assert given.tolist() == [4, 4]
    assert table["pair"][0] == 1


def test_large_result__comes_in_one_piece_and_is_ours(members):
    f = members("def f(n): return np.full((n, 1024), 2.5), np.arange(n * 1024.0)")["f"]
    one, other = f(512)
    assert one.shape == (512, 1024)
    assert (one == 2.5).all()
    assert other[-1] == 512 * 1024 - 1
    one[0] = 1.0
    assert one[0, 0] == 1.0


@pytest.mark.parametrize(
    "what", ["np.array([None])", "np.array(['a'])", "[1, 2]", "b'x'", "2**80", "lambda: 1"]
)
def test_object_that_is_no_data__comes_as_a_proxy(members, what):
    (entry,) = members(f"def f(): return ({what},)")["f"]()
    assert isinstance(entry, Foreign)


@pytest.mark.slow
def test_arguments_of_a_worker__are_data_only(members):
    with pytest.raises(TypeError, match="cannot be passed to a subject"):
        members(SAME)["same"](object())
    with pytest.raises(SubjectError):
        guarded("same", members(SAME)["same"], object())


def test_text_is_kept_to_one_line(members):
    assert members("def f(): return 'a\\x1b[2J\\nb'")["f"]() == "a\\x1b[2J b"


@pytest.mark.parametrize(
    ("body", "arguments", "expected", "kind"),
    [
        ("return dout", (1, 2), "backward() takes 1 positional argument but 2 were given", Uncalled),
        ("return len(dout)", (1,), "object of type 'int' has no len() (submission.py:2)", Crashed),
        (
            "return np.linspace(dout)",
            (1,),
            "linspace() missing 1 required positional argument: 'stop' (submission.py:2)",
            Crashed,
        ),
        ("return np.linalg.inv(dout)", ("a",), "(submission.py:2)", Crashed),
    ],
)
def test_exception_place__is_a_line_of_the_subject_or_none(members, body, arguments, expected, kind):
    with pytest.raises(kind) as caught:
        guarded("backward", members(f"def backward(dout): {body}")["backward"], *arguments)
    assert str(caught.value).endswith(expected)
