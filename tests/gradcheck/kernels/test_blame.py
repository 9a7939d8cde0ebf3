"""One mistake is told once."""

import pytest

SMALL = "conv2d n2c4h6w7_f6kh3kw2_s2x1_p1x0_d1x2_g2"


def told(report):
    """Return the verdict and the reason of each check."""
    return {each["check"]: (each["verdict"], each["reason"]) for each in report["problems"][0]["outcomes"]}


def test_what_is_wrong_on_plain_numbers_is_not_told_again(findings):
    assert findings("last_row_missing", "--problem", SMALL) == {("exact", "out", "fail")}


def test_the_other_checks_say_why_they_say_nothing(judged):
    outcomes = told(judged("last_row_missing", "--problem", SMALL))
    assert outcomes["layout"] == ("skip", "not after exact: fail")
    assert outcomes["empty"] == ("pass", None)


def test_a_kernel_that_cannot_be_called_is_called_no_further(judged):
    outcomes = told(judged("breaking", "--problem", SMALL))
    assert outcomes.pop("exact") == ("error", None)
    assert set(outcomes.values()) == {("skip", "not after exact: error")}


def test_a_check_that_is_asked_for_alone_runs(findings):
    assert findings("last_row_missing", "--problem", SMALL, "--check", "alignment") == {
        ("alignment", "out", "fail")
    }


@pytest.mark.parametrize("name", ["last_row_missing", "breaking"])
def test_an_inexact_kernel_is_judged_on_reals_first(findings, name):
    found = findings(name, "--problem", SMALL, "--inexact", "tf32")
    assert {check for check, _, _ in found} == {"reals"}


def test_the_histogram_has_only_what_is_not_wrong_otherwise(kernel):
    rows = [
        line.split()[0] for line in kernel("last_row_missing", "--problem", SMALL).stdout.splitlines() if line
    ]
    assert rows[rows.index("ulps") + 1 :] == ["dx", "dw", "db", "1"]


def test_the_histogram_adds_up(kernel):
    lines = kernel("conv2d", "--problem", SMALL, "--check", "reals").stdout.splitlines()
    (row,) = (line for line in lines if line.startswith("out "))
    assert sum(float(share.removesuffix("%")) for share in row.split()[1:]) == pytest.approx(100, abs=0.4)
