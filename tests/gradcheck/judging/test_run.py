import sys

import numpy as np
import pytest

from gradcheck import LAYERS, Plan, fast, parse_case, verify, verify_functions
from gradcheck.calling.quiet import quiet
from gradcheck.judging import target

RELU = """
import numpy as np
def relu_forward(x):
    return np.maximum(x, 0), x
def relu_backward(dout, x):
    return dout * (x > 0)
"""


def verdict_of(tmp_path, text, **plan):
    file = tmp_path / "layers.py"
    file.write_text(text)
    return verify([str(file)], Plan(**plan)).targets[0]


def test_right_file__passes_with_its_miss_bound(tmp_path):
    target = verdict_of(tmp_path, RELU)
    assert target.verdict == "pass"
    forward, backward = target.parts
    assert (forward.miss_bound, forward.cases > 10) == (None, True)
    assert 0 < backward.miss_bound <= 1e-9


@pytest.mark.slow
@pytest.mark.diagnosed
def test_verify__finds_the_same_twice(tmp_path):
    text = RELU.replace("(x > 0)", "(x > 1)")
    once, again = (verdict_of(tmp_path, text, seed=5).parts for _ in range(2))
    assert [part.findings for part in once] == [part.findings for part in again]
    assert once[1].verdict == "fail"


@pytest.mark.diagnosed
def test_failing_case__fails_again_by_itself(tmp_path):
    text = RELU.replace("(x > 0)", "(x > 1)")
    (finding,) = [f for f in verdict_of(tmp_path, text).parts[1].findings if f.check == "gradient"]
    alone = verdict_of(tmp_path, text, only=parse_case(finding.case, LAYERS))
    assert (finding.case, finding.index, finding.got, finding.expected) in [
        (again.case, again.index, again.got, again.expected) for again in alone.parts[1].findings
    ]


def test_plan__runs_only_the_chosen_checks_and_layers(tmp_path):
    target = verdict_of(tmp_path, RELU, checks=("gradient", "output"), layers=("relu",), cases=0)
    assert [[check.check for check in part.checks] for part in target.parts] == [["output"], ["gradient"]]
    assert verdict_of(tmp_path, RELU, layers=("conv2d",)).error == "it defines none of the layers conv2d"


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        (
            {"layers": ("conv",)},
            "there is no layer 'conv' \\(did you mean conv1d, conv2d or conv3d\\?\\); there are affine, relu, ",
        ),
        (
            {"checks": ("grad",)},
            "there is no check 'grad' \\(did you mean gradient\\?\\); there are implemented, shapes, ",
        ),
        ({"dialect": "keras"}, "there is no dialect 'keras'; there are cs231n, "),
    ],
)
def test_unknown_name__is_refused_with_the_known_ones(plan, message):
    with pytest.raises(ValueError, match="^" + message):
        verify(["gradcheck.naive"], Plan(**plan))


def test_file_of_no_dialect__is_an_error(tmp_path):
    target = verdict_of(tmp_path, "def blend(x): pass\n")
    assert target.verdict == "error"
    assert target.error.startswith(
        "nothing in it that any dialect knows. Looked for: cs231n: affine_forward, "
    )


def test_undefined_backward__is_missing(tmp_path):
    forward, backward = verdict_of(tmp_path, RELU.replace("relu_backward", "backward")).parts
    assert forward.verdict == "pass"
    assert backward.verdict == "missing"
    assert backward.findings[0].message == "relu_backward is not defined"


def test_output_of_a_subject__is_not_our_output(tmp_path, capfd):
    noisy = RELU.replace(
        "    return np.max",
        "    print('spam'); import sys; print('eggs', file=sys.stderr)\n    return np.max",
    )
    assert verdict_of(tmp_path, noisy, cases=0).verdict == "pass"
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "way", ["raise SystemExit(0)", "import sys; sys.exit(3)", "raise BaseException('no')"]
)
def test_subject_that_exits__is_an_error(tmp_path, way):
    target = verdict_of(tmp_path, RELU.replace("    return dout", f"    {way}\n    return dout"), cases=0)
    assert [part.verdict for part in target.parts] == ["pass", "error"]


def test_global_random_state__is_left_alone(tmp_path):
    np.random.seed(1)
    before = np.random.get_state()[1].copy()
    verdict_of(
        tmp_path, RELU.replace("    return np.max", "    np.random.seed(0)\n    return np.max"), cases=0
    )
    assert np.array_equal(np.random.get_state()[1], before)


def test_quiet_gives_everything_back():
    streams = sys.stdout, sys.stderr
    with quiet(0):
        assert sys.stdout is not streams[0]
        np.log(np.zeros(1))
    assert (sys.stdout, sys.stderr) == streams
    with pytest.warns(RuntimeWarning):
        np.log(np.zeros(1))


@pytest.mark.diagnosed
def test_failure_that_cannot_be_explained__keeps_its_verdict_and_says_so(monkeypatch):
    def fails(*arguments, **options):
        raise KeyError("n")

    monkeypatch.setattr(target, "diagnosed", fails)
    report = verify_functions(
        {"relu_forward": fast.relu_forward, "relu_backward": lambda dout, cache: dout},
        Plan(hint="mistake", processes=1),
    )
    forward, backward = report.targets[0].parts
    assert (forward.verdict, backward.verdict) == ("pass", "fail")
    said = [finding.message for finding in backward.findings if finding.check == "convention"]
    assert said == ["why it fails could not be worked out (KeyError in the suite): please report this"]
