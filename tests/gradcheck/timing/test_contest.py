from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from gradcheck import fast
from gradcheck.kernels.problems import Problem, read
from gradcheck.layers import BY_NAME
from gradcheck.subjects.dialects.pair import PAIR
from gradcheck.subjects.loading import LoadError
from gradcheck.timing.contender import Contender
from gradcheck.timing.contest import Settings, bench
from gradcheck.timing.times import Row, mean_ratio

QUICK = Settings(repeats=2)
SMALL = "n2c3h4w5_f2kh3kw3_s1x1_p1x1_d1x1_g1"
LOOPS = "tests/data/cs231n/loops.py"


def problems(layer, *geometries):
    return [Problem(BY_NAME[layer].case(text)) for text in geometries]


def test_bench__times_a_module_next_to_fast():
    found = bench("gradcheck.naive", problems("conv2d", SMALL), QUICK, name="mine")
    assert (found.target, found.dialect, found.problems) == ("gradcheck.naive", "pair", "mine")
    assert [(row.function, row.part, row.geometry) for row in found.rows] == [
        ("conv2d_forward", "forward", SMALL),
        ("conv2d_backward", "backward", SMALL),
    ]
    for row in found.rows:
        assert row.times.repeats == row.fast.repeats == 2
        assert row.times.best <= row.times.lower <= row.times.upper
        assert row.ratio == row.times.best / row.fast.best
        assert row.equal is True
        assert row.why is None
    operations = 2 * (2 * 2 * 4 * 5) * (3 * 3 * 3)
    assert found.rows[0].gflops == pytest.approx(operations / found.rows[0].times.best / 1e9)


def test_bench__times_one_part_alone():
    found = bench("gradcheck.naive", problems("conv2d", SMALL), Settings(parts=("forward",), repeats=1))
    assert [row.part for row in found.rows] == ["forward"]


def test_bench__asks_a_dialect_only_what_it_can_express():
    found = bench(LOOPS, problems("conv2d", SMALL, "n1c4h4w4_f4kh3kw3_s1x1_p1x1_d1x1_g4"), QUICK)
    assert found.dialect == "cs231n"
    assert [row.why for row in found.rows] == [None, None, *["the interface cannot express it"] * 2]
    assert [row.ratio is None for row in found.rows] == [False, False, True, True]
    assert all(row.fast is not None for row in found.rows)


def test_bench__compares_a_fused_function_with_both_parts():
    (row,) = bench(LOOPS, problems("svm_loss", "n8c4_m1"), Settings(layer="svm_loss", repeats=1)).rows
    assert (row.function, row.part, row.gflops) == ("svm_loss", "both", None)
    assert row.ratio is not None


def subject(forward, backward):
    (found,) = PAIR.subjects({"relu_forward": forward, "relu_backward": backward})
    return found


def test_bench__times_only_the_functions(monkeypatch):
    now = [0.0]
    monkeypatch.setattr("gradcheck.calling.time", SimpleNamespace(perf_counter=lambda: now[0]))

    def after(seconds, function):
        def later(*arguments, **options):
            now[0] += seconds
            return function(*arguments, **options)

        return later

    found = subject(after(1, fast.relu_forward), after(2, fast.relu_backward))
    around = replace(found, forward=after(100, found.forward))
    (problem,) = problems("relu", "n2d3")
    assert Contender(around, problem.case)() == {"forward": 1, "backward": 2}


def test_failing_backward__leaves_forward_its_time():
    def stub(dout, cache):
        pass

    (problem,) = problems("relu", "n2d3")
    contender = Contender(subject(fast.relu_forward, stub), problem.case)
    assert [set(contender()), set(contender())] == [{"forward"}] * 2
    assert contender.why == {"backward": "relu_backward returned None; expected dx"}


def test_failing_forward__is_not_called_again():
    calls = []

    def broken(x):
        calls.append(x)
        return x[99], None

    (problem,) = problems("relu", "n2d3")
    contender = Contender(subject(broken, fast.relu_backward), problem.case)
    assert [contender(), contender()] == [{}, {}]
    assert len(calls) == 1
    assert "IndexError" in contender.why["backward"]


def test_wrong_result__is_reported_where_arithmetic_is_exact(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "wrong.py").write_text(
        "from gradcheck import fast\n\n\n"
        "def relu_forward(x):\n    out, cache = fast.relu_forward(x)\n    return out, cache\n\n\n"
        "def relu_backward(dout, cache):\n    return 2 * fast.relu_backward(dout, cache)\n"
    )
    found = bench("wrong.py", problems("relu", "n4d5"), Settings(layer="relu", repeats=1))
    assert [row.equal for row in found.rows] == [True, False]


def test_result_check__is_left_out_where_results_are_rounded():
    found = bench("gradcheck.naive", problems("tanh", "n4d5"), Settings(layer="tanh", repeats=1))
    assert [row.equal for row in found.rows] == [None, None]


@pytest.mark.parametrize(
    ("target", "layer", "error", "why"),
    [
        ("nowhere", "conv2d", LoadError, "nowhere"),
        ("gradcheck.naive", "relu", ValueError, "none of these problems is of the layer relu"),
        ("json", "conv2d", ValueError, "json: nothing in it that any dialect knows"),
    ],
)
def test_bench__refuses_what_cannot_be_compared(target, layer, error, why):
    with pytest.raises(error, match=why):
        bench(target, read("course"), Settings(layer=layer))


def test_ratios_have_a_geometric_mean():
    def row(ratio):
        return Row(function="f", layer="relu", geometry="n1d1", count=1, part="forward", ratio=ratio)

    assert mean_ratio([row(2.0), row(None), row(8.0)]) == pytest.approx(4.0)
    assert mean_ratio([row(None)]) is None


def test_bench__uses_the_numbers_of_the_case():
    (problem,) = problems("relu", "n2d3")
    seen = []

    def keep(x):
        seen.append(x)
        return fast.relu_forward(x)

    Contender(subject(keep, fast.relu_backward), problem.case.but(dtype="float32"))()
    assert seen[0].dtype == np.float32
    assert seen[0].shape == (2, 3)
