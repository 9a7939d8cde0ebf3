"""An adapter's function as a kernel."""

import json
import shlex

import pytest
from click.testing import CliRunner

from gradcheck.commands import main
from tests.gradcheck.adapters.conftest import ADAPTER

PROBLEM = "conv2d n2c3h5w4_f2kh3kw3_s1x1_p1x1_d1x1_g1"


def ran(*words, problem=PROBLEM):
    return CliRunner().invoke(
        main, ["kernel", *words, "--dtype", "float64", "--problem", problem, "--check", "exact"]
    )


@pytest.mark.parametrize(
    ("target", "module"),
    [
        ("mylib", "mylib.layers"),
        ("mylib.layers", "mylib.layers"),
        ("./mylib", "mylib.layers"),
        ("student.py", "student"),
        ("student.py", "submission"),
        ("student.py:conv2d_forward", "student"),
        ("student.py:conv2d_forward,conv2d_backward", "student"),
    ],
)
@pytest.mark.sample(every=3)
def test_right_kernel__passes_through_an_adapter(folder, target, module):
    (folder / "adapter.py").write_text(ADAPTER.format(module=module))
    result = ran(target, "--adapter", "adapter.py")
    assert result.exit_code == 0, result.output
    assert "1 problem of conv2d in float64: 1 pass" in result.stdout


@pytest.mark.slow
def test_wrong_kernel__fails_again_by_its_replay_line(folder, edit):
    edit("student.py", "images[window] += np.tensordot", "images[window] = np.tensordot")
    result = ran("student.py", "--adapter", "grading.py")
    assert result.exit_code == 1
    assert "conv2d · dx    FAIL    (exact)" in result.stdout
    (line,) = (each.split("again", 1)[1] for each in result.stdout.splitlines() if "  again  " in each)
    again = CliRunner().invoke(main, shlex.split(line)[1:])
    assert (again.exit_code, "--adapter grading.py" in line) == (1, True)


def test_bug_of_an_adapter__is_no_fault_of_the_kernel(folder, edit):
    edit("grading.py", "w.transpose(2, 3, 1, 0)", "w.transpose(2, 3)")
    result = ran("student.py", "--adapter", "grading.py", "--format", "json")
    (problem,) = json.loads(result.stdout)["problems"]
    assert (result.exit_code, problem["verdict"]) == (0, "inconclusive")
    assert "(grading.py:5)" in problem["outcomes"][0]["reason"]


@pytest.mark.slow
def test_adapter_without_the_function__is_refused(folder):
    result = ran("student.py:dense", "--adapter", "grading.py")
    assert result.exit_code == 2
    assert "grading.py has no function 'dense'" in result.stderr


@pytest.mark.slow
def test_pad__arrives_in_the_form_that_a_verification_passes(folder):
    (folder / "pairs.py").write_text(
        "import numpy as np\nfrom gradcheck.fast import conv2d_forward as ours\n\n"
        "def conv2d_forward(x, w, b, stride, pad):\n"
        "    (top, bottom), (left, right) = pad\n"
        "    return ours(x, w, b, stride=stride, pad=((top, bottom), (left, right)), dilation=(1, 1), groups=1)[0]\n"
    )
    uneven = "conv2d n2c3h5w4_f2kh3kw3_s1x2_p1-2x0-1_d1x1_g1"
    result = ran("student.py", "--adapter", "pairs.py", problem=uneven)
    assert "1 pass" in result.stdout, result.output
