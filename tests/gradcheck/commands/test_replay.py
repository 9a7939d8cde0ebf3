import json
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from gradcheck.commands import main

ROOT = Path(__file__).parents[3]
EXAMPLE = str(ROOT / "examples" / "cs231n_layers.py")

MISTAKES = """
import numpy as np
from gradcheck.fast import *
from gradcheck import fast


def sigmoid_backward(dout, cache):
    return 1.001 * fast.sigmoid_backward(dout, cache)


def identity_backward(dout, cache):
    return dout.ravel()


def relu_backward(dout, x):
    return dout.ravel(order="K").reshape(x.shape) * (x > 0)


def relu_forward(x):
    return np.where(x > 0, x, 0), x


def softmax_loss_forward(x, y):
    p = np.exp(x) / np.exp(x).sum(axis=1, keepdims=True)
    return -np.log(p[range(len(y)), y]).sum() / max(len(y), 1), (p, y)


def tanh_forward(x):
    x[0]
    return fast.tanh_forward(x)


def avg_pool2d_forward(x, **options):
    try:
        return fast.avg_pool2d_forward(x, **options)
    except ValueError:
        return np.zeros((1, 1, 0, 0)), None


def flatten_forward(x):
    out, cache = fast.flatten_forward(x)
    return out.astype(np.float64), cache


def leaky_relu_forward(x, *, slope):
    return fast.leaky_relu_forward(x, slope=slope)[0], (x, slope)


def leaky_relu_backward(dout, cache):
    x, slope = cache
    return dout * np.select([x > 0, x < 0], [1.0, slope], default=9.0).astype(x.dtype)
"""
OWN = ("--in-process", "--dialect", "pair")
"""The suite's own naming promises the most: everything that it does not keep is a fault."""

KINDS = [
    ("sigmoid", "gradient", ""),
    ("identity", "shapes", ""),
    ("relu", "layout", ""),
    ("relu", "special", "fill=nan"),
    ("softmax_loss", "large", "fill=large"),
    ("tanh", "empty", "n0"),
    ("avg_pool2d", "refusal", "h2w4_k3x2"),
    ("flatten", "dtype", "float32"),
    ("leaky_relu", "ties", "fill=ties"),
]


def gradcheck(*arguments):
    """Run the command in this process."""
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def findings(*arguments):
    """Return the findings of a run, each with its function."""
    told = json.loads(gradcheck(*arguments, "--format", "json").stdout)
    return [
        {"function": part["function"], **finding}
        for target in told["targets"]
        for part in target["parts"]
        for finding in part["findings"]
    ]


@pytest.fixture
def mistakes(tmp_path):
    """Return the path of a file with a mistake of each kind, a blank in its name."""
    path = tmp_path / "my layers.py"
    path.write_text(MISTAKES)
    return path


def seen_of(finding):
    """Return what must be seen again; where the wrong entries lie was told of a larger case, before it was shrunk."""
    return {
        key: finding[key]
        for key in ("function", "check", "tensor", "case", "message", "index", "got", "expected")
    }


@pytest.mark.slow
@pytest.mark.parametrize(("layer", "check", "word"), KINDS)
@pytest.mark.sample(every=4)
def test_replayed_finding__is_just_as_it_was(mistakes, layer, check, word):
    how = (*OWN, "--promise", "dtype,empty,refusal")
    seen = [
        finding
        for finding in findings("verify", mistakes, *how, "--layer", layer, "--cases", 2)
        if finding["check"] == check and finding["severity"] == "fault"
    ]
    assert seen
    assert word in seen[0]["case"]
    for finding in seen:
        assert seen_of(finding) in map(seen_of, findings("replay", mistakes, finding["case"], *how))


def test_replay_line__works_when_pasted(mistakes):
    how = ("--in-process", "--layer", "sigmoid", "--cases", 2, "--dialect", "pair")
    printed = gradcheck("verify", mistakes, *how).stdout
    line = next(line for line in printed.splitlines() if line.startswith("  again"))
    again = gradcheck(*shlex.split(line)[2:])
    assert again.exit_code == 1
    assert again.stdout.splitlines()[:5] == printed.splitlines()[:5]
    assert line in again.stdout


@pytest.mark.slow
def test_replay__runs_only_that_case():
    told = gradcheck("replay", EXAMPLE, "svm_loss n2c4_m1 float64 seed=0", "--format", "json").stdout
    parts = json.loads(told)["targets"][0]["parts"]
    assert [part["cases"] for part in parts] == [1, 1]


@pytest.mark.slow
def test_replay_line__works_without_its_quotes():
    assert gradcheck("replay", EXAMPLE, *["svm_loss", "n2c4_m1", "float64", "seed=1"]).exit_code == 1


@pytest.mark.slow
def test_checks_can_be_chosen():
    result = gradcheck("replay", EXAMPLE, "svm_loss n2c4_m1 float64 seed=0", "--check", "dtype")
    assert result.exit_code == 0


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("nonsense", "a case line begins with a layer and its geometry; got 'nonsense'.\n"),
        ("conv2d n1c1", "the geometry 'n1c1' does not have the form n{n}c{c}h{h}w{w}_f{f}"),
        ("relu n2d3 float80", "'float80' is not a dtype (float64, float32, float16), fill=NAME (plain, "),
        ("conv2d n1c1h3w3_f1kh1kw1_s0x0_p0x0_d1x1_g1", "means nothing: a number in it must not be 0."),
        ("relu n99999d99999", "the case 'relu n99999d99999' is too large to run."),
        ("relu n1d1 seed=99999999999999", "is too large to run."),
    ],
)
def test_invalid_replay_line__is_exit_2(line, message):
    result = gradcheck("replay", EXAMPLE, line)
    assert result.exit_code == 2
    assert message in result.stderr


@pytest.mark.slow
def test_replay_of_an_undefined_layer__is_exit_2():
    result = gradcheck("replay", EXAMPLE, "tanh n2d3 float64 seed=0")
    assert result.exit_code == 2
    assert "  it defines none of the layers tanh\n" in result.stdout
    assert f"`gradcheck verify {EXAMPLE}`" in " ".join(result.stdout.split())


def test_replay_of_an_inexpressible_case__is_exit_2():
    result = gradcheck("replay", EXAMPLE, "conv2d n1c1h3w3_f1kh1kw1_s1x1_p0x0_d2x2_g1 float64 seed=0")
    assert result.exit_code == 2
    assert (
        "  no check runs on this case: cs231n code cannot express it, or no check asks for it\n"
        in result.stdout
    )
