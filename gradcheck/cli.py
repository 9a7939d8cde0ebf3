"""The command: ``gradcheck verify``, ``gradcheck replay``, ``gradcheck list``."""

import os
import shutil
import sys
from pathlib import Path

import click

from gradcheck import __version__, formats, layers, listing, options, progress, run
from gradcheck.report import Report, Verdict
from gradcheck.summary import summary

NOTHING_WRONG, WRONG, NOT_JUDGED, INTERRUPTED = 0, 1, 2, 130
UNBROKEN = 10_000
"""The width of what is piped: wide enough that no line is broken."""


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
    callback=options.names("layer", layers.BY_NAME),
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
@options.with_output
@click.option("--strict", is_flag=True, help="Exit with 1 also where something is missing or inconclusive.")
def verify(
    targets: tuple[str, ...],
    layer_names: tuple[str, ...],
    dialect: str | None,
    check_names: tuple[str, ...],
    cases: int,
    seed: int,
    format_name: str,
    output: Path | None,
    strict: bool,
) -> None:
    """Verify files, folders or modules; naive and fast by default.

    Exits with 0 where nothing is wrong, 1 where something is, 2 where a target could not be judged.
    """
    plan = run.Plan(dialect=dialect, layers=layer_names, checks=check_names, cases=cases, seed=seed)
    with progress.shown() as tell:
        report = run.verify(targets or ("naive", "fast"), plan, tell)
    _tell(report, format_name, output, dialect)
    sys.exit(exit_code(report, strict))


@main.command()
@click.argument("target")
@click.argument("line", nargs=-1, required=True, metavar='"CASE LINE"')
@options.with_judges
@options.with_output
def replay(
    target: str,
    line: tuple[str, ...],
    dialect: str | None,
    check_names: tuple[str, ...],
    format_name: str,
    output: Path | None,
) -> None:
    """Run one case again, as a report printed it."""
    case = options.case_of(" ".join(line))
    report = run.verify([target], run.Plan(dialect=dialect, checks=check_names, only=case, seed=case.seed))
    _tell(report, format_name, output, dialect)
    sys.exit(exit_code(report))


@main.command("list")
@click.argument("what", type=click.Choice(list(listing.ROWS)))
@click.option("--format", "format_name", type=click.Choice(["text", "json"]), default="text")
def list_(what: str, format_name: str) -> None:
    """List what there is: layers, checks or dialects."""
    rows = listing.ROWS[what]()
    told = listing.as_json(rows) if format_name == "json" else listing.as_text(rows, _colour(), _width())
    _write(told)


def exit_code(report: Report, strict: bool = False) -> int:
    """Return what the command exits with: a part that is wrong counts for more than a target without verdict."""
    unclear = {Verdict.MISSING, Verdict.INCONCLUSIVE} if strict else set()
    if any(part.verdict.is_wrong or part.verdict in unclear for part in report.parts()):
        return WRONG
    return NOT_JUDGED if any(target.error is not None for target in report.targets) else NOTHING_WRONG


def _tell(report: Report, format_name: str, output: Path | None, dialect: str | None) -> None:
    """Write a report to stdout, or to a file."""
    render = formats.BY_NAME[format_name].render
    if output is None:
        _write(render(report, colour=_colour(), width=_width(), dialect=dialect))
        return
    try:
        output.write_text(render(report, width=UNBROKEN, dialect=dialect), encoding="utf-8")
    except OSError as problem:
        raise click.UsageError(f"cannot write {str(output)!r}: {problem.strerror}.") from None
    click.echo(f"{summary(report)}; written to {output}", err=True)


def _write(text: str) -> None:
    """Write to stdout, in the characters it has; who reads it may have gone."""
    encoding = sys.stdout.encoding or "utf-8"
    try:
        click.echo(text.encode(encoding, "replace").decode(encoding), nl=False)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _colour() -> bool:
    is_plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return sys.stdout.isatty() and not is_plain


def _width() -> int:
    return shutil.get_terminal_size((100, 24)).columns if sys.stdout.isatty() else UNBROKEN
