import json
import math
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from gradcheck import LAYERS, parse_case
from gradcheck.commands import main
from gradcheck.diagnosis.results import truth
from gradcheck.diagnosis.seeing import Sight
from gradcheck.evidence.trial import Trial
from gradcheck.judging.matrix import subject_of
from gradcheck.layers import BY_NAME
from gradcheck.layers.cases import cases_for
from gradcheck.mistakes.catalogue import MUTANTS
from gradcheck.report import Finding, Severity, Verdict
from gradcheck.reporting import working
from gradcheck.reporting.picture import as_text, drawing


def gradcheck(*arguments):
    return CliRunner().invoke(main, list(arguments))


def test_mistake__is_explained_with_a_small_case_drawn():
    told = gradcheck("explain", "max_pool2d.backward.overlap-overwritten")
    assert told.exit_code == 0
    assert told.stdout.startswith("overlap-overwritten    (max_pool2d, backward)\n\nWhere windows overlap, ")
    assert "  wrong  left + j * dilation_w] = dout[n, c, oh, ow]\n" in told.stdout
    assert "\nA small case: max_pool2d n1c1h" in told.stdout
    assert "*" in told.stdout.split("dx, with the mistake")[1]


def test_mistake_name__stands_for_every_layer_that_has_it():
    layers = [mutant.layer for mutant in MUTANTS if mutant.name == "bias-missing"]
    assert len(layers) > 1
    told = gradcheck("explain", "bias-missing").stdout
    assert all(f"bias-missing    ({layer}, forward)" in told for layer in layers)


def test_check__is_explained():
    told = gradcheck("explain", "ties").stdout
    assert told.startswith(
        "ties: At a tie or a kink backward returns a gradient from one of the two sides, or one between them.\n\n"
    )
    assert told.endswith("It judges: backward.\n")


def test_unknown_name__is_exit_2_and_lists_the_known_ones():
    result = gradcheck("explain", "no-such-thing")
    assert result.exit_code == 2
    assert "there is no mistake, check or layer 'no-such-thing'; there are " in result.stderr


@pytest.mark.parametrize("mutant", MUTANTS[::40], ids=str)
@pytest.mark.sample(every=40)
def test_mistakes__can_all_be_explained(mutant):
    assert gradcheck("explain", str(mutant)).exit_code == 0


@pytest.mark.slow
def test_kill_matrix__is_rendered_in_three_formats():
    rows = json.loads(gradcheck("mutants", "--layer", "dropout", "--format", "json").stdout)["mutants"]
    assert {"name", "layer", "part", "killed_by", "cases"} <= set(rows[0])
    assert {row["layer"] for row in rows} == {"dropout"}
    text = gradcheck("mutants", "--layer", "dropout").stdout
    assert f"{len(rows)} of {len(rows)} mutants killed, after 1 cases in the median; seed 0; " in text
    markdown = gradcheck("mutants", "--layer", "dropout", "--format", "markdown").stdout.splitlines()
    assert markdown[0] == "# The kill matrix"
    assert "| layer | part | mutant | killed by | cases | ms |" in markdown
    assert sum(line.startswith("| dropout |") for line in markdown) == len(rows)


PICTURE = """\
x  1x1x2x2
    [0, 0]     .    .    .
               .  [1]  [2]
               .  [3]  [4]
w  1x1x2x2
    [0, 0]   [1]  [1]
             [1]  [1]
b  1
    [0]
out, as it should be  1x1x2x2
    [0, 0]    1   3
              4  10
out, as your function gives it  1x1x2x2
    [0, 0]    1   3
              4   7*

out[0, 0, 1, 1] is the sum of:
  x[0, 0, 0, 0] * w[0, 0, 0, 0] = 1 * 1 = 1
  x[0, 0, 0, 1] * w[0, 0, 0, 1] = 2 * 1 = 2
  x[0, 0, 1, 0] * w[0, 0, 1, 0] = 3 * 1 = 3
  x[0, 0, 1, 1] * w[0, 0, 1, 1] = 4 * 1 = 4
  b[0] = 0
out[0, 0, 1, 1] should be 10; your function gives 7
which is the sum without x[0, 0, 1, 0] * w[0, 0, 1, 0] = 3 * 1 = 3"""


def seen_of(line, tensor, index, right, given, **inputs):
    right = np.array(right, float)
    got = right.copy()
    got[index] = given
    finding = Finding(
        check="output",
        severity=Severity.FAULT,
        verdict=Verdict.FAIL,
        message="",
        tensor=tensor,
        index=index,
        got=float(given),
        expected=float(right[index]),
    )
    return Sight(parse_case(line, LAYERS), finding, got, right, inputs)


def test_drawing__shows_the_padding_the_window_each_product_and_the_wrong_entry():
    x, w = np.arange(1.0, 5).reshape(1, 1, 2, 2), np.ones((1, 1, 2, 2))
    line = "conv2d n1c1h2w2_f1kh2kw2_s1x1_p1-0x1-0_d1x1_g1"
    seen = seen_of(line, "out", (0, 0, 1, 1), [[[[1, 3], [4, 10]]]], 7, x=x, w=w, b=np.zeros(1))
    told = as_text(drawing(seen)).splitlines()
    assert [each.split() for each in told] == [each.split() for each in PICTURE.splitlines()]


def test_drawing__is_left_out_for_a_large_case():
    seen = seen_of(
        "affine n9d9_m1", "out", (0, 0), np.zeros((9, 1)), 1, x=np.zeros((9, 9)), w=np.zeros((9, 1))
    )
    assert "(too large to draw)" in as_text(drawing(seen))


@pytest.mark.parametrize(
    "layer",
    [
        *working._TAPS,
        "layer_norm",
        "rms_norm",
        "batch_norm",
        "group_norm",
        "instance_norm",
        "spatial_batch_norm",
    ],
)
def test_working__adds_up_to_the_right_entry(layer):
    for case in cases_for(subject_of(layer, BY_NAME[layer].ours.fast), 0, 0):
        trial = Trial(subject_of(layer, BY_NAME[layer].ours.fast), case)
        if math.prod(case.output_shape) * working._window(case) > 4000:
            continue
        for part in ("forward", "backward"):
            for tensor, right in truth(trial, part).arrays.items():
                for index in list(np.ndindex(right.shape))[:: max(1, right.size // 4)]:
                    found = value_of(case, trial, part, tensor, index)
                    if found is not None:
                        assert found == pytest.approx(right[index], rel=1e-6, abs=1e-9)


def value_of(case, trial, part, tensor, index):
    dout = trial.dout if part == "backward" else None
    if (written := working.formula(case, trial.tensors, dout, tensor, index)) is not None:
        return written[1]
    products = working.terms(case, trial.tensors, dout, tensor, index)
    if products is None:
        return None
    values = [term.value for term in products]
    return sum(values)


@pytest.mark.parametrize("layer", ["softmax_loss", "svm_loss"])
def test_working_of_a_loss__is_its_gradient(layer):
    subject = subject_of(layer, BY_NAME[layer].ours.fast)
    for case in cases_for(subject, 0, 0):
        trial = Trial(subject, case)
        right = Trial(subject, case).reference.gradients(np.ones(()))["x"]
        for index in np.ndindex(right.shape):
            written = working.formula(case, trial.tensors, np.ones(()), "dx", index)
            assert written[1] == pytest.approx(right[index], rel=1e-6, abs=1e-9)


EXAMPLE = str(Path(__file__).parents[3] / "examples" / "cs231n_layers.py")


def test_case_of_a_file__is_drawn():
    told = gradcheck("explain", EXAMPLE, "max_pool2d n1c1h2w3_k1x2_s1x1_p0x0_d1x1 float64 seed=0")
    assert told.exit_code == 0
    assert "max_pool2d · backward · dx    (max_pool_backward_naive)\n" in told.stdout
    assert "\nwhere: only where windows overlap\n" in told.stdout
    assert (
        "\ndx[0, 0, 0, 1] is the sum of:\n  dout[0, 0, 0, 0] = -4\n  dout[0, 0, 0, 1] = -5\n" in told.stdout
    )


def test_case_without_a_failure__is_said_to_be_right():
    told = gradcheck("explain", EXAMPLE, "affine n2d3_m2 float64 seed=0")
    assert told.stdout.endswith("x 2x3, w 3x2, b 2\n\nNothing is wrong on this case.\n")


def test_case_of_a_file_that_cannot_be_judged__is_exit_2(tmp_path):
    stub = tmp_path / "empty.py"
    stub.write_text("x = 1\n")
    told = gradcheck("explain", str(stub), "affine n2d3_m2 float64 seed=0")
    assert told.exit_code == 2
    assert "NOT JUDGED" in told.output
