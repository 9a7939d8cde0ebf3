"""The command ``gradcheck bench``: how fast a target's functions are next to fast."""

from dataclasses import dataclass
from pathlib import Path

import click

from gradcheck import layers
from gradcheck.commands import delivery, options
from gradcheck.commands.options import option
from gradcheck.contract import PARTS
from gradcheck.kernels.problems import NAMES, Problem, read
from gradcheck.reporting import formats
from gradcheck.subjects import dialects
from gradcheck.subjects.loading import LoadError
from gradcheck.timing import contest
from gradcheck.timing.times import Comparison


def parts(context: click.Context, parameter: click.Parameter, given: str) -> tuple[str, ...]:
    """Return the parts that a word stands for."""
    return PARTS if given == "both" else (given,)


@dataclass(frozen=True, kw_only=True)
class Comparing:
    """What is timed: which part of which layer, on which problems."""

    problems: str = option(
        "--problems",
        metavar="SET",
        default="course",
        show_default=True,
        help=f"{', '.join(NAMES)}, or a file of such lines.",
    )
    layer: str = option(
        "--layer",
        metavar="NAME",
        default="conv2d",
        show_default=True,
        callback=options.one_name("layer", layers.BY_NAME),
    )
    parts: tuple[str, ...] = option(
        "--part", type=click.Choice([*PARTS, "both"]), default="both", show_default=True, callback=parts
    )
    dtype: str = option(
        "--dtype", type=click.Choice(["float64", "float32"]), default="float32", show_default=True
    )
    batch: int | None = option(
        "--batch", type=click.IntRange(min=1), metavar="N", help="Samples, whatever the set says."
    )
    dialect: str | None = option(
        "--dialect", metavar="NAME", callback=options.one_name("dialect", dialects.BY_NAME)
    )

    def chosen(self) -> tuple[Problem, ...]:
        """Return the problems of the set or the file, at the batch size if there is one. Raises ProblemError."""
        found = read(self.problems)
        return found if self.batch is None else tuple(problem.at_batch(self.batch) for problem in found)


@dataclass(frozen=True, kw_only=True)
class Repeating:
    """How it is timed."""

    threads: int | None = option(
        "--threads",
        type=click.IntRange(min=1),
        metavar="N",
        help="For both sides; by default as many as they like.",
    )
    repeats: int = option(
        "--repeats", type=click.IntRange(min=1), metavar="N", default=10, show_default=True, help="At most."
    )
    budget: float = option(
        "--budget",
        type=click.FloatRange(min=0),
        metavar="SECONDS",
        default=10.0,
        show_default=True,
        help="After which a problem is not repeated.",
    )


@dataclass(frozen=True, kw_only=True)
class BenchOutput(delivery.Output):
    """How and where the comparison is written."""

    format: str = option("--format", type=click.Choice(formats.names(Comparison)), default="text")
    path: Path | None = option("--output", type=options.FILE, callback=options.writable, metavar="FILE")


@click.command()
@click.argument("target", default="gradcheck.naive")
@options.groups(comparing=Comparing, repeating=Repeating, output=BenchOutput)
def bench(target: str, comparing: Comparing, repeating: Repeating, output: BenchOutput) -> None:
    """Time a target's functions against fast, in one run; gradcheck.naive by default.

    The target's code runs in this process. What is counted is its functions alone, not how they are called.
    """
    settings = contest.Settings(
        layer=comparing.layer,
        parts=comparing.parts,
        dtype=comparing.dtype,
        dialect=comparing.dialect,
        threads=repeating.threads,
        repeats=repeating.repeats,
        budget=repeating.budget,
    )
    try:
        with delivery.progress() as notify:
            found = contest.bench(
                target, comparing.chosen(), settings, name=comparing.problems, notify=notify
            )
    except (LoadError, ValueError) as problem:
        raise click.UsageError(str(problem)) from None
    output.deliver(found)
