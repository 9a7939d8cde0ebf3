"""The command ``gradcheck mutants``: which check catches which known mistake."""

import sys
import time
from pathlib import Path

import click

from gradcheck import layers
from gradcheck.commands import options
from gradcheck.commands.delivery import NOTHING_WRONG, UNBROKEN, WRONG, colour, deliver, width
from gradcheck.judging import matrix
from gradcheck.mistakes.catalogue import MUTANTS
from gradcheck.reporting import formats, kill_matrix


@click.command()
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
    found = kill_matrix.of(matrix.matrix(chosen, seed=seed), seed, time.perf_counter() - started)
    columns = width() if output is None else UNBROKEN
    text = formats.render(found, format_name, colour=colour() and output is None, width=columns)
    deliver(text, output, formats.summary(found))
    sys.exit(WRONG if kill_matrix.survivors(found) else NOTHING_WRONG)
