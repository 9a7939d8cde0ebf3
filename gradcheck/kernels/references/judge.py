"""The loop over the sizes at which a kernel is judged against a reference."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from gradcheck.contract import Arrays, SubjectError
from gradcheck.kernels.kernel import Ended, KernelError, unheard
from gradcheck.kernels.references import exchange, forbidden, sizes
from gradcheck.kernels.references.checks import ALL, DIFFERENTIATED, FEW
from gradcheck.kernels.references.findings import finding, without_idle
from gradcheck.kernels.references.numbers import form_of
from gradcheck.kernels.references.oracle import Given, Oracle, opened, seeded
from gradcheck.kernels.references.problem import Problem, is_finite
from gradcheck.kernels.references.setting import Setting
from gradcheck.kernels.references.source import Source
from gradcheck.kernels.references.work import MUCH, counted
from gradcheck.kernels.report import KernelOutcome, ProblemReport
from gradcheck.kernels.trial import VERDICTS
from gradcheck.report import Verdict, worst
from gradcheck.text import one_line

EVALUATED = " eval"
"""What ends the line of a problem in evaluation mode."""

WITHOUT_STATE = "it does not hold what the reference uses in evaluation mode, by its names and shapes"


@dataclass
class Judge:
    """A kernel, a reference, and the sizes at which it is judged."""

    source: Source
    name: str
    setting: Setting
    last: str = "it gives nothing finite"
    title: str = "NumPy"
    _is_training: bool = True
    _oracle: Oracle | None = None
    _work: int = 0
    left_out: int = 0

    def reports(
        self, line: str | None, kept: tuple[str, ...], notify: Callable[[str], None]
    ) -> Iterator[ProblemReport]:
        """Judge on one problem, or on all that the reference accepts."""
        in_evaluation = line is not None and line.endswith(EVALUATED)
        line = line.removesuffix(EVALUATED) if in_evaluation and line is not None else line
        chooser = sizes.Chooser(self.source, self.name, lambda each: self._opened(each) is not None, kept)
        found = chooser.chosen() if line is None else [sizes.of_line(self.source, line)]
        self.setting.notes += chooser.notes
        # What inputs are like shows at the first sizes, and not where each is 1.
        self._look_at_form(found[0] if line is None else chooser.base() or found[0])
        if in_evaluation:
            yield from self._in_evaluation(found[0])
            return
        stays = (found[0], {site.name: site.value for site in self.source.sites})
        for number, each in enumerate(found):
            notify(f"{sizes.line_of(self.source, each)}  ({number + 1} of {len(found)})")
            is_slow = each not in stays and chooser.is_large(each)
            oracle = None if is_slow else self._opened(each)
            if is_slow or (oracle is not None and each not in stays and self._work > MUCH):
                each, oracle = self._thinned(chooser, each)
                self.left_out += oracle is None
            if oracle is None or (number and min(each.values()) <= 2 and self._is_always_the_same(oracle)):
                continue
            shown = sizes.line_of(self.source, each)
            self._oracle = oracle
            fills = self.setting.plan.checks or (ALL if number == 0 else FEW[number % len(FEW)])
            yield self._reported(shown, oracle, fills, is_first=not number)
        if line is None:
            yield from self._in_evaluation(found[0])

    def _in_evaluation(self, each: sizes.Sizes) -> Iterator[ProblemReport]:
        """Judge at some sizes in evaluation mode, if the reference gives something else there than in training."""
        trained = self._opened(each) if self._is_training else None
        if trained is None or not trained.is_module:
            return
        self._is_training = False
        evaluated = self._opened(each)
        self._is_training = True
        if evaluated is None or _is_same(trained.plain, evaluated.plain):
            return
        shown = sizes.line_of(self.source, each) + EVALUATED
        yield self._reported(shown, evaluated, self.setting.plan.checks or FEW[0], is_first=False)

    def _thinned(self, chooser: sizes.Chooser, each: sizes.Sizes) -> tuple[sizes.Sizes, Oracle | None]:
        """Return sizes with others at 1, at which the reference does little, and the reference there.

        Where it does much at all of them, it is the one with the least work, if that is no more than twice as much.
        """
        least, found = 2 * MUCH, None
        for thinner in chooser.thinner(each):
            oracle = None if chooser.is_large(thinner) else self._opened(thinner)
            if oracle is None or self._work > least:
                continue
            least, found = self._work, (thinner, oracle)
            if least <= MUCH:
                break
        return found or (each, None)

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
            oracle = opened(
                self.source, each, self.name, self.setting.plan.dtype, self.setting.plan.seed + seed
            )
            oracle.is_training = self._is_training
            given = Given(oracle.sample, oracle.state)
            found, work = counted(lambda: oracle.results(given, is_precise=True), is_torch=oracle.is_torch)
        except KernelError:
            raise
        except Exception as problem:  # noqa: BLE001 - the reference's own code, at sizes that it may not accept
            self.last = f"{type(problem).__name__}: {one_line(problem)}"
            return None
        oracle.plain = found
        numbers = sum(values.size for values in found.values())
        self._work = max(work, numbers + sum(array.size for array in given.floats()))
        is_there = bool(found) and all(values.size for values in found.values())
        is_there = is_there and numbers <= 2 * sizes.LARGEST
        return oracle if is_there and is_finite(found) else None

    def _look_at_form(self, each: sizes.Sizes) -> None:
        """Find out what the inputs are like, and whether the reference draws numbers itself."""
        one, other = self._opened(each), self._opened(each, seed=1)
        if one is None or other is None:
            return
        self.title = f"PyTorch {exchange.torch().__version__}" if one.is_torch else f"NumPy {np.__version__}"
        self.setting.found_forms = tuple(form_of(a, b) for a, b in zip(one.sample, other.sample, strict=True))
        if _draws(one):
            self._is_training = False
            again = self._opened(each)
            if again is None or _draws(again):
                raise KernelError(
                    f"{self.source.path} draws random numbers when it is called: nothing is right"
                )
            self.setting.notes.append(
                "both run in evaluation mode: in training mode the reference draws random numbers"
            )

    def _is_always_the_same(self, oracle: Oracle) -> bool:
        """Return whether a reference's result is the same for other inputs: it cannot show anything there."""
        try:
            drawn = [
                oracle.results(self.setting.numbers(oracle, seed).given("reals"), is_precise=True)
                for seed in (0, 1)
            ]
        except Exception:  # noqa: BLE001 - the reference's own code
            return False
        return all(np.array_equal(drawn[0][name], drawn[1][name]) for name in drawn[0])

    def _reported(self, shown: str, oracle: Oracle, fills: Sequence[str], *, is_first: bool) -> ProblemReport:
        started = time.perf_counter()
        if self.setting.candidate.session is not None:
            self.setting.candidate.session.began = time.monotonic()
        check = "built"
        outcomes: list[KernelOutcome] = []
        try:
            with unheard():
                problem = Problem(self.setting, oracle, shown, is_first=is_first)
                problem.build()
                if shown.endswith(EVALUATED) and not problem.has_state:
                    outcomes.append(KernelOutcome.skipped(check, WITHOUT_STATE))
                    fills = ()
                for check in fills:
                    outcomes.append(problem.outcome(check))
                    if outcomes[-1].verdict.is_wrong and check in DIFFERENTIATED:
                        break  # every other check would say the same
                if fills:
                    outcomes.append(problem.unchanged())
        except Ended as end:
            outcomes.append(KernelOutcome.of(check, [finding(check, shown, str(end), end.verdict)]))
        except SubjectError as why:
            verdict = next(v for kind, v in VERDICTS.items() if isinstance(why, kind))
            if verdict is Verdict.ERROR and not shown.endswith(" own"):
                verdict = Verdict.MISSING  # the reference may take by chance what nobody has promised
                self.setting.note("it raises at some sizes that the reference takes: these are `missing`")
            outcomes.append(KernelOutcome.of(check, [finding(check, shown, one_line(why), verdict)]))
        outcomes = without_idle(outcomes)
        return ProblemReport(
            problem=shown,
            verdict=worst(outcome.verdict for outcome in outcomes),
            outcomes=tuple(outcomes),
            seconds=time.perf_counter() - started,
        )


def _is_same(one: Arrays, other: Arrays) -> bool:
    """Return whether two results are equal."""
    return one.keys() == other.keys() and all(np.array_equal(one[name], other[name]) for name in one)


def _draws(oracle: Oracle) -> bool:
    """Return whether a reference's result depends on the global random numbers."""
    given, found = Given(oracle.sample, oracle.state), []
    for seed in (1, 2):
        with seeded(seed):
            found.append(oracle.results(given, is_precise=True))
    return not _is_same(found[0], found[1])
