"""The benchmark of checking itself: that what it times is a check that passes."""

import sys
from pathlib import Path

import pytest

import checking
from gradcheck import fast
from gradcheck.contract import parse_case
from gradcheck.judging.matrix import subject_of
from gradcheck.layers import LAYERS
from gradcheck.mistakes.catalogue import MUTANTS
from gradcheck.mistakes.mutant import apply_all
from gradcheck.subjects.dialects.pair import PAIR
from gradcheck.timing.times import Times
from measuring import checks, tables

ROOT = Path(__file__).parents[2]
SMALL = "conv2d n1c2h4w4_f2kh3kw3_s1x1_p1x1_d1x1_g1"


def case(line):
    return parse_case(line, LAYERS)


def test_check_of_a_right_kernel__reaches_the_bound():
    (subject,) = (each for each in PAIR.subjects(vars(fast)) if each.layer.name == "conv2d")
    assert checks.check(subject, case(SMALL)).miss_bound <= 1e-9


def test_check_of_a_wrong_kernel__has_no_time():
    mutant = next(each for each in MUTANTS if (each.layer, each.part) == ("conv2d", "backward"))
    with pytest.raises(AssertionError, match="are refuted"):
        checks.check(
            subject_of("conv2d", apply_all(mutant)), case("conv2d n2c4h7w6_f4kh3kw2_s2x1_p1x1_d1x2_g2")
        )


def test_whole_gradient__is_the_same_in_both_ways(monkeypatch):
    monkeypatch.setattr(checks, "WHOLE_REPEATS", 2)
    found = checks.whole_gradient(SMALL)
    assert [(name, each.repeats) for name, each in found.items()] == [("by colour", 2), ("one at a time", 2)]
    assert all(each.best > 0 for each in found.values())


def test_curve__has_the_sizes_it_says():
    sizes = {power: checks.case_of(power).shapes["x"] for power in checks.PLANES}
    for power, (n, c, h, w) in sizes.items():
        assert n * c * h * w == 10**power


def test_curve_point__costs_something():
    found = checks.point(checks.case_of(3), repeats=2)
    assert found.elements == 1000
    assert 0 < found.forward < found.layer < found.probe


def test_curve__ends_at_its_limit():
    assert [point.elements for point in checks.points(4)] == [10**3, 10**4]


def points(power):
    return [
        checks.Point(elements=10**k, probe=10.0 ** (power * k), forward=1.0, backward=1.0)
        for k in range(3, 9)
    ]


def test_power_of_a_curve__is_found():
    assert checks.exponent(points(1)) == pytest.approx(1)
    assert checks.exponent(points(2)) == pytest.approx(2)


def test_profile__names_the_costliest_functions():
    def work():
        for _ in range(20):
            case(SMALL)

    found = checking._profiled("reading", work)
    assert found.costs == sorted(found.costs, key=lambda cost: -cost.own)
    assert len(found.costs) == checking.MOST
    assert any(cost.where.startswith("gradcheck/contract.py: ") for cost in found.costs)
    assert found.seconds > 0


def test_durations_of_tests_are_read():
    lines = (
        "0.53s call     tests/a.py::test_one[x: y]",
        "0.01s setup    tests/a.py::test_two",
        "1.00s call     tests/b/c.py::test_three",
    )
    found = checking.DURATION.findall("\n".join(lines))
    assert found == [("0.53", "tests/a.py"), ("0.01", "tests/a.py"), ("1.00", "tests/b/c.py")]


def test_tables__all_have_a_place_in_the_document():
    times = {"gradcheck": Times((0.001,)).quartiles, "torch": Times((1.0,)).quartiles}
    cost = checking.Cost(where="a.py: f", calls=1000, own=0.5, all=0.75)
    profile = checking.Profile(what="gradcheck verify", seconds=1.0, costs=[cost], checks=[cost])
    found = checking.Checking(
        single=times, whole=times, curve=points(1), profiles=dict.fromkeys(checking.COMMANDS, profile)
    )
    text = (ROOT / "docs" / "performance.md").read_text()
    made = dict(tables.checking(found))
    assert set(made) <= set(tables.places(text))
    assert "| torch | 1,000 | 1,000-1,000 | 1,000 |" in made["single"]
    assert "power 1.00 of" in made["curve"]
    assert "| `a.py: f` | 1,000 | 0.50 | 50% |" in made["profile verify"]
    assert "| `a.py: f` | 1,000 | 0.75 | 75% |" in made["profile verify"]
    assert list(tables.checking(checking.Checking())) == []


def test_checking_command__keeps_what_it_measured(tmp_path, monkeypatch, capsys):
    path = tmp_path / "checking.json"
    monkeypatch.setattr(sys, "argv", ["checking.py", "curve", "--largest", "3", "--json", str(path)])
    checking.main()
    found = checking.opened(path)
    assert found.has("curve")
    assert not found.has("single")
    assert not found.has("verify")
    assert [point.elements for point in found.curve] == [1000]
    assert capsys.readouterr().out.startswith("curve: ")


def test_unknown_part__is_a_usage_error(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["checking.py", "everything"])
    with pytest.raises(SystemExit):
        checking.main()
    assert "there is no part everything; there are single, whole, curve, verify" in capsys.readouterr().err
