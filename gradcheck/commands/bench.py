"""The command ``gradcheck bench``: how fast a target's functions are beside fast."""

from pathlib import Path
from typing import Any

import click

from gradcheck import timing as comparing
from gradcheck.commands import bench_options, progress
from gradcheck.commands.delivery import UNBROKEN, colour, deliver, width
from gradcheck.reporting import formats
from gradcheck.subjects.loading import LoadError


@click.command()
@click.argument("target", default="gradcheck.naive")
@bench_options.with_comparison
def bench(
    target: str, problems: str, batch: int | None, format_name: str, output: Path | None, **how: Any
) -> None:
    """Time a target's functions beside fast, in one run; gradcheck.naive by default.

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
    text = formats.render(found, format_name, colour=is_coloured, width=columns)
    deliver(text, output, formats.summary(found))
