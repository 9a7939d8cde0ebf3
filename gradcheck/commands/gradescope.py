"""The command ``gradcheck gradescope``: what a teacher uploads to Gradescope."""

from pathlib import Path

import click

from gradcheck.commands import options
from gradcheck.grading.refused import Refused
from gradcheck.grading.results.files import replace_file
from gradcheck.grading.upload import autograder
from gradcheck.text import one_line


@click.command()
@click.argument("rubric", metavar="RUBRIC")
@click.option(
    "-o",
    "--output",
    default="autograder.zip",
    show_default=True,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where the zip is written.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, options.LARGEST_SEED),
    show_default="a secret one for each submission",
    metavar="N",
    help="Where the random cases start from: with it, the same file always gets the same grade.",
)
@click.option(
    "--unsandboxed",
    is_flag=True,
    help="Grade also where nothing confines a submission: it could then write its own results.",
)
def gradescope(rubric: str, output: Path, seed: int | None, unsandboxed: bool) -> None:
    """Build the zip that Gradescope asks for as an autograder: it grades by a rubric, and has the suite in it.

    The same rubric, options and suite give the same bytes.
    """
    try:
        wanted, data = autograder(rubric, seed=seed, unsandboxed=unsandboxed)
    except Refused as problem:
        raise click.UsageError(f"{problem}.") from None
    try:
        replace_file(output, data)
    except OSError as problem:
        raise click.UsageError(f"cannot write {str(output)!r}: {problem.strerror}.") from None
    click.echo(one_line(f"{output}: {wanted.name}, {wanted.max:g} points, {len(data) / 2**20:.1f} MB"))
