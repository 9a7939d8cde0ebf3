"""The command ``gradcheck kernel``: whether a new kernel is right, and as fast as before."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from gradcheck.commands import delivery, kernel_options, progress
from gradcheck.kernels import dtypes, problems, target, verify
from gradcheck.kernels.apart import Apart
from gradcheck.kernels.kernel import KernelError
from gradcheck.kernels.problems import Problem, ProblemError
from gradcheck.kernels.report import KernelReport
from gradcheck.report import Verdict
from gradcheck.reporting import formats
from gradcheck.timing import gate, history, plot
from gradcheck.timing.history import HistoryError
from gradcheck.timing.race import TimingReport


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What was asked for: the options by name."""

    kernel_name: str
    layer: str
    sets: tuple[str, ...]
    line: str | None
    batch: int | None
    dtype_name: str
    framework: str | None
    check_names: tuple[str, ...]
    inexact: str | None
    sums_in: str | None
    declared: tuple[str, ...]
    call_seconds: float
    in_process: bool
    seed: int
    bench: bool
    against: str | None
    baseline: Path | None
    allowed: float | None
    backward: bool
    budget: float
    clock: str
    threads: int | None
    save: Path | None
    history: Path | None
    plot: Path | None
    format_name: str
    output: Path | None
    strict: bool


@click.command()
@click.argument("kernel_name", metavar="TARGET")
@kernel_options.with_problems
@kernel_options.with_checks
@kernel_options.with_times
@kernel_options.with_telling
def kernel(**given: Any) -> None:
    """Judge or time a kernel on problems of real networks.

    TARGET is package.module:function, file.py:function, library.so:function, onnxruntime:Conv or model.onnx.
    Exits with 0 where nothing is wrong, 1 where something is, 2 where nothing could be judged.
    """
    asked = Asked(**given)
    _refuse_idle_options(asked)
    try:
        report = _timed(asked) if asked.bench else _judged(asked)
    except (KernelError, ProblemError, HistoryError) as problem:
        raise click.UsageError(f"{problem}.") from None
    told, in_short = _told(report, asked)
    delivery.deliver(told, asked.output, in_short)
    sys.exit(exit_code([each.verdict for each in _rows(report)], asked.strict))


def _refuse_idle_options(asked: Asked) -> None:
    """Refuse what would do nothing: nobody shall believe that a gate is there which is not."""
    timing = ("against", "baseline", "allowed", "save", "history", "plot", "threads", "backward")
    idle = [name for name in timing if getattr(asked, name) not in (None, False)]
    if idle and not asked.bench:
        option = {"allowed": "fail-slower"}.get(idle[0], idle[0])
        raise click.UsageError(f"--{option} is of no use without --bench.")
    if asked.allowed is not None and not (asked.against or asked.baseline):
        raise click.UsageError(
            "--fail-slower compares with something: say what, with --against or --baseline."
        )


def exit_code(verdicts: Sequence[Verdict], strict: bool = False) -> int:
    """Return what the command exits with."""
    unclear = {Verdict.MISSING, Verdict.INCONCLUSIVE} if strict else set()
    if any(verdict.is_wrong or verdict in unclear for verdict in verdicts):
        return delivery.WRONG
    judged = any(verdict not in (Verdict.SKIP, Verdict.MISSING) for verdict in verdicts)
    return delivery.NOTHING_WRONG if judged else delivery.NOT_JUDGED


def _judged(asked: Asked) -> KernelReport:
    plan = verify.Plan(
        dtype=dtypes.BY_NAME[asked.dtype_name],
        checks=asked.check_names,
        seed=asked.seed,
        inexact=asked.inexact,
        sums_in=asked.sums_in,
        declared=tuple(dict.fromkeys(asked.declared)),
    )
    chosen = _problems(asked)
    with progress.line() as tell:
        if not asked.in_process:
            return Apart(asked.kernel_name, asked.framework, asked.call_seconds).verify(chosen, plan, tell)
        with target.opened(asked.kernel_name, asked.framework) as opened:
            return verify.verify(opened, chosen, plan, tell)


def _timed(asked: Asked) -> TimingReport:
    chosen, baseline = _problems(asked), history.read(asked.baseline) if asked.baseline else None
    with (
        progress.line() as tell,
        target.opened(asked.kernel_name, asked.framework) as opened,
        target.opened(asked.against or asked.kernel_name, None) as other,
    ):
        contest = gate.Contest(
            dtype=dtypes.BY_NAME[asked.dtype_name],
            against=other if asked.against else None,
            baseline=baseline,
            allowed=asked.allowed,
            backward=asked.backward,
            budget=asked.budget,
            clock=asked.clock,
            threads=asked.threads,
        )
        report = gate.timed(opened, chosen, contest, tell)
    _keep(report, asked)
    return report


def _keep(report: TimingReport, asked: Asked) -> None:
    """Write the times where they were asked to be kept."""
    if asked.save:
        history.write(report, asked.save)
    if asked.history:
        history.keep(report, asked.history)
        if asked.plot:
            asked.plot.write_text(plot.plot(asked.history), encoding="utf-8")
    elif asked.plot:
        raise HistoryError("a plot is of a history: say which, with --history")


def _problems(asked: Asked) -> list[Problem]:
    """Return the problems of the layer, each once. Raises ProblemError."""
    if asked.line is not None:
        found = [problems.of_line(asked.line)]
    else:
        found = [problem for name in asked.sets for problem in problems.read(name)]
    kept = [problem for problem in found if problem.case.layer.name == asked.layer]
    if not kept:
        raise ProblemError(f"none of these problems is of the layer {asked.layer}")
    sized = [problem.at_batch(asked.batch) if asked.batch else problem for problem in kept]
    return list({str(problem): problem for problem in sized}.values())


def _rows(report: KernelReport | TimingReport) -> Sequence[Any]:
    return report.timings if isinstance(report, TimingReport) else report.problems


def _told(report: KernelReport | TimingReport, asked: Asked) -> tuple[str, str]:
    """Return the report as it was asked for, and in one line."""
    is_shown = asked.output is None
    colour, width = delivery.colour() and is_shown, delivery.width() if is_shown else delivery.UNBROKEN
    text = formats.render(report, asked.format_name, colour=colour, width=width)
    return text, formats.summary(report)
