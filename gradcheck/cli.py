"""The command: ``gradcheck verify``, ``replay``, ``bench``, ``kernel``, ``mutants``, ``explain`` and ``list``."""

import sys
import time
from pathlib import Path
from typing import Any

import click

from gradcheck import __version__, bench_options, formats, layers, matrix, options, progress, run
from gradcheck import bench as comparing
from gradcheck.delivery import (
    INTERRUPTED,
    NOT_JUDGED,
    NOTHING_WRONG,
    UNBROKEN,
    WRONG,
    colour,
    deliver,
    width,
    write,
)
from gradcheck.kernel_command import kernel
from gradcheck.loading import LoadError
from gradcheck.mutants import MUTANTS
from gradcheck.report import Report, Verdict
from gradcheck.telling import annotation, catalogue, comparison, listing
from gradcheck.telling import explain as explanations
from gradcheck.telling.summary import summary
from gradcheck.worker.limits import Limits


class Interruptible(click.Group):
    """A group of commands that ends with one line when it is interrupted."""

    def invoke(self, context: click.Context) -> None:
        """Run the command."""
        try:
            super().invoke(context)
        except KeyboardInterrupt:
            click.echo("interrupted", err=True)
            context.exit(INTERRUPTED)


@click.group(cls=Interruptible, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="gradcheck", message="%(prog)s %(version)s")
def main() -> None:
    """Tell which hand-written forward and backward functions are right, which are wrong, where, and by how much."""


@main.command()
@click.argument("targets", nargs=-1, metavar="[TARGET]...")
@click.option(
    "--layer",
    "layer_names",
    multiple=True,
    metavar="NAME",
    callback=options.names("layer", run.JUDGED),
    help="Verify only these layers (again, or with commas, for several).",
)
@options.with_judges
@click.option(
    "--cases",
    type=click.IntRange(min=0),
    metavar="N",
    default=run.DEFAULT_CASES,
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
    format_name: str,
    output: Path | None,
    strict: bool,
) -> None:
    """Verify files, folders or modules; naive and fast by default.

    Files and folders run in a worker process, in the strongest isolation there is; modules in this process.

    Exits with 0 where nothing is wrong, 1 where something is, 2 where a target could not be judged.
    """
    plan = run.Plan(
        dialect=dialect,
        layers=layer_names,
        checks=check_names,
        cases=cases,
        seed=seed,
        isolation=options.isolation_of(isolate, in_process, require_isolation),
        limits=Limits(call=call_seconds),
    )
    with progress.shown() as tell:
        report = run.verify(targets or ("naive", "fast"), plan, tell)
    _tell(report, format_name, output, dialect)
    sys.exit(exit_code(report, strict))


@main.command()
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
    plan = run.Plan(
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


@main.command()
@click.option(
    "--layer",
    "layer_names",
    multiple=True,
    metavar="NAME",
    callback=options.names("layer", layers.BY_NAME),
    help="Only the mistakes in these layers (again, or with commas, for several).",
)
@click.option(
    "--seed", type=click.IntRange(0, options.LARGEST_SEED), metavar="N", default=0, show_default=True
)
@click.option("--format", "format_name", type=click.Choice(["text", "json", "markdown"]), default="text")
@click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False), callback=options.writable, metavar="FILE"
)
def mutants(layer_names: tuple[str, ...], seed: int, format_name: str, output: Path | None) -> None:
    """Run the suite over the catalogue of known mistakes: which check catches each, and how soon.

    Exits with 1 where a mistake survives.
    """
    chosen = [mutant for mutant in MUTANTS if not layer_names or mutant.layer in layer_names]
    started = time.perf_counter()
    found = catalogue.of(matrix.matrix(chosen, seed=seed), seed, time.perf_counter() - started)
    columns = width() if output is None else UNBROKEN
    told = {
        "text": lambda: catalogue.as_text(found, colour() and output is None, columns),
        "json": lambda: catalogue.as_json(found),
        "markdown": lambda: catalogue.as_markdown(found),
    }[format_name]()
    deliver(told, output, catalogue.summary(found))
    sys.exit(WRONG if catalogue.survivors(found) else NOTHING_WRONG)


@main.command()
@click.argument("target", default="naive")
@bench_options.with_comparison
def bench(
    target: str, problems: str, batch: int | None, format_name: str, output: Path | None, **how: Any
) -> None:
    """Time a target's functions beside fast, in one run; naive by default.

    The target's code runs in this process. What is counted is its functions alone, not how they are called.
    """
    try:
        with progress.line() as tell:
            found = comparing.bench(
                target,
                bench_options.problems_of(problems, batch),
                comparing.Settings(**how),
                name=problems,
                tell=tell,
            )
    except (LoadError, ValueError) as problem:
        raise click.UsageError(str(problem)) from None
    columns = width() if output is None else UNBROKEN
    is_coloured = colour() and output is None
    told = (
        comparison.as_json(found)
        if format_name == "json"
        else comparison.as_text(found, is_coloured, columns)
    )
    deliver(told, output, comparison.summary(found))


@main.command()
@click.argument("name")
def explain(name: str) -> None:
    """Explain a known mistake, with the smallest case that shows it, or a check."""
    found = explanations.find(name)
    if not found:
        raise click.UsageError(
            f"there is no mistake or check {name!r}; there are {', '.join(explanations.known_names())}."
        )
    write(explanations.explained(found))


@main.command("list")
@click.argument("what", type=click.Choice(list(listing.ROWS)))
@click.option("--format", "format_name", type=click.Choice(["text", "json"]), default="text")
def list_(what: str, format_name: str) -> None:
    """List what there is: layers, checks or dialects."""
    rows = listing.ROWS[what]()
    told = listing.as_json(rows) if format_name == "json" else listing.as_text(rows, colour(), width())
    write(told)


def exit_code(report: Report, strict: bool = False) -> int:
    """Return what the command exits with: a part that is wrong counts for more than a target without verdict."""
    unclear = {Verdict.MISSING, Verdict.INCONCLUSIVE} if strict else set()
    if any(part.verdict.is_wrong or part.verdict in unclear for part in report.parts()):
        return WRONG
    return NOT_JUDGED if any(target.error is not None for target in report.targets) else NOTHING_WRONG


def _tell(report: Report, format_name: str, output: Path | None, dialect: str | None) -> None:
    """Write a report to stdout, or to a file."""
    render = formats.BY_NAME[format_name].render
    is_shown = output is None
    told = render(
        report, colour=colour() and is_shown, width=width() if is_shown else UNBROKEN, dialect=dialect
    )
    deliver(told, output, summary(report))
    if format_name == "github":
        annotation.add_to_summary(formats.BY_NAME["markdown"].render(report, dialect=dialect))


main.add_command(kernel)
