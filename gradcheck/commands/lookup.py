"""The commands ``gradcheck explain`` and ``gradcheck list``: what the suite knows."""

import click

from gradcheck.commands import options
from gradcheck.commands.delivery import colour, width, write
from gradcheck.reporting import json, lookup
from gradcheck.text import unknown


@click.command()
@click.argument("name")
@options.with_layers
def explain(name: str) -> None:
    """Explain a known mistake, with the smallest case that shows it, a check or a layer."""
    found = lookup.find(name)
    if not found:
        raise click.UsageError(f"{unknown('mistake, check or layer', name, lookup.known_names())}.")
    write(lookup.explanation(found))


@click.command("list")
@click.argument("what", type=click.Choice(list(lookup.ROWS)))
@click.option("--format", "format_name", type=click.Choice(["text", "json"]), default="text")
@options.with_layers
def list_(what: str, format_name: str) -> None:
    """List what there is: layers, checks, dialects or levels of isolation."""
    rows = lookup.ROWS[what]()
    is_json = format_name == "json"
    write(json.as_json(rows) if is_json else lookup.table_of_rows(rows, colour(), width()))
