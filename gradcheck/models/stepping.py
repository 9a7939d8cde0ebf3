"""Judging an update rule: several steps of it next to those of its definition."""

import operator
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np

from gradcheck.calling import guarded
from gradcheck.calling.results import array_of, number
from gradcheck.contract import OPTIMIZER, Array, Malformed, Missing, SubjectError
from gradcheck.functions.findings import complaint, note
from gradcheck.models.rules import Config, Rule, Step, UpdateRule
from gradcheck.report import CheckReport, Finding, PartReport, Severity, Verdict, worst

SHAPES = ((3, 4), (5,))
STEPS = 4

EPS = float(np.finfo(np.float64).eps)
SLACK = 2.0**10
"""Factor on the measured rounding: another right order of the same operations loses a few digits more."""

CHECKS = ("implemented", "output", "unchanged")

BY_DEFAULT, WITH_OPTIONS, FROM_A_STATE = "by default", "with options", "from a state"


@dataclass(frozen=True)
class Walk:
    """Some steps from a start: what the config holds before the first one (None for no config), and the gradients."""

    kind: str
    start: dict[str, Any] | None
    w: Array
    gradients: tuple[Array, ...]


@dataclass
class Taken:
    """What came of a walk, step by step: the weights, and the state by name where it is seen; and what was changed."""

    weights: list[Array] = field(default_factory=list)
    states: list[dict[str, Array]] = field(default_factory=list)
    defaults: dict[str, float] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)


def walks(rule: Rule, seed: int) -> list[Walk]:
    """Return the walks on which a rule is judged. Some gradients have a zero, where only epsilon keeps from 0 / 0."""
    rng, found = np.random.default_rng((seed, *rule.name.encode())), []
    for shape in SHAPES:
        for kind in (BY_DEFAULT, WITH_OPTIONS, FROM_A_STATE):
            w = np.round(rng.uniform(-2, 2, size=shape), 2)
            gradients = [np.round(rng.uniform(-1, 1, size=shape), 2) for _ in range(STEPS)]
            for gradient in gradients:
                gradient.flat[0] = 0.0
            start = None if kind == BY_DEFAULT else dict(rule.options)
            if start is not None and kind == FROM_A_STATE:
                start |= {name: _somewhere(name, rng, shape) for name in rule.state}
            found.append(Walk(kind, start, w, tuple(gradients)))
    return [walk for walk in found if rule.state or walk.kind != FROM_A_STATE]


def _somewhere(name: str, rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    """Return a state in the middle of a training; a mean of squares is positive."""
    if name == "t":
        return 5
    low = 0.2 if name in ("cache", "v") else -1.0
    return np.round(rng.uniform(low, 1, size=shape), 2)


def walked(rule: Rule, step: Step, walk: Walk, nudge: float = 0.0) -> Taken:
    """Return what a definition makes of a walk; `nudge` moves every number by that share, up and down by turns."""
    config: dict[str, Any] = {
        **rule.defaults,
        **{
            name: start if name == "t" else np.full(walk.w.shape, start) for name, start in rule.state.items()
        },
        **(walk.start or {}),
    }
    w, taken = _nudged(walk.w, nudge), Taken()
    with np.errstate(all="ignore"):
        for dw in walk.gradients:
            w, state = step(w, _nudged(dw, -nudge), config)
            config |= {name: _nudged(value, nudge) for name, value in state.items()}
            taken.weights.append(w)
            taken.states.append({name: np.asarray(value, dtype=float) for name, value in state.items()})
    return taken


def _nudged(values: Any, share: float) -> Any:
    if not isinstance(values, np.ndarray):
        return values
    signs = 1.0 - 2.0 * (np.arange(values.size).reshape(values.shape) % 2)
    return values * (1 + share * signs)


def _run(found: UpdateRule, walk: Walk) -> Taken:
    """Return what somebody's rule makes of a walk. Raises SubjectError."""
    name, taken = found.name, Taken()
    w = walk.w.copy()
    config: Any = None if walk.start is None else {key: _copied(value) for key, value in walk.start.items()}
    for dw in walk.gradients:
        before, given = w.copy(), dw.copy()
        returned = guarded(name, found.function, w, given, *([] if config is None else [config]))
        next_w, config = _two(name, returned)
        moved = array_of("next_w", next_w, walk.w.shape).astype(float)
        taken.changed |= {"dw"} if not np.array_equal(given, dw) else set()
        taken.changed |= {"w"} if not np.array_equal(w, before, equal_nan=True) else set()
        taken.weights.append(moved)
        if not found.keeps_state:
            taken.states.append(_state(name, config, found.rule, walk.w.shape))
        w = moved.copy()
    if walk.start is None:
        taken.defaults = {key: _number(name, config, key) for key in found.rule.defaults}
    return taken


def _copied(value: Any) -> Any:
    return value.copy() if isinstance(value, np.ndarray) else value


def _two(name: str, returned: Any) -> tuple[Any, Any]:
    if returned is None:
        raise Missing(f"{name} returned None; expected next_w, config")
    if not isinstance(returned, tuple | list) or len(returned) != 2:
        raise Malformed(f"{name} returned {type(returned).__name__}; expected two results: next_w, config")
    if returned[0] is None:
        raise Missing(f"{name} returned no next_w")
    if returned[1] is None:
        raise Malformed(f"{name} returned no config")
    return returned[0], returned[1]


def _state(name: str, config: Any, rule: Rule, shape: tuple[int, ...]) -> dict[str, Array]:
    """Return the state in a config; what is not there, is not in it."""
    found = {}
    for key in rule.state:
        if guarded(name, operator.contains, config, key):
            value = guarded(name, operator.getitem, config, key)
            values = array_of(f"config[{key!r}]", value, () if key == "t" else shape)
            found[key] = np.array(values, dtype=float)
    return found


def _number(name: str, config: Any, key: str) -> float:
    if not guarded(name, operator.contains, config, key):
        return float("nan")
    return float(array_of(f"config[{key!r}]", guarded(name, operator.getitem, config, key), ()))


def judge_rule(found: UpdateRule, chosen: Collection[str], seed: int) -> list[PartReport]:
    """Judge an update rule by the checks that are chosen; by all where none is."""
    started = time.perf_counter()
    ways = [each for each in walks(found.rule, seed) if each.kind == WITH_OPTIONS or not found.keeps_state]
    findings = [each for each in _findings(found, ways) if not chosen or each.check in chosen]
    checks = [_checked(name, findings, len(ways)) for name in CHECKS if not chosen or name in chosen]
    report = PartReport(
        layer=OPTIMIZER,
        part="forward",
        function=found.name,
        verdict=worst(check.verdict for check in checks),
        cases=len(ways),
        miss_bound=None,
        seconds=0.0,
        findings=tuple(findings),
        checks=tuple(checks),
    )
    return [msgspec.structs.replace(report, seconds=round(time.perf_counter() - started, 4))]


def _checked(name: str, findings: list[Finding], count: int) -> CheckReport:
    faults = [each for each in findings if each.severity is Severity.FAULT]
    verdicts = [each.verdict for each in faults if each.check == name]
    if name != "implemented" and any(each.check == "implemented" for each in faults):
        return CheckReport(check=name, verdict=Verdict.SKIP, cases=0, reason="it does not run")
    return CheckReport(check=name, verdict=worst([*verdicts, Verdict.PASS]), cases=count)


def _findings(found: UpdateRule, ways: list[Walk]) -> Iterator[Finding]:
    try:
        taken = [_run(found, walk) for walk in ways]
    except Missing as problem:
        yield complaint("implemented", str(problem), Verdict.MISSING)
        return
    except Malformed as problem:
        yield complaint("implemented", str(problem))
        return
    except SubjectError as problem:
        yield complaint("implemented", str(problem), Verdict.ERROR)
        return
    yield from _of_results(found, ways, taken)
    changed = set[str]().union(*(each.changed for each in taken))
    if "dw" in changed:
        yield complaint("unchanged", "dw is changed in place: the caller may still need it", tensor="dw")
    if "w" in changed:
        yield note("unchanged", "w is changed in place, as the course allows it", "w")


def _of_results(found: UpdateRule, ways: list[Walk], taken: list[Taken]) -> Iterator[Finding]:
    rule = found.rule
    wrong = [_first_difference(rule, rule.step, way, came) for way, came in zip(ways, taken, strict=True)]
    if not any(wrong):
        return
    for form in rule.accepted:
        if _is(rule, form.step, ways, taken):
            yield note("output", form.why)
            return
    others = {name: came for each in taken for name, came in _other_defaults(rule, each).items()}
    only_by_default = all(way.kind == BY_DEFAULT for way, each in zip(ways, wrong, strict=True) if each)
    if others and only_by_default:
        said = ", ".join(f"{name} {number(value)}" for name, value in others.items())
        yield note("output", f"its defaults are not the course's: {said}")
        return
    way, first = next((way, each) for way, each in zip(ways, wrong, strict=True) if each is not None)
    name, step, index, got, expected, bound = first
    mistake = next((each for each in rule.mistakes if _is(rule, each.step, ways, taken)), None)
    yield Finding(
        check="output",
        severity=Severity.FAULT,
        verdict=Verdict.FAIL,
        message=f"not the rule's {name}, after step {step + 1} {way.kind}",
        tensor=name,
        call=_spoken(found.name, way),
        index=index,
        got=got,
        expected=expected,
        bound=bound,
        explanation=None if mistake is None else mistake.why,
    )


def _spoken(name: str, walk: Walk) -> str:
    shape = "x".join(map(str, walk.w.shape))
    if walk.start is None:
        return f"{name}(w {shape}, dw {shape})"
    held = (
        f"{key!r}: {'...' if isinstance(value, np.ndarray) else f'{value:g}'}"
        for key, value in walk.start.items()
    )
    return f"{name}(w {shape}, dw {shape}, {{{', '.join(held)}}})"


Difference = tuple[str, int, tuple[int, ...], float, float, float]
"""What differs, after which step, at which entry, what came, what was expected, and the bound."""


def _first_difference(rule: Rule, step: Step, walk: Walk, came: Taken) -> Difference | None:
    """Return the first difference from a definition, or None: of the weights first, then of the state."""
    right = walked(rule, step, walk)
    near = [walked(rule, step, walk, nudge) for nudge in (EPS, -EPS)]
    for at in range(STEPS):
        named = {"next_w": came.weights[at], **(came.states[at] if came.states else {})}
        for name, expected in {
            "next_w": right.weights[at],
            **(right.states[at] if came.states else {}),
        }.items():
            if name not in named:
                return f"config[{name!r}]", at, (), float("nan"), float(np.ravel(expected)[0]), 0.0
            bound = _bound(expected, [_of(each, name, at) for each in near])
            with np.errstate(all="ignore"):
                gap = np.abs(named[name] - expected)
            agrees = (gap <= bound) | (np.isnan(named[name]) & np.isnan(expected)) | (named[name] == expected)
            if not agrees.all():
                worst_gap = np.where(agrees, -1.0, np.nan_to_num(gap, nan=np.inf))
                index = np.unravel_index(int(np.argmax(worst_gap)), worst_gap.shape)
                place = tuple(int(each) for each in index)
                label = name if name == "next_w" else f"config[{name!r}]"
                return label, at, place, float(named[name][index]), float(expected[index]), bound
    return None


def _bound(expected: Array, near: list[Array]) -> float:
    """Return how far a right result may be away: how far the definition's own moves with its inputs, times `SLACK`."""
    with np.errstate(all="ignore"):
        moves = np.stack([np.abs(expected) * EPS, *(np.abs(each - expected) for each in near)])
    return SLACK * float(np.max(moves[np.isfinite(moves)], initial=EPS))


def _of(taken: Taken, name: str, at: int) -> Array:
    return taken.weights[at] if name == "next_w" else taken.states[at][name]


def _is(rule: Rule, step: Step, ways: list[Walk], taken: list[Taken]) -> bool:
    """Return whether a definition explains everything that came."""
    return all(
        _first_difference(rule, step, way, came) is None for way, came in zip(ways, taken, strict=True)
    )


def _other_defaults(rule: Rule, taken: Taken) -> Config:
    """Return the options that somebody's rule has by default, where they are not the course's."""
    return {
        name: value
        for name, value in taken.defaults.items()
        if not np.isnan(value) and value != rule.defaults[name]
    }
