"""Update rules: each known mistake is found and named, what is right passes, and what nobody foresaw fails."""

from functools import partial

import numpy as np
import pytest

from gradcheck import Plan, verify_functions
from gradcheck.models.rules import RULES, UpdateRule
from gradcheck.models.stepping import judge_rule

MISTAKES = [(rule, mistake) for rule in RULES.values() for mistake in rule.mistakes]


def written(rule, step):
    """Return a rule as somebody writes it, with a config."""

    def update(w, dw, config=None):
        config = {} if config is None else config
        for name, value in rule.defaults.items():
            config.setdefault(name, value)
        for name, start in rule.state.items():
            config.setdefault(name, start if name == "t" else np.full_like(w, start))
        with np.errstate(all="ignore"):
            next_w, state = step(w, dw, config)
        config.update(state)
        return next_w, config

    return update


def judged(rule, function, *checks):
    (report,) = judge_rule(UpdateRule(rule.name, rule, function), checks, 0)
    return report


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.name)
def test_rule__passes_by_its_own_definition(rule):
    report = judged(rule, written(rule, rule.step))
    assert (report.verdict, report.findings) == ("pass", ())


@pytest.mark.parametrize(
    ("rule", "mistake"), MISTAKES, ids=[f"{rule.name}-{mistake.name}" for rule, mistake in MISTAKES]
)
def test_mistake__fails_and_is_named(rule, mistake):
    report = judged(rule, written(rule, mistake.step))
    assert report.verdict == "fail"
    assert [finding.explanation for finding in report.findings] == [mistake.why]


def test_other_form_of_the_paper__is_a_note():
    adam = RULES["adam"]
    report = judged(adam, written(adam, adam.accepted[0].step))
    assert report.verdict == "pass"
    assert [finding.message for finding in report.findings] == [adam.accepted[0].why]


def test_other_defaults__are_a_note():
    rule = RULES["sgd_momentum"]

    def update(w, dw, config=None):
        return written(rule, rule.step)(w, dw, {"momentum": 0.7} if config is None else config)

    report = judged(rule, update)
    assert report.verdict == "pass"
    assert [finding.message for finding in report.findings] == [
        "its defaults are not the course's: momentum 0.7"
    ]


def test_mistake_that_nobody_foresaw__fails_without_a_name():
    rule = RULES["rmsprop"]
    report = judged(rule, written(rule, lambda w, dw, config: (w - dw, {"cache": config["cache"]})))
    (finding,) = report.findings
    assert (report.verdict, finding.explanation, finding.tensor) == ("fail", None, "next_w")
    assert finding.got != finding.expected


def test_gradient_changed_in_place__fails_and_weights_are_a_note():
    rule = RULES["sgd"]

    def update(w, dw, config=None):
        dw *= 0.01 if config is None else config["learning_rate"]
        w -= dw
        return w, {"learning_rate": 0.01} if config is None else config

    report = judged(rule, update)
    assert {finding.tensor: finding.severity for finding in report.findings} == {"dw": "fault", "w": "note"}
    assert report.verdict == "fail"


RETURNS = {
    "nothing": (lambda w, dw, config=None: None, "missing"),
    "no next_w": (lambda w, dw, config=None: (None, config), "missing"),
    "no config": (lambda w, dw, config=None: (w, None), "fail"),
    "another shape": (lambda w, dw, config=None: (w[:1], {}), "fail"),
    "an exception": (lambda w, dw, config=None: (w, config["cache"]), "error"),
}


@pytest.mark.parametrize(("function", "verdict"), RETURNS.values(), ids=RETURNS)
def test_unusable_result__is_said_and_nothing_else(function, verdict):
    report = judged(RULES["rmsprop"], function)
    assert report.verdict == verdict
    assert [finding.check for finding in report.findings] == ["implemented"]


def test_other_function_of_that_name__is_not_taken_for_the_courses():
    other = {"adam": lambda params, grads, lr: params, "sgd": lambda w, dw: w}
    (target,) = verify_functions(other, Plan(cases=0)).targets
    assert target.parts == ()


def test_chosen_check__is_the_only_one():
    rule = RULES["adam"]
    judging = partial(judged, rule, written(rule, rule.mistakes[0].step))
    assert judging("unchanged").verdict == "pass"
    assert [each.check for each in judging("output").checks] == ["output"]
