"""The command ``gradcheck mutants``: which check catches which known mistake."""

import sys
import time
from dataclasses import dataclass
from pathlib import Path

import click

from gradcheck import layers as known_layers
from gradcheck.commands import delivery, options
from gradcheck.commands.options import option
from gradcheck.judging import matrix
from gradcheck.mistakes.catalogue import MUTANTS
from gradcheck.reporting import formats, kill_matrix


@dataclass(frozen=True, kw_only=True)
class MatrixOutput(delivery.Output):
    """How and where the matrix is written."""

    format: str = option("--format", type=click.Choice(formats.names(kill_matrix.Matrix)), default="text")
    path: Path | None = option("--output", type=options.FILE, callback=options.writable, metavar="FILE")


@click.command()
@click.option(
    "--layer",
    "layers",
    multiple=True,
    metavar="NAME",
    callback=options.names("layer", known_layers.BY_NAME),
    help="Only the mistakes in these layers (repeat the option, or separate names with commas).",
)
@click.option(
    "--seed", type=click.IntRange(0, options.LARGEST_SEED), metavar="N", default=0, show_default=True
)
@options.groups(output=MatrixOutput)
def mutants(layers: tuple[str, ...], seed: int, output: MatrixOutput) -> None:
    """Run the suite over the catalogue of known mistakes: which check catches each, and how soon.

    Exits with 1 where a mistake survives.
    """
    chosen = [mutant for mutant in MUTANTS if not layers or mutant.layer in layers]
    started = time.perf_counter()
    found = kill_matrix.of(matrix.matrix(chosen, seed=seed), seed, time.perf_counter() - started)
    output.deliver(found)
    sys.exit(delivery.WRONG if kill_matrix.survivors(found) else delivery.NOTHING_WRONG)
