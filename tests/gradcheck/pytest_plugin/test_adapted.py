"""The plugin with an adapter: by its option, by the table, and in a test's fixture."""

import pytest

from tests.gradcheck.pytest_plugin.conftest import LAYERS, QUICK, RIGHT, WRONG_BIAS

ADAPTER = """
import theirs

def affine_forward(x, w, b):
    return theirs.dense(x, w, b)

def affine_backward(dout, cache):
    return theirs.dense_gradients(dout, cache)
"""


@pytest.fixture
def project(pytester):
    """Be in a project with a layer in other names, and an adapter."""

    def written(code=RIGHT):
        text = (
            LAYERS.format(**code)
            .replace("affine_forward", "dense")
            .replace("affine_backward", "dense_gradients")
        )
        (pytester.path / "theirs.py").write_text(text)
        (pytester.path / "adapter.py").write_text(ADAPTER)
        return pytester

    return written


def test_option__judges_what_the_adapter_defines(project):
    found = project().runpytest_inprocess(
        *QUICK, "--gradcheck", "theirs.py", "--gradcheck-adapter", "adapter.py", "-v"
    )
    assert found.ret == 0
    found.stdout.fnmatch_lines(["*theirs.py::affine-backward-gradient[[]dw] PASSED*"])
    assert "relu" not in found.stdout.str()


@pytest.mark.slow
def test_failure__has_a_replay_line_with_the_adapter(project):
    found = project(WRONG_BIAS).runpytest_inprocess(
        *QUICK, "--gradcheck", "theirs.py", "--gradcheck-adapter", "adapter.py"
    )
    assert found.ret == 1
    found.stdout.fnmatch_lines(["*again*gradcheck replay theirs.py*--adapter adapter.py"])


@pytest.mark.slow
def test_table__names_the_adapter(project):
    pytester = project(WRONG_BIAS)
    pytester.makepyprojecttoml('[tool.gradcheck]\nadapter = "adapter.py"\n')
    found = pytester.runpytest_inprocess(*QUICK, "--gradcheck", "theirs.py", "-v")
    found.stdout.fnmatch_lines(["*theirs.py::affine-backward-gradient[[]db] FAILED*"])


def test_adapter_that_is_not_there__is_a_usage_error(project):
    found = project().runpytest_inprocess(
        *QUICK, "--gradcheck", "theirs.py", "--gradcheck-adapter", "nowhere.py"
    )
    assert found.ret == pytest.ExitCode.USAGE_ERROR
    found.stderr.fnmatch_lines(['*gradcheck: there is no adapter "nowhere.py"*'])


@pytest.mark.slow
def test_fixture__takes_an_adapter(project):
    pytester = project(WRONG_BIAS)
    pytester.makepyfile(
        """
        def test_layer(gradcheck_report):
            report = gradcheck_report("theirs.py", adapter="adapter.py", cases=0)
            assert [str(part.verdict) for part in report.parts()] == ["pass", "fail"]
        """
    )
    pytester.runpytest_inprocess(*QUICK).assert_outcomes(passed=1)
