"""The commands ``gradcheck verify`` and ``gradcheck replay``: whether layers are right."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import click

from gradcheck import checks
from gradcheck.commands import delivery, options
from gradcheck.commands.options import option
from gradcheck.contract import Case
from gradcheck.isolation.levels import NEEDS, Level, Limits, available, has_workers, strongest
from gradcheck.judging import run
from gradcheck.judging.plan import DECLARABLE, HINTS, Plan, judged
from gradcheck.report import Report, Verdict
from gradcheck.reporting import formats, github
from gradcheck.subjects import dialects

KNOWN = tuple(checks.BY_NAME)
"""The names of the checks; in `Judging` below, `checks` is an option."""


@dataclass(frozen=True, kw_only=True)
class Judging:
    """How the target reads, and which checks judge it."""

    dialect: str | None = option(
        "--dialect",
        metavar="NAME",
        callback=options.one_name("dialect", dialects.BY_NAME),
        help="How the code is written; found out by itself where not given.",
    )
    adapter: str | None = option(
        "--adapter",
        metavar="FILE",
        callback=options.adapter,
        help="Judge what this file of yours defines, which calls the target's code; it runs where the target runs.",
    )
    checks: tuple[str, ...] = option(
        "--check",
        multiple=True,
        metavar="NAME",
        callback=options.names("check", KNOWN),
        help="Run only these checks (repeat the option, or separate names with commas).",
    )
    promised: tuple[str, ...] = option(
        "--promise",
        multiple=True,
        metavar="NAME",
        callback=options.names("check", KNOWN),
        help="Demand this check, also where code of this kind usually does not promise it (again for several).",
    )
    declared: tuple[str, ...] = option(
        "--declare",
        multiple=True,
        metavar="NAME",
        callback=options.names("check to declare", DECLARABLE),
        help=f"Declare that this check does not hold: its failures are notes (again for several). One of "
        f"{', '.join(DECLARABLE)}.",
    )

    def refuse_contradictions(self) -> None:
        """Raise click.UsageError if a check is promised and declared not to hold."""
        for name in self.promised:
            if name in self.declared:
                raise click.UsageError(f"--promise {name} contradicts --declare {name}.")


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """How cases are drawn."""

    cases: int | None = option(
        "--cases",
        type=click.IntRange(min=0),
        metavar="N",
        help="How many random cases in addition to the fixed ones; by default as many as have every class of each "
        "parameter.",
    )
    thorough: bool = option(
        "--thorough", is_flag=True, help="Draw cases that have every pair of classes of two parameters."
    )
    seed: int = option(
        "--seed",
        metavar="N",
        callback=options.seed,
        default="0",
        show_default=True,
        help="Where the random cases start from; 'random' draws one, which nobody can know before, and reports it.",
    )


@dataclass(frozen=True, kw_only=True)
class Isolation:
    """Where the target's code runs, and what it may use."""

    isolate: bool = option(
        "--isolate", is_flag=True, help="Run everything in the strongest isolation there is, modules too."
    )
    in_process: bool = option(
        "--in-process",
        is_flag=True,
        help="Run everything in this process, files too: no isolation, no limits.",
    )
    require: str | None = option(
        "--require-isolation",
        metavar="LEVEL",
        type=click.Choice([level.value for level in Level]),
        help=f"Refuse to run below this level: {', '.join(level.value for level in Level)}.",
    )
    call_seconds: float = option(
        "--call-seconds",
        type=click.FloatRange(min=0, min_open=True),
        default=Limits().call,
        show_default=True,
        metavar="N",
        help="How long one call in a worker may take; on a platform without workers, one call of a file.",
    )
    allow: tuple[str, ...] = option(
        "--allow",
        multiple=True,
        metavar="PACKAGE",
        callback=options.packages,
        help="An installed package that files may import in a worker, with what it needs: torch, scipy "
        "(repeat the option, or separate names with commas).",
    )

    root: str | None = option(
        "--root",
        metavar="FOLDER",
        type=click.Path(exists=True, file_okay=False),
        help="The folder of the package that the target is part of: in a worker its code may read and import what is "
        "there, and else only what lies in its own folder.",
    )

    @property
    def wish(self) -> str:
        """What a plan says of isolation.

        Raises
        ------
        click.UsageError
            If the options contradict each other, or the level that is required cannot be had here.
        """
        if self.in_process and (self.isolate or (self.require and Level(self.require) is not Level.PROCESS)):
            raise click.UsageError("--in-process is no isolation; leave it out, or the other option.")
        if self.in_process and self.allow:
            raise click.UsageError("--in-process allows every package; leave it out, or --allow.")
        if self.require and strongest().rank < Level(self.require).rank:
            there = ", ".join(level.value for level in available())
            raise click.UsageError(
                f"the isolation {self.require!r} cannot be had here; there is {there}. "
                f"{self.require!r} needs {NEEDS[Level(self.require)]}. See docs/isolation.md."
            )
        if self.in_process:
            return Level.PROCESS
        return "strongest" if self.isolate or self.require else "files"

    @property
    def limits(self) -> Limits:
        """The limits of a worker."""
        return Limits(call=self.call_seconds, packages=self.allow)


def usual_processes() -> int:
    """Return how many processes judge what lives in workers, by default."""
    return min(2, len(os.sched_getaffinity(0))) if has_workers() else 1


@dataclass(frozen=True, kw_only=True)
class SharedIsolation(Isolation):
    """The same, where several processes may share the work."""

    processes: int = option(
        "--processes",
        type=click.IntRange(1, 2),
        default=usual_processes,
        show_default="2 where there are two processors",
        metavar="N",
        help="How many processes judge what lives in workers.",
    )

    def notify(self) -> None:
        """Say that one process judges, where the option asks for more than the platform can do."""
        if self.processes > 1 and not has_workers():
            click.echo(
                "one process judges: a second one needs workers, which this platform does not have", err=True
            )


@dataclass(frozen=True, kw_only=True)
class ReportOutput(delivery.Output):
    """How and where a report is written."""

    format: str = option(
        "--format", type=click.Choice(formats.names(Report)), default="text", show_default=True
    )
    path: Path | None = option(
        "--output",
        type=click.Path(dir_okay=False, writable=True, path_type=Path),
        callback=options.writable,
        help="Write to FILE.",
        metavar="FILE",
    )

    def write_report(self, report: Report, dialect: str | None) -> None:
        """Write a report; replay lines repeat the dialect."""
        self.deliver(report, dialect)
        if self.format == "github":
            github.add_to_summary(formats.render(report, "markdown", dialect=dialect))


@dataclass(frozen=True, kw_only=True)
class StrictOutput(ReportOutput):
    """The same, and what the exit code says."""

    hint: str = option(
        "--hint",
        type=click.Choice(HINTS),
        default="edit",
        show_default=True,
        help="How much a failure says about its cause: where the wrong entries are, which known mistake it is, which "
        "line is wrong, what it should be.",
    )
    strict: bool = option(
        "--strict",
        is_flag=True,
        help="Exit with 1 also where something is missing, inconclusive or not judged.",
    )


@click.command()
@click.argument("targets", nargs=-1, metavar="[TARGET]...")
@click.option(
    "--layer",
    "layers",
    multiple=True,
    metavar="NAME",
    callback=options.names("layer", judged),
    help="Verify only these layers (repeat the option, or separate names with commas).",
)
@click.option(
    "--each",
    is_flag=True,
    help="Everything in a folder (a folder, a file, a notebook, a zip) is a submission of its own, in its own worker.",
)
@options.with_layers
@options.groups(judging=Judging, drawing=Drawing, isolation=SharedIsolation, output=StrictOutput)
def verify(
    targets: tuple[str, ...],
    layers: tuple[str, ...],
    each: bool,
    judging: Judging,
    drawing: Drawing,
    isolation: SharedIsolation,
    output: StrictOutput,
) -> None:
    """Verify files, folders or modules; gradcheck.naive and gradcheck.fast by default.

    Files and folders run in a worker process, in the strongest isolation there is; modules in this process. Windows and
    macOS have no workers, and everything runs in this process.

    Exits with 0 where nothing is wrong, 1 where something is, 2 where a target could not be judged.
    """
    judging.refuse_contradictions()
    isolation.notify()
    plan = Plan(
        dialect=judging.dialect,
        adapter=judging.adapter,
        layers=layers,
        checks=judging.checks,
        promised=judging.promised,
        declared=judging.declared,
        cases=drawing.cases,
        thorough=drawing.thorough,
        seed=drawing.seed,
        isolation=isolation.wish,
        root=isolation.root,
        limits=isolation.limits,
        processes=isolation.processes,
        each=each,
        hint=output.hint,
    )
    with delivery.progress() as show:

        def notify(target: str, layer: str) -> None:
            show(f"{layer}  ({target})")

        report = run.verify(targets or ("gradcheck.naive", "gradcheck.fast"), plan, notify)
    output.write_report(report, judging.dialect)
    sys.exit(_exit_code(report, output.strict))


@click.command()
@click.argument("target")
@click.argument("line", nargs=-1, required=True, metavar='"CASE LINE"')
@options.with_layers
@options.groups(judging=Judging, isolation=Isolation, output=ReportOutput)
def replay(
    target: str, line: tuple[str, ...], judging: Judging, isolation: Isolation, output: ReportOutput
) -> None:
    """Run one case again, as a report printed it."""
    plan = isolated(judging, isolation, options.case_of(" ".join(line)))
    report = run.verify([target], plan)
    output.write_report(report, judging.dialect)
    sys.exit(_exit_code(report))


def isolated(judging: Judging, isolation: Isolation, case: Case) -> Plan:
    """Return the plan that judges one case, where and as the options say."""
    judging.refuse_contradictions()
    return Plan(
        dialect=judging.dialect,
        adapter=judging.adapter,
        checks=judging.checks,
        promised=judging.promised,
        declared=judging.declared,
        only=case,
        seed=case.seed,
        isolation=isolation.wish,
        root=isolation.root,
        limits=isolation.limits,
    )


def _exit_code(report: Report, strict: bool = False) -> int:
    # What was not judged has no verdict: under --strict it counts as what is inconclusive does.
    unclear = [Verdict.INCONCLUSIVE for target in report.targets if target.error and target.unjudged]
    unclear += [Verdict.INCONCLUSIVE for part in report.parts() if part.reason]
    return delivery.exit_code(
        (*(part.verdict for part in report.parts()), *unclear),
        strict=strict,
        is_judged=all(target.error is None for target in report.targets),
    )
