"""The command ``gradcheck kernel``: whether a new kernel is right, and as fast as before."""

import sys
from collections.abc import Sequence
from contextlib import nullcontext
from functools import partial

import click

from gradcheck.commands import delivery, options
from gradcheck.commands.kernel_options import Asking, Keeping, KernelJudging, KernelOutput, KernelTiming
from gradcheck.commands.reference_options import Referring
from gradcheck.isolation.levels import has_workers
from gradcheck.kernels.apart import Apart, opened_apart
from gradcheck.kernels.engine import judge_kernel
from gradcheck.kernels.kernel import KernelError
from gradcheck.kernels.problems import ProblemError
from gradcheck.kernels.references.judging import judge_against
from gradcheck.kernels.report import KernelReport, ProblemReport
from gradcheck.kernels.resolving import opened_kernel
from gradcheck.report import Verdict
from gradcheck.timing import gate, history
from gradcheck.timing.history import HistoryError
from gradcheck.timing.times import Timing, TimingReport


@click.command()
@click.argument("target", metavar="TARGET")
@options.groups(
    asking=Asking,
    referring=Referring,
    judging=KernelJudging,
    timing=KernelTiming,
    keeping=Keeping,
    output=KernelOutput,
)
def kernel(
    target: str,
    asking: Asking,
    referring: Referring,
    judging: KernelJudging,
    timing: KernelTiming,
    keeping: Keeping,
    output: KernelOutput,
) -> None:
    """Judge or time a kernel on problems of real networks.

    TARGET is package.module:function, file.py:function, library.so:function, onnxruntime:Conv or model.onnx.
    Exits with 0 where nothing is wrong, 1 where something is, 2 where nothing could be judged.
    """
    _refuse_idle_options(timing, keeping)
    reference = referring.reference(asking.line, judging.call_seconds, is_apart=not judging.in_process)
    target = target if reference else asking.named(target)
    try:
        if reference and timing.bench:
            raise KernelError("--bench times a kernel of a layer: it has no --reference")
        if reference:
            with delivery.progress() as notify:
                report = judge_against(target, reference, judging.plan(asking.dtype), notify)
            verdicts = _delivered(report, report.problems, output)
        elif timing.bench:
            times = _timed(target, asking, timing, judging)
            _keep(times, keeping)
            verdicts = _delivered(times, times.timings, output)
        else:
            report = _judged(target, asking, judging)
            verdicts = _delivered(report, report.problems, output)
    except (KernelError, ProblemError, HistoryError) as problem:
        raise click.UsageError(f"{problem}.") from None
    is_judged = any(verdict not in (Verdict.SKIP, Verdict.MISSING) for verdict in verdicts)
    sys.exit(delivery.exit_code(verdicts, strict=output.strict, is_judged=is_judged))


def _refuse_idle_options(timing: KernelTiming, keeping: Keeping) -> None:
    """Reject options that have no effect, so that a gate which is not active is not relied on."""
    asked = {
        "against": timing.against,
        "baseline": timing.baseline,
        "fail-slower": timing.allowed,
        "save": keeping.save,
        "history": keeping.history,
        "plot": keeping.plot,
        "threads": timing.threads,
        "backward": timing.backward,
    }
    idle = [name for name, value in asked.items() if value not in (None, False)]
    if idle and not timing.bench:
        raise click.UsageError(f"--{idle[0]} has no effect without --bench.")
    if timing.allowed is not None and not (timing.against or timing.baseline):
        raise click.UsageError("--fail-slower needs something to compare with: --against or --baseline.")


def _judged(target: str, asking: Asking, judging: KernelJudging) -> KernelReport:
    plan, asked = judging.plan(asking.dtype, asking.adapter), asking.asked()
    with delivery.progress() as notify:
        if not judging.in_process:
            return Apart(target, asking.framework, judging.call_seconds).judge(asked, plan, notify)
        with opened_kernel(target, asking.framework, asking.adapter, asking.layer) as opened:
            return judge_kernel(opened, asked.problems(opened, plan.dtype, plan.seed), plan, notify)


def _timed(target: str, asking: Asking, timing: KernelTiming, judging: KernelJudging) -> TimingReport:
    is_apart = has_workers() and not judging.in_process
    opened = partial(opened_apart, seconds=judging.call_seconds) if is_apart else opened_kernel
    asked, baseline = asking.asked(), history.read(timing.baseline) if timing.baseline else None
    with (
        delivery.progress() as notify,
        opened(target, asking.framework, asking.adapter, layer=asking.layer) as own,
        opened(timing.against, None, None, layer=asking.layer) if timing.against else nullcontext() as other,
        opened(timing.against, None, None, layer=asking.layer)
        if timing.against and is_apart
        else nullcontext() as same,
    ):
        plan = gate.TimingPlan(
            dtype=asking.dtype,
            against=other,
            same=same,
            baseline=baseline,
            allowed=timing.allowed,
            backward=timing.backward,
            budget=timing.budget,
            clock=timing.clock,
            threads=timing.threads,
            inexact=judging.inexact,
        )
        return gate.time_kernel(own, asked.problems(own, plan.dtype), plan, notify)


def _keep(report: TimingReport, keeping: Keeping) -> None:
    """Write the times where they were asked to be kept."""
    if keeping.save:
        history.write(report, keeping.save)
    if keeping.history:
        history.keep(report, keeping.history)
        if keeping.plot:
            keeping.plot.write_text(history.plot(keeping.history), encoding="utf-8")
    elif keeping.plot:
        raise HistoryError("--plot draws a history: it needs --history")


def _delivered(
    answer: KernelReport | TimingReport, rows: Sequence[ProblemReport | Timing], output: KernelOutput
) -> list[Verdict]:
    """Write an answer, and return the verdict on each problem."""
    output.deliver(answer)
    return [row.verdict for row in rows]
