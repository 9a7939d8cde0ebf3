import json

import pytest
from click.testing import CliRunner

from gradcheck.commands import main

QUICK = ("--batch", "1", "--repeats", "1", "--budget", "0")


@pytest.fixture
def problem_file(tmp_path):
    path = tmp_path / "mine.txt"
    path.write_text(
        "conv2d n8c3h5w6_f2kh3kw3_s2x2_p1x1_d1x1_g1 out=3x3 count=7\n"
        "conv2d n8c2h5w6_f2kh3kw3_s1x1_p1x1_d1x1_g2 out=5x6\n"
    )
    return str(path)


def gradcheck(*arguments):
    return CliRunner().invoke(main, ["bench", *arguments])


def test_bench_table__has_the_machine_on_top_and_the_mean_below(problem_file):
    told = gradcheck(
        "gradcheck.naive", "--problems", problem_file, "--dtype", "float32", "--threads", "1", *QUICK
    )
    assert told.exit_code == 0
    lines = told.stdout.splitlines()
    assert "NumPy" in lines[0]
    assert lines[1].startswith(
        f"gradcheck.naive (pair) compared with fast; {problem_file}, float32, threads: 1; "
    )
    head = "function geometry count part ms quartiles GFLOP/s fast ms quartiles ratio"
    assert lines[3].split() == head.split()
    assert lines[4].split()[:4] == [
        "conv2d_forward",
        "n1c3h5w6_f2kh3kw3_s2x2_p1x1_d1x1_g1",
        "7",
        "forward",
    ]
    assert lines[-1].startswith("time against fast, geometric mean: forward ")


def test_bench_json__has_the_same_and_the_spread(problem_file):
    told = json.loads(
        gradcheck("gradcheck.naive", "--problems", problem_file, "--format", "json", *QUICK).stdout
    )
    assert told["schema"] == "gradcheck-bench/1"
    assert [row["part"] for row in told["rows"]] == ["forward", "backward"] * 2
    assert told["rows"][0].keys() >= {"geometry", "count", "times", "fast", "gflops", "ratio", "equal"}
    assert told["rows"][0]["times"].keys() == {"best", "lower", "median", "upper", "repeats"}
    assert told["machine"]["cores"] >= 1


def test_untimed_part__is_reported_once(problem_file):
    told = gradcheck(
        "tests/data/cs231n/loops.py", "--problems", problem_file, "--part", "forward", *QUICK
    ).stdout
    assert "conv_forward_naive: the interface cannot express it (1 of the rows)\n" in told


def test_wrong_kernel__is_reported(problem_file):
    told = gradcheck("examples/cs231n_layers.py", "--problems", problem_file, *QUICK).stdout
    assert "conv_backward_naive, n1c3h5w6_f2kh3kw3_s2x2_p1x1_d1x1_g1: NOT the result of fast\n" in told


def test_bench_output__goes_to_a_file(problem_file, tmp_path):
    path = tmp_path / "told.txt"
    result = gradcheck("gradcheck.naive", "--problems", problem_file, "--output", str(path), *QUICK)
    assert result.stdout == ""
    assert result.stderr.startswith("time against fast, geometric mean: forward ")
    assert "GFLOP/s" in path.read_text()


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("nowhere",), 'there is no file, folder or module called "nowhere"'),
        (("gradcheck.naive", "--problems", "resnet51"), "there are no problems 'resnet51'"),
        (("gradcheck.naive", "--layer", "relu"), "none of these problems is of the layer relu"),
        (("gradcheck.naive", "--layer", "conv4d"), "there is no layer 'conv4d'"),
    ],
)
def test_impossible_bench_options__are_a_usage_error(arguments, why):
    result = gradcheck(*arguments)
    assert result.exit_code == 2
    assert why in result.stderr
