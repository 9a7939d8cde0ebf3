"""The corpus of `benchmarks/functions.py` is what it says, and the script counts what the checkers say of it."""

import argparse
import dataclasses
import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from functions_corpus.corpora import opened
from functions_corpus.labels import labelled
from functions_corpus.model import RIGHT, Edit, Function, Group, StaleEditError, elementwise, groups, normal
from functions_corpus.page import as_markdown, as_text
from functions_corpus.results import Result, Results

PATH = Path(__file__).parents[2] / "benchmarks" / "functions.py"
SCRIPT = runpy.run_path(str(PATH))
CORPUS = opened()
SLICE = CORPUS[::8]
JAX = 'jax is an extra: pip install -e ".[peers]"'


def smallest(function: Function) -> Group:
    return Group(function, min(function.sizes), function.dtypes[0], 0)


def options(*arguments: str) -> argparse.Namespace:
    return SCRIPT["parser"]().parse_args(arguments)


def expected(function: Function, dtype: str = "float64", size: int = 50) -> dict[str, str]:
    return {each.case.variant: each.expected for each in labelled(Group(function, size, dtype, 0))}


def test_corpus__is_as_wide_as_its_page_says():
    names = {(function.kind, function.name) for function in CORPUS}
    assert len(names) == len(CORPUS) >= 150
    assert all(len(function.variants) >= 4 for function in CORPUS if not function.is_random)
    assert {group.dtype for group in groups(CORPUS)} == {"float64", "float32", "float16"}
    assert {7, 1_000_000} <= {group.size for group in groups(CORPUS)}


@pytest.mark.parametrize("function", CORPUS, ids=lambda function: function.name)
def test_function__has_a_right_case_and_three_wrong_ones(function):
    found = expected(function, function.dtypes[0], sorted(function.sizes)[1])
    if function.is_random:
        assert found == {RIGHT: "doubt"}
    elif (
        function.name != "batch norm in one pass, mean 10000"
    ):  # what is wrong there drowns in rounding, or may
        assert found[RIGHT] == "pass"
        assert list(found.values()).count("fail") >= 3


@pytest.mark.parametrize("function", SLICE, ids=lambda function: function.name)
def test_right_gradient__is_the_derivative_by_jax(function):
    pytest.importorskip("jax", reason=JAX)
    from functions_corpus.reference import disagreements

    assert list(disagreements(smallest(function))) == []


def test_reference__notices_a_wrong_gradient():
    pytest.importorskip("jax", reason=JAX)
    from functions_corpus.reference import disagreements

    tanh = next(function for function in CORPUS if function.name == "tanh")
    wrong = dataclasses.replace(tanh, backward=tanh.variants["plus"])
    assert "gradient 0 at" in next(disagreements(smallest(wrong)))


def test_label__is_only_given_to_what_is_clearly_wrong():
    function = elementwise(
        "square",
        lambda x: x * x,
        lambda x: 2 * x,
        {
            "same": lambda x: x + x,
            "off by a thousandth": lambda x: 2.002 * x,
            "off by a hundredth": lambda x: 2.02 * x,
        },
        normal(),
        common=("stray", "sign", "column"),
    )
    assert expected(function) == {
        RIGHT: "pass",
        "off by a hundredth": "fail",
        "sign": "fail",
        "column": "fail",
    }


def test_label__of_float16_knows_its_rounding():
    function = elementwise(
        "line", lambda x: 3 * x, lambda x: 0 * x + 3, {"little": lambda x: 0 * x + 3.03}, normal(), common=()
    )
    assert expected(function) == {RIGHT: "pass", "little": "fail"}
    assert expected(function, "float16") == {RIGHT: "pass"}


def test_label__at_a_kink_lets_every_subgradient_be():
    function = elementwise(
        "relu",
        lambda x: np.maximum(x, 0),
        lambda x: (x > 0).astype(x.dtype),
        {
            "half": lambda x: (x > 0) + 0.5 * (x == 0),
            "two": lambda x: (x > 0) + 2.0 * (x == 0),
        },
        lambda rng, n: {"x": np.where(np.arange(n) % 5, rng.normal(size=n), 0)},
        common=(),
        stands_at_kinks=True,
    )
    assert expected(function) == {RIGHT: "pass", "two": "fail"}


def test_label__is_refused_where_rounding_eats_the_right_gradient():
    function = next(each for each in CORPUS if each.name == "batch norm in one pass, mean 10000")
    assert expected(function, "float32", 600) == {}


def test_edit__must_fit_exactly_once():
    def backward(dout, x):
        return dout * x * x

    with pytest.raises(StaleEditError, match="2 times"):
        Edit("* x", "").of(backward)
    assert Edit("x * x", "x").of(backward)(2.0, 3.0) == 6.0


def test_parts__are_disjoint_and_whole():
    parts = [{str(group) for group in SCRIPT["chosen"](options("--part", f"{k}/3"))} for k in (1, 2, 3)]
    assert set.union(*parts) == {str(group) for group in groups(CORPUS)}
    assert sum(len(part) for part in parts) == len(set.union(*parts))


def test_options__choose_and_limit():
    chosen = SCRIPT["chosen"](options("--only", "smooth/ta*", "--sizes", "7", "--dtypes", "float32"))
    assert {str(group) for group in chosen} == {
        "smooth/tanh:7:float32:0",
        "smooth/tanh:7:float32:1",
        "smooth/tangent:7:float32:0",
    }
    assert len(list(SCRIPT["cases"](options("--only", "smooth/*", "--limit", "5")))) == 5


@pytest.mark.parametrize(
    "name", ["smooth/tanh", "linear/matmul", "normalisation/log softmax", "losses/huber loss"]
)
@pytest.mark.sample(1)
def test_run__has_no_failure_on_plain_functions(name, tmp_path):
    path = tmp_path / "results.json"
    asked = (
        "--only",
        name,
        "--dtypes",
        "float64",
        "--sizes",
        "7",
        "12",
        "20",
        "--json",
        str(path),
        "--quiet",
    )
    results = SCRIPT["run"](options(*asked))
    assert [each.line() for each in results if each.is_failure] == []
    assert {each.expected for each in results} == {"pass", "fail"}
    assert list(Results.opened(path)) == list(results)


def test_judging_again__keeps_the_results_that_it_does_not_make_anew(tmp_path):
    path = tmp_path / "found.json"
    first = Results(path)
    for case in ("one", "two"):
        first.add(result(case=case, verdict="doubt"))
    first.save()
    again = Results.opened(path, again=("gradcheck",))
    assert not again.has("one", "gradcheck")
    again.add(result(case="one"))
    assert {each.case: each.verdict for each in again} == {"one": "pass", "two": "doubt"}


def test_corpus__can_be_another_file(tmp_path):
    path = tmp_path / "held.py"
    path.write_text(
        "from functions_corpus.model import elementwise, normal\n"
        "FUNCTIONS = (elementwise('double', lambda x: 2 * x, lambda x: 0 * x + 2, {}, normal(), sizes=(7,)),)\n"
    )
    assert {str(group) for group in SCRIPT["chosen"](options("--corpus", str(path)))} == {
        f"/double:7:{dtype}:0" for dtype in ("float64", "float32", "float16")
    }


def test_limit_of_time__is_no_verdict():
    def slow(x):
        while True:
            pass

    function = elementwise("slow", slow, lambda x: x, {}, normal())
    case = SCRIPT["Labelled"](next(smallest(function).cases()), {"x": np.ones(3)}, "pass")
    result = SCRIPT["judged"]("gradcheck", case.case, case.inputs, 0.2)[0]
    assert result.verdict == "none"
    assert "0.2 s" in result.reason


def result(**changes) -> Result:
    fields = {"case": "k/f:right:7:float64:0", "size": 7, "dtype": "float64", "checker": "gradcheck"}
    fields |= {"expected": "pass", "verdict": "pass", "reason": "", "seconds": 0.5, "plain": 0.01}
    return Result(**(fields | changes))


def test_page__counts_and_lists_the_failures():
    results = Results(None)
    results.add(result())
    results.add(result(case="k/f:sign:7:float64:0", expected="fail", plain=0.0))
    results.add(result(case="k/g:right:7:float64:0", verdict="doubt", reason="a | b", plain=0.0))
    page = as_markdown(results)
    assert "| `gradcheck.check_gradients` | 2 | 0 | 1 | 0 | 1 | 1 | 0 | 0 | 0 |" in page
    assert "| k/f:sign:7:float64:0 | fail | pass |  |" in page
    assert "a \\| b" in page
    assert "| `gradcheck.check_gradients` | 7 | 1 | 50 | 0.5 |" in page
    assert "check_gradients" in as_text(results)


@pytest.mark.slow
def test_script__ends_with_1_for_a_blunder():
    assert result(expected="fail").is_blunder
    assert result(verdict="fail").is_blunder
    assert not result(verdict="doubt").is_blunder
    command = [sys.executable, str(PATH), "--only", "smooth/tanh", "--sizes", "7", "--dtypes", "float64"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
