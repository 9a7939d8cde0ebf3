import json

import numpy as np
import pytest
from click.testing import CliRunner

from gradcheck.commands import main
from gradcheck.mistakes.catalogue import MUTANTS
from gradcheck.reporting.picture import worked


def gradcheck(*arguments):
    return CliRunner().invoke(main, list(arguments))


def test_mistake__is_explained_with_the_smallest_case_drawn():
    told = gradcheck("explain", "max_pool2d.backward.overlap-overwritten")
    assert told.exit_code == 0
    assert told.stdout.startswith("overlap-overwritten    (max_pool2d, backward)\n\nWhere windows overlap, ")
    assert "  wrong  left + j * dilation_w] = dout[n, c, oh, ow]\n" in told.stdout
    assert "\nThe smallest case: max_pool2d n1c1h" in told.stdout
    assert "*" in told.stdout.split("dx, with the mistake")[1]


def test_mistake_name__stands_for_every_layer_that_has_it():
    layers = [mutant.layer for mutant in MUTANTS if mutant.name == "bias-missing"]
    assert len(layers) > 1
    told = gradcheck("explain", "bias-missing").stdout
    assert all(f"bias-missing    ({layer}, forward)" in told for layer in layers)


def test_check__is_explained():
    told = gradcheck("explain", "ties").stdout
    assert told.startswith("ties: At a tie or a kink backward returns a subgradient.\n\nWhich of several")
    assert told.endswith("It judges: backward.\n")


def test_unknown_name__is_exit_2_and_lists_the_known_ones():
    result = gradcheck("explain", "no-such-thing")
    assert result.exit_code == 2
    assert "there is no mistake, check or layer 'no-such-thing'; there are " in result.stderr


@pytest.mark.parametrize("mutant", MUTANTS[::40], ids=str)
def test_mistakes__can_all_be_explained(mutant):
    assert gradcheck("explain", str(mutant)).exit_code == 0


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
x  1x1x3x3
    [0, 0]    .    .    .
              .  [1]  [2]
              .  [3]  [4]
out, as it should be  1x1x2x2
    [0, 0]   0  1
             0  9
out, with the mistake  1x1x2x2
    [0, 0]   0   1
             0   7*"""


def test_drawing__shows_the_padding_the_window_and_the_wrong_entry():
    params = {"kernel": (2, 2), "stride": (1, 1), "pad": ((1, 0), (1, 0)), "h": 2, "w": 2}
    right = np.array([[[[0.0, 1], [0, 9]]]])
    got = right.copy()
    got[0, 0, 1, 1] = 7
    x = np.arange(1.0, 5).reshape(1, 1, 2, 2)
    assert [line.split() for line in worked(params, {"x": x}, None, "out", got, right).splitlines()] == [
        line.split() for line in PICTURE.splitlines()
    ]


def test_drawing__is_left_out_for_a_large_case():
    x = np.zeros((9, 9))
    assert "(too large to draw)" in worked({}, {"x": x}, None, "out", x[:1, :1] + 1, x[:1, :1])
