"""The commands ``gradcheck verify`` and ``gradcheck replay``: whether somebody's layers are right."""

import sys
from pathlib import Path

import click

from gradcheck.commands import options, progress
from gradcheck.commands.delivery import NOT_JUDGED, NOTHING_WRONG, UNBROKEN, WRONG, colour, deliver, width
from gradcheck.isolation.limits import Limits
from gradcheck.judging import run
from gradcheck.judging.plan import DEFAULT_CASES, JUDGED, Plan
from gradcheck.report import Report, Verdict
from gradcheck.reporting import formats
from gradcheck.reporting.github import add_to_summary


@click.command()
@click.argument("targets", nargs=-1, metavar="[TARGET]...")
@click.option(
    "--layer",
    "layer_names",
    multiple=True,
    metavar="NAME",
    callback=options.names("layer", JUDGED),
    help="Verify only these layers (again, or with commas, for several).",
)
@options.with_judges
@click.option(
    "--cases",
    type=click.IntRange(min=0),
    metavar="N",
    default=DEFAULT_CASES,
    show_default=True,
    help="How many random cases beside the fixed ones.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, options.LARGEST_SEED),
    metavar="N",
    default=0,
    show_default=True,
    help="Where the random cases start from.",
)
@options.with_isolation
@click.option(
    "--processes",
    type=click.IntRange(1, 2),
    default=options.processes,
    show_default="2 where there are two processors",
    metavar="N",
    help="How many processes judge what lives in workers.",
)
@options.with_output
@click.option("--strict", is_flag=True, help="Exit with 1 also where something is missing or inconclusive.")
def verify(
    targets: tuple[str, ...],
    layer_names: tuple[str, ...],
    dialect: str | None,
    check_names: tuple[str, ...],
    cases: int,
    seed: int,
    isolate: bool,
    in_process: bool,
    require_isolation: str | None,
    call_seconds: float,
    processes: int,
    format_name: str,
    output: Path | None,
    strict: bool,
) -> None:
    """Verify files, folders or modules; gradcheck.naive and gradcheck.fast by default.

    Files and folders run in a worker process, in the strongest isolation there is; modules in this process.

    Exits with 0 where nothing is wrong, 1 where something is, 2 where a target could not be judged.
    """
    plan = Plan(
        dialect=dialect,
        layers=layer_names,
        checks=check_names,
        cases=cases,
        seed=seed,
        isolation=options.isolation_of(isolate, in_process, require_isolation),
        limits=Limits(call=call_seconds),
        processes=processes,
    )
    with progress.shown() as tell:
        report = run.verify(targets or ("gradcheck.naive", "gradcheck.fast"), plan, tell)
    _tell(report, format_name, output, dialect)
    sys.exit(exit_code(report, strict))


@click.command()
@click.argument("target")
@click.argument("line", nargs=-1, required=True, metavar='"CASE LINE"')
@options.with_judges
@options.with_isolation
@options.with_output
def replay(
    target: str,
    line: tuple[str, ...],
    dialect: str | None,
    check_names: tuple[str, ...],
    isolate: bool,
    in_process: bool,
    require_isolation: str | None,
    call_seconds: float,
    format_name: str,
    output: Path | None,
) -> None:
    """Run one case again, as a report printed it."""
    case = options.case_of(" ".join(line))
    plan = Plan(
        dialect=dialect,
        checks=check_names,
        only=case,
        seed=case.seed,
        isolation=options.isolation_of(isolate, in_process, require_isolation),
        limits=Limits(call=call_seconds),
    )
    report = run.verify([target], plan)
    _tell(report, format_name, output, dialect)
    sys.exit(exit_code(report))


def exit_code(report: Report, strict: bool = False) -> int:
    """Return what the command exits with: a part that is wrong counts for more than a target without verdict."""
    unclear = {Verdict.MISSING, Verdict.INCONCLUSIVE} if strict else set()
    if any(part.verdict.is_wrong or part.verdict in unclear for part in report.parts()):
        return WRONG
    return NOT_JUDGED if any(target.error is not None for target in report.targets) else NOTHING_WRONG


def _tell(report: Report, format_name: str, output: Path | None, dialect: str | None) -> None:
    """Write a report to stdout, or to a file."""
    is_shown = output is None
    columns = width() if is_shown else UNBROKEN
    text = formats.render(report, format_name, colour=colour() and is_shown, width=columns, dialect=dialect)
    deliver(text, output, formats.summary(report))
    if format_name == "github":
        add_to_summary(formats.render(report, "markdown", dialect=dialect))
