"""What a project's own tests use: given_case, the fixtures, the marker, the profiles."""

import re

import pytest
from hypothesis import settings

from gradcheck import LAYERS, parse_case
from gradcheck.pytest_plugin import profiles

GIVEN = """
import numpy as np
from gradcheck import given_case, tensors, upstream
from gradcheck.fast import conv2d_backward, conv2d_forward
from hypothesis import settings
from hypothesis.database import DirectoryBasedExampleDatabase


@settings(max_examples=30, derandomize=False, database=DirectoryBasedExampleDatabase("kept"))
@given_case("conv2d", dtype="float32")
def test_wide(case):
    assert all(values.dtype == "float32" for values in tensors(case).values())
    out, _ = conv2d_forward(*tensors(case).values(), **case.options)
    assert out.shape == upstream(case).shape
    assert case.params["c"] < 2, "too many channels"


@given_case("relu")
def test_relu(case):
    assert False, f"seen {case}"


class TestMethod:
    @given_case("conv2d")
    def test_method(self, case, tmp_path_factory):
        assert tmp_path_factory.getbasetemp().is_dir()
        print(f"seen <{case}>")


def test_of_another_sort():
    pass
"""

PLAIN = ("-p", "gradcheck.pytest_plugin", "-p", "no:cacheprovider")


@pytest.fixture
def project(wrong):
    """Have tests of the project's own."""

    def write(code):
        wrong.makepyfile(test_mine=code)
        return lambda *arguments: wrong.runpytest_inprocess(*PLAIN, *arguments)

    return write


@pytest.mark.slow
def test_failing_case__is_printed_as_a_line_that_replays_it(project):
    run = project(GIVEN)
    result = run("-k", "wide")
    assert result.parseoutcomes()["failed"] == 1
    (line,) = set(re.findall(r'again: pytest --gradcheck-replay "(.*)"', result.stdout.str()))
    assert parse_case(line, LAYERS).params["c"] > 1
    assert f"case=<{line}>" in result.stdout.str()
    again = run("--gradcheck-replay", line)
    assert again.parseoutcomes() == {"failed": 1, "passed": 1, "deselected": 2}
    assert "too many channels" in again.stdout.str()


def test_replay__runs_that_very_case_and_no_other(project):
    line = "conv2d n1c1h2w2_f1kh1kw1_s1x1_p0x0_d1x1_g1 float32 seed=5"
    result = project(GIVEN)("--gradcheck-replay", line, "-s")
    assert result.parseoutcomes() == {"passed": 2, "deselected": 2}
    assert result.stdout.str().count("seen <") == 1
    assert f"seen <{line}>" in result.stdout.str()


@pytest.mark.slow
def test_hypothesis_keeps_a_failing_case(project, monkeypatch):
    run = project(GIVEN)
    first, second = (run("-k", "wide", "--hypothesis-show-statistics").stdout.str() for _ in range(2))
    assert re.findall("case=<.*>", first) == re.findall("case=<.*>", second)
    assert "during reuse phase" in second


@pytest.mark.slow
def test_replay_of_a_target__runs_the_checks_of_that_case(wrong, run):
    line = "affine n2d1_m1 float64 seed=0"
    result = run("--gradcheck-replay", line)
    assert result.parseoutcomes()["failed"] >= 1
    result.stdout.fnmatch_lines([f"  case            {line}"])
    assert "relu" not in result.stdout.str()


def test_unknown_layer__is_refused():
    from gradcheck import given_case

    with pytest.raises(
        ValueError,
        match=r"there is no layer 'conv4d' \(did you mean conv1d, conv2d or conv3d\?\); there are affine",
    ):
        given_case("conv4d")


REPORTS = """
import pytest
from layers import affine_backward, affine_forward, relu_forward, relu_backward


def mine(x):
    return relu_forward(x)


def test_a_target(gradcheck_report):
    report = gradcheck_report("layers.py", layer="affine", cases=1)
    assert [part.verdict for part in report.parts()] == ["pass", "fail"]


def test_functions(gradcheck_report):
    assert gradcheck_report(affine_forward, affine_backward, cases=1).verdict == "fail"
    assert gradcheck_report(mine, relu_backward, layer="relu", cases=1).verdict == "pass"


@pytest.mark.gradcheck(layer="relu", cases=1)
class TestMarked:
    def test_the_class_counts(self, gradcheck_report):
        assert {part.layer for part in gradcheck_report("layers.py").parts()} == {"relu"}

    @pytest.mark.gradcheck(layer="affine", checks=("output",))
    def test_the_test_counts_for_more(self, gradcheck_report):
        (forward, backward) = gradcheck_report("layers.py").parts()
        assert [check.check for check in forward.checks] == ["output"]
        assert forward.layer == "affine"


def test_problems(conv_problems):
    problems = conv_problems("course")
    assert problems
    assert {problem.case.layer.name for problem in problems} == {"conv2d"}
"""


def test_fixtures_and_marker__work_together(project):
    run = project(REPORTS)
    assert run("--strict-markers").parseoutcomes() == {"passed": 5}
    assert "test_problems" not in run("-m", "gradcheck", "--collect-only", "-q").stdout.str()


def test_marker_and_fixtures__are_described(project):
    run = project("")
    assert "gradcheck(layer=None, dialect=None, " in run("--markers").stdout.str()
    assert "conv_problems" in run("--fixtures").stdout.str()


PROFILE = """
from hypothesis import settings


def test_the_profile():
    now = settings.default
    print(f"<{now.max_examples} {now.derandomize} {now.database}>")
"""


@pytest.mark.slow
def test_nightly_profile__shares_its_examples(project, pytester, monkeypatch):
    monkeypatch.setenv("GRADCHECK_EXAMPLES", "kept")
    pytester.makepyfile(test_mine=PROFILE)
    result = pytester.runpytest_subprocess(*PLAIN, "-s", "--hypothesis-profile", "gradcheck-nightly")
    result.stdout.fnmatch_lines(["*<2000 False DirectoryBasedExampleDatabase(*kept*)>*"])


def test_pull_request_profile__repeats_itself():
    profiles.register()
    profile = settings.get_profile("gradcheck-pr")
    assert (profile.derandomize, profile.database) == (True, None)
