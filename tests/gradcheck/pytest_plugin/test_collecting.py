import subprocess
import sys
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner

from gradcheck.commands import main
from gradcheck.judging.run import verify

QUICK = ("-p", "gradcheck.pytest_plugin", "-p", "no:cacheprovider", "--gradcheck-cases", "1")
CACHING = ("-p", "gradcheck.pytest_plugin", "--gradcheck-cases", "1")


def names(result):
    """Return the ids that ``--collect-only -q`` lists."""
    return [line for line in result.outlines if line.startswith("layers.py::")]


def test_collected_tests__are_one_for_each_part_check_and_gradient(wrong, run):
    found = names(run("--collect-only", "-q"))
    assert len(found) == len(set(found))
    assert [name for name in found if "affine-backward-gradient" in name] == [
        f"layers.py::affine-backward-gradient[{tensor}]" for tensor in ("dx", "dw", "db")
    ]
    assert "layers.py::relu-forward-output" in found
    assert not any("forward-gradient" in name for name in found)


@pytest.mark.slow
def test_update_rules__are_collected_by_name(pytester, run):
    rule = "def {}(w, dw, config=None):\n    return w - 1e-2 * {}dw, config or {{'learning_rate': 1e-2}}\n"
    (pytester.path / "layers.py").write_text(rule.format("sgd", "") + rule.format("sgd_momentum", "2 * "))
    result = run("-v")
    wrong = {line.split()[0] for line in result.outlines if " FAILED " in line}
    assert "layers.py::sgd_momentum-forward-output" in wrong
    assert "layers.py::sgd-forward-implemented" in {
        line.split()[0] for line in result.outlines if " PASSED " in line
    }


@pytest.mark.slow
@pytest.mark.diagnosed
def test_plugin_failure__reads_like_the_text_report(wrong, run):
    told = CliRunner().invoke(main, ["verify", "layers.py", "--cases", "1"]).stdout
    shown = told[: told.index("\n\n")].splitlines()
    result = run()
    assert shown[0] == "affine · backward · db    FAIL    (affine_backward)"
    start = result.outlines.index(shown[0])
    lead, case, entry = shown[1:4] if "mistake" not in told else (shown[1], *shown[-3:-1])
    assert [line for line in (lead, case, entry) if line not in result.outlines[start:]] == []
    assert not any("Traceback" in line or "nodes.py" in line for line in result.outlines)


def test_wrong_project__fails_only_where_it_is_wrong(wrong, run):
    outcomes = run("-k", "affine").parseoutcomes()
    whole = verify(["layers.py"]).parts()[1]
    wrong_checks = [check for check in whole.checks if check.verdict.is_wrong]
    assert outcomes["failed"] == len(wrong_checks)
    assert outcomes["passed"] > 10


def test_right_project__passes(wrong, run, rewrite):
    rewrite()
    result = run()
    assert result.ret == 0
    assert set(result.parseoutcomes()) == {"passed", "skipped"}


@pytest.mark.slow
def test_gradient_behind_a_stopped_check__has_no_pass(wrong, run):
    result = run("-k", "gradient and affine", "-rs")
    assert result.parseoutcomes() == {"failed": 1, "skipped": 2, "deselected": 85}
    result.stdout.fnmatch_lines(
        ["SKIPPED*no verdict: the check stops after 3 failing cases; they concern db"]
    )
    assert run("-k", "gradient and affine", "--gradcheck-strict").parseoutcomes()["failed"] == 3


@pytest.mark.slow
def test_selection__limits_what_is_judged(wrong, run, monkeypatch):
    plans = []

    def spied(targets, plan=None, progress=None):
        plans.append(plan)
        return verify(targets, plan, progress)

    monkeypatch.setattr("gradcheck.judging.run.verify", spied)
    run("-k", "affine and (gradient or linear)")
    (judged,) = [plan for plan in plans if plan.layers]
    assert judged.layers == ("affine",)
    assert set(judged.checks) == {"implemented", "shapes", "gradient", "linear"}


@pytest.mark.slow
def test_option_x__stops_before_the_next_layer_is_judged(wrong, run):
    outcomes = run("-x").parseoutcomes()
    assert outcomes["failed"] == 1
    assert sum(outcomes.values()) < 40


@pytest.mark.slow
def test_option_lf__runs_what_failed(wrong, run):
    failed = run(quick=CACHING).parseoutcomes()["failed"]
    assert run("--lf", quick=CACHING).parseoutcomes() == {"failed": failed, "deselected": 88 - failed}


def test_missing_part__fails_once_and_says_so(wrong, run, rewrite):
    rewrite(relu="raise NotImplementedError")
    result = run("-k", "relu-backward")
    assert result.parseoutcomes()["failed"] == 1
    result.stdout.fnmatch_lines(
        ["relu · backward    MISSING    (relu_backward)", "  relu_backward raised NotImplementedError*"]
    )


@pytest.mark.slow
def test_unjudgeable_target__is_an_error_of_collecting(wrong, run):
    (wrong.path / "layers.py").write_text("def helper():\n    pass\n")
    result = run()
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(["*ERROR collecting layers.py*", "layers.py*NOT JUDGED"])


def test_further_implementations_of_a_layer_have_their_own_names(wrong, run):
    with (wrong.path / "layers.py").open("a") as file:
        file.write("\n\ndef batchnorm_forward(x, gamma, beta, bn_param):\n    pass\n\n\n")
        file.write("def batchnorm_backward(dout, cache):\n    pass\n\n\n")
        file.write("def batchnorm_backward_alt(dout, cache):\n    pass\n")
    found = names(run("--collect-only", "-q", "--gradcheck-check", "gradient"))
    assert [name for name in found if "batch_norm" in name and "dx" in name] == [
        "layers.py::batch_norm-backward-gradient[dx]",
        "layers.py::batch_norm.batchnorm_backward_alt-backward-gradient[dx]",
    ]


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        (
            "layer",
            "conv4d",
            "there is no layer 'conv4d' (did you mean conv1d, conv2d or conv3d?); there are affine, ",
        ),
        ("check", "gradients", "there is no check 'gradients'"),
        ("dialect", "cs", "there is no dialect 'cs'"),
        ("seed", "-1", "-1 is not between 0 and 4294967295"),
        ("replay", "conv2d n1", "the geometry 'n1' does not have the form"),
    ],
)
def test_option_without_effect__is_reported(wrong, run, option, value, said):
    result = run(f"--gradcheck-{option}", value)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert said in result.stderr.str()


def test_plugin_options__choose_layers_and_checks(wrong, run):
    found = names(
        run("--collect-only", "-q", "--gradcheck-layer", "affine,relu", "--gradcheck-check", "output,cache")
    )
    assert found == [
        "layers.py::affine-forward-output",
        "layers.py::affine-backward-cache",
        "layers.py::relu-forward-output",
        "layers.py::relu-backward-cache",
    ]


@pytest.mark.slow
def test_tests_of_a_project__run_next_to_the_suite(wrong, run):
    wrong.makepyfile(test_mine="def test_mine():\n    assert True")
    assert "test_mine.py::test_mine" in run("--collect-only", "-q").outlines
    assert "test_mine.py::test_mine" not in run("--collect-only", "-q", "-m", "gradcheck").outlines


@pytest.mark.slow
def test_target__is_found_from_a_folder_below_and_called_alike(wrong, run, monkeypatch):
    (wrong.path / "pytest.ini").write_text("[pytest]\n")
    (wrong.path / "layers.py").rename(wrong.mkdir("code") / "layers.py")
    wrong.mkdir("below")
    quick = (*QUICK, "--gradcheck", "code/layers.py", "--collect-only", "-q")
    above = wrong.runpytest_inprocess(*quick).outlines
    monkeypatch.chdir(wrong.path / "below")
    assert wrong.runpytest_inprocess(*quick).outlines[:70] == above[:70]
    assert above[0] == "code/layers.py::affine-forward-implemented"


def test_junit_has_every_test_and_the_failure(wrong, run):
    run("--junitxml=out.xml", "-k", "affine-backward-gradient")
    cases = ET.parse(wrong.path / "out.xml").findall(".//testcase")
    assert [case.get("name") for case in cases] == [
        f"affine-backward-gradient[{t}]" for t in ("dx", "dw", "db")
    ]
    assert {case.get("classname") for case in cases} == {"layers"}
    (failure,) = [case.find("failure") for case in cases if case.find("failure") is not None]
    assert failure.text.startswith("affine · backward · db    FAIL    (affine_backward)\n")


@pytest.mark.slow
def test_xdist_sees_the_same_tests_in_every_worker(wrong, monkeypatch):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(wrong.path / "summary.md"))
    chosen = ("--gradcheck", "layers.py", "--gradcheck-check", "output,gradient,linear")
    shared = wrong.runpytest_subprocess(*QUICK, *chosen, "-n", "2", "--dist", "loadgroup")
    assert (wrong.path / "summary.md").read_text().count("## gradcheck: 1 failed") == 1
    assert len([line for line in shared.outlines if line.startswith("::error")]) == 1
    assert shared.parseoutcomes() == {"passed": 7, "failed": 1, "skipped": 2}
    shared.stdout.fnmatch_lines(["affine · backward · db    FAIL    (affine_backward)"])


@pytest.mark.slow
def test_module__is_a_target(wrong):
    result = wrong.runpytest_inprocess(
        "-p",
        "gradcheck.pytest_plugin",
        "--gradcheck",
        "gradcheck.fast",
        "-k",
        "identity",
        "--gradcheck-cases",
        "0",
    )
    assert result.ret == 0
    assert result.parseoutcomes()["passed"] > 10


LOADED = "import sys\n\n\ndef test_nothing_heavy():\n"
LOADED += "    heavy = {'numpy', 'gradcheck.naive', 'gradcheck.fast', 'msgspec', 'click'}\n"


@pytest.mark.slow
def test_run_without_targets__imports_nothing(wrong):
    wrong.makepyfile(f"{LOADED}    assert not heavy & sys.modules.keys()")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "gradcheck.pytest_plugin",
        "-p",
        "no:cacheprovider",
        "-q",
    ]
    done = subprocess.run(command, cwd=wrong.path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
