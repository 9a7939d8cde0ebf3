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


def test_a_known_failure_is_expected_with_its_reason(known, run):
    known(f'{ENTRY}, reason = "issue 12"')
    result = run(*CHECKS, "-rx")
    assert result.parseoutcomes() == {"xfailed": 1, "skipped": 2}
    assert result.ret == 0
    result.stdout.fnmatch_lines(["XFAIL layers.py::affine-backward-gradient[[]db] - *issue 12"])


def test_a_known_failure_may_be_of_one_gradient(known, run):
    known(f'{ENTRY}, tensor = "db", reason = "issue 12"')
    assert run(*CHECKS).parseoutcomes() == {"xfailed": 1, "skipped": 2}
    known(f'{ENTRY}, tensor = "dx", reason = "issue 12"')
    assert run(*CHECKS).parseoutcomes() == {"failed": 1, "skipped": 2}


def test_runxfail_lets_it_fail(known, run):
    known(f'{ENTRY}, reason = "issue 12"')
    assert run(*CHECKS, "--runxfail").parseoutcomes() == {"failed": 1, "skipped": 2}


def test_a_stale_one_fails(known, run, rewrite):
    known(f'{ENTRY}, reason = "issue 12"')
    rewrite()
    result = run(*CHECKS)
    assert result.parseoutcomes() == {"failed": 3}
    result.stdout.fnmatch_lines(
        ["affine-backward-gradient passes, and pyproject.toml calls it a known failure (issue 12)*"]
    )


def test_one_about_no_test_fails(known, run):
    known(
        f'{ENTRY}, reason = "issue 12"',
        'layer = "conv2d", part = "forward", check = "output", reason = "later"',
    )
    result = run("-k", "conv2d")
    assert result.parseoutcomes() == {"failed": 1, "deselected": 72}
    result.stdout.fnmatch_lines(["*conv2d-forward-output a known failure (later): there is no such test"])


def test_one_of_another_target_says_nothing_about_this_one(known, run):
    known(f'{ENTRY}, target = "other.py", reason = "issue 12"')
    assert run("-k", "known").parseoutcomes() == {"deselected": 72}
    assert run(*CHECKS).parseoutcomes()["failed"] == 1


def test_what_is_missing_can_be_known(known, run, rewrite):
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
            "there is no layer 'afine'; there are affine, ",
        ),
        (
            f'{ENTRY.replace("backward", "back")}, reason = "x"',
            "there is no part 'back'; there are forward, ",
        ),
        (
            f'{ENTRY.replace("gradient", "grad")}, reason = "x"',
            "there is no check 'grad'; there are implemented",
        ),
    ],
)
def test_an_entry_that_does_not_read_is_told_with_an_example(known, run, entry, said):
    known(entry)
    result = run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    told = result.stderr.str()
    assert said in told
    assert "[tool.gradcheck] in pyproject.toml: " in told
    assert 'an entry of `known` is {layer = "conv2d", part = ' in told


def test_an_unknown_key_of_the_table_is_refused(known, run):
    known(also="targets = ['layers.py']")
    result = run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "unknown field `targets`" in result.stderr.str()


def test_a_project_without_the_table_has_none(wrong, run):
    (wrong.path / "pyproject.toml").write_text("[tool.other]\nknown = 1\n")
    assert run(*CHECKS).parseoutcomes()["failed"] == 1
