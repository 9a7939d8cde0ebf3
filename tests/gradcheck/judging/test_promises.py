"""What an interface promises: empty batches and refusals are notes unless promised; others may be declared."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from gradcheck import fast, naive
from gradcheck.__main__ import main
from gradcheck.judging.plan import DECLARABLE, Plan
from gradcheck.judging.run import verify, verify_functions

LAYER = """
import numpy as np


def affine_forward(x, w, b=None):
    flat = np.stack([np.ravel(each) for each in x])  # no batch without samples
    return flat @ w + (0 if b is None else b), (x, w, b is None)


def affine_backward(dout, cache):
    x, w, unbiased = cache
    flat = np.stack([np.ravel(each) for each in x])
    return (dout @ w.T).reshape(x.shape), flat.T @ dout, None if unbiased else dout.sum(axis=0)


def max_pool2d_forward(x, **options):
    return np.zeros((1, 1)), None
"""


@pytest.fixture
def own(tmp_path):
    """Write a file whose affine layer takes no empty batch."""
    path = tmp_path / "own.py"
    path.write_text(LAYER)
    return str(path)


def parts_of(target, **options):
    (found,) = verify([target], Plan(layers=("affine",), cases=2, **options)).targets
    return found.parts


def test_empty_batch__is_a_note_where_it_is_not_promised(own):
    forward, backward = parts_of(own)
    assert (forward.verdict, backward.verdict) == ("pass", "pass")
    assert [each.severity for each in forward.findings if each.check == "empty"] == ["note"]
    (skipped,) = [each for each in backward.checks if each.check == "empty"]
    assert skipped.verdict == "skip"
    assert skipped.reason.startswith("forward gives no output on its cases: affine_forward raised ValueError")


def test_empty_batch__is_a_fault_of_forward_alone_where_it_is_promised(own):
    forward, backward = parts_of(own, promised=("empty",))
    assert forward.verdict == "error"
    assert backward.verdict == "pass"


@pytest.mark.parametrize("package", [naive, fast])
def test_naive_and_fast__promise_everything(package):
    def backward(dout, cache):
        return package.relu_backward(dout, cache) * (len(dout) / len(dout))

    functions = {"relu_forward": package.relu_forward, "relu_backward": backward}
    (target,) = verify_functions(functions, Plan(checks=("empty",), cases=0, dialect="pair")).targets
    assert [part.verdict for part in target.parts] == ["pass", "error"]
    other = {**functions, "relu_forward": lambda x: package.relu_forward(x)}
    (target,) = verify_functions(other, Plan(checks=("empty",), cases=0, dialect="pair")).targets
    assert [part.verdict for part in target.parts] == ["pass", "pass"]


def test_declared_check__is_a_note_that_says_so(own):
    def crooked(x):
        return np.maximum(x, 0).astype(float), x

    def backward(dout, x):
        return np.where(x > 0, dout, 0)

    functions = {"relu_forward": crooked, "relu_backward": backward}
    plan = Plan(cases=2, dialect="pair", promised=("dtype",))
    (target,) = verify_functions(functions, plan).targets
    assert target.parts[0].verdict == "fail"
    (target,) = verify_functions(functions, Plan(cases=2, dialect="pair", declared=("dtype",))).targets
    assert target.parts[0].verdict == "pass"
    (said,) = [each.message for each in target.parts[0].findings if each.check == "dtype"]
    assert said.startswith("declared not to hold: out has dtype float64")


def test_plan__refuses_what_cannot_be_promised_or_declared():
    for options, said in (
        ({"promised": ("emty",)}, "there is no check 'emty' (did you mean empty?)"),
        ({"declared": ("gradient",)}, "there is no check to declare 'gradient'"),
        ({"declared": ("repeatble",)}, "did you mean repeatable?"),
        ({"declared": ("empty",), "promised": ("empty",)}, "'empty' is promised and declared not to hold"),
    ):
        with pytest.raises(ValueError, match="check") as refused:
            Plan(**options).refuse_unknown()
        assert said in str(refused.value)
    assert not {"implemented", "shapes", "output", "gradient", "linear", "independent"} & set(DECLARABLE)


def gradcheck(*arguments):
    return CliRunner().invoke(main, [str(each) for each in arguments])


@pytest.mark.slow
@pytest.mark.diagnosed
def test_options__change_the_verdict_and_are_repeated_by_the_replay_line(own):
    how = (own, "--in-process", "--layer", "affine", "--cases", 1)
    assert gradcheck("verify", *how).exit_code == 0
    failing = gradcheck("verify", *how, "--promise", "empty", "--declare", "alias,cache")
    assert failing.exit_code == 1
    (line,) = [each for each in failing.output.splitlines() if "gradcheck replay" in each]
    assert " --promise empty --declare alias,cache --in-process" in line
    case = line.split('"')[1]
    assert gradcheck("replay", own, case, "--in-process").exit_code == 0
    again = gradcheck("replay", own, case, "--in-process", "--promise", "empty", "--format", "json")
    assert again.exit_code == 1
    assert json.loads(again.output)["targets"][0]["promised"] == ["empty"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--promise", "emty"), "did you mean empty?"),
        (("--declare", "gradient"), "there is no check to declare 'gradient'"),
        (("--declare", "empty", "--promise", "empty"), "--promise empty contradicts --declare empty"),
    ],
)
def test_invalid_option__is_exit_2(own, options, said):
    refused = gradcheck("verify", own, *options)
    assert refused.exit_code == 2
    assert said in refused.output
