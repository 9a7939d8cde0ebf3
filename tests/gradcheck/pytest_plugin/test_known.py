"""Known failures, in pyproject.toml."""

import pytest

ENTRY = 'layer = "affine", part = "backward", check = "gradient"'
CHECKS = ("--gradcheck-layer", "affine", "--gradcheck-check", "gradient")


@pytest.fixture
def known(wrong):
    """Write the table of known failures."""

    def write(*entries, also=""):
        rows = ", ".join(f"{{{entry}}}" for entry in entries)
        (wrong.path / "pyproject.toml").write_text(f"[tool.gradcheck]\nknown = [{rows}]\n{also}")

    return write


def test_known_failure__is_expected_with_its_reason(known, run):
    known(f'{ENTRY}, reason = "issue 12"')
    result = run(*CHECKS, "-rx")
    assert result.parseoutcomes() == {"xfailed": 1, "skipped": 2}
    assert result.ret == 0
    result.stdout.fnmatch_lines(["XFAIL layers.py::affine-backward-gradient[[]db] - *issue 12"])


@pytest.mark.slow
def test_known_failure__may_be_of_one_gradient(known, run):
    known(f'{ENTRY}, tensor = "db", reason = "issue 12"')
    assert run(*CHECKS).parseoutcomes() == {"xfailed": 1, "skipped": 2}
    known(f'{ENTRY}, tensor = "dx", reason = "issue 12"')
    assert run(*CHECKS).parseoutcomes() == {"failed": 1, "skipped": 2}


@pytest.mark.slow
def test_option_runxfail__lets_a_known_failure_fail(known, run):
    known(f'{ENTRY}, reason = "issue 12"')
    assert run(*CHECKS, "--runxfail").parseoutcomes() == {"failed": 1, "skipped": 2}


@pytest.mark.slow
def test_stale_known_failure__fails(known, run, rewrite):
    known(f'{ENTRY}, reason = "issue 12"')
    rewrite()
    result = run(*CHECKS)
    assert result.parseoutcomes() == {"failed": 3}
    result.stdout.fnmatch_lines(
        ["affine-backward-gradient passes, and pyproject.toml calls it a known failure (issue 12)*"]
    )


def test_known_failure_without_a_test__fails(known, run):
    known(
        f'{ENTRY}, reason = "issue 12"',
        'layer = "conv2d", part = "forward", check = "output", reason = "later"',
    )
    result = run("-k", "conv2d")
    assert result.parseoutcomes() == {"failed": 1, "deselected": 88}
    result.stdout.fnmatch_lines(["*conv2d-forward-output a known failure (later): there is no such test"])


@pytest.mark.slow
def test_known_failure_of_another_target__has_no_effect(known, run):
    known(f'{ENTRY}, target = "other.py", reason = "issue 12"')
    assert run("-k", "known").parseoutcomes() == {"deselected": 88}
    assert run(*CHECKS).parseoutcomes()["failed"] == 1


@pytest.mark.slow
def test_missing_part__can_be_a_known_failure(known, run, rewrite):
    rewrite(relu="raise NotImplementedError")
    known('layer = "relu", part = "backward", check = "implemented", reason = "to be written"')
    outcomes = run("-k", "relu-backward").parseoutcomes()
    assert outcomes["xfailed"] == 1
    assert "failed" not in outcomes


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (f'{ENTRY}, reason = "x", layers = "relu"', "unknown field `layers`"),
        (ENTRY, "missing required field `reason`"),
        (f'{ENTRY}, reason = " "', "affine-backward-gradient has no reason"),
        (
            f'{ENTRY.replace("affine", "afine")}, reason = "x"',
            "there is no layer 'afine' (did you mean affine?); there are affine, ",
        ),
        (
            f'{ENTRY.replace("backward", "back")}, reason = "x"',
            "there is no part 'back' (did you mean backward?); there are forward, ",
        ),
        (
            f'{ENTRY.replace("gradient", "grad")}, reason = "x"',
            "there is no check 'grad' (did you mean gradient?); there are implemented",
        ),
    ],
)
def test_malformed_entry__is_reported_with_an_example(known, run, entry, said):
    known(entry)
    result = run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    told = result.stderr.str()
    assert said in told
    assert "[tool.gradcheck] in pyproject.toml: " in told
    assert 'an entry of `known` is {layer = "conv2d", part = ' in told


def test_unknown_key__is_refused(known, run):
    known(also="targets = ['layers.py']")
    result = run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "unknown field `targets`" in result.stderr.str()


@pytest.mark.slow
def test_project_without_the_table__has_no_known_failures(wrong, run):
    (wrong.path / "pyproject.toml").write_text("[tool.other]\nknown = 1\n")
    assert run(*CHECKS).parseoutcomes()["failed"] == 1


EMPTY = ("--gradcheck-layer", "affine", "--gradcheck-check", "empty", "-rs")


@pytest.mark.slow
def test_promise_and_declare__are_read_from_the_table(known, run):
    assert run(*EMPTY).parseoutcomes().get("failed", 0) == 0
    known(also="promise = ['empty']")
    assert run(*EMPTY).parseoutcomes()["failed"] == 1
    known(also="declare = ['empty']")
    assert run(*EMPTY).parseoutcomes().get("failed", 0) == 0


@pytest.mark.slow
def test_promise_and_declare__are_options_too(wrong, run):
    assert run(*EMPTY, "--gradcheck-promise", "empty").parseoutcomes()["failed"] == 1
    refused = run(*EMPTY, "--gradcheck-declare", "gradient")
    assert refused.ret == pytest.ExitCode.USAGE_ERROR
    assert "there is no check to declare 'gradient'" in refused.stderr.str()


def test_promise_of_an_unknown_check__is_refused(known, run):
    known(also="promise = ['emty']")
    result = run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert (
        "[tool.gradcheck] in pyproject.toml: there is no check 'emty' (did you mean empty?)"
        in result.stderr.str()
    )
