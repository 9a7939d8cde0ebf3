"""Judging a kernel against a reference: problems of varied sizes, each with several kinds of numbers."""

import io
import math
import shlex
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from gradcheck.contract import Array, Arrays, Malformed, SubjectError
from gradcheck.evidence.compare import difference, wrong_entries
from gradcheck.isolation.levels import UNISOLATED, Level, has_workers
from gradcheck.kernels import dtypes
from gradcheck.kernels.dtypes import loaded, spacing
from gradcheck.kernels.engine import KernelPlan, report_of
from gradcheck.kernels.kernel import Ended, KernelError, unheard
from gradcheck.kernels.references import exchange, forbidden, sizes
from gradcheck.kernels.references.bounds import Bounds, bounds_of, exact_names, jumps_of
from gradcheck.kernels.references.inside.candidate import UNREADABLE
from gradcheck.kernels.references.numbers import LEVELS, Form, Numbers, edited, form_of, projected
from gradcheck.kernels.references.oracle import Given, Oracle, one_thread, opened, output_names, quiet, seeded
from gradcheck.kernels.references.session import OpenedCandidate, Returned, opened_candidate
from gradcheck.kernels.references.source import Source
from gradcheck.kernels.report import KernelOutcome, KernelReport, ProblemReport, Rounding
from gradcheck.kernels.trial import VERDICTS
from gradcheck.kernels.truth import WINOGRAD, rounding_of
from gradcheck.report import Finding, Severity, Verdict, worst
from gradcheck.text import one_line

ALL = ("own", "reals", "integers", "views", "negative", "tiny", "large", "zeros", "again", "edited")
FEW = (("reals", "again"), ("integers", "reals"), ("own", "edited"), ("reals", "views"))
"""What the first problem is judged on, and the others in turn."""

CHECKS = (*ALL, "unchanged", "forbidden")
DIFFERENTIATED = frozenset(("own", "reals", "integers", "views"))

SLOW = 0.005
"""Seconds of a call of the reference from which on a size is left out, unless it is the first or its own."""

AT_ONCE = 48
"""So many tensors of parameters travel at once."""

LOOKED_FOR = (
    "results kept by address (again) or by a few of the numbers (edited), memory that is never written (filled with "
    "NaN), other sizes and seeds than the reference's, work done only where a gradient is required, arithmetic "
    "of fewer bits (computed bounds), changed inputs, clocks and comparisons replaced"
)
ELSEWHERE = (
    ", the reference's file opened, a result seen in its memory or replaced functions (a process of its own)"
)

NO_GRADIENTS = "it gives no gradients, and the reference does: only forward was judged"
TOO_FAR = "further from the reference in double precision than rounding explains"
NOT_EQUAL = "not what the reference gives on integers: no sum here is rounded, in any order"
TRANSFORM = "fft"
TRANSFORMED = "off integers by no more than a Fourier transform rounds: if it uses one, say --inexact fft"
TOO_SHORT = "sums of this length in {} may be anything; demand longer ones with --sums-in float32"
SINGLE = 24
NO_POWER = "could not have failed: {}"


@dataclass(frozen=True, kw_only=True)
class Reference:
    """Against what a kernel is judged, and how.

    Attributes
    ----------
    path : Path
        The reference's file.
    forbidden : tuple of str
        What the kernel must not call.
    device : str
        Where its tensors are made.
    line : str, optional
        One problem, as a report printed it.
    kept : tuple of str
        The sizes that stay as the reference has them.
    seconds : float
        The longest that one problem may take.
    is_apart : bool
        Whether the kernel gets a process of its own, where the platform has them.
    """

    path: Path
    forbidden: tuple[str, ...] = ()
    device: str = "cpu"
    line: str | None = None
    kept: tuple[str, ...] = ()
    seconds: float = 600.0
    is_apart: bool = True

    @property
    def options(self) -> tuple[str, ...]:
        """What a replay line repeats."""
        words = [f"--reference {shlex.quote(str(self.path))}"]
        words += [f"--forbid {shlex.quote(name)}" for name in self.forbidden]
        return (*words, *([f"--device {self.device}"] if self.device != "cpu" else []))


READS = "opens the file of the reference when it is imported, and is not imported without"


def judge_against(
    target: str, reference: Reference, plan: KernelPlan, notify: Callable[[str], None] = lambda text: None
) -> KernelReport:
    """Judge a kernel against a reference. Raises KernelError, and ProblemError for a line that means nothing."""
    started = time.perf_counter()
    try:
        return _judged_against(target, reference, plan, notify, started)
    except KernelError as problem:
        if UNREADABLE not in str(problem):
            raise
        return _of_reading(target, reference, plan, started)


def _of_reading(target: str, reference: Reference, plan: KernelPlan, started: float) -> KernelReport:
    """Return the report on a kernel that cannot be imported, because it opens the reference's file there."""
    name = Source.read(reference.path).name
    outcome = KernelOutcome.of("forbidden", [_finding("forbidden", f"{name} own", READS)])
    seconds = time.perf_counter() - started
    found = ProblemReport(
        problem=f"{name} own", verdict=outcome.verdict, outcomes=(outcome,), seconds=seconds
    )
    report = report_of(target, "not imported", name, plan, [found], started, isolation=Level.RLIMITS)
    return msgspec.structs.replace(report, options=(*reference.options, *report.options))


def _judged_against(
    target: str, reference: Reference, plan: KernelPlan, notify: Callable[[str], None], started: float
) -> KernelReport:
    source = Source.read(reference.path)
    strange = set(reference.kept) - {site.name for site in source.sites}
    if strange:
        raise KernelError(f"{source.path} has no size {min(strange)!r}; it has {_listed(source)}")
    if plan.dtype.is_integer:
        raise KernelError("--reference judges floating numbers: float64, float32, float16 or bfloat16")
    file, name = _split(target)
    is_apart = reference.is_apart and has_workers()
    is_same = Path(file).is_file() and Path(file).samefile(reference.path)
    with opened_candidate(
        file,
        name,
        "" if is_same else str(reference.path.resolve()),
        reference.device,
        is_watched=bool(reference.forbidden),
        seconds=reference.seconds,
        is_apart=is_apart,
    ) as candidate:
        judge = Judge(source, name, candidate, plan)
        with quiet(), one_thread(source.text), seeded(plan.seed), redirect_stdout(io.StringIO()):
            reports = list(judge.reports(reference.line, reference.kept, notify))
            reports = _with_forbidden(reports, judge, reference, forbidden.text_of(file))
            if judge.lacks_backward:
                reports = _with(reports, "gradients", [NO_GRADIENTS], Verdict.MISSING)
    if not reports:
        raise KernelError(f"{source.path} does not run at any size: {judge.last}")
    if judge.left_out:
        judge.notes.append(f"{judge.left_out} sizes were left out: the reference takes long there")
    notes = [*judge.notes, f"looked for: {LOOKED_FOR}{ELSEWHERE if is_apart else ''}"]
    if not is_apart and reference.is_apart:
        notes.insert(0, UNISOLATED)
    report = report_of(
        target,
        judge.title,
        source.name,
        plan,
        reports,
        started,
        tuple(notes),
        Level.RLIMITS if is_apart else Level.PROCESS,
    )
    return msgspec.structs.replace(report, options=(*reference.options, *report.options))


def _listed(source: Source) -> str:
    return ", ".join(site.name for site in source.sites) or "none"


def _split(target: str) -> tuple[str, str]:
    """Return a target's file or module, and the name in it; none for the class that has its usual name."""
    place, colon, name = target.rpartition(":")
    if not colon or name.startswith(("\\", "/")) or target.endswith(".py"):
        return target, ""
    return place, name


def _with_forbidden(
    reports: list[ProblemReport], judge: "Judge", reference: Reference, text: str
) -> list[ProblemReport]:
    """Return the reports, the last one with what the kernel has called or opened that it must not."""
    if not reports:
        return reports
    try:
        noticed = [str(each) for each in judge.candidate.ask("noticed")]
    except (SubjectError, Ended):
        noticed = []
    tried = [each for each in noticed if each.startswith(("opened ", "replaced "))]
    found = forbidden.found_by(reference.forbidden, text, noticed, judge.learned(reference.forbidden))
    said = [*tried, *found]
    return _with(reports, "forbidden", said) if said or reference.forbidden else reports


def _with(
    reports: list[ProblemReport], check: str, said: Sequence[str], verdict: Verdict = Verdict.FAIL
) -> list[ProblemReport]:
    """Return the reports, the last one with what is said of the kernel on all problems."""
    if not reports:
        return reports
    last = reports[-1]
    findings = [_finding(check, last.problem, each, verdict) for each in said]
    outcomes = (*last.outcomes, KernelOutcome.of(check, findings))
    return [
        *reports[:-1],
        msgspec.structs.replace(
            last, outcomes=outcomes, verdict=worst(outcome.verdict for outcome in outcomes)
        ),
    ]


def _finding(
    check: str, problem: str, message: str, verdict: Verdict = Verdict.FAIL, **facts: Any
) -> Finding:
    return Finding(
        check=check, severity=Severity.FAULT, verdict=verdict, message=message, case=problem, **facts
    )


@dataclass
class Judge:
    """A kernel, a reference, and what was noticed about both."""

    source: Source
    name: str
    candidate: OpenedCandidate
    plan: KernelPlan
    notes: list[str] = field(default_factory=list)
    last: str = "it gives nothing finite"
    title: str = "NumPy"
    _forms: tuple[Form, ...] | None = None
    _is_training: bool = True
    _oracle: Oracle | None = None
    _seconds: float = 0.0
    left_out: int = 0
    lacks_backward: bool = False

    def reports(
        self, line: str | None, kept: tuple[str, ...], notify: Callable[[str], None]
    ) -> Iterator[ProblemReport]:
        """Judge on one problem, or on all that the reference accepts."""
        chooser = sizes.Chooser(self.source, self.name, lambda each: self._opened(each) is not None, kept)
        found = chooser.chosen() if line is None else [sizes.of_line(self.source, line)]
        self.notes += chooser.notes
        # What inputs are like shows at the first sizes, and not where each is 1.
        self._look_at_form(found[0] if line is None else chooser.base() or found[0])
        for number, each in enumerate(found):
            shown = sizes.line_of(self.source, each)
            notify(f"{shown}  ({number + 1} of {len(found)})")
            oracle = self._opened(each)
            if oracle is None or (number and min(each.values()) <= 2 and self._is_always_the_same(oracle)):
                continue
            if line is None and 0 < number < len(found) - 1 and self._seconds > SLOW:
                self.left_out += 1
                continue
            self._oracle = oracle
            fills = self.plan.checks or (ALL if number == 0 else FEW[number % len(FEW)])
            yield self._reported(shown, oracle, fills, is_first=not number)

    def learned(self, names: Sequence[str]) -> list[str]:
        """Return the operators of functions that the reference calls."""
        oracle = self._oracle
        if oracle is None or not oracle.is_torch:
            return []
        given = Given(oracle.sample, oracle.state)
        return forbidden.learned_from(lambda: oracle.results(given, is_precise=True), names)

    def _opened(self, each: sizes.Sizes, seed: int = 0) -> Oracle | None:
        """Return the reference at some sizes, if it gives something finite on its own numbers."""
        try:
            oracle = opened(self.source, each, self.name, self.plan.dtype, self.plan.seed + seed)
            oracle.is_training = self._is_training
            began = time.thread_time()
            found = oracle.plain = oracle.results(Given(oracle.sample, oracle.state), is_precise=True)
        except KernelError:
            raise
        except Exception as problem:  # noqa: BLE001 - the reference's own code, at sizes that it may not accept
            self.last = f"{type(problem).__name__}: {one_line(problem)}"
            return None
        self._seconds = time.thread_time() - began
        is_there = bool(found) and all(values.size for values in found.values())
        is_there = is_there and sum(values.size for values in found.values()) <= 2 * sizes.LARGEST
        return oracle if is_there and _is_finite(found) else None

    def _look_at_form(self, each: sizes.Sizes) -> None:
        """Find out what the inputs are like, and whether the reference draws numbers itself."""
        one, other = self._opened(each), self._opened(each, seed=1)
        if one is None or other is None:
            return
        self.title = f"PyTorch {exchange.torch().__version__}" if one.is_torch else f"NumPy {np.__version__}"
        self._forms = tuple(form_of(a, b) for a, b in zip(one.sample, other.sample, strict=True))
        if _draws(one):
            self._is_training = False
            again = self._opened(each)
            if again is None or _draws(again):
                raise KernelError(
                    f"{self.source.path} draws random numbers when it is called: nothing is right"
                )
            self.notes.append(
                "both run in evaluation mode: in training mode the reference draws random numbers"
            )

    def _is_always_the_same(self, oracle: Oracle) -> bool:
        """Return whether a reference's result is the same for other inputs: it cannot show anything there."""
        try:
            drawn = [
                oracle.results(self._numbers(oracle, seed).given("reals"), is_precise=True) for seed in (0, 1)
            ]
        except Exception:  # noqa: BLE001 - the reference's own code
            return False
        return all(np.array_equal(drawn[0][name], drawn[1][name]) for name in drawn[0])

    def note(self, text: str) -> None:
        """Add a note to the report, once."""
        if text not in self.notes:
            self.notes.append(text)

    def forms(self, oracle: Oracle) -> tuple[Form, ...]:
        """Return what each input is like."""
        return self._forms or tuple(Form() for _ in oracle.sample)

    def _numbers(self, oracle: Oracle, seed: int) -> Numbers:
        return Numbers(oracle, self.forms(oracle), np.random.default_rng([self.plan.seed, seed]))

    def _reported(self, shown: str, oracle: Oracle, fills: Sequence[str], *, is_first: bool) -> ProblemReport:
        started = time.perf_counter()
        if self.candidate.session is not None:
            self.candidate.session.began = time.monotonic()
        check = "built"
        outcomes: list[KernelOutcome] = []
        try:
            with unheard():
                problem = Problem(self, oracle, shown, is_first=is_first)
                problem.build()
                for check in fills:
                    outcomes.append(problem.outcome(check))
                    if outcomes[-1].verdict.is_wrong and check in DIFFERENTIATED:
                        break  # every other check would say the same
                outcomes.append(problem.unchanged())
        except Ended as end:
            outcomes.append(KernelOutcome.of(check, [_finding(check, shown, str(end), end.verdict)]))
        except SubjectError as why:
            verdict = next(v for kind, v in VERDICTS.items() if isinstance(why, kind))
            if verdict is Verdict.ERROR and not shown.endswith(" own"):
                verdict = Verdict.MISSING  # the reference may take by chance what nobody has promised
                self.note("it raises at some sizes that the reference takes: these are `missing`")
            outcomes.append(KernelOutcome.of(check, [_finding(check, shown, one_line(why), verdict)]))
        outcomes = _without_idle(outcomes)
        return ProblemReport(
            problem=shown,
            verdict=worst(outcome.verdict for outcome in outcomes),
            outcomes=tuple(outcomes),
            seconds=time.perf_counter() - started,
        )


def _normwise(allowed: Array, kind: str) -> Array:
    """Return one bound for all entries of a result, as the errors of declared arithmetic travel between them."""
    growth = {"tf32": 2.0**14, "winograd": WINOGRAD}.get(kind, 2 * math.log2(allowed.size + 2))
    return np.full(allowed.shape, growth * float(np.max(allowed, initial=0.0)))


def _draws(oracle: Oracle) -> bool:
    """Return whether a reference's result depends on the global random numbers."""
    given, found = Given(oracle.sample, oracle.state), []
    for seed in (1, 2):
        with seeded(seed):
            found.append(oracle.results(given, is_precise=True))
    return any(not np.array_equal(found[0][name], found[1][name]) for name in found[0])


def _without_idle(outcomes: list[KernelOutcome]) -> list[KernelOutcome]:
    """Return the outcomes, those that could not have failed as skipped where another one could have."""
    if not any(each.verdict is Verdict.PASS and each.roundings for each in outcomes):
        shown = [each for each in outcomes if each.check not in ("unchanged", "forbidden")]
        idle = bool(shown) and all(each.verdict is Verdict.SKIP for each in shown)
        return [each for each in outcomes if each in shown or each.verdict.is_wrong] if idle else outcomes
    return [
        KernelOutcome.skipped(each.check, each.reason or "")
        if each.verdict is Verdict.INCONCLUSIVE and not each.findings
        else each
        for each in outcomes
    ]


@dataclass
class Problem:
    """A kernel and a reference at some sizes."""

    judge: Judge
    oracle: Oracle
    shown: str
    is_first: bool = False
    _written: list[str] = field(default_factory=list)
    _state: Arrays = field(default_factory=dict)

    def build(self) -> None:
        """Have the kernel constructed. Raises SubjectError, and Ended."""
        oracle, tensors = self.oracle, list[Any]()
        try:
            text = exchange.as_text(oracle.arguments, tensors)
        except ValueError as problem:
            raise KernelError(f"get_init_inputs: {problem}") from None
        self._state = oracle.state
        found = self.judge.candidate.ask(
            "build",
            text,
            [exchange.stored(each) for each in tensors],
            [exchange.format_of(each) for each in tensors],
            self.judge.plan.seed,
            oracle.dtype.name,
            list(self._state),
            [list(each.shape) for each in self._state.values()],
            oracle.is_training,
        )
        self.has_state = bool(found[0])
        if self.has_state and self._state:
            self._copy_state(self._state)
        self.parameters = tuple(str(each) for each in found[1:])
        if self._state:
            self._note(
                "parameters: the reference's state was copied into it"
                if self.has_state
                else "parameters: its state has other names or shapes than the reference's; both were constructed "
                "with the same seed"
            )

    def _copy_state(self, state: Arrays) -> None:
        """Write parameters and buffers into the kernel, few at a time: each may travel as a file."""
        names = list(state)
        for start in range(0, len(names), AT_ONCE):
            some = names[start : start + AT_ONCE]
            self.judge.candidate.ask("state", some, [np.array(state[name]) for name in some])

    def _note(self, text: str) -> None:
        self.judge.note(text)

    def outcome(self, check: str) -> KernelOutcome:
        """Return how the kernel fares on one kind of numbers. Raises SubjectError, and Ended."""
        if check in ("unchanged", "forbidden"):
            return KernelOutcome.skipped(check, "no numbers of its own")
        fill = check if check in ("own", "integers", "negative", "tiny", "large", "zeros") else "reals"
        numbers = self.judge._numbers(self.oracle, _number_of(check))
        given = self._given(numbers, fill)
        if fill == "integers" and self.oracle.dtype.bits < SINGLE:
            given = self._exact_given(numbers, given)
        if check in ("again", "edited"):
            return self._repeated(check, given, numbers)
        # Where no gradients are asked for, the kernel is called as in inference: nothing requires one.
        return self._judged(check, given, numbers, fill, "fresh" if check in DIFFERENTIATED else "plain")

    def _given(self, numbers: Numbers, fill: str) -> Given:
        """Return numbers; other parameters only where they can be written into the kernel, too."""
        found = numbers.given(fill)
        return found if self.has_state else Given(found.inputs, self.oracle.state)

    def _exact_given(self, numbers: Numbers, given: Given) -> Given:
        """Return integers whose sums the dtype holds, if there are some."""
        for level in range(len(LEVELS)):
            numbers.level = level
            drawn = self._given(numbers, "integers")
            try:
                right = self.oracle.results(drawn, is_precise=True)
                own = self.oracle.results(drawn, is_precise=False)
            except Exception:  # noqa: BLE001 - the reference's own code
                return given
            if exact_names(self.oracle, drawn, right, own) >= right.keys():
                return drawn
        numbers.level = 0
        return given

    def _repeated(self, check: str, given: Given, numbers: Numbers) -> KernelOutcome:
        """Judge a second call, with other numbers in the tensors of the first one; as in inference, and in training.

        Results may be kept in inference alone.
        """
        found = KernelOutcome.skipped(check, "no numbers to change places")
        for other in self._others(check, given, numbers):
            for mode in ("plain", "fresh"):
                self._called(given, (), mode)
                again = "again plain" if mode == "plain" else "again"
                outcome = self._judged(check, other, numbers, "reals", again, given)
                if outcome.verdict.is_wrong:
                    return outcome
                found = outcome if found.verdict is not Verdict.PASS else found
        return found

    def _others(self, check: str, given: Given, numbers: Numbers) -> Iterator[Given]:
        """Yield other numbers: quite other ones, or the same in other places, on the first problem in more ways."""
        if check == "again":
            yield self._given(numbers, "reals")
            return
        rng, forms = np.random.default_rng(_number_of("edited")), self.judge.forms(self.oracle)
        for is_pair in (False, True) if self.is_first else (False,):
            inputs = tuple(
                edited(each, form, rng, is_pair=is_pair)
                for each, form in zip(given.inputs, forms, strict=True)
            )
            if not all(map(np.array_equal, inputs, given.inputs)):
                yield Given(inputs, given.state)
        if self.is_first and self.has_state and self.oracle.parameters:
            names = set(self.oracle.parameters)
            changed = {k: edited(v, Form(), rng) if k in names else v for k, v in given.state.items()}
            yield Given(given.inputs, changed)

    def _called(self, given: Given, douts: Sequence[Array], mode: str, *, is_view: bool = False) -> Returned:
        arrays = self.oracle.arrays(given)
        if is_view:
            arrays = [
                _as_view(each, number) if self.oracle.smooth[number] else each
                for number, each in enumerate(arrays)
            ]
        if self.has_state and any(
            not np.array_equal(given.state[name], self._state[name]) for name in self._state
        ):
            self._copy_state(given.state)
        self._state = given.state if self.has_state else self._state
        kept = [each.copy() for each in arrays]
        session = self.judge.candidate.session
        passed = [each.copy() for each in arrays] if session is None and not is_view else arrays
        found = self.judge.candidate.call(self.oracle.text, passed, self.oracle.formats, douts, mode)
        for name, array, before in zip(self.oracle.names, passed, kept, strict=True):
            was_written = session is not None and not mode.startswith("again") and session.was_written(array)
            if was_written or not np.array_equal(array, before):
                self._written.append(name)
        return found

    def unchanged(self) -> KernelOutcome:
        """Return whether the kernel has left its inputs alone, or does what the reference does to them."""
        names = sorted(set(self._written) - set(self.oracle.written))
        findings = [
            _finding("unchanged", self.shown, f"{name} is changed by the call", tensor=name) for name in names
        ]
        return KernelOutcome.of("unchanged", findings)

    def _judged(
        self,
        check: str,
        given: Given,
        numbers: Numbers,
        fill: str,
        mode: str,
        before: Given | None = None,
    ) -> KernelOutcome:
        """Judge a call on some numbers; `before` has those of the previous call with the same tensors."""
        oracle = self.oracle
        try:
            has_backward = check in DIFFERENTIATED and not oracle.written and self._has_few_gradients
            if has_backward:
                given = Given(given.inputs, given.state, numbers.douts(oracle.plain, fill))
            right = oracle.results(given, is_precise=True)
            own = self._own(given, right)
        except Exception as problem:  # noqa: BLE001 - the reference's own code
            return KernelOutcome.skipped(check, f"the reference refuses these numbers: {one_line(problem)}")
        if not _is_finite(right) or (own is not None and not _is_finite(own)):
            return KernelOutcome.skipped(check, "the reference is not finite on these numbers")
        found, lost = self._called_forward_at_least(check, given, mode)
        got = self._named(found, right, given)
        right = {name: values for name, values in right.items() if name in got}
        right, got = self._projected(right), self._projected(got)
        right = {name: values for name, values in right.items() if name in got}
        own = None if own is None else self._projected(own)
        outcome = self._compared(check, given, right, own, got, numbers, fill, before)
        if lost is not None and not outcome.verdict.is_wrong:
            raise lost
        return outcome

    def _called_forward_at_least(
        self, check: str, given: Given, mode: str
    ) -> tuple[Returned, SubjectError | None]:
        """Return what a call gives; where it raises, what it gives without gradients, and what it raised."""
        upstream, is_view = self.oracle.upstream(given), check == "views"
        try:
            return self._called(given, upstream, mode, is_view=is_view), None
        except SubjectError as problem:
            if not upstream:
                raise
            try:
                return self._called(given, (), mode, is_view=is_view), problem
            except SubjectError:
                raise problem from None

    @property
    def _has_few_gradients(self) -> bool:
        """Return whether all gradients can travel at once."""
        is_few = len(self.oracle.gradient_names()) <= AT_ONCE
        if not is_few:
            self._note(f"gradients were not judged: there are more than {AT_ONCE}")
        return is_few

    def _own(self, given: Given, right: Arrays) -> Arrays | None:
        try:
            own = self.oracle.results(given, is_precise=False)
        except Exception:  # noqa: BLE001 - some operators lack some formats
            self._note(f"the reference does not run in {self.oracle.dtype.name}: its own error is not known")
            return None
        return own if own.keys() == right.keys() else None

    def _named(self, found: Returned, right: Arrays, given: Given) -> Arrays:
        """Return the results by name, in double precision. Raises Malformed."""
        outputs = [name for name in right if name.startswith("out")]
        if len(found.outputs) != len(outputs):
            raise Malformed(f"returned {len(found.outputs)} results; the reference returns {len(outputs)}")
        formats = self.oracle.output_formats(given)
        names = output_names(len(outputs))
        got = {}
        for name, array, form, wanted in zip(names, found.outputs, found.formats, formats, strict=False):
            if array.shape != right[name].shape:
                raise Malformed(
                    f"{name} has the shape {array.shape}; the reference's has {right[name].shape}"
                )
            if form != wanted and (form in exchange.FLOATS or wanted in exchange.FLOATS):
                raise Malformed(f"{name} is {form}; the reference's is {wanted}")
            got[name] = _doubled(array, form)
        gradients = self._gradients(found, right)
        if not gradients and len(right) > len(got):
            self.judge.lacks_backward = True
        return got | gradients

    def _projected(self, results: Arrays) -> Arrays:
        """Return results, of each gradient the part that the form of its input leaves open."""
        forms = dict(
            zip((f"d{name}" for name in self.oracle.names), self.judge.forms(self.oracle), strict=True)
        )
        found = {name: projected(values, forms.get(name, Form())) for name, values in results.items()}
        return {name: values for name, values in found.items() if values is not None}

    def _gradients(self, found: Returned, right: Arrays) -> Arrays:
        inputs = [
            name for name, is_smooth in zip(self.oracle.names, self.oracle.smooth, strict=True) if is_smooth
        ]
        names = [f"d{name}" for name in (*inputs, *self.parameters)]
        if len(found.gradients) != len(names):
            return {}
        formats = found.formats[len(found.outputs) :]
        every = {
            name: _doubled(array, form)
            for name, array, form in zip(names, found.gradients, formats, strict=True)
        }
        return {
            name: values
            for name, values in every.items()
            if name in right and values.shape == right[name].shape
        }

    def _compared(
        self,
        check: str,
        given: Given,
        right: Arrays,
        own: Arrays | None,
        got: Arrays,
        numbers: Numbers,
        fill: str,
        before: Given | None = None,
    ) -> KernelOutcome:
        exact = (
            exact_names(self.oracle, given, right, own)
            if fill == "integers" and own is not None and not self.judge.plan.inexact
            else frozenset[str]()
        )
        bounds = self._bounds(given, right, own, exact)
        findings, roundings, idle = [], [], []
        impostors = self._impostors(given, right, numbers, fill, before)
        for name, values in right.items():
            if name in bounds.jumps:
                continue
            allowed = bounds.allowed[name]
            found = difference(name.removeprefix("d"), got[name], values, allowed)
            if found is not None:
                is_transformed = name in exact and self._is_transformed(given, right, own, name, got[name])
                findings.append(
                    _finding(
                        check,
                        self.shown,
                        TRANSFORMED if is_transformed else NOT_EQUAL if name in exact else TOO_FAR,
                        Verdict.INCONCLUSIVE if is_transformed else Verdict.FAIL,
                        tensor=name,
                        index=found.index,
                        got=found.got,
                        expected=found.expected,
                        bound=found.bound,
                        where=found.where,
                    )
                )
            why = _why_idle(name, values, allowed, impostors)
            if why and found is None:
                idle.append(why)
            elif np.isfinite(got[name]).all():
                roundings.append(_rounding(name, got[name], values, allowed, self.oracle))
        if findings:
            verdict, reason = worst(each.verdict for each in findings), None
        elif not roundings:
            why = idle[0] if idle else "every result jumps here: at ties, several are right"
            verdict, reason = Verdict.INCONCLUSIVE, NO_POWER.format(why)
            if idle and self.oracle.dtype.bits < SINGLE and not self.judge.plan.sums_in:
                verdict, reason = Verdict.SKIP, TOO_SHORT.format(self.oracle.dtype.name)
        else:
            verdict, reason = Verdict.PASS, None
        return KernelOutcome(
            check=check,
            verdict=verdict,
            reason=reason,
            findings=tuple(findings),
            roundings=tuple(roundings),
        )

    def _is_transformed(self, given: Given, right: Arrays, own: Arrays | None, name: str, got: Array) -> bool:
        """Return whether a result is as far from integers as a Fourier transform may bring it, and no further."""
        allowed = self._bounds(given, right, own, frozenset()).allowed[name]
        wide = _normwise(allowed, TRANSFORM)
        return difference(name.removeprefix("d"), got, right[name], wide) is None

    def _bounds(self, given: Given, right: Arrays, own: Arrays | None, exact: frozenset[str]) -> Bounds:
        if exact >= right.keys():
            nothing = {name: np.zeros(values.shape) for name, values in right.items()}
            return Bounds(nothing, jumps_of(self.oracle, given, right, self.judge.plan.seed))
        sums_in = dtypes.BY_NAME[self.judge.plan.sums_in] if self.judge.plan.sums_in else None
        found = bounds_of(self.oracle, given, right, own, sums_in, self.judge.plan.seed)
        if self.judge.plan.inexact:
            wide = {name: _normwise(each, self.judge.plan.inexact) for name, each in found.allowed.items()}
            return Bounds(wide, found.jumps)
        zero = {name: np.zeros(right[name].shape) for name in exact}
        return Bounds(found.allowed | zero, found.jumps)

    def _impostors(
        self, given: Given, right: Arrays, numbers: Numbers, fill: str, before: Given | None
    ) -> dict[str, Arrays]:
        """Return results that are wrong, by what they are: a check that accepts one of them says nothing."""
        found = {"zeros would pass": {name: np.zeros_like(values) for name, values in right.items()}}
        if fill == "zeros":
            return found
        other = self._given(numbers, fill)
        if all(map(np.array_equal, given.inputs, other.inputs)):
            return found
        named = [("the result is the same for other numbers", Given(other.inputs, other.state, given.douts))]
        if before is not None:
            named.append(("the result is that of the call before", before))
        for at, name in enumerate(self.oracle.names if self.is_first else ()):
            if self.oracle.smooth[at] and not np.array_equal(given.inputs[at], other.inputs[at]):
                named.append((f"{name} hardly shows in the result", given.with_input(at, other.inputs[at])))
        for what, changed in named:
            try:
                results = self.oracle.results(changed, is_precise=True)
            except Exception:  # noqa: BLE001, S112 - the reference's own code
                continue
            found[what] = {
                name: results[name]
                for name in right
                if what.startswith("the result is") or not np.array_equal(results[name], right[name])
            }
        return found


def _why_idle(name: str, values: Array, allowed: Array, impostors: dict[str, Arrays]) -> str | None:
    """Return which wrong result would be accepted too, or None."""
    for what, results in impostors.items():
        if name in results and not wrong_entries(results[name], values, allowed).any():
            return f"{what} ({name})"
    return None


def _rounding(name: str, got: Array, values: Array, allowed: Array, oracle: Oracle) -> Rounding:
    """Return how far a result is from the truth, with the place of the largest error, and what was allowed there."""
    right = values.astype(np.float64)
    found = rounding_of(name, got.astype(np.float64), right, allowed, oracle.dtype)
    units = spacing(right, oracle.dtype)
    place = np.unravel_index(int(np.argmax(np.abs(got.astype(np.float64) - right) / units)), right.shape)
    allowed_units = float(np.broadcast_to(allowed, right.shape)[place] / units[place])
    index = tuple(int(each) for each in place)
    return msgspec.structs.replace(found, index=index, allowed=allowed_units)


def _doubled(array: Array, form: str) -> Array:
    if form in exchange.FLOATS:
        return loaded(array, dtypes.BY_NAME[form])
    return array


def _is_finite(results: Arrays) -> bool:
    return all(np.isfinite(values).all() for values in results.values())


def _number_of(check: str) -> int:
    return sum(check.encode())


def _as_view(array: Array, number: int) -> Array:
    """Return the same numbers with gaps between them, or with the last two axes the other way round in memory."""
    if not array.ndim:
        return array
    if array.ndim > 1 and number % 2 == 0:
        return np.ascontiguousarray(array.swapaxes(-1, -2)).swapaxes(-1, -2)
    wide = np.full((*array.shape[:-1], 2 * array.shape[-1]), _hole(array), array.dtype)
    wide[..., ::2] = array
    return wide[..., ::2]


def _hole(array: Array) -> Any:
    return np.nan if array.dtype.kind == "f" else 0x7FC0
