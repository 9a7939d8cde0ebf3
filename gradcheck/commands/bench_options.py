"""The options of ``gradcheck bench``: what is timed, and how."""

from functools import reduce
from pathlib import Path

import click

from gradcheck import layers
from gradcheck.commands.options import Command, one_name, writable
from gradcheck.contract import PARTS
from gradcheck.kernels import problems
from gradcheck.subjects import dialects


def parts(context: click.Context, parameter: click.Parameter, given: str) -> tuple[str, ...]:
    """Return the parts that a word stands for."""
    return PARTS if given == "both" else (given,)


def problems_of(source: str, batch: int | None) -> tuple[problems.Problem, ...]:
    """Return the problems of a set or a file, at another batch size if there is one. Raises ProblemError."""
    found = problems.read(source)
    return found if batch is None else tuple(problem.at_batch(batch) for problem in found)


WHAT = (
    click.option(
        "--problems",
        metavar="SET",
        default="course",
        show_default=True,
        help=f"{', '.join(problems.NAMES)}, or a file of such lines.",
    ),
    click.option(
        "--layer",
        metavar="NAME",
        default="conv2d",
        show_default=True,
        callback=one_name("layer", layers.BY_NAME),
    ),
    click.option(
        "--part",
        "parts",
        type=click.Choice([*PARTS, "both"]),
        default="both",
        show_default=True,
        callback=parts,
    ),
    click.option("--dtype", type=click.Choice(["float64", "float32"]), default="float32", show_default=True),
    click.option("--batch", type=click.IntRange(min=1), metavar="N", help="Samples, whatever the set says."),
    click.option("--dialect", metavar="NAME", callback=one_name("dialect", dialects.BY_NAME)),
)

HOW = (
    click.option(
        "--threads",
        type=click.IntRange(min=1),
        metavar="N",
        help="For both sides; by default as many as they like.",
    ),
    click.option(
        "--repeats",
        type=click.IntRange(min=1),
        metavar="N",
        default=10,
        show_default=True,
        help="At most.",
    ),
    click.option(
        "--budget",
        type=click.FloatRange(min=0),
        metavar="SECONDS",
        default=10.0,
        show_default=True,
        help="After which a problem is not repeated.",
    ),
    click.option("--format", "format_name", type=click.Choice(["text", "json"]), default="text"),
    click.option(
        "--output", type=click.Path(path_type=Path, dir_okay=False), callback=writable, metavar="FILE"
    ),
)


def with_comparison(command: Command) -> Command:
    """Add the options to a command, in the order in which its help tells them."""
    return reduce(lambda function, option: option(function), reversed((*WHAT, *HOW)), command)
