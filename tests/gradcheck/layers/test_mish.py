"""One layer from outside, end to end: Mish in its own file, right and wrong, on the command line and in pytest."""

import json
import math
import re
import shlex

import numpy as np
import pytest
from click.testing import CliRunner

from gradcheck import Plan, declare_layer, given_case, tensors, upstream, use_layers, verify
from gradcheck.commands import main
from gradcheck.judging import run
from gradcheck.layers.outside.axes import DeclarationError
from gradcheck.layers.outside.registry import given_from


def gradcheck(*arguments):
    return CliRunner().invoke(main, arguments)


def test_right_mish__passes_with_a_bound_on_the_miss(mish):
    result = gradcheck("verify", "right.py", "--layers", "mish.py", "--format", "json")
    assert result.exit_code == 0, result.output
    parts = json.loads(result.stdout)["targets"][0]["parts"]
    assert [(part["layer"], part["part"], part["verdict"]) for part in parts] == [
        ("mish", "forward", "pass"),
        ("mish", "backward", "pass"),
    ]
    assert 0 < parts[1]["miss_bound"] <= 1e-9
    assert parts[1]["cases"] > 15


@pytest.mark.slow
@pytest.mark.diagnosed
def test_wrong_mish__fails_with_a_line_that_replays_it(mish):
    result = gradcheck("verify", "wrong.py", "--layers", "mish.py")
    assert result.exit_code == 1
    assert "mish · backward · dx    FAIL" in result.stdout
    assert "\n  where " in result.stdout
    (again,) = re.findall(r"^  again +gradcheck (.*)$", result.stdout, flags=re.M)
    assert again.endswith(" --layers mish.py")
    replayed = gradcheck(*shlex.split(again))
    assert replayed.exit_code == 1
    worst = re.findall(r"^  worst entry .*$", result.stdout, flags=re.M)
    assert worst == re.findall(r"^  worst entry .*$", replayed.stdout, flags=re.M)


def gelu_by_tanh(x):
    return x * (1 + np.tanh(SLOPE * (x + CUBE * x**3))) / 2


SLOPE, CUBE = math.sqrt(2 / math.pi), 0.044715


def derivative(dout, x, sign=1.0):
    t = np.tanh(SLOPE * (x + CUBE * x**3))
    return dout * ((1 + t) / 2 + x * (1 - t * t) * SLOPE * (1 + sign * 3 * CUBE * x * x) / 2)


def test_layer_given_as_an_object__has_no_file_in_the_replay_line(mish):
    use_layers(*use_layers("mish.py"))
    assert given_from("mish") == "mish.py"
    use_layers(declare_layer(gelu_by_tanh, "x: n d", "smooth"))
    assert given_from("gelu_by_tanh") is None


@pytest.mark.slow
@pytest.mark.parametrize(("sign", "verdict"), [(1.0, "pass"), (-1.0, "fail")])
def test_tanh_form_with_a_sign_error__fails(judge, sign, verdict):
    layer = declare_layer(gelu_by_tanh, "x: n ...", "smooth")
    parts = judge(layer, lambda x: (gelu_by_tanh(x), x), lambda dout, x: derivative(dout, x, sign))
    assert (parts["forward"].verdict, parts["backward"].verdict) == ("pass", verdict)
    assert parts["backward"].miss_bound < 1e-9


@pytest.mark.slow
@pytest.mark.diagnosed
def test_failing_case__is_shrunk_to_what_one_can_learn_from(mish):
    use_layers("mish.py")
    (target,) = verify(["wrong.py"], Plan(checks=("gradient",))).targets
    (finding,) = target.parts[1].findings
    assert finding.case == "mish n2d1x1x2 float64 seed=183"


def test_reference_that_fails_on_one_case__is_named_by_the_command(mish):
    code = (
        (mish / "mish.py")
        .read_text()
        .replace("    return x", "    assert x.size < 500, 'too many'\n    return x")
    )
    (mish / "mish.py").write_text(code)
    result = gradcheck("replay", "right.py", "mish n9d100", "--layers", "mish.py")
    assert result.exit_code == 2
    assert (
        "mish: the reference raised AssertionError: too many on n9d100; it must return an output"
        in result.stderr
    )


def test_reference_that_fails_while_it_judges__is_exit_2(mish, monkeypatch):
    def failing(*arguments):
        raise DeclarationError("mish: the reference is not finite")

    monkeypatch.setattr(run, "verify", failing)
    result = gradcheck("verify", "right.py", "--layers", "mish.py")
    assert result.exit_code == 2
    assert result.stderr.endswith("Error: mish: the reference is not finite.\n")


@pytest.mark.slow
def test_two_processes__know_the_layers(mish):
    square = "declare_layer(lambda x: x * x, 'x: n d', 'quadratic', name='square')"
    (mish / "square.py").write_text(f"from gradcheck import declare_layer\nSQUARE = {square}\n")
    both = "\ndef square_forward(x): return x * x, x\ndef square_backward(dout, x): return 2 * x * dout\n"
    (mish / "right.py").write_text((mish / "right.py").read_text() + both)
    use_layers("mish.py", "square.py")
    report = verify(["right.py"], Plan(processes=2, cases=2, isolation="files"))
    assert report.verdict == "pass"
    assert {part.layer for part in report.parts()} == {"mish", "square"}


def test_list_and_explain__have_the_layer(mish):
    rows = json.loads(gradcheck("list", "layers", "--layers", "mish.py", "--format", "json").stdout)
    assert rows[-1] == {
        "name": "mish",
        "arithmetic": "smooth",
        "tensors": ["x"],
        "parameters": ["n", "dims"],
        "grammar": "n{n}d{dims}",
    }
    explained = gradcheck("explain", "mish", "--layers", "mish.py").stdout
    assert "mish_forward(x) returns out, cache" in explained
    assert "mish_backward(dout, cache) returns dx" in explained


def test_explain__has_the_layers_of_the_suite():
    explained = gradcheck("explain", "affine").stdout
    assert "affine_forward(x, w, b) returns out, cache" in explained
    assert "affine_backward(dout, cache) returns dx, dw, db" in explained


def test_option_layer__accepts_a_layer_of_the_option_layers(mish):
    unknown = gradcheck("verify", "--layer", "mish", "right.py")
    assert unknown.exit_code == 2
    assert "there is no layer 'mish'" in unknown.stderr
    result = gradcheck("verify", "--layer", "mish", "right.py", "--layers", "mish.py", "--cases", "1")
    assert result.exit_code == 0


def test_given_case__draws_cases_of_a_layer_that_nothing_else_knows():
    layer, seen = declare_layer(gelu_by_tanh, "x: n d", "smooth"), []

    @given_case(layer)
    def right(case):
        x = tensors(case)["x"]
        seen.append(x.shape)
        assert upstream(case).shape == x.shape

    right()
    assert len(set(seen)) > 2


@pytest.mark.slow
def test_pytest_replay__calls_a_test_of_the_layer_with_its_case(mish, pytester):
    (pytester.path / "mish.py").write_text((mish / "mish.py").read_text())
    pytester.makepyfile(
        """
        from mish import MISH
        from gradcheck import given_case

        @given_case(MISH)
        def test_case(case):
            assert str(case) == "mish n7d1 float64 seed=3"
        """
    )
    quick = ("-p", "gradcheck.pytest_plugin", "-p", "no:cacheprovider", "--gradcheck-layers", "mish.py")
    pytester.syspathinsert()
    run = pytester.runpytest_inprocess(*quick, "--gradcheck-replay", "mish n7d1 seed=3")
    run.assert_outcomes(passed=1)
    run = pytester.runpytest_inprocess(*quick)
    run.assert_outcomes(failed=1)
    run.stdout.fnmatch_lines(["*again: pytest --gradcheck-replay*mish n*--gradcheck-layers mish.py*"])


@pytest.mark.slow
def test_pytest_option__has_a_test_for_each_check(mish, pytester):
    for name in ("mish.py", "right.py", "wrong.py"):
        (pytester.path / name).write_text((mish / name).read_text())
    quick = ("-p", "gradcheck.pytest_plugin", "-p", "no:cacheprovider", "--gradcheck-cases", "1")
    run = pytester.runpytest_inprocess(
        *quick, "--gradcheck", "wrong.py", "--gradcheck-layers", "mish.py", "-v"
    )
    run.stdout.fnmatch_lines(["*mish-forward-output PASSED*", "*mish-backward-gradient?dx? FAILED*"])
    run.stdout.fnmatch_lines(["*again *gradcheck replay wrong.py *--layers mish.py"])
    (pytester.path / "pyproject.toml").write_text('[tool.gradcheck]\nlayers = ["mish.py"]\n')
    run = pytester.runpytest_inprocess(*quick, "--gradcheck", "right.py")
    assert run.ret == 0
    run.assert_outcomes(passed=30, skipped=12)
    (pytester.path / "pyproject.toml").write_text('[tool.gradcheck]\nlayers = ["gone.py"]\n')
    run = pytester.runpytest_inprocess(*quick, "--gradcheck", "right.py")
    run.stderr.fnmatch_lines(["*there is no file 'gone.py' with layers*"])
