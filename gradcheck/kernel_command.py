"""The command ``gradcheck kernel``: whether a new kernel is right, and as fast as before."""

import sys
from pathlib import Path

import click
import msgspec

from gradcheck import delivery, layers, options, progress
from gradcheck.kernels import bounds, checks, dtypes, frameworks, problems, target, verify
from gradcheck.kernels.kernel import KernelError
from gradcheck.kernels.problems import Problem, ProblemError
from gradcheck.kernels.report import KernelReport
from gradcheck.report import Verdict
from gradcheck.telling import kernels as telling


@click.command()
@click.argument("kernel_name", metavar="TARGET")
@click.option(
    "--layer", default="conv2d", show_default=True, callback=options.one_name("layer", layers.BY_NAME)
)
@click.option(
    "--problems",
    "sets",
    multiple=True,
    metavar="SET",
    default=(problems.BATTERY, "adversarial"),
    show_default=True,
    help=f"A set of problems ({', '.join((problems.BATTERY, *problems.NAMES))}) or a file (again for several).",
)
@click.option("--problem", "line", metavar='"LINE"', help="This one problem, as a report printed it.")
@click.option("--batch", type=click.IntRange(min=1), metavar="N", help="So many samples in every problem.")
@click.option(
    "--dtype",
    "dtype_name",
    default="float32",
    show_default=True,
    callback=options.one_name("dtype", dtypes.BY_NAME),
)
@click.option(
    "--framework", callback=options.one_name("framework", frameworks.BY_NAME), help="Whose arrays it takes."
)
@click.option(
    "--check",
    "check_names",
    multiple=True,
    metavar="NAME",
    callback=options.names("check", checks.BY_NAME),
    help="Run only these checks (again, or with commas, for several).",
)
@click.option(
    "--inexact",
    type=click.Choice(bounds.INEXACT),
    help="Declare that it does not sum products: it gets a normwise bound.",
)
@click.option(
    "--sums-in",
    callback=options.one_name("dtype", dtypes.BY_NAME),
    help="Demand that it sums in a longer dtype (half precision in float32).",
)
@click.option(
    "--declare",
    "declared",
    multiple=True,
    type=click.Choice(["threads", "repeat", "refusal"]),
    help="Declare that bits depend on the threads, are others every time, or that impossible geometry is taken.",
)
@click.option(
    "--seed", type=click.IntRange(0, options.LARGEST_SEED), metavar="N", default=0, show_default=True
)
@click.option(
    "--format", "format_name", type=click.Choice(["text", "json"]), default="text", show_default=True
)
@click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False), callback=options.writable, metavar="FILE"
)
@click.option("--strict", is_flag=True, help="Exit with 1 also where something is missing or inconclusive.")
def kernel(
    kernel_name: str,
    layer: str,
    sets: tuple[str, ...],
    line: str | None,
    batch: int | None,
    dtype_name: str,
    framework: str | None,
    check_names: tuple[str, ...],
    inexact: str | None,
    sums_in: str | None,
    declared: tuple[str, ...],
    seed: int,
    format_name: str,
    output: Path | None,
    strict: bool,
) -> None:
    """Judge a kernel, package.module:function or file.py:function, on problems of real networks.

    Exits with 0 where nothing is wrong, 1 where something is, 2 where nothing could be judged.
    """
    plan = verify.Plan(
        dtype=dtypes.BY_NAME[dtype_name],
        checks=check_names,
        seed=seed,
        inexact=inexact,
        sums_in=sums_in,
        declared=tuple(dict.fromkeys(declared)),
    )
    chosen = _problems(layer, sets, line, batch)
    try:
        with progress.line() as tell, target.opened(kernel_name, framework) as opened:
            report = verify.verify(opened, chosen, plan, tell)
    except KernelError as problem:
        raise click.UsageError(f"{problem}.") from None
    told = _told(report, format_name, output is None)
    delivery.deliver(told, output, telling.summary(report))
    sys.exit(exit_code(report, strict))


def exit_code(report: KernelReport, strict: bool = False) -> int:
    """Return what the command exits with."""
    unclear = {Verdict.MISSING, Verdict.INCONCLUSIVE} if strict else set()
    if any(problem.verdict.is_wrong or problem.verdict in unclear for problem in report.problems):
        return delivery.WRONG
    judged = any(problem.verdict is not Verdict.SKIP for problem in report.problems)
    return delivery.NOTHING_WRONG if judged else delivery.NOT_JUDGED


def _problems(layer: str, sets: tuple[str, ...], line: str | None, batch: int | None) -> list[Problem]:
    """Return the problems of a layer, each once."""
    try:
        found = [problems.of_line(line)] if line else [each for name in sets for each in problems.read(name)]
    except ProblemError as problem:
        raise click.UsageError(f"{problem}.") from None
    kept = [
        each.at_batch(batch) if batch else each for each in found if each.case.layer.name == layer or line
    ]
    if not kept:
        raise click.UsageError(f"none of these problems is of the layer {layer}.")
    return list({str(problem): problem for problem in kept}.values())


def _told(report: KernelReport, format_name: str, is_shown: bool) -> str:
    if format_name == "json":
        return msgspec.json.format(msgspec.json.encode(report)).decode() + "\n"
    return telling.as_text(
        report, delivery.colour() and is_shown, delivery.width() if is_shown else delivery.UNBROKEN
    )
