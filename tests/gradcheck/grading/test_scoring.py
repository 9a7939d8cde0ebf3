"""From verdicts to points."""

import msgspec
import pytest

from gradcheck.grading.reading import parsed
from gradcheck.grading.scoring import scored
from gradcheck.grading.trying import tried as tried_by
from gradcheck.report import CheckReport, PartReport, TargetReport, Unjudged, Verdict

RUBRIC = parsed(
    """
schema = "gradcheck-rubric/1"
name = "r"
[[function]]
layer = "relu"
forward = 1
backward = 2
follow_through = 1.5
[[function]]
layer = "dropout"
backward = 4
required = false
[credit]
large = 0.5
dtype = 0.9
""",
    "r",
)


def part(which, verdict, *, layer="relu", failed=(), function=None, **others):
    checks = tuple(CheckReport(check=name, verdict=Verdict.FAIL, cases=1) for name in failed)
    function = function or f"{layer}_{which}"
    report = PartReport(
        layer=layer,
        part=which,
        function=function,
        verdict=Verdict(verdict),
        cases=1,
        miss_bound=None,
        seconds=0.0,
        findings=(),
        checks=checks,
    )
    return msgspec.structs.replace(report, **others)


RULES = parsed(
    """
schema = "gradcheck-rubric/1"
name = "rules"
[[function]]
layer = "optimizer"
rule = "rmsprop"
forward = 2
[[function]]
layer = "optimizer"
rule = "adam"
forward = 5
""",
    "rules",
)


def test_update_rule__has_points_of_its_own():
    rules = {"rmsprop": "fail", "adam": "pass", "sgd": "fail"}
    several = [part("forward", verdict, layer="optimizer", function=name) for name, verdict in rules.items()]
    target = TargetReport(target="x.py", dialect="cs231n", verdict=Verdict.FAIL, parts=tuple(several))
    found = scored(target, RULES)
    assert {each.layer: each.points for each in found.parts} == {"rmsprop": 0, "adam": 5}
    assert found.max == 7
    assert [tried.score.score for tried in tried_by(RULES)] == [7, 7, 0]


def score(*parts, is_ours=None, **others):
    target = TargetReport(target="x.py", dialect="pair", verdict=Verdict.PASS, parts=parts)
    return scored(msgspec.structs.replace(target, **others), RUBRIC, is_ours=is_ours)


@pytest.mark.parametrize(
    ("backward", "points", "person"),
    [
        (part("backward", "pass"), 2, False),
        (part("backward", "pass", own_forward=True), 1.5, False),
        (part("backward", "fail", failed=["gradient"]), 0, False),
        (part("backward", "fail", failed=["gradient"], own_forward=True), 0, False),
        (part("backward", "fail", failed=["large"]), 1, False),
        (part("backward", "fail", failed=["large", "dtype"]), 1, False),
        (part("backward", "fail", failed=["large", "gradient"]), 0, False),
        (part("backward", "fail"), 0, False),
        (part("backward", "error", failed=["gradient"]), 0, False),
        (part("backward", "timeout", failed=["gradient"]), 0, False),
        (part("backward", "missing"), 0, False),
        (part("backward", "inconclusive", reason="too slow\x1b[2K"), 2, True),
        (part("backward", "skip"), 2, True),
    ],
)
def test_verdict__is_worth_its_points(backward, points, person):
    found = score(part("forward", "pass"), backward)
    assert (found.score, found.max) == (1 + points, 3)
    assert found.pending == (points if person else 0)
    assert bool(found.needs_a_person) is person
    assert "\x1b" not in "".join(found.needs_a_person)


def test_score__has_the_worst_verdict_of_what_counts():
    assert score(part("forward", "pass"), part("backward", "pass")).verdict is Verdict.PASS
    assert score(part("forward", "pass")).verdict is Verdict.MISSING
    assert score(part("forward", "fail")).verdict is Verdict.FAIL


def test_optional_function__counts_where_some_of_it_is_written():
    relu = (part("forward", "pass"), part("backward", "pass"))
    assert score(*relu).max == 3
    assert score(*relu, part("backward", "missing", layer="dropout")).max == 3
    assert score(*relu, part("backward", "fail", layer="dropout")).max == 7
    assert score(*relu, part("forward", "pass", layer="dropout")).max == 7


def test_function_that_no_rubric_names__counts_for_nothing():
    assert score(part("forward", "pass"), part("forward", "pass", layer="affine")).score == 1


def test_fault_of_ours__costs_nothing():
    found = score(is_ours="the disk is full")
    assert (found.score, found.max, found.verdict) == (3, 3, Verdict.INCONCLUSIVE)
    assert found.needs_a_person == ("nothing could be judged: the disk is full",)


def test_submission_that_cannot_be_loaded__gets_nothing_and_a_person():
    found = score(error="x.py:1 is not valid Python")
    assert (found.score, found.max, found.verdict) == (0, 3, Verdict.ERROR)
    assert found.needs_a_person == ("nothing could be judged: x.py:1 is not valid Python",)


def test_file_of_stubs__is_missing_and_needs_nobody():
    stubs = (part("forward", "missing"), part("backward", "missing"))
    found = score(*stubs, verdict=Verdict.MISSING, error="there are only stubs in it")
    assert (found.score, found.verdict, found.needs_a_person) == (0, Verdict.MISSING, ())


def test_function_that_is_there_twice__counts_once_and_a_person_decides():
    first = part("forward", "fail", failed=["output"], function="a.relu_forward")
    again = part("forward", "pass", function="b.relu_forward")
    stub = part("forward", "missing", function="c.relu_forward")
    for several in ((first, again), (again, first)):
        found = score(*several, stub)
        assert (found.score, found.max) == (1, 3)
        assert "more than once" in found.needs_a_person[0]
    assert score(again, stub, part("backward", "pass")).needs_a_person == ()


def test_unjudged_function__is_shown_to_a_person_where_something_is_missing():
    unjudged = (Unjudged(name="relu_gradient", reason="another signature"),)
    assert "relu_gradient" in score(part("forward", "pass"), unjudged=unjudged).needs_a_person[0]
    whole = (part("forward", "pass"), part("backward", "pass"))
    assert score(*whole, unjudged=unjudged).needs_a_person == ()
