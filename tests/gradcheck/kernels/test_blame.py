"""One mistake is told once."""

import pytest

SMALL = "conv2d n2c4h6w7_f6kh3kw2_s2x1_p1x0_d1x2_g2"


def told(report):
    """Return the verdict and the reason of each check."""
    return {each["check"]: (each["verdict"], each["reason"]) for each in report["problems"][0]["outcomes"]}


def test_fault_on_plain_numbers__is_not_reported_again(findings):
    assert findings("last_row_missing", "--problem", SMALL) == {("exact", "out", "fail")}


def test_other_checks__say_why_they_have_no_verdict(judged):
    outcomes = told(judged("last_row_missing", "--problem", SMALL))
    assert outcomes["layout"] == ("skip", "not after exact: fail")
    assert outcomes["empty"] == ("pass", None)


def test_uncallable_kernel__is_called_no_further(judged):
    outcomes = told(judged("breaking", "--problem", SMALL))
    assert outcomes.pop("exact") == ("error", None)
    assert set(outcomes.values()) == {("skip", "not after exact: error")}


def test_check_chosen_alone__runs(findings):
    assert findings("last_row_missing", "--problem", SMALL, "--check", "alignment") == {
        ("alignment", "out", "fail")
    }


@pytest.mark.parametrize("name", ["last_row_missing", "breaking"])
def test_inexact_kernel__is_judged_on_reals_first(findings, name):
    found = findings(name, "--problem", SMALL, "--inexact", "tf32")
    assert {check for check, _, _ in found} == {"reals"}


def test_histogram__has_only_what_is_not_wrong_otherwise(kernel):
    rows = [
        line.split()[0] for line in kernel("last_row_missing", "--problem", SMALL).stdout.splitlines() if line
    ]
    assert rows[rows.index("ulps") + 1 :] == ["dx", "dw", "db", "1"]


def test_histogram__adds_up(kernel):
    lines = kernel("conv2d", "--problem", SMALL, "--check", "reals").stdout.splitlines()
    (row,) = (line for line in lines if line.startswith("out "))
    assert sum(float(share.removesuffix("%")) for share in row.split()[1:]) == pytest.approx(100, abs=0.4)
