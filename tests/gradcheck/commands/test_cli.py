import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from gradcheck.commands import main
from gradcheck.judging import run
from gradcheck.judging.plan import Plan
from gradcheck.report import TargetReport, Verdict

ROOT = Path(__file__).parents[3]
EXAMPLE = str(ROOT / "examples" / "cs231n_layers.py")
LOOPS = str(ROOT / "tests" / "data" / "cs231n" / "loops.py")

RIGHT = ("verify", LOOPS, "--layer", "affine", "--cases", "2")
WRONG = ("verify", EXAMPLE, "--layer", "svm_loss", "--cases", "2")
ABSENT = "def relu_forward(x):\n    return x * (x > 0), x\n\n\ndef relu_backward(dout, cache):\n    pass\n"


def gradcheck(*arguments):
    """Run the command in this process."""
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def absent(tmp_path):
    """Return the path of a file with a right forward and no backward."""
    path = tmp_path / "layers.py"
    path.write_text(ABSENT)
    return path


@pytest.mark.slow
def test_verify_command__without_a_fault_is_exit_0():
    result = gradcheck(*RIGHT)
    assert result.exit_code == 0
    assert "all 2 functions pass; seed 0; " in result.stdout
    assert result.stderr == ""


def test_verify_command__with_a_fault_is_exit_1():
    result = gradcheck(*WRONG)
    assert result.exit_code == 1
    assert result.stdout.startswith("svm_loss · backward · dx    FAIL    (svm_loss)\n  not the gradient\n")
    assert (
        "  worst entry     dx[0, 2]: yours -1, expected -0.5  (exact arithmetic: no tolerance)\n"
        in result.stdout
    )
    assert "1 of 1 function is wrong: svm_loss; seed 0; " in result.stdout


@pytest.mark.exhaustive  # test_cs231n.py judges the same file
def test_example__has_exactly_its_six_mistakes():
    report = json.loads(
        gradcheck("verify", EXAMPLE, "--cases", 0, "--hint", "none", "--format", "json").stdout
    )
    wrong = [part["function"] for part in report["targets"][0]["parts"] if part["verdict"] != "pass"]
    assert wrong == [
        "conv_backward_naive",
        "max_pool_backward_naive",
        "batchnorm_forward",
        "layernorm_backward",
        "spatial_groupnorm_backward",
        "svm_loss",
    ]


@pytest.mark.slow
@pytest.mark.parametrize(("targets", "code"), [((EXAMPLE, "nope.py"), 1), ((LOOPS, "nope.py"), 2)])
@pytest.mark.sample(1)
def test_fault__counts_for_more_than_a_target_without_verdict(targets, code):
    result = gradcheck("verify", *targets, "--layer", "svm_loss", "--cases", 0)
    assert result.exit_code == code
    assert "could not judge nope.py" in result.stdout


@pytest.mark.slow
def test_option_strict__takes_what_is_missing_for_wrong(absent):
    lax, strict = (
        gradcheck("verify", absent, "--cases", 2),
        gradcheck("verify", absent, "--cases", 2, "--strict"),
    )
    assert (lax.exit_code, strict.exit_code) == (0, 1)
    assert "1 passes; 1 missing: relu_backward; " in lax.stdout
    assert "    relu_backward  missing: relu_backward returned None; expected dx\n" in lax.stdout


@pytest.mark.slow
def test_option_layer__may_be_repeated_or_hold_commas():
    asked = ("--layer", "relu, affine", "--layer", "relu", "--check", "dtype", "--check", "alias")
    report = json.loads(gradcheck("verify", LOOPS, *asked, "--cases", 0, "--format", "json").stdout)
    parts = report["targets"][0]["parts"]
    assert {part["layer"] for part in parts} == {"affine", "relu"}
    assert {check["check"] for part in parts for check in part["checks"]} == {"dtype", "alias"}


@pytest.mark.slow
def test_targets__are_naive_and_fast_unless_named():
    report = json.loads(gradcheck("verify", "--layer", "identity", "--cases", 0, "--format", "json").stdout)
    assert [target["target"] for target in report["targets"]] == ["gradcheck.naive", "gradcheck.fast"]


@pytest.mark.slow
def test_output_goes_to_a_file_and_one_line_to_stderr(tmp_path):
    path = tmp_path / "report.json"
    result = gradcheck(*WRONG, "--format", "json", "--output", path)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith("1 of 1 function is wrong: svm_loss; seed 0; ")
    assert result.stderr.endswith(f"; written to {path}\n")
    assert json.loads(path.read_text(encoding="utf-8"))["verdict"] == "fail"


def test_cases_and_seed_are_passed_on(monkeypatch):
    plans = []

    def verify(targets, plan, progress):
        plans.append(plan)
        nothing = TargetReport(target="x", dialect=None, verdict=Verdict.ERROR, parts=(), error="none")
        return run.Report(verdict=Verdict.ERROR, seconds=0.0, seed=plan.seed, targets=(nothing,))

    monkeypatch.setattr(run, "verify", verify)
    gradcheck("verify", "x", "--cases", 3, "--seed", 7, "--dialect", "pair", "--processes", 2)
    assert plans == [Plan(dialect="pair", cases=3, seed=7, isolation="files", processes=2)]


@pytest.mark.slow
def test_replay_line__repeats_the_dialect_that_was_asked_for():
    assert 'seed=0" --dialect cs231n\n' in gradcheck(*WRONG, "--dialect", "cs231n").stdout


@pytest.mark.parametrize(
    ("what", "row"),
    [
        ("layers", "conv2d                        linear      x, w, b "),
        ("checks", "gradient     backward           Backward returns the derivative of the layer.\n"),
        ("dialects", "cs231n          assignment 2's layers.py: conv_forward_naive("),
    ],
)
def test_list_command__lists_everything(what, row):
    listed = gradcheck("list", what)
    assert listed.exit_code == 0
    assert f"\n{row}" in listed.stdout
    assert listed.stdout.startswith("name ")


@pytest.mark.parametrize(
    ("what", "fields"),
    [
        ("layers", ["name", "arithmetic", "tensors", "parameters", "grammar"]),
        ("checks", ["name", "parts", "title"]),
        ("dialects", ["name", "title", "functions"]),
    ],
)
def test_list_command__can_write_json(what, fields):
    rows = json.loads(gradcheck("list", what, "--format", "json").stdout)
    assert len(rows) > 1
    assert all(list(row) == fields for row in rows)


def test_option_version__prints_the_version():
    assert gradcheck("--version").stdout == "gradcheck 0.2.0\n"
